"""Makers: the shortest way to a believable row. One section per band, bottom to top; each maker has a good default.

Every maker takes keyword arguments for what a test cares about and invents the rest.
"""

import dataclasses
import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from campaigns.models import GuideTask, MemberDay, Reason, TaskState, Touch, TouchState
from coupons import catalogue, packcatalogue
from coupons.drafts import TermsDraft
from coupons.issuing import issue_coupon
from coupons.models import Coupon, CouponPack, CouponTemplate
from members import birthdays
from members.membercodes import new_code
from members.models import Assignment, Birthday, IdentityKind, Member, Order, Return, Tier, TierGrant
from members.names import initials_of
from members.oneid.identityseals import identity_row
from members.orders.drafts import LineDraft, OrderDraft, ReturnDraft
from members.orders.intake import record_order, record_return
from members.windows import local_day
from stores.models import Posting, Region, Role, Staff, Store
from stores.places import place_region

_numbers = itertools.count(1)


def number() -> int:
    """A number not handed out before in this process."""
    return next(_numbers)


def moment(day: str, clock: str = "12:00") -> datetime:
    """An aware moment (UTC) from "2026-03-01" and, if it matters, "09:30"."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)


def days_ago(days: float) -> datetime:
    """The moment that many days before now."""
    return timezone.now() - timedelta(days=days)


# --- stores ------------------------------------------------------------------------------------------------------
def make_region(name: str = "华东", *, parent: Region | None = None, code: str = "") -> Region:
    """A region, below ``parent`` or at the top."""
    return place_region(Region(name=name, code=code or f"R{number()}", parent=parent))


def make_store(name: str = "静安寺店", *, region: Region | None = None, code: str = "", **fields: Any) -> Store:
    """A store; without a region it gets one of its own."""
    return Store.objects.create(name=name, code=code or f"S{number()}", region=region or make_region(), **fields)


def make_staff(name: str = "林小满", *, role: str = Role.GUIDE, **fields: Any) -> Staff:
    """Somebody who works here with an open posting. Guides and store managers get a store, area managers a region."""
    if role in (Role.GUIDE, Role.STORE_MANAGER) and "store" not in fields:
        fields["store"] = make_store()
    if role == Role.AREA_MANAGER and "region" not in fields:
        fields["region"] = make_region()
    nth = number()
    fields.setdefault("username", f"staff{nth}")
    fields.setdefault("employee_no", f"E{nth:05d}")
    staff = Staff.objects.create_user(name=name, role=role, password=fields.pop("password", None), **fields)
    Posting.objects.create(staff=staff, role=role, store=staff.store, region=staff.region)
    return staff


def make_guide(name: str = "林小满", *, store: Store | None = None, **fields: Any) -> Staff:
    """A guide, Lin Xiaoman unless named otherwise."""
    return make_staff(name, role=Role.GUIDE, store=store or make_store(), **fields)


def make_manager(name: str = "周敏", *, store: Store | None = None, **fields: Any) -> Staff:
    """A store manager, Zhou Min unless named otherwise."""
    return make_staff(name, role=Role.STORE_MANAGER, store=store or make_store(), **fields)


def make_area_manager(name: str = "陈国栋", *, region: Region | None = None, **fields: Any) -> Staff:
    """An area manager, Chen Guodong unless named otherwise."""
    return make_staff(name, role=Role.AREA_MANAGER, region=region or make_region(), **fields)


def make_marketer(name: str = "苏婉", **fields: Any) -> Staff:
    """An HQ marketer, Su Wan unless named otherwise."""
    return make_staff(name, role=Role.HQ_MARKETER, **fields)


def make_admin(name: str = "何建国", **fields: Any) -> Staff:
    """An HQ administrator, He Jianguo unless named otherwise."""
    return make_staff(name, role=Role.HQ_ADMIN, **fields)


# --- members -----------------------------------------------------------------------------------------------------
TIERS = {"plain": ("普卡", 0), "silver": ("银卡", 1000), "gold": ("金卡", 5000)}


def make_tiers() -> dict[str, Tier]:
    """The three tiers of the house by code; those that exist already are left as they are."""
    return {
        code: Tier.objects.get_or_create(
            code=code, defaults={"name": name, "threshold": threshold, "look": code, "purpose": name}
        )[0]
        for code, (name, threshold) in TIERS.items()
    }


def make_member(
    name: str = "张晓梅",
    *,
    tier: str = "plain",
    home_store: Store | None = None,
    guide: Staff | None = None,
    phone: str = "",
    **fields: Any,
) -> Member:
    """A member of tier ``tier`` (a code), given by hand for years where it is not the lowest.

    With a guide, the guide's store is home and the assignment is open.
    """
    joined_at = fields.setdefault("joined_at", days_ago(30))
    fields.setdefault("code", new_code())
    fields.setdefault("initials", initials_of(name))
    fields.setdefault("tier_since", joined_at)
    if phone:
        fields |= {"phone_last4": phone[-4:], "phone_masked": f"{phone[:3]}****{phone[-4:]}"}
    fields |= birthdays.columns(fields.get("birthday"), fields.get("birthday_calendar", Birthday.SOLAR))
    home_store = home_store or (guide.store if guide else None)
    member = Member.objects.create(name=name, tier=make_tiers()[tier], home_store=home_store, guide=guide, **fields)
    if phone:
        identity_row(member, IdentityKind.PHONE, phone).save()
    if member.tier.threshold:
        day = local_day(joined_at)
        TierGrant.objects.create(
            member=member, tier=member.tier, starts_on=day, ends_on=day + timedelta(days=9999), reason="老会员"
        )
    if guide and guide.store:
        Assignment.objects.create(member=member, guide=guide, store=guide.store, started_at=joined_at)
    return member


def make_draft(
    amount: str = "100.00", *, store: Store | None = None, member: Member | None = None, **fields: Any
) -> OrderDraft:
    """A sale of one line over ``amount`` yuan, paid now; of nobody unless a member or identity is given."""
    fields.setdefault("channel", "pos")
    fields.setdefault("order_no", f"O{number()}")
    fields.setdefault("paid_at", timezone.now())
    if "lines" not in fields:
        fields["lines"] = [LineDraft("F001", Decimal(1), Decimal(amount), name="阳光玫瑰", category="葡萄")]
    store_code = fields.pop("store_code", None) or (store or make_store()).code
    return OrderDraft(store_code=store_code, member_id=member.pk if member else None, **fields)


def make_order(amount: str = "100.00", *, at: datetime | None = None, **fields: Any) -> Order:
    """A recorded sale with all that follows from it; ``at`` is the moment it is settled for (now)."""
    return Order.objects.get(pk=record_order(make_draft(amount, **fields), at=at).order_id)


def make_return(
    amount: str = "100.00",
    *,
    sale: Order | None = None,
    sale_no: str = "",
    member: Member | None = None,
    store: Store | None = None,
    at: datetime | None = None,
    **fields: Any,
) -> Return:
    """A recorded return over ``amount`` yuan: of ``sale``, of the sale numbered ``sale_no``, or without a receipt."""
    draft = ReturnDraft(
        channel=fields.pop("channel", sale.channel if sale else "pos"),
        return_no=fields.pop("return_no", f"R{number()}"),
        returned_at=fields.pop("returned_at", timezone.now()),
        store_code=(store or (sale.store if sale else make_store())).code,
        sale_no=sale_no or (sale.order_no if sale else ""),
        amount=Decimal(amount),
        member_id=member.pk if member else None,
        **fields,
    )
    return Return.objects.get(pk=record_return(draft, at=at).return_id)


# --- coupons -----------------------------------------------------------------------------------------------------
def make_template(name: str = "满60减10", **fields: Any) -> CouponTemplate:
    """A published template, ¥10 off ¥60 for 7 days unless told otherwise; fields of TermsDraft and of the head."""
    of_terms = {field.name for field in dataclasses.fields(TermsDraft)}
    terms = {key: fields.pop(key) for key in list(fields) if key in of_terms}
    if "kind" not in terms:
        terms = {"kind": "amount_off", "threshold": Decimal(60), "amount_off": Decimal(10)} | terms
    if "valid_until" not in terms:
        terms.setdefault("valid_days", 7)
    template = catalogue.create_template(name=name, terms=TermsDraft(**terms), by=fields.pop("by", None), **fields)
    return catalogue.publish(template, None)


def make_pack(*items: tuple, name: str = "新人礼包", published: bool = True) -> CouponPack:
    """A published pack of (template, count, days later), or (template, count); ¥10 off ¥60 at once unless told."""
    drafts = [packcatalogue.ItemDraft(*item) for item in items or [(make_template(), 1)]]
    pack = packcatalogue.create_pack(name=name, items=drafts, by=None)
    return packcatalogue.publish(pack, None) if published else pack


def make_coupon(
    member: Member | None = None, *, template: CouponTemplate | None = None, at: datetime | None = None, **fields: Any
) -> Coupon:
    """A coupon in a member's wallet, given by headquarters now unless told otherwise."""
    fields.setdefault("origin", "staff")
    return issue_coupon(template or make_template(), member or make_member(), at=at, **fields)


