"""Goods of a receipt came back: what that takes back of its coupons, in one transaction and by sets of receipts.

A return of some goods takes back each line's part of the discount and of what it cost the budget. When everything came
back, the coupon is good again. What holds follows from all returns of the receipt, so that it does not matter in which
order redemption, order and returns arrive, and how often. A return without a receipt names no coupon and takes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import kinds
from coupons.expiry import return_costs
from coupons.kinds.base import NOTHING
from coupons.models import Coupon, CouponEvent
from coupons.moves import GivenBack, Move, give_back_many, reverse_many
from coupons.returnshares import Back, Sold, Standing, returned
from members.models import Order, OrderLine, Return, ReturnLine
from members.timeline import NewFact, record
from stores.masking import masked
from stores.policy import define

BACK_ON_FULL_RETURN = define(
    "coupons.back_on_full_return", True, _("A coupon is good again when everything on its receipt came back")
)
# Used coupons on receipts of which something came back, their rows locked as redemptions lock them.
TOUCHED = """
    SELECT coupon.id, o.id FROM members_order o
      JOIN coupons_coupon coupon ON coupon.order_no = o.order_no AND coupon.order_channel = o.channel
       AND coupon.order_no <> '' AND coupon.state = 'used'
     WHERE o.id = ANY(%s) AND EXISTS (SELECT FROM members_return r WHERE r.order_id = o.id)
     ORDER BY coupon.id FOR NO KEY UPDATE OF coupon
"""
ORDERS_OF = """
    SELECT o.id FROM coupons_coupon coupon
      JOIN members_order o ON o.order_no = coupon.order_no AND o.channel = coupon.order_channel
     WHERE coupon.id = ANY(%s) AND coupon.order_no <> ''
