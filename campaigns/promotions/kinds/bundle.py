"""Certain pieces together for one price (套餐价)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from campaigns.pricing.bill import cents
from campaigns.pricing.deals import Bundle, Deal, Part
from campaigns.promotions.kinds.base import (
    LINES,
    Frame,
    Names,
    Params,
    Plain,
    Problem,
    amount,
    at_most_times,
    bad_params,
    rows,
    whole,
    whole_or_none,
)
from coupons.kinds.words import joined, listed, plain

MOST_PARTS, MOST_PIECES = 6, 20


@dataclass(frozen=True)
class GivenPart:
    """``count`` pieces of these products or of this category."""

    count: int
    skus: tuple[str, ...]
    category_id: int | None


@dataclass(frozen=True)
class Given:
    """All parts for ``price`` yuan, ``most`` times on a bill."""

    parts: tuple[GivenPart, ...]
    price: Decimal
    most: int | None


class BundleKind(Plain):
    """A grape and an apple for ¥39.9."""

    own_fields: Sequence[str] = ("skus", "category_ids")
    sales = f"""
        SELECT 0 AS pieces, greatest(least(b.saved, b.list - t.times * (p.params->>'price')::numeric), 0) AS off FROM (
            SELECT least(min(floor(coalesce(x.pieces, 0) / x.count)), (p.params->>'most')::int) AS times FROM (
                SELECT (part.value->>'count')::numeric AS count, sum(l.pieces) AS pieces
                FROM jsonb_array_elements(p.params->'parts') WITH ORDINALITY AS part(value, nth)
                LEFT JOIN {LINES}
                    ON part.value->'skus' ? l.sku OR l.category_id = (part.value->>'category')::bigint
                GROUP BY part.nth, part.value
            ) AS x
        ) AS t, (
            SELECT sum(l.list) AS list, sum(l.list - l.amount) AS saved FROM {LINES} WHERE EXISTS (
                SELECT FROM jsonb_array_elements(p.params->'parts') AS part(value)
                WHERE part.value->'skus' ? l.sku OR l.category_id = (part.value->>'category')::bigint)
        ) AS b WHERE t.times >= 1
    """

    def read(self, params: Params) -> Given:
        """The parts with their products, the price."""
        parts = []
        for row in rows(params.get("parts")):
            skus = row.get("skus") or []
            if not isinstance(skus, list) or not all(isinstance(sku, str) for sku in skus):
                raise bad_params()
            parts.append(GivenPart(whole(row.get("count")), tuple(skus), whole_or_none(row.get("category"))))
        return Given(tuple(parts), amount(params.get("price")), whole_or_none(params.get("most")))

    def problems(self, given: Given) -> list[Problem]:
        """One to six parts, each of something; two pieces at least; a price."""
        found: list[Problem] = []
        if not 1 <= len(given.parts) <= MOST_PARTS:
            found.append(("parts", _("A bundle has one to %(most)s parts.") % {"most": MOST_PARTS}))
        if any(not part.skus and part.category_id is None for part in given.parts):
            found.append(("parts", _("Say of each part which products or which category it is.")))
        if any(not 1 <= part.count <= MOST_PIECES for part in given.parts):
            found.append(("parts", _("A part has 1 to %(most)s pieces.") % {"most": MOST_PIECES}))
        if given.parts and sum(part.count for part in given.parts) < 2:
            found.append(("parts", _("One piece is no bundle: use a flash price.")))
        if not given.price:
            found.append(("price", _("Say what the bundle costs.")))
        if given.most == 0:
            found.append(("most", _("A limit is more than zero, or empty for none.")))
        return found

    def sentence(self, given: Given, names: Names) -> str:
        """阳光玫瑰 1 件 + 苹果和梨 2 件，一起 ¥39.9."""
        parts = " + ".join(
            _("%(count)s x %(what)s") % {"count": part.count, "what": self._what(part, names)} for part in given.parts
        )
        text = _("%(parts)s together for ¥%(price)s") % {"parts": parts, "price": plain(given.price)}
        return joined([text, at_most_times(given.most)])

    def deal(self, given: Given, frame: Frame) -> Deal | None:
        """On the lines of its parts; None when nothing of it is in the cart."""
        items = list(enumerate(frame.bill.items))
        parts = tuple(
            Part(
                tuple(
                    line
                    for line, item in items
                    if item.sku in part.skus or part.category_id is not None and item.category_id == part.category_id
                ),
                part.count,
            )
            for part in given.parts
        )
        lines = tuple(sorted({line for part in parts for line in part.lines}))
        if not lines:
            return None
        return Bundle(lines=lines, parts=parts, price=cents(given.price), most=given.most, **frame.head)

    def skus(self, given: Given) -> list[str]:
        """Those of its parts."""
        return [sku for part in given.parts for sku in part.skus]

    def _what(self, part: GivenPart, names: Names) -> str:
        known = [names.sku(sku) for sku in part.skus]
        return listed(known + ([] if part.category_id is None else [names.category(part.category_id)]))
