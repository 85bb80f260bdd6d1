"""Every nth piece for less (第 2 件半价, 买二送一)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from campaigns.pricing.deals import Deal, NthItem
from campaigns.promotions.kinds.base import (
    LINES,
    WHOLE,
    Frame,
    Names,
    Params,
    Plain,
    Problem,
    amount,
    at_most_times,
    paid_text,
    whole,
    whole_or_none,
)
from coupons.kinds.words import joined


@dataclass(frozen=True)
class Given:
    """Of every ``nth`` pieces the cheapest costs ``paid`` percent; ``same_item``: all of one product."""

    nth: int
    paid: Decimal
    same_item: bool
    most: int | None


class NthItemKind(Plain):
    """The 2nd at half its price."""

    sales = f"""
        SELECT 0 AS pieces, CASE WHEN s.saved >= r.off THEN r.off ELSE 0 END AS off FROM (
            SELECT coalesce(sum(x.less), 0) AS off FROM (
                SELECT round(y.unit_price * (100 - (p.params->>'paid')::numeric) / 100, 2) AS less FROM (
                    SELECT l.unit_price, row_number() OVER (
                        PARTITION BY CASE WHEN (p.params->>'same_item')::boolean THEN l.sku END
                        ORDER BY l.unit_price DESC, l.sku) AS place
                    FROM {LINES}, generate_series(1, least(l.pieces, 1000))
                ) AS y WHERE mod(y.place, (p.params->>'nth')::int) = 0
                ORDER BY less DESC LIMIT (p.params->>'most')::int
            ) AS x
        ) AS r
    """

    def read(self, params: Params) -> Given:
        """The number, what is paid, and whether of one product."""
        most = whole_or_none(params.get("most"))
        same_item = params.get("same_item") is not False
        return Given(whole(params.get("nth")), amount(params.get("paid")), same_item, most)

    def problems(self, given: Given) -> list[Problem]:
        """The 2nd to the 10th, for less than its price."""
        found: list[Problem] = []
        if not 2 <= given.nth <= 10:
            found.append(("nth", _("The 2nd to the 10th piece can be for less.")))
        if given.paid >= WHOLE:
            found.append(("paid", _("Say what is still paid, below 100 percent: 50 is half, 0 is free.")))
        if given.most == 0:
            found.append(("most", _("A limit is more than zero, or empty for none.")))
        return found

    def sentence(self, given: Given, names: Names) -> str:
        """同款第2件5折."""
        same, other = _("no. %(nth)s of one product %(paid)s"), _("no. %(nth)s %(paid)s, the cheaper one")
        text = (same if given.same_item else other) % {"nth": given.nth, "paid": paid_text(given.paid)}
        return joined([text, at_most_times(given.most)])

    def deal(self, given: Given, frame: Frame) -> Deal | None:
        """On all lines in scope."""
        return NthItem(
            lines=frame.lines,
            count=given.nth,
            paid=given.paid,
            same_item=given.same_item,
            most=given.most,
            **frame.head,
        )
