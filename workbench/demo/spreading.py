"""Spreading of the demonstration: groups with posts, links of guides that earned something."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from campaigns.models import Basis, CommissionRule, ShareClick
from campaigns.spreading import commissions, links
from campaigns.spreading.links import Shared
from coupons.models import CouponTemplate
from members.models import Order, Product
from stores.models import Role, Staff, Store
from workbench.demo import groups

STORES, FOLLOWED = 6, 8
SHARED = ("delivery", "basket")
CHERRIES = "F011"


def build_spreading(templates: Mapping[str, CouponTemplate]) -> None:
    """Groups of the stores, two links per guide, commissions of the last weeks."""
    with transaction.atomic():
        shared = [templates[key] for key in SHARED]
        CouponTemplate.objects.filter(pk__in=[one.pk for one in shared]).update(open_to_sharing=True)
        for one in shared:
            one.refresh_from_db()
        cherries = Product.objects.filter(sku=CHERRIES).select_related("category").first()
        _rules(cherries)
        for store in Store.objects.order_by("pk")[:STORES]:
            groups.build_groups(store, shared[1], cherries)
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
