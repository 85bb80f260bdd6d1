"""The same orders as a program without sets would load them: each order and all that follows from it, row by row.

Well-written Django for one order at a time: the member is locked, what is looked up is looked up by an index, each row
is saved once. It writes what the product writes of a sale: order and lines, both ledgers, balances, tier, facts, the
timeline. Returns, expiry, reviews and whatever came before it leaves out.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from django.db import transaction
from django.db.models import Count, F, Max, Min, Q, Sum

from members import timeline
from members.models import (
    Category,
    EarningRate,
    EntryKind,
    GrowthEntry,
    Member,
    MemberFacts,
    Order,
    OrderLine,
    PointsEntry,
    Product,
    Tier,
    TierChange,
    TierStanding,
)
from members.newcomers import Newcomer
from members.oneid import identities
from members.oneid.identitykinds import parse_identity
from members.timeline import NewFact
from stores.models import Store

CENT = Decimal("0.01")
WINDOW = YEAR = timedelta(days=365)
Row = dict[str, str]


def load(receipts: Sequence[Sequence[Row]], as_of: datetime) -> None:
    """Save these orders, each in a transaction of its own, as of a moment."""
    rate, _new = EarningRate.objects.get_or_create(key="row by row", defaults={"growth": 1, "points": 1, "months": 12})
    for lines in receipts:
        with transaction.atomic():
            order = _save_order(lines, rate)
            if order.member_id:
                _save_what_follows(order, as_of)


def _save_order(lines: Sequence[Row], rate: EarningRate) -> Order:
    head = lines[0]
    store, paid_at = Store.objects.get(code=head["store_code"]), datetime.fromisoformat(head["paid_at"])
    paid_at = paid_at if paid_at.tzinfo else paid_at.replace(tzinfo=UTC)
    if known := Order.objects.filter(channel=head["channel"], order_no=head["order_no"]).first():
        return known
    order = Order(channel=head["channel"], order_no=head["order_no"], fingerprint=b"", store=store, paid_at=paid_at)
    order.rate = rate
    if head["member"]:
        newcomer = Newcomer(home_store=store, source="order", joined_at=paid_at)
        order.member = identities.resolve([parse_identity(head["member"])], source="order", create=newcomer).member
        order.named = order.member.pk
    figures = [(Decimal(line["quantity"]), Decimal(line["unit_price"])) for line in lines]
    amounts = [(quantity * price).quantize(CENT, ROUND_HALF_UP) for quantity, price in figures]
    order.list_amount = order.net_amount = sum(amounts)
    order.save()
    for number, (line, (quantity, price), amount) in enumerate(zip(lines, figures, amounts, strict=True), 1):
        OrderLine.objects.create(
            order=order,
            line_no=number,
            product=_product(line),
            paid_at=order.paid_at,
            quantity=quantity,
            unit_price=price,
            amount=amount,
        )
    return order


def _product(line: Row) -> Product:
    category = line.get("category") and Category.objects.get_or_create(name=line["category"])[0]
    found = {"name": line["product_name"], "category": category or None}
    return Product.objects.get_or_create(sku=line["sku"], defaults=found)[0]


def _save_what_follows(order: Order, as_of: datetime) -> None:
    """Ledgers, balances, tier, facts and news of one order's member."""
    member, earned = Member.objects.select_for_update().get(pk=order.member_id), int(order.net_amount)
    if earned:
        made = {"member": member, "kind": EntryKind.ORDER, "delta": earned, "order": order, "at": order.paid_at}
        GrowthEntry.objects.create(**made)
        PointsEntry.objects.create(**made, expires_at=order.paid_at + YEAR)
    growth = GrowthEntry.objects.filter(member=member, at__gte=as_of - WINDOW).aggregate(total=Sum("delta"))
    before, member.growth = member.tier_id, growth["total"] or 0
    member.points += earned
    member.tier = Tier.objects.filter(threshold__lte=member.growth).order_by("threshold").last()
    if member.tier_id != before:
        member.tier_since = order.paid_at
        TierChange.objects.create(member=member, before_id=before, after=member.tier, why="growth", at=order.paid_at)
        standing = {"tier": member.tier, "since": order.paid_at, "review_on": (order.paid_at + YEAR).date()}
        TierStanding.objects.update_or_create(member=member, defaults=standing)
    member.save(update_fields=["growth", "points", "tier", "tier_since", "updated_at"])
    MemberFacts.objects.update_or_create(member=member, defaults=_facts(member, as_of))
    timeline.record(NewFact("order.recorded", member.pk, order.pk, order.paid_at, {"amount": str(order.net_amount)}))


def _facts(member: Member, as_of: datetime) -> dict[str, object]:
    kept, recent = F("net_amount") - F("returned_amount"), Q(paid_at__gte=as_of - YEAR)
    known = member.orders.aggregate(
        orders=Count("pk"),
        spend=Sum(kept),
        first_order_at=Min("paid_at"),
        last_order_at=Max("paid_at"),
        orders_365d=Count("pk", filter=recent),
        spend_365d=Sum(kept, filter=recent, default=0),
    )
    known["average_basket"] = round(known["spend"] / known["orders"], 2)
    moments = list(member.orders.order_by("paid_at").values_list("paid_at", flat=True))
    gaps = [(later - earlier).days for earlier, later in zip(moments, moments[1:], strict=False)]
    stores = member.orders.values("store").annotate(visits=Count("pk"), latest=Max("paid_at"))
    categories = OrderLine.objects.filter(order__member=member, product__category__isnull=False)
    bought = categories.values("product__category").annotate(spent=Sum("amount")).order_by("-spent").first()
    return {
        **known,
        "usual_gap_days": int(median(gaps)) if len(gaps) > 1 else None,
        "favourite_store_id": stores.order_by("-visits", "-latest").first()["store"],
        "favourite_category_id": bought and bought["product__category"],
        "frequency_score": min(known["orders"], 4),
        "computed_at": as_of,
    }
