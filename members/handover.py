"""Hand-over of a leaver's members, and sharing out those without a guide: seen first, done at once, taken back."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.assignments import check_leader, move, unassigned
from members.locks import lock_members
from members.models import Assignment, Member, MemberState
from members.splitting import SplitRow, SplitRule, split
from stores.errors import Conflict, NotFound
from stores.models import Staff, Store
from stores.policy import define

__all__ = ["HandOver", "SplitRow", "SplitRule", "hand_over", "share_out", "split_preview", "undo_hand_over"]

UNDO_HOURS = define(
    "assignments.undo_hours", 24, _("Hours in which a hand-over can be taken back"), minimum=0, maximum=168
)


@dataclass(frozen=True)
class HandOver:
    """A hand-over that was done: ``batch`` takes it back until ``undo_until``."""

    batch: uuid.UUID
    moved: int
    rows: list[SplitRow]
    undo_until: datetime


def split_preview(leaver: Staff, *, by: Staff | None, rule: str = SplitRule.LATEST_SERVED) -> list[SplitRow]:
    """Who would take over how many of the leaver's members, by name; changes nothing. Raises as ``hand_over``."""
    members = _members_of(leaver, by)
    return split(members, rule, store_id=_store_of(leaver, by), without=leaver).rows


def hand_over(leaver: Staff, *, rule: str = SplitRule.LATEST_SERVED, by: Staff | None) -> HandOver:
    """Give the leaver's members to the colleagues of the members' store, by rule, in one batch.

    A guide who only moved to another store hands over what stays behind. Raises NotFound when ``by`` does not lead the
    leaver, NotAllowed when they lead nobody, Refusal ``no_successor`` or ``unknown_rule``.
    """
    reason = str(_("Handed over from %(name)s") % {"name": leaver.name})
    return _deal_out(_members_of(leaver, by), rule, _store_of(leaver, by), reason, by, without=leaver)


def share_out(store: Store, *, rule: str = SplitRule.LATEST_SERVED, by: Staff | None) -> HandOver:
    """Share the members of a store who have no guide among its guides. Raises as ``hand_over``."""
    check_leader(by)
    if by and not Store.objects.visible_to(by).filter(pk=store.pk).exists():
        raise NotFound(_("This store is not among those you lead."))
    return _deal_out(unassigned(store, viewer=by), rule, store.pk, str(_("Shared out")), by)


def undo_hand_over(batch: uuid.UUID, *, by: Staff | None) -> int:
    """Give the members of a hand-over back to who had them; those moved on since stay where they are.

    Returns how many went back. Raises NotFound for a batch that ``by`` does not lead, Conflict ``undo_too_late``.
    """
    check_leader(by)
    with transaction.atomic():
        rows = Assignment.objects.visible_to(by) if by else Assignment.objects.all()
        mine = rows.filter(batch=batch)
        ids = lock_members(mine.values_list("member_id", flat=True))
        started = mine.order_by("started_at").values_list("started_at", flat=True).first()
        if started is None:
            raise NotFound(_("There is no such hand-over."))
        if started < timezone.now() - timedelta(hours=UNDO_HOURS.value):
            raise Conflict(
                _("A hand-over can be taken back within %(hours)s hours.") % {"hours": UNDO_HOURS.value},
                code="undo_too_late",
            )
        still = mine.filter(ended_at=None, member_id__in=ids).values_list("member_id", flat=True)
        return move(_before(batch, list(still)), reason=str(_("Hand-over taken back")), by=by, keep_store=True)


def _deal_out(
    members: QuerySet[Member],
    rule: str,
    store_id: int | None,
    reason: str,
    by: Staff | None,
    without: Staff | None = None,
) -> HandOver:
    batch = uuid.uuid4()
    with transaction.atomic():
        ids = lock_members(members.values_list("pk", flat=True))
        # decided again on the locked rows: what was previewed may have moved meanwhile
        decided = split(members.filter(pk__in=ids), rule, store_id=store_id, without=without)
        moved = move(decided.guides, reason=reason, by=by, batch=batch)
    return HandOver(batch, moved, decided.rows, timezone.now() + timedelta(hours=UNDO_HOURS.value))


def _members_of(leaver: Staff, by: Staff | None) -> QuerySet[Member]:
    """The leaver's members that ``by`` leads. Raises NotFound when neither they nor the leaver are visible."""
    check_leader(by)
    mine = Member.objects.visible_to(by) if by else Member.objects.all()
    members = mine.filter(guide=leaver, state=MemberState.ACTIVE)
    if by and not Staff.objects.visible_to(by).filter(pk=leaver.pk).exists() and not members.exists():
        raise NotFound(_("This guide is not among the people you lead."))
    return members


def _store_of(leaver: Staff, by: Staff | None) -> int | None:
    return by.store_id if by and by.leads_store else leaver.store_id


def _before(batch: uuid.UUID, member_ids: list[int]) -> dict[int, int | None]:
    """Member -> who looked after them in the assignment that the batch ended."""
    earlier = Assignment.objects.filter(member_id__in=member_ids, ended_at__isnull=False).exclude(batch=batch)
    latest = earlier.order_by("member_id", "-ended_at", "-pk").distinct("member_id")
    found = dict(latest.values_list("member_id", "guide_id"))
    return {pk: found.get(pk) for pk in member_ids}