# --- campaigns ---------------------------------------------------------------------------------------------------
def make_task(member: Member, *, guide: Staff | None = None, reason: str = Reason.GOLDEN_WINDOW, **fields: Any):
    """A guide task for a member with a guide: "golden window", open, due today, unless told otherwise."""
    guide = guide or member.guide
    today = timezone.localdate()
    fields = {"occurrence": "first", "due_on": today, "value": Decimal("5.00"), **fields}
    fields.setdefault("why", {"first": f"{today - timedelta(days=3)}", "last": f"{today - timedelta(days=3)}"})
    fields.setdefault("created_at", timezone.now())
    if fields.get("state", TaskState.OPEN) != TaskState.OPEN:
        fields.setdefault("closed_at", timezone.now())
    return GuideTask.objects.create(member=member, guide=guide, store=guide.store, reason=reason, **fields)


def make_touch(member: Member, *, guide: Staff | None = None, at: datetime | None = None, **fields: Any) -> Touch:
    """A touch that reached a member: a WeCom message of their guide, now, unless told otherwise."""
    guide = guide or member.guide
    fields.setdefault("store", guide.store if guide else None)
    fields.setdefault("source", Touch.Source.OFFER)
    fields.setdefault("source_id", number())
    fields.setdefault("channel", "wecom")
    fields.setdefault("state", TouchState.ACCEPTED)
    return Touch.objects.create(member=member, guide=guide, at=at or timezone.now(), **fields)


def make_member_day(
    name: str = "8 日会员日", *, recurrence: str = "FREQ=MONTHLY;BYMONTHDAY=8", **fields: Any
) -> MemberDay:
    """A member day in draft, on the 8th with double points, no control group; ``tiers`` and ``stores`` may be lists."""
    many = {field: fields.pop(field, ()) for field in ("tiers", "stores", "opted_out")}
    fields.setdefault("starts_on", timezone.localdate())
    fields.setdefault("holdout_percent", 0)
    day = MemberDay.objects.create(name=name, recurrence=recurrence, **fields)
    for field, rows in many.items():
        getattr(day, field).set(rows)
    return day
