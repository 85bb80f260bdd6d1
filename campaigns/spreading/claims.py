"""Claiming a piece of a post: the stock is taken in the statement that checks it, the coupon is issued with it."""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import GroupClaim, GroupMembership, GroupPost, GroupState, PostState
from coupons.issuing import issue_coupon
from coupons.models import Origin
from members.locks import lock_member
from members.models import Member
from members.oneid.lineage import beneath
from members.timeline import NewFact, record
from stores.errors import Conflict, NotAllowed
from stores.models import Staff

TAKE = """
    UPDATE campaigns_grouppost p SET claimed = claimed + 1
    FROM campaigns_storegroup g
    WHERE p.id = %(post)s AND g.id = p.group_id AND g.state = 'open' AND p.state = 'published'
      AND p.opens_at <= %(at)s AND p.closes_at > %(at)s AND (p.stock IS NULL OR p.claimed < p.stock)
"""


def claim(post: GroupPost, member: Member, *, guide: Staff | None = None, at: datetime | None = None) -> GroupClaim:
    """One piece of a post for a member of its group, with the coupon where it gives one.

    ``guide`` claims it for a member at the counter and must see both. Raises NotAllowed ``not_in_group``, Conflict
    (claimed_already, post_not_open, sold_out, group_closed), CouponRefused as issuing does, NotFound for a member who
    is no longer one or whom the guide does not see.
    """
    at = at or timezone.now()
    with transaction.atomic():
        held = lock_member(member, by=guide)
        if not GroupMembership.objects.filter(group=post.group_id, member=held, left_at=None).exists():
            raise NotAllowed(_("Only members of the group claim what is posted there."), code="not_in_group")
        had = GroupClaim.objects.filter(post=post, member__in=beneath(held.pk)).count()
        if had >= post.each:
            raise _had_all(post, had)
        with connection.cursor() as cursor:
            cursor.execute(TAKE, {"post": post.pk, "at": at})
            if cursor.rowcount != 1:
                raise why_not(post, at)
        coupon = None
        if post.template is not None:
            coupon = issue_coupon(post.template, held, origin=Origin.GROUP, origin_id=post.pk, at=at)
        made = GroupClaim.objects.create(post=post, member=held, nth=had + 1, coupon=coupon, guide=guide, at=at)
        record(NewFact("group.claimed", held.pk, made.pk, at, {"post": post.pk}))
    return made


def _had_all(post: GroupPost, had: int) -> Conflict:
    return Conflict(
        _("Claimed already: %(had)s of %(each)s.") % {"had": had, "each": post.each},
        code="claimed_already",
        extra={"claimed": had},
    )


def why_not(post: GroupPost, at: datetime) -> Conflict:
    """Which of the conditions of the statement did not hold."""
    held = GroupPost.objects.select_related("group").get(pk=post.pk)
    if held.group.state != GroupState.OPEN:
        return Conflict(_("This group is closed."), code="group_closed")
    if held.state != PostState.PUBLISHED or not held.opens_at <= at < held.closes_at:
        return Conflict(_("This is not open now."), code="post_not_open")
    return Conflict(_("None are left."), code="sold_out")
