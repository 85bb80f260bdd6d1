"""Scenes for the campaigns tests: what other bands recorded, as rows and facts, and the deliveries that carry it."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import F
from django.utils import timezone

from coupons import catalogue
from coupons.drafts import TermsDraft
from coupons.models import Coupon, CouponState, CouponTemplate, Offer, OfferState, Origin
from members import delivery, timeline
from members.ledgers.earning import plain_rate
from members.models import Category, Delivery, Member, MemberFacts, Order, Return
from members.timeline import NewFact
from stores.models import Staff, Store
from tests.makers import make_store, number


def new_batch() -> None:
    """Begin a new batch of facts, as a new transaction does outside of tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('changke.batch', '', true)")


def deliver_all() -> int:
    """Carry everything that waits to its reactions, and what these recorded in turn."""
    done = 0
    while batch := Delivery.objects.filter(state="waiting").order_by("batch").values_list("batch", flat=True).first():
        new_batch()
        carried = delivery.deliver(batch)
        assert carried, Delivery.objects.filter(batch=batch).values("reaction", "error")
        done += carried
    new_batch()
    return done


def deliver_again(batch: int) -> None:
    """Carry a batch once more, as after a worker died between its effect and the next look."""
    Delivery.objects.filter(batch=batch).update(state="waiting", done_at=None, attempts=0, due_at=F("created_at"))
    deliver_all()


def last_batch() -> int:
    """The batch of the newest delivery."""
    return Delivery.objects.order_by("-pk").values_list("batch", flat=True)[0]


def bought(
    member: Member,
    amount: str = "60.00",
    *,
    at: datetime | None = None,
    store: Store | None = None,
    order_no: str = "",
    tell: bool = True,
) -> Order:
    """An order of a member, and its fact."""
    at = at or timezone.now()
    order = Order.objects.create(
        channel="pos",
        order_no=order_no or f"R{number()}",
        fingerprint=b"",
        member=member,
        store=store or member.home_store or make_store(),
        paid_at=at,
        list_amount=Decimal(amount),
        net_amount=Decimal(amount),
        rate=plain_rate(),
        named=member.pk,
    )
    if tell:
        new_batch()
        timeline.record(NewFact("order.recorded", member.pk, order.pk, at, {"amount": amount}))
    return order


def brought_back(order: Order, amount: str) -> Return:
    """Goods of an order came back: the return, the order's returned amount, and the fact."""
    back = Return.objects.create(
        channel=order.channel,
        return_no=f"B{number()}",
        fingerprint=b"",
        order=order,
        order_no=order.order_no,
        member=order.member,
        store=order.store,
        returned_at=timezone.now(),
        amount=Decimal(amount),
    )
    order.returned_amount += Decimal(amount)
    order.save(update_fields=["returned_amount"])
    new_batch()
    timeline.record(NewFact("order.returned", order.member_id, back.pk, None, {"amount": amount, "order": order.pk}))
    return back


def facts_of(member: Member, *, orders: int, last: float, **fields: object) -> MemberFacts:
    """The facts of a member with some orders, the last one ``last`` days ago."""
    now = timezone.now()
    category = fields.pop("category", "")
    if category:
        fields["favourite_category"] = Category.objects.get_or_create(name=category)[0]
    fields.setdefault("first_order_at", now - timedelta(days=last if orders == 1 else last + 100))
    fields.setdefault("average_basket", Decimal("60.00"))
    fields.setdefault("orders_365d", orders)
    fields.setdefault("spend", fields["average_basket"] * orders)
    facts, _new = MemberFacts.objects.update_or_create(
        member=member,
        defaults={"orders": orders, "last_order_at": now - timedelta(days=last), "computed_at": now, **fields},
    )
    return facts


def template(name: str = "第 2 单专属券", *, threshold: int = 39, off: int = 8, days: int = 7, **head: object):
    """An active template of the kind 满39减8 that guides may send."""
    head.setdefault("open_to_guides", True)
    terms = TermsDraft(kind="amount_off", threshold=Decimal(threshold), amount_off=Decimal(off), valid_days=days)
    made = catalogue.create_template(name=name, terms=terms, by=None, **head)
    return catalogue.publish(made, None)


def coupon_of(
    member: Member, from_template: CouponTemplate, *, guide: Staff | None = None, until: datetime | None = None
) -> Coupon:
    """A usable coupon in a member's wallet."""
    now = timezone.now()
    return Coupon.objects.create(
        code=f"T{number():016d}",
        template=from_template,
        terms=from_template.terms,
        member=member,
        origin=Origin.OFFER if guide else Origin.STAFF,
        guide=guide,
        issued_at=now,
        valid_from=now - timedelta(days=1),
        valid_until=until or now + timedelta(days=7),
    )


def sent_offer(
    guide: Staff,
    member: Member,
    *,
    from_template: CouponTemplate | None = None,
    at: datetime | None = None,
    reason: str = "",
    task_id: int | None = None,
    tell: bool = True,
) -> Offer:
    """An offer that left, with its coupon if there is a template, and its fact."""
    at = at or timezone.now()
    coupon = coupon_of(member, from_template, guide=guide) if from_template else None
    offer = Offer.objects.create(
        member=member,
        guide=guide,
        store=guide.store,
        template=from_template,
        terms=from_template.terms if from_template else None,
        coupon=coupon,
        text="您好",
        channel="wecom",
        reason=reason,
        task_id=task_id,
        state=OfferState.SENT,
        request_key=f"k{number()}",
        leaves_at=at,
        sent_at=at,
    )
    if tell:
        new_batch()
        timeline.record(NewFact("offer.sent", member.pk, offer.pk, at))
    return offer


def used_in(coupon: Coupon, order_no: str, *, at: datetime | None = None, tell: bool = True) -> Coupon:
    """The till redeemed a coupon in a receipt."""
    at = at or timezone.now()
    coupon.state, coupon.order_channel, coupon.order_no = CouponState.USED, "pos", order_no
    coupon.used_at, coupon.discount = at, Decimal("8.00")
    coupon.save()
    if tell:
        new_batch()
        timeline.record(NewFact("coupon.redeemed", coupon.member_id, coupon.pk, at, {"template": coupon.template_id}))
    return coupon


def redemption_reversed(coupon: Coupon) -> None:
    """The till took a redemption back."""
    coupon.state, coupon.order_channel, coupon.order_no = CouponState.ISSUED, "", ""
    coupon.used_at = coupon.discount = None
    coupon.save()
    new_batch()
    timeline.record(NewFact("coupon.reversed", coupon.member_id, coupon.pk, None, {"template": coupon.template_id}))
