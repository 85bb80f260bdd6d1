"""Who looks after a member: one open assignment each, every change kept as history and told on the timeline.

A change of many members is one set of statements, whatever their number. Apps above react to ``member.assigned``
(details: the new guide and the one before) and repoint the work that is still open.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import visible_ids
from members.models import Member, MemberState
from members.newcomers import check_guide
from stores.errors import NotAllowed, NotFound
from stores.masking import masked
from stores.models import Staff, Store
from stores.scope import ScopedQuerySet

MOVES = """
    SELECT w.member_id, w.guide_id, m.guide_id AS from_id,
           CASE WHEN %(keep_store)s THEN m.home_store_id ELSE coalesce(s.store_id, m.home_store_id) END AS store_id
    FROM unnest(%(members)s::bigint[], %(guides)s::bigint[]) AS w (member_id, guide_id)
    JOIN members_member m ON m.id = w.member_id
    LEFT JOIN stores_staff s ON s.id = w.guide_id
    WHERE m.guide_id IS DISTINCT FROM w.guide_id
"""
CLOSE = f"""
    UPDATE members_assignment a SET ended_at = greatest(%(at)s::timestamptz, a.started_at) FROM ({MOVES}) AS move
    WHERE a.member_id = move.member_id AND a.ended_at IS NULL
"""
OPEN = f"""
    INSERT INTO members_assignment (member_id, guide_id, store_id, started_at, reason, changed_by_id, batch)
    SELECT member_id, guide_id, store_id, %(at)s::timestamptz, %(reason)s, %(by)s::bigint, %(batch)s::uuid
    FROM ({MOVES}) AS move
"""
FACTS = f"""
    SELECT member_id, NULL::bigint AS subject, %(at)s::timestamptz AS at,
           jsonb_strip_nulls(jsonb_build_object('by', %(by)s::bigint))
           || jsonb_build_object('guide', guide_id, 'from', from_id) AS data
    FROM ({MOVES}) AS move
"""
MIRROR = f"""
    UPDATE members_member m SET guide_id = move.guide_id, home_store_id = move.store_id, updated_at = now()
    FROM ({MOVES}) AS move WHERE m.id = move.member_id
"""


def assign(member: Member, guide: Staff | None, *, reason: str = "", by: Staff | None = None) -> bool:
    """Let ``guide`` look after the member from now on (None: nobody); False when it was so already.

    The guide's store becomes the home store. Raises NotFound when ``by`` may not see the member, NotAllowed when they
    lead nobody, Refusal when the guide has left, serves in no store, or in one that ``by`` does not lead.
    """
    return reassign([member.pk], guide, reason=reason, by=by) == 1


def reassign(member_ids: Iterable[int], guide: Staff | None, *, reason: str = "", by: Staff | None = None) -> int:
    """The same for many members at once, all or none; returns how many have a new guide."""
    with transaction.atomic():
        check_leader(by)
        ids = visible_ids(member_ids, by)
        check_successor(guide, by)
        return move(dict.fromkeys(ids, guide.pk if guide else None), reason=reason, by=by)


def unassigned(store: Store, *, viewer: Staff | None = None) -> ScopedQuerySet[Member]:
    """The store's living members without a guide, or whose guide has left or moved away; newest first."""
    rows = Member.objects.visible_to(viewer) if viewer else Member.objects.all()
    # As a list of those who are there, so that the few who are lost are found before anything is joined to them.
    lost = Q(guide=None) | ~Q(guide__in=Staff.objects.filter(store=store, is_active=True))
    return rows.filter(lost, home_store=store, state=MemberState.ACTIVE).order_by("-joined_at", "-pk")


def check_leader(by: Staff | None) -> None:
    """Raise NotAllowed unless ``by`` leads a store or region or works for headquarters (None: the machine)."""
    if by and not (by.sees_all or by.leads_store or by.region_path):
        raise NotAllowed(_("Only the store manager decides who looks after a member."), code="not_a_leader")


def check_successor(guide: Staff | None, by: Staff | None) -> None:
    """Raise Refusal when this person cannot take members over, NotFound when ``by`` does not lead them."""
    if guide is None:
        return
    fresh = (Staff.objects.visible_to(by) if by else Staff.objects).filter(pk=guide.pk)
    known = fresh.select_related("store").first()
    if known is None:
        raise NotFound(_("This guide is not among the people you lead."))
    check_guide(known, None)


def move(
    guides: Mapping[int, int | None],
    *,
    reason: str,
    by: Staff | None,
    batch: UUID | None = None,
    keep_store: bool = False,
    at: datetime | None = None,
) -> int:
    """Give each locked member (key) the guide (value): history, member row, facts. Returns how many changed.

    The guide's store becomes home unless ``keep_store``. Checks nothing: the verbs above did. Needs a transaction in
    which the members are locked.
    """
    params: dict[str, Any] = {
        "members": list(guides),
        "guides": list(guides.values()),
        "at": at or timezone.now(),
        "reason": masked(reason)[:200],
        "by": by.pk if by else None,
        "batch": batch,
        "keep_store": keep_store,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, params)
        cursor.execute(OPEN, params)
        timeline.record_rows("member.assigned", FACTS, params)
        cursor.execute(MIRROR, params)
        return cursor.rowcount
