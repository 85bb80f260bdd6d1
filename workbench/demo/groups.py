"""Store groups of the demonstration: regulars and office people, with posts that are over, that hold, that wait."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from campaigns.models import GroupClaim, GroupMembership, GroupPost, StoreGroup
from campaigns.spreading import claims, groups, posts
from campaigns.spreading.posts import PostDraft
from coupons.models import CouponTemplate
from members.models import Member, MemberState, OrderLine, Product
from stores.models import Role, Staff, Store

MEMBERS, OFFICE, CLAIMS, LATE = 24, 15, 9, 6
OVER = timedelta(days=8)


def build_groups(store: Store, coupon: CouponTemplate, cherries: Product | None) -> None:
    """A group of the first guide with a post that is over, two that hold and a draft; a younger one of the second."""
    guides = list(Staff.objects.filter(store=store, role=Role.GUIDE, is_active=True).order_by("pk")[:2])
    rows = Member.objects.filter(home_store=store, state=MemberState.ACTIVE)
    regulars = list(rows.order_by("-growth", "pk")[:MEMBERS])
    others = rows.exclude(pk__in=[member.pk for member in regulars]).order_by("-pk")[:OFFICE]
    for guide, name, people in zip(guides, ("老朋友群", "上班族水果群"), (regulars, list(others)), strict=False):
        group = _group(guide, f"{store}{name}", people)
        if people is regulars:
            _last_week(group, people)
            _now(group, people, coupon, cherries)
        else:
            _claimed(_published(group, "下班前下单，一份也打折。", _today(), template=coupon, stock=20), people[:LATE])


def _group(guide: Staff, name: str, people: list[Member]) -> StoreGroup:
    address = f"https://work.weixin.qq.com/gm/{guide.pk:08d}"
    group = groups.open_group(guide, name=name, address=address, by=guide)
    now = timezone.now()
    GroupMembership.objects.bulk_create(
        GroupMembership(group=group, member=member, source="code", joined_at=now - timedelta(days=nth + 9))
        for nth, member in enumerate(people)
    )
    StoreGroup.objects.filter(pk=group.pk).update(members=len(people))
    return group


def _now(group: StoreGroup, people: list[Member], coupon: CouponTemplate, cherries: Product | None) -> None:
    """A coupon and cherries, some of each claimed; and words for tomorrow that nobody has seen yet."""
    _claimed(
        _published(group, "今晚前下单，满 99 减 15，先到先得。", _today(), template=coupon, stock=30), people[:CLAIMS]
    )
    if cherries is None:
        return
    words = "智利车厘子今早到店，群里先留 20 份，到店自提。"
    _claimed(_published(group, words, _today(), product=cherries, stock=20), people[3 : 3 + CLAIMS])
    tomorrow = {key: moment + timedelta(days=2) for key, moment in _today().items()}
    draft = PostDraft("周末到第二批车厘子，要的先接龙。", product=cherries, stock=40, each=2, **tomorrow)
    posts.write(group, draft, by=group.owner)


def _last_week(group: StoreGroup, people: list[Member]) -> None:
    """What the regulars bought most in the last days had been reserved in the group before; it is over."""
    lines = OrderLine.objects.filter(order__member__in=people, order__paid_at__gte=timezone.now() - OVER)
    most = lines.values("product").annotate(buyers=Count("order__member", distinct=True)).order_by("-buyers", "product")
    first = most.first()
    if first is None:
        return
    best = Product.objects.get(pk=first["product"])
    whose = set(lines.filter(product=best).values_list("order__member", flat=True))
    made = _published(group, f"{best.name}周末到货，群里先留。", _today(), product=best, stock=LATE * 2)
    buyers_first = sorted(people, key=lambda member: member.pk not in whose)
    _claimed(made, buyers_first[: LATE * 2 - 2])
    GroupPost.objects.filter(pk=made.pk).update(opens_at=timezone.now() - OVER, closes_at=timezone.now() - OVER / 2)
    GroupClaim.objects.filter(post=made).update(at=timezone.now() - OVER + timedelta(minutes=40))


def _today() -> dict[str, datetime]:
    now = timezone.now()
    return {"opens_at": now - timedelta(hours=3), "closes_at": now + timedelta(days=1)}


def _published(group: StoreGroup, words: str, window: dict[str, datetime], **what: Any) -> GroupPost:
    return posts.publish(posts.write(group, PostDraft(words, **window, **what), by=group.owner), by=group.owner)


def _claimed(post: GroupPost, people: list[Member]) -> None:
    for member in people:
        claims.claim(post, member)