"""


@dataclass(frozen=True)
class _Return:
    """A return as it was recorded, and what came back with it."""

    number: str
    at: datetime
    store_id: int | None
    back: Back


@dataclass(frozen=True)
class _Receipt:
    """A receipt with its lines and what came back of it, in the order in which that became known."""

    order: Order
    sold: Sequence[Sold]
    returns: Sequence[_Return]

    def standing(self, coupon: Coupon, returns: Sequence[_Return]) -> Standing:
        """Where a coupon on it stands after these of the returns."""
        came = returned(self.sold, self.order.net_amount, [one.back for one in returns])
        return Standing(coupon.terms, coupon.discount or NOTHING, self.sold, came)


def give_back(order_ids: Iterable[int]) -> int:
    """Take back from the coupons of these orders what their returns say; how many coupons changed. Twice is once."""
    with transaction.atomic():
        pairs = _rows(TOUCHED, order_ids)
        if not pairs:
            return 0
        coupons = Coupon.objects.select_related("terms").in_bulk([coupon for coupon, _order in pairs])
        receipts, told = _receipts({order for _coupon, order in pairs}), _told(coupons)
        gone: list[tuple[Coupon, _Receipt]] = []
        parts: dict[int, list[GivenBack]] = {}
        for pk, order in pairs:
            receipt = receipts[order]
            if BACK_ON_FULL_RETURN.value and receipt.standing(coupons[pk], receipt.returns).returned.is_all:
                gone.append((coupons[pk], receipt))
            elif news := [*_news(coupons[pk], receipt, told[pk])]:
                parts[pk] = news
        _reverse(gone)
        _take(coupons, parts)
    return len(gone) + len(parts)


def give_back_redeemed(coupon_ids: Iterable[int]) -> int:
    """As ``give_back`` for the orders that used these coupons: a till that was offline redeems after the return."""
    return give_back(row[0] for row in _rows(ORDERS_OF, coupon_ids))


def standings(order: Order, coupons: Sequence[Coupon]) -> dict[int, Standing]:
    """Where the used coupons of an order stand, by their keys; nothing when nothing of it came back."""
    if not coupons:
        return {}
    receipt = _receipts([order.pk])[order.pk]
    return {coupon.pk: receipt.standing(coupon, receipt.returns) for coupon in coupons} if receipt.returns else {}


def _news(coupon: Coupon, receipt: _Receipt, told: Sequence[str]) -> Iterator[GivenBack]:
    """What each return takes back that has not been told yet."""
    known = [one for one in receipt.returns if masked(one.number) in told]
    total = coupon.given_back or NOTHING
    for one in receipt.returns:
        if one in known:
            continue
        known.append(one)
        standing = receipt.standing(coupon, known)
        more = standing.total - total
        if more > 0:
            total += more
            yield GivenBack(coupon.pk, one.number, one.at, one.store_id, more, total, standing.threshold_holds)


def _reverse(gone: Sequence[tuple[Coupon, _Receipt]]) -> None:
    """The redemption never was: the coupons are good again unless they have ended, budgets get back what they hold."""
    now = timezone.now()
    reverse_many({coupon.pk: receipt.returns[-1].number for coupon, receipt in gone}, at=now)
    record(
        *(
            NewFact("coupon.reversed", coupon.member_id, coupon.pk, now, _data(coupon, coupon.discount))
            for coupon, _receipt in gone
        )
    )
    return_costs((coupon.template_id, _cost(coupon, coupon.given_back)) for coupon, _receipt in gone)


def _take(coupons: Mapping[int, Coupon], parts: Mapping[int, Sequence[GivenBack]]) -> None:
    """Write down what returns of some goods take back, and tell it."""
    news = [one for part in parts.values() for one in part]
    give_back_many(news, at=timezone.now())
    record(*(_fact(coupons[one.coupon_id], one) for one in news))
    costs = []
    for pk, part in parts.items():
        coupon = coupons[pk]
        costs.append((coupon.template_id, _cost(coupon, coupon.given_back) - _cost(coupon, part[-1].total)))
    return_costs(costs)


def _fact(coupon: Coupon, one: GivenBack) -> NewFact:
    more = {"refund": masked(one.number), "threshold_holds": one.threshold_holds}
    return NewFact("coupon.given_back", coupon.member_id, coupon.pk, one.at, _data(coupon, one.amount) | more)


def _data(coupon: Coupon, amount: Decimal | None) -> dict[str, Any]:
    channel, order = coupon.order_channel, coupon.order_no
    return {"template": coupon.template_id, "channel": channel, "order": order, "amount": str(amount)}


def _cost(coupon: Coupon, given_back: Decimal | None) -> Decimal:
    """What a used coupon costs the budget when that much of it was taken back."""
    return kinds.cost(coupon.terms, (coupon.discount or NOTHING) - (given_back or NOTHING))


def _told(coupons: Iterable[int]) -> Mapping[int, list[str]]:
    """The numbers of the returns that the history of each coupon names since it was last redeemed."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    events = CouponEvent.objects.filter(coupon__in=list(coupons), move__in=[Move.REDEEMED, Move.GIVEN_BACK])
    for coupon, move, note in events.order_by("pk").values_list("coupon_id", "move", "note"):
        if move == Move.REDEEMED:
            found[coupon].clear()
        else:
            found[coupon].append(note)
    return found


def _receipts(order_ids: Iterable[int]) -> dict[int, _Receipt]:
    """The orders with their lines and returns; four queries."""
    orders = Order.objects.in_bulk(sorted(order_ids))
    sold: defaultdict[int, list[Sold]] = defaultdict(list)
    lines = OrderLine.objects.filter(order__in=orders).order_by("order", "line_no").select_related("product")
    for line in lines:
        product = line.product
        sold[line.order_id].append(
            Sold(
                line.line_no, product.pk, product.sku, product.category_id, line.quantity, line.unit_price, line.amount
            )
        )
    goods: defaultdict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    back = ReturnLine.objects.filter(return_of__order__in=orders)
    for row, product_id, quantity in back.values_list("return_of_id", "product_id", "quantity"):
        goods[row].append((product_id, quantity))
    came: defaultdict[int | None, list[_Return]] = defaultdict(list)
    for one in Return.objects.filter(order__in=orders).order_by("pk"):
        came[one.order_id].append(
            _Return(one.return_no, one.returned_at, one.store_id, Back(one.amount, goods[one.pk]))
        )
    return {pk: _Receipt(order, sold[pk], came[pk]) for pk, order in orders.items()}


def _rows(sql: str, ids: Iterable[int]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [sorted(set(ids))])
        return cursor.fetchall()
