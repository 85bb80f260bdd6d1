"""Deciding a hand-over: at once, or for a later moment until which nothing changes."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from members.assignments import move
from members.handover.carrying import JOB, reason_of
from members.handover.choosing import members_of, store_of
from members.handover.takingback import UNDO_HOURS
from members.locks import lock_members
from members.models import HandedMember, HandOver, HandOverState, Member
from members.splitting import How, Split, SplitRow, SplitRule, split
from stores import jobs
from stores.errors import Conflict, Refusal
from stores.models import Staff, Store

LATEST = timedelta(days=92)
WRITE = """
    INSERT INTO members_handedmember (hand_over_id, member_id, before_id, guide_id, state)
    SELECT %(hand_over)s, w.member_id, m.guide_id, w.guide_id, %(state)s
    FROM unnest(%(members)s::bigint[], %(guides)s::bigint[]) AS w (member_id, guide_id)
    JOIN members_member m ON m.id = w.member_id ORDER BY w.member_id
"""


@dataclass(frozen=True)
class Done:
    """A hand-over that was decided: ``moved`` members have their new guide, or will have it at ``due_at``.

    ``batch`` takes it back, until ``undo_until``.
    """

    pk: int
    batch: uuid.UUID
    moved: int
    rows: list[SplitRow]
    due_at: datetime
    undo_until: datetime


def hand_over(
    leaver: Staff,
    *,
    rule: How | str = SplitRule.LATEST_SERVED,
    by: Staff | None,
    at: datetime | None = None,
    key: str = "",
) -> Done:
    """Give the leaver's members to the colleagues of the members' store, by rule, in one batch: now, or at ``at``.

    A guide who only moved to another store hands over what stays behind. The same ``key`` again is the same hand-over.
    Raises NotFound when ``by`` does not lead the leaver, NotAllowed when they lead nobody, Refusal ``no_successor``,
    ``unknown_rule`` or ``too_many``, Conflict ``handed_over_meanwhile`` when a colleague was faster.
    """
    return _decide(leaver, None, rule, by, at, key)


def share_out(
    store: Store,
    *,
    rule: How | str = SplitRule.LATEST_SERVED,
    by: Staff | None,
    at: datetime | None = None,
    key: str = "",
) -> Done:
    """Share the members of a store who have no guide among its guides. Raises as ``hand_over``."""
    return _decide(None, store, rule, by, at, key)


def _decide(
    leaver: Staff | None, store: Store | None, rule: How | str, by: Staff | None, at: datetime | None, key: str
) -> Done:
    members, home = members_of(leaver, by, store=store), store_of(leaver, by, store)
    key = key[:64] if by else ""
    with transaction.atomic():
        wanted = list(members.values_list("pk", flat=True))
        ids = lock_members(wanted)
        known = HandOver.objects.filter(created_by=by, request_key=key).first() if key else None
        if known:
            return _told(known, [])
        # decided again on the locked rows: what was previewed may have moved, or been promised, meanwhile
        still = members.filter(pk__in=ids)
        decided = split(still, rule, store_id=home, without=leaver)
        _check(wanted, still, decided, rule)
        made = _record(leaver, home, rule, by, at, key)
        _fill(made, decided)
    return _told(made, decided.rows)


def _check(wanted: list[int], still: QuerySet[Member], decided: Split, rule: How | str) -> None:
    """Refuse what would move nobody although somebody was meant."""
    chosen = isinstance(rule, How) and rule.chosen
    if decided.guides or not (wanted or chosen):
        return
    if chosen or not still.exists():
        raise Conflict(
            _("A colleague has handed these members over meanwhile. Look again at who has them now."),
            code="handed_over_meanwhile",
        )
    raise Refusal(_("Say how many members each colleague takes over."), code="nobody_chosen")


def _record(
    leaver: Staff | None, store: int | None, rule: How | str, by: Staff | None, at: datetime | None, key: str
) -> HandOver:
    now = timezone.now()
    later = at if at and at > now else None
    return HandOver.objects.create(
        giver=leaver,
        store_id=store,
        rule=rule.rule if isinstance(rule, How) else rule,
        due_at=min(later, now + LATEST) if later else now,
        state=HandOverState.WAITING if later else HandOverState.DONE,
        ended_at=None if later else now,
        created_by=by,
        request_key=key,
    )


def _fill(made: HandOver, decided: Split) -> None:
    """Write down each member; move them at once, or plan the job that will."""
    waits = made.state == HandOverState.WAITING
    state = HandedMember.State.WAITING if waits else HandedMember.State.MOVED
    guides = decided.guides
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            {"hand_over": made.pk, "state": state.value, "members": list(guides), "guides": list(guides.values())},
        )
    made.planned = len(guides)
    if waits:
        params, title = {"hand_over": made.pk}, _("Hand-over of members")
        jobs.plan(JOB, params=params, title=title, natural_key=f"hand-over:{made.pk}", due_at=made.due_at)
    else:
        made.moved = move(guides, reason=reason_of(made), by=made.created_by, batch=made.batch)
    made.save(update_fields=["planned", "moved"])


def _told(made: HandOver, rows: list[SplitRow]) -> Done:
    moved = made.planned if made.state == HandOverState.WAITING else made.moved
    return Done(made.pk, made.batch, moved, rows, made.due_at, made.due_at + timedelta(hours=UNDO_HOURS.value))
