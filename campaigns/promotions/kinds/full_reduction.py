"""So much off from so much on, in steps, or for each full amount again (满减)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from campaigns.pricing.bill import cents
from campaigns.pricing.deals import Deal, FullReduction, Step
from campaigns.promotions.kinds.base import (
    Frame,
    Names,
    Params,
    Plain,
    Problem,
    amount,
    amount_or_none,
    at_most_off,
    rows,
)
from coupons.kinds.words import joined, plain


@dataclass(frozen=True)
class Given:
    """Pairs (from, off) in yuan; with ``repeats`` the only one counts for each full amount, ``most`` yuan at most."""

    steps: tuple[tuple[Decimal, Decimal], ...]
    repeats: bool
    most: Decimal | None


class FullReductionKind(Plain):
    """¥30 off ¥200, ¥60 off ¥300."""

    # The highest step that the list price reached and that the order was cheaper by.
    sales = """
        SELECT 0 AS pieces, coalesce(CASE WHEN (p.params->>'repeats')::boolean THEN
            (SELECT least(least(floor(s.list / x."from"), floor(s.saved / x.off)) * x.off, (p.params->>'most')::numeric)
               FROM jsonb_to_recordset(p.params->'steps') AS x("from" numeric, off numeric) LIMIT 1)
            ELSE (SELECT max(x.off) FROM jsonb_to_recordset(p.params->'steps') AS x("from" numeric, off numeric)
                   WHERE x."from" <= s.list AND x.off <= s.saved) END, 0) AS off
    """

    def read(self, params: Params) -> Given:
        """The steps, lowest first."""
        steps = [(amount(row.get("from")), amount(row.get("off"))) for row in rows(params.get("steps"))]
        return Given(tuple(sorted(steps)), params.get("repeats") is True, amount_or_none(params.get("most")))

    def problems(self, given: Given) -> list[Problem]:
        """At least one step; each higher one gives more, and none more than the bill."""
        if not given.steps:
            return [("steps", _("Say from which amount on how much comes off."))]
        found = [
            ("steps", _("¥%(off)s off needs a bill of at least ¥%(off)s; now it is ¥%(threshold)s.")
             % {"off": plain(off), "threshold": plain(at)})
            for at, off in given.steps if off > at or not off
        ]  # fmt: skip
        for (low, less), (high, more) in zip(given.steps, given.steps[1:], strict=False):
            if low == high or more <= less:
                words = {"high": plain(high), "low": plain(low)}
                found.append(("steps", _("From ¥%(high)s on more must come off than from ¥%(low)s on.") % words))
        if given.repeats and len(given.steps) > 1:
            found.append(("repeats", _("Either several steps, or one that repeats.")))
        if given.most is not None and not given.repeats:
            found.append(("most", _("Only what repeats needs a cap.")))
        if given.most is not None and given.repeats and given.most < given.steps[0][1]:
            found.append(("most", _("The cap is less than what comes off once.")))
        return found

    def sentence(self, given: Given, names: Names) -> str:
        """满200减30，满300减60; 每满100减10，最多减50."""
        if given.repeats:
            at, off = given.steps[0]
            text = _("¥%(off)s off each ¥%(threshold)s") % {"off": plain(off), "threshold": plain(at)}
            return joined([text, at_most_off(given.most)])
        step = _("¥%(off)s off ¥%(threshold)s")
        return joined([step % {"off": plain(off), "threshold": plain(at)} for at, off in given.steps])

    def deal(self, given: Given, frame: Frame) -> Deal | None:
        """On all lines in scope."""
        steps = tuple(Step(cents(at), cents(off)) for at, off in given.steps)
        most = None if given.most is None else cents(given.most)
        return FullReduction(lines=frame.lines, steps=steps, repeats=given.repeats, most=most, **frame.head)
