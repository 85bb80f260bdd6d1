"""Who shares and who buys: Lin Xiaoman's links, the rules of headquarters, and what the audit says."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from campaigns.models import Commission, CommissionRule, GroupPost, ShareLink, StoreGroup
from campaigns.spreading import groups, links, posts
from campaigns.spreading.invariants import INVARIANTS
from campaigns.spreading.links import Shared
from members.audit import audit
from members.models import Category, Product
from members.orders.drafts import LineDraft
from stores.models import Staff
from tests.makers import make_template


def line(sku: str = "F001", amount: str = "100.00", category: str = "葡萄") -> LineDraft:
    """One piece of a product."""
    return LineDraft(sku, Decimal(1), Decimal(amount), name=sku, category=category)


def product(sku: str = "F001", category: str = "葡萄") -> Product:
    """A product of a category."""
    found, _new = Category.objects.get_or_create(name=category)
    return Product.objects.get_or_create(sku=sku, defaults={"name": sku, "category": found})[0]


def rule(percent: str | None = "10", **fields: Any) -> CommissionRule:
    """A rule that holds since long ago: ten per cent of everything unless told otherwise."""
    fields.setdefault("starts_on", date(2020, 1, 1))
    fields.setdefault("basis", "fixed" if fields.get("fixed") else "percent")
    given = None if fields["basis"] == "fixed" else Decimal(percent or 0)
    return CommissionRule.objects.create(name="佣金", percent=given, **fields)


def link(staff: Staff, **what: Any) -> ShareLink:
    """A link of somebody, to the product F001 unless told otherwise."""
    return links.link_for(staff, Shared(**(what or {"product": product()})))


def shared_coupon(**fields: Any) -> Any:
    """A coupon that staff may share."""
    return make_template("分享券", open_to_sharing=True, **fields)


def earned() -> list[tuple]:
    """Every commission: state, reason, pending, settled."""
    rows = Commission.objects.order_by("order_id", "line_no")
    return [(one.state, one.why, one.pending, one.settled) for one in rows]


def broken() -> list[str]:
    """What the audit finds wrong with what was spread."""
    ours = {name for name, _sql, _rule in INVARIANTS}
    return [found.name for found in audit() if found.name.rpartition(".")[2] in ours]


def group(owner: Staff, **fields: Any) -> StoreGroup:
    """A group of somebody's store."""
    return groups.open_group(owner, name=fields.pop("name", "滨河路老朋友群"), by=owner, **fields)


def post(of: StoreGroup, *, published: bool = True, **fields: Any) -> GroupPost:
    """A published post that is open now, with a coupon for each unless told otherwise."""
    now = timezone.now()
    window = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(hours=5)}
    fields = {"text": "今天的葡萄，先到先得", **window, **fields}
    if "product" not in fields and "template" not in fields:
        fields["template"] = shared_coupon()
    made = posts.write(of, posts.PostDraft(**fields), by=of.owner)
    return posts.publish(made, by=of.owner) if published else made
