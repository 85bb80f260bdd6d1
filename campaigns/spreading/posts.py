"""Posts in store groups: written by who keeps the group, published, ended; and what each came to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import GroupPost, GroupState, PostState, StoreGroup
from campaigns.spreading.groups import may_keep
from coupons.models import CouponTemplate, TemplateState
from members.models import Product
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Staff
from stores.policy import define

BOUGHT_DAYS = define(
    "groups.bought_days", 14, _("Days in which an order counts for a product claimed in a group"), minimum=1, maximum=90
)
# Of a coupon its orders count; of a product what the claimants bought of it within the days.
RESULTS = """
    SELECT p.id, count(*), count(DISTINCT c.member_id), count(*) FILTER (WHERE q.state = 'used' OR got.amount > 0),
           coalesce(sum(coalesce(o.net_amount - o.returned_amount, got.amount)), 0)
    FROM campaigns_groupclaim c
    JOIN campaigns_grouppost p ON p.id = c.post_id
    LEFT JOIN coupons_coupon q ON q.id = c.coupon_id
    LEFT JOIN members_order o ON q.state = 'used' AND o.channel = q.order_channel AND o.order_no = q.order_no
    LEFT JOIN LATERAL (
        SELECT sum(l.amount) AS amount FROM members_order b JOIN members_orderline l ON l.order_id = b.id
        WHERE p.product_id IS NOT NULL AND c.nth = 1 AND b.member_id = c.member_id AND l.product_id = p.product_id
          AND b.paid_at >= c.at AND b.paid_at < c.at + make_interval(days => %(days)s)
          AND b.returned_amount < b.net_amount
    ) got ON true
    WHERE c.post_id = ANY(%(posts)s)
    GROUP BY p.id
"""


@dataclass(frozen=True)
class PostDraft:
    """A post as somebody wrote it."""

    text: str
    opens_at: datetime
    closes_at: datetime
    product: Product | None = None
    template: CouponTemplate | None = None
    stock: int | None = None
    each: int = 1


@dataclass(frozen=True)
class PostResult:
    """What came of a post: pieces claimed, by how many members, how many of them were used or bought, sales in yuan."""

    claimed: int = 0
    members: int = 0
    used: int = 0
    sales: Decimal = Decimal(0)


def write(group: StoreGroup, draft: PostDraft, *, by: Staff, post: GroupPost | None = None) -> GroupPost:
    """A new draft, or another wording of one that is still a draft.

    Raises NotAllowed ``not_your_group``, Conflict ``post_state``, Refusal (text_missing, one_thing, post_window,
    not_open_to_sharing, stock_too_small).
    """
    if not may_keep(by, group.owner):
        raise NotAllowed(_("Only who keeps a group, or leads the store, posts in it."), code="not_your_group")
    _check(draft)
    with transaction.atomic():
        held = GroupPost(group=group, author=by) if post is None else _draft(post)
        for name, value in vars(draft).items():
            setattr(held, name, value.strip() if name == "text" else value)
        held.save()
    return held


def publish(post: GroupPost, *, by: Staff) -> GroupPost:
    """Let a draft hold from its opening time. Raises as ``write``, and Conflict ``group_closed``."""
    if not may_keep(by, post.group.owner):
        raise NotAllowed(_("Only who keeps a group, or leads the store, posts in it."), code="not_your_group")
    if post.group.state != GroupState.OPEN:
        raise Conflict(_("This group is closed."), code="group_closed")
    with transaction.atomic():
        held = _draft(post)
        if held.closes_at <= timezone.now():
            raise Refusal(_("It would be over already."), code="post_window", extra={"field": "closes_at"})
        if held.template is not None:
            _check_template(held.template)
        held.state = PostState.PUBLISHED
        held.save(update_fields=["state"])
    return held


def end(post: GroupPost, *, by: Staff) -> GroupPost:
    """Take a published post back before its time; what was claimed stays. Raises NotAllowed, Conflict."""
    if not may_keep(by, post.group.owner):
        raise NotAllowed(_("Only who keeps a group, or leads the store, posts in it."), code="not_your_group")
    rows = GroupPost.objects.filter(pk=post.pk, state=PostState.PUBLISHED)
    if not rows.update(state=PostState.ENDED):
        raise Conflict(_("This post is not published."), code="post_state")
    post.refresh_from_db()
    return post


def results_of(post_ids: list[int]) -> dict[int, PostResult]:
    """Post -> what it came to; those that nobody claimed are left out. In one query."""
    with connection.cursor() as cursor:
        cursor.execute(RESULTS, {"posts": post_ids, "days": BOUGHT_DAYS.value})
        return {row[0]: PostResult(*row[1:]) for row in cursor.fetchall()}


def _draft(post: GroupPost) -> GroupPost:
    rows = GroupPost.objects.select_for_update(no_key=True, of=("self",)).select_related("group__owner", "template")
    held = rows.filter(pk=post.pk, state=PostState.DRAFT).first()
    if held is None:
        raise Conflict(_("Only a draft can be changed."), code="post_state")
    return held


def _check(draft: PostDraft) -> None:
    if not draft.text.strip():
        raise Refusal(_("Write a few words."), code="text_missing", extra={"field": "text"})
    if (draft.product is None) == (draft.template is None):
        raise Refusal(_("Choose a product or a coupon."), code="one_thing", extra={"field": "product"})
    if draft.closes_at <= draft.opens_at:
        raise Refusal(_("It must close after it opens."), code="post_window", extra={"field": "closes_at"})
    if draft.stock is not None and draft.stock < draft.each:
        raise Refusal(_("There are fewer than one member may have."), code="stock_too_small", extra={"field": "stock"})
    if draft.template is not None:
        _check_template(draft.template)


def _check_template(template: CouponTemplate) -> None:
    if not template.open_to_sharing or template.state != TemplateState.ACTIVE:
        raise Refusal(_("Headquarters has not opened this coupon for sharing."), code="not_open_to_sharing")
