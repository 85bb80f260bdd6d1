"""Spreading of the demonstration: groups with posts, links of guides that earned something."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from campaigns.models import Basis, CommissionRule, GroupMembership, ShareClick, StoreGroup
from campaigns.spreading import claims, commissions, groups, links, posts
from campaigns.spreading.links import Shared
from coupons.models import CouponTemplate
from members.models import Member, MemberState, Order, Product
from stores.models import Role, Staff, Store

STORES, MEMBERS, CLAIMS, FOLLOWED = 6, 24, 9, 8
SHARED = ("delivery", "basket")
CHERRIES = "F011"


def build_spreading(templates: Mapping[str, CouponTemplate]) -> None:
    """A group per store with two posts, two links per guide, commissions of the last weeks."""
    with transaction.atomic():
        shared = [templates[key] for key in SHARED]
        CouponTemplate.objects.filter(pk__in=[one.pk for one in shared]).update(open_to_sharing=True)
        for one in shared:
            one.refresh_from_db()
        cherries = Product.objects.filter(sku=CHERRIES).select_related("category").first()
        _rules(cherries)
        for store in Store.objects.order_by("pk")[:STORES]:
            guide = Staff.objects.filter(store=store, role=Role.GUIDE, is_active=True).order_by("pk").first()
            if guide is not None:
                _group(guide, shared[1], cherries)
        guides = Staff.objects.filter(store__in=Store.objects.order_by("pk")[:STORES], role=Role.GUIDE, is_active=True)
        for guide in guides.order_by("pk"):
            _links(guide, shared[0], cherries)


def _rules(cherries: Product | None) -> None:
    """Three per cent of everything, and eight yuan for a line of cherries."""
    begun = timezone.localdate() - timedelta(days=180)
    CommissionRule.objects.create(
        name="全部商品 3%", basis=Basis.PERCENT, percent=Decimal(3), ceiling=Decimal(30), starts_on=begun
    )
    if cherries is not None:
        CommissionRule.objects.create(
            name="车厘子每行 8 元", basis=Basis.FIXED, fixed=Decimal(8), product=cherries, starts_on=begun
        )


def _group(guide: Staff, coupon: CouponTemplate, cherries: Product | None) -> None:
    """A group of regulars, one post for a coupon and one for a product, some of each claimed."""
    now, place = timezone.now(), str(guide.store)
    group = groups.open_group(
        guide, name=f"{place}老朋友群", address=f"https://work.weixin.qq.com/gm/{guide.pk:08d}", by=guide
    )
    people = list(Member.objects.filter(home_store=guide.store, state=MemberState.ACTIVE).order_by("-pk")[:MEMBERS])
    GroupMembership.objects.bulk_create(
        GroupMembership(group=group, member=member, source="code", joined_at=now - timedelta(days=nth + 1))
        for nth, member in enumerate(people)
    )
    StoreGroup.objects.filter(pk=group.pk).update(members=len(people))
    window = {"opens_at": now - timedelta(hours=3), "closes_at": now + timedelta(days=1)}
    drafts = [posts.PostDraft("今晚前下单，满 99 减 15，先到先得。", template=coupon, stock=30, **window)]
    if cherries is not None:
        words = "智利车厘子今早到店，群里先留 20 份，到店自提。"
        drafts.append(posts.PostDraft(words, product=cherries, stock=20, **window))
    for draft in drafts:
        made = posts.publish(posts.write(group, draft, by=guide), by=guide)
        for member in people[:CLAIMS]:
            claims.claim(made, member)


def _links(guide: Staff, coupon: CouponTemplate, cherries: Product | None) -> None:
    """Two links, followed by members who then bought."""
    made = links.link_for(guide, Shared(template=coupon))
    if cherries is not None:
        links.link_for(guide, Shared(product=cherries))
    since = timezone.now() - timedelta(days=40)
    bought = Order.objects.filter(member__guide=guide, paid_at__gte=since).order_by("-paid_at")
    orders = list(bought.values_list("pk", "member", "paid_at")[:FOLLOWED])
    ShareClick.objects.bulk_create(
        ShareClick(link=made, member_id=member, at=paid_at - timedelta(hours=5)) for _pk, member, paid_at in orders
    )
    commissions.work_out(pk for pk, _member, _paid_at in orders)
