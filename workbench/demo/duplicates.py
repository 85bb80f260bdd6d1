"""People who stand in the books twice: some pairs wait for headquarters, one was decided, two were merged."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from members import delivery
from members.models import Delivery, DeliveryState, Identity, IdentityConflict, IdentityKind, Member, MemberMerge
from members.newcomers import Newcomer
from members.oneid import duplicates, merging
from members.oneid.identities import resolve
from members.oneid.identityseals import value_of
from members.orders.drafts import LineDraft, OrderDraft
from members.orders.intake import record_order
from stores.models import Role, Staff

SOURCE = "mini"
TABLET = (IdentityKind.WECHAT_OPENID.value, "o-demo-tablet-hz01")
Pair = tuple[str, str]


def build_duplicates() -> None:
    """Regulars who opened the mini-program with WeChat before they told it their phone number."""
    with transaction.atomic():
        by = Staff.objects.filter(role=Role.HQ_MARKETER).order_by("pk").first()
        people = list(_regulars()[:6])
        for nth, member in enumerate(people):
            _meet(member, nth, by)
    following = Delivery.objects.filter(reaction__endswith=".follow_merges", state=DeliveryState.WAITING)
    for batch in list(following.values_list("batch", flat=True).distinct()):
        delivery.deliver(batch)


def _meet(member: Member, nth: int, by: Staff | None) -> None:
    """The same person under a second record, and what became of the pair."""
    union = (IdentityKind.WECHAT_UNIONID.value, f"u-demo-{member.code}")
    phone = (IdentityKind.PHONE.value, value_of(Identity.objects.filter(member=member, kind="phone").earliest("pk")))
    match nth:
        case 0:  # a nickname
            _opened(member, union, name=f"小{member.name[-1]}", orders=2)
            resolve([phone, union], source=SOURCE)
        case 1:  # another birthday
            born = (member.birthday or timezone.localdate() - timedelta(days=12_000)) + timedelta(days=31)
            Member.objects.filter(pk=member.pk, birthday=None).update(birthday=born - timedelta(days=31))
            _opened(member, union, birthday=born, orders=1)
            resolve([phone, union], source=SOURCE)
        case 2:  # the tablet at the counter, which many have signed in on
            _opened(member, TABLET, name="店内平板", orders=0)
            resolve([phone, TABLET], source="pos")
        case 3:  # mother and daughter
            _opened(member, union, name=f"{member.name[0]}妈妈", orders=1)
            met = resolve([phone, union], source=SOURCE).conflict
            if met and by:
                duplicates.decide_apart(met, by=by, note="母女共用一个手机号")
        case 4:  # nothing speaks against it
            _opened(member, union, orders=1)
            resolve([phone, union], source=SOURCE)
        case _:
            other = _opened(member, union, name=f"{member.name[0]}小姐", orders=2)
            merging.merge(member, other, why=MemberMerge.Why.HAND, by=by, note="电话核实是同一人")


def _opened(member: Member, identity: Pair, *, orders: int, **profile: object) -> Member:
    """Somebody who opened the mini-program, with what they ordered there since."""
    since = timezone.now() - timedelta(days=60)
    newcomer = Newcomer(home_store=member.home_store, source=SOURCE, joined_at=since, **profile)
    opened = resolve([identity], source=SOURCE, create=newcomer).member
    if opened is None:
        raise RuntimeError("nobody opened the mini-program")
    for nth in range(orders):
        record_order(_bought(member, identity, nth, since + timedelta(days=9 + 14 * nth)))
    return opened


def _bought(member: Member, identity: Pair, nth: int, at: datetime) -> OrderDraft:
    goods = [LineDraft("F001", Decimal(1), Decimal("59.80"), name="阳光玫瑰", category="葡萄")]
    store = member.home_store.code if member.home_store else ""
    return OrderDraft(SOURCE, f"M{member.code}{nth}", at, store, goods, identity=identity)


def _regulars() -> QuerySet[Member]:
    """Members with many orders, a guide and a phone number, those of the demonstration's guide first."""
    known = Member.objects.filter(
        guide__isnull=False, facts__orders_365d__gte=3, identities__kind=IdentityKind.PHONE, phone_masked__gt=""
    ).exclude(pk__in=IdentityConflict.objects.values("left"))
    first = Staff.objects.filter(username="guide").values("pk")
    mine = known.filter(guide__in=first).order_by("-facts__orders_365d", "pk")
    return mine if mine.count() >= 6 else known.order_by("-facts__orders_365d", "pk")
