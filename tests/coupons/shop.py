"""A store with its guide, a member who agreed to be written to, and the short ways to a till that tests need."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from coupons import redemption
from coupons.models import Coupon, CouponTemplate
from members import delivery
from members.audit import Difference, audit
from members.models import Consent, Delivery, Member, TimelineFact
from stores.models import Staff, Store
from tests.makers import days_ago, make_guide, make_manager, make_member, make_store


@dataclass(frozen=True)
class Shop:
    """Lin Xiaoman looks after Zhang Xiaomei; Zhou Min leads the store."""

    store: Store
    xiaoman: Staff
    zhou_min: Staff
    xiaomei: Member


def open_shop() -> Shop:
    """The store by the river, with everybody in it."""
    store = make_store("滨河路店")
    xiaoman = make_guide("林小满", store=store, phone="13900000001")
    xiaomei = make_member("张晓梅", guide=xiaoman, phone="13812345678")
    agree(xiaomei)
    return Shop(store, xiaoman, make_manager("周敏", store=store), xiaomei)


def agree(member: Member, channel: str = "wecom", *, granted: bool = True) -> None:
    """The member says yes (or no) to a channel."""
    Consent.objects.create(member=member, channel=channel, granted=granted, wording_version="1", at=days_ago(1))


def redeem(coupon: Coupon, order_no: str = "R1", amount: Any = "100.00", **more: Any) -> Coupon:
    """Redeem at the till, a bill of ¥100 unless told otherwise."""
    return redemption.redeem(coupon.code, channel="pos", order_no=order_no, amount=Decimal(amount), **more)


def lock(coupon: Coupon, order_no: str = "R1", amount: Any = "100.00", **more: Any) -> Coupon:
    """Lock at the till, a bill of ¥100 unless told otherwise."""
    return redemption.lock(coupon.code, channel="pos", order_no=order_no, amount=Decimal(amount), **more)


def moves(coupon: Coupon) -> list[str]:
    """What happened to a coupon, oldest first."""
    return list(coupon.events.order_by("pk").values_list("move", flat=True))


def told(kind: str) -> list[TimelineFact]:
    """The facts of a kind, oldest first."""
    return list(TimelineFact.objects.filter(kind=kind).order_by("pk"))


def news_arrives() -> None:
    """Every delivery that waits is carried out; what happens next is told in a batch of its own."""
    for batch in sorted(set(Delivery.objects.filter(state="waiting").values_list("batch", flat=True))):
        delivery.deliver(batch)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('changke.batch', '', true)")


def used_budget(template: CouponTemplate) -> Decimal:
    """What the template's budget says is used."""
    return CouponTemplate.objects.get(pk=template.pk).budget_used


def broken() -> list[Difference]:
    """What the audit finds wrong with coupons."""
    return [difference for difference in audit() if difference.name.startswith("coupons.")]
