"""A percentage that depends on the buyer's tier (金卡 9 折日)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from campaigns.pricing.bill import cents
from campaigns.pricing.deals import Deal, Percentage
from campaigns.promotions.kinds.base import (
    WHOLE,
    Frame,
    Names,
    Params,
    Plain,
    Problem,
    amount,
    amount_or_none,
    at_most_off,
    paid_text,
    rows,
    whole,
)
from coupons.kinds.words import from_amount, joined


@dataclass(frozen=True)
class Given:
    """Pairs of a tier and the percentage that it still pays; from ``threshold`` yuan on, ``most`` yuan off at most."""

    percents: tuple[tuple[int, Decimal], ...]
    threshold: Decimal
    most: Decimal | None


class TierPercentKind(Plain):
    """Gold pays 90 percent, silver 95."""

    own_fields: Sequence[str] = ("tier_ids",)
    sales = """
        SELECT 0 AS pieces, CASE WHEN s.saved >= r.off THEN r.off ELSE 0 END AS off FROM (
            SELECT least(round(s.list * (100 - x.paid) / 100, 2), coalesce((p.params->>'most')::numeric, 'Infinity'))
                AS off
            FROM jsonb_to_recordset(p.params->'percents') AS x(tier bigint, paid numeric)
            WHERE x.tier = s.tier_id AND s.list >= coalesce((p.params->>'from')::numeric, 0)
        ) AS r
    """

    def read(self, params: Params) -> Given:
        """The tiers with their percentages."""
        percents = [(whole(row.get("tier")), amount(row.get("paid"))) for row in rows(params.get("percents"))]
        threshold = amount_or_none(params.get("from")) or Decimal(0)
        return Given(tuple(percents), threshold, amount_or_none(params.get("most")))

    def problems(self, given: Given) -> list[Problem]:
        """One tier at least, each once, with 1 to 99 percent."""
        found: list[Problem] = []
        tiers = [tier for tier, _paid in given.percents]
        if not tiers or len(set(tiers)) < len(tiers):
            found.append(("percents", _("Say for one tier at least what it pays.")))
        if any(not 1 <= paid < WHOLE for _tier, paid in given.percents):
            found.append(("percents", _("Say what is still paid, from 1 to 99 percent: 85 means 15 percent off.")))
        if given.most is not None and not given.most:
            found.append(("most", _("A limit is more than zero, or empty for none.")))
        return found

    def sentence(self, given: Given, names: Names) -> str:
        """金卡9折，银卡9.5折，满100可用."""
        shown = [f"{names.tier(tier)} {paid_text(paid)}" for tier, paid in given.percents]
        condition = from_amount(given.threshold) if given.threshold else ""
        return joined([*shown, condition, at_most_off(given.most)])

    def deal(self, given: Given, frame: Frame) -> Deal | None:
        """On all lines in scope, for a buyer of one of the tiers."""
        paid = dict(given.percents).get(frame.tier_id or 0)
        if paid is None:
            return None
        most = None if given.most is None else cents(given.most)
        return Percentage(lines=frame.lines, paid=paid, threshold=cents(given.threshold), most=most, **frame.head)

    def tiers(self, given: Given) -> list[int]:
        """Those with a percentage."""
        return [tier for tier, _paid in given.percents]
