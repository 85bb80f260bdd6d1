"""Something handed over with the purchase, from an amount or a number of pieces on (满赠)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from campaigns.pricing.bill import Gift, cents
from campaigns.pricing.deals import Deal, GiftWithPurchase
from campaigns.promotions.kinds.base import (
    ALWAYS,
    GIFTS,
    Frame,
    Names,
    Params,
    Plain,
    Problem,
    amount_or_none,
    at_most_times,
    bad_params,
    rows,
    whole,
    whole_or_none,
)
from coupons.kinds.words import joined, listed, plain

MOST_GIFTS = 5


@dataclass(frozen=True)
class GivenGift:
    """``quantity`` of something, each worth ``value`` yuan; with a ``sku`` its pieces are counted."""

    name: str
    sku: str
    value: Decimal
    quantity: int


@dataclass(frozen=True)
class Given:
    """All gifts together from ``threshold`` yuan and ``pieces`` on; with ``repeats`` again, ``most`` times at most."""

    gifts: tuple[GivenGift, ...]
    threshold: Decimal
    pieces: int
    repeats: bool
    most: int | None


class GiftKind(Plain):
    """A tasting with ¥99 of fruit."""

    counts_pieces = True
    # A gift is a line that nothing was paid for. One without a product is taken for given when it was earned.
    sales = f"""
        SELECT g.pieces, g.value AS off FROM (
            SELECT sum(greatest(l.count - l.returned, 0)) AS pieces,
                   sum(greatest(l.count - l.returned, 0) * coalesce((x.value->>'value')::numeric, 0)) AS value
            FROM jsonb_array_elements(p.params->'gifts') AS x(value)
            JOIN {GIFTS} ON l.sku = x.value->>'sku'
        ) AS g WHERE coalesce(p.params->'gifts'->0->>'sku', '') <> ''
        UNION ALL
        SELECT sum((x.value->>'quantity')::int), sum((x.value->>'quantity')::int
            * coalesce((x.value->>'value')::numeric, 0))
        FROM jsonb_array_elements(p.params->'gifts') AS x(value)
        WHERE coalesce(p.params->'gifts'->0->>'sku', '') = '' AND s.paid >= coalesce((p.params->>'from')::numeric, 0)
            AND s.pieces >= coalesce((p.params->>'pieces')::int, 0)
    """

    def read(self, params: Params) -> Given:
        """The gifts and what earns them."""
        gifts = []
        for row in rows(params.get("gifts")):
            name, sku = row.get("name") or "", row.get("sku") or ""
            if not isinstance(name, str) or not isinstance(sku, str):
                raise bad_params()
            value = amount_or_none(row.get("value")) or Decimal(0)
            gifts.append(GivenGift(name, sku, value, whole(row.get("quantity", 1))))
        threshold = amount_or_none(params.get("from")) or Decimal(0)
        pieces, most = whole_or_none(params.get("pieces")) or 0, whole_or_none(params.get("most"))
        return Given(tuple(gifts), threshold, pieces, params.get("repeats") is True, most)

    def problems(self, given: Given) -> list[Problem]:
        """One gift at least, with a name; something that earns it."""
        found: list[Problem] = []
        if not 1 <= len(given.gifts) <= MOST_GIFTS:
            found.append(("gifts", _("Name one to %(most)s gifts.") % {"most": MOST_GIFTS}))
        if any(not gift.name.strip() or not gift.quantity for gift in given.gifts):
            found.append(("gifts", _("Say what the gift is and how many of it.")))
        if len({bool(gift.sku) for gift in given.gifts}) > 1:
            found.append(("gifts", _("Either all gifts are products with an SKU, or none.")))
        if not given.threshold and not given.pieces:
            found.append(("from", _("Say from which amount or how many pieces on.")))
        if given.most is not None and (not given.repeats or not given.most):
            found.append(("most", _("Only what repeats needs a cap.")))
        return found

    def sentence(self, given: Given, names: Names) -> str:
        """满99送 智利车厘子 1 份."""
        gifts = listed([_("%(count)s x %(what)s") % {"count": one.quantity, "what": one.name} for one in given.gifts])
        words = {"threshold": plain(given.threshold), "pieces": given.pieces}
        conditions = [pgettext("gift with purchase", "from ¥%(threshold)s") % words] if given.threshold else []
        conditions += [pgettext("gift with purchase", "from %(pieces)s pieces") % words] if given.pieces else []
        text = _("%(gifts)s as a gift %(condition)s") % {"gifts": gifts, "condition": listed(conditions)}
        return joined([text, _("each time again") if given.repeats else "", at_most_times(given.most)])

    def deal(self, given: Given, frame: Frame) -> Deal | None:
        """On all lines in scope, as often as the stock allows."""
        gifts = tuple(Gift(one.name, one.quantity, cents(one.value), one.sku) for one in given.gifts)
        most = given.most or ALWAYS
        if frame.room is not None:
            most = min(most, frame.room // max(1, sum(one.quantity for one in given.gifts)))
        return GiftWithPurchase(
            lines=frame.lines,
            gifts=gifts,
            threshold=cents(given.threshold),
            pieces=given.pieces,
            repeats=given.repeats,
            most=most,
            **frame.head,
        )

    def skus(self, given: Given) -> list[str]:
        """The gifts that are products."""
        return [one.sku for one in given.gifts if one.sku]
