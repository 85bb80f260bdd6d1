"""How tasks end: by a person, by what the member did, by time; and how they follow a member to another guide."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import touches
from campaigns.models import GuideTask, Outcome, TaskState
from members import timeline
from stores.errors import Conflict, NotFound, Refusal
from stores.models import Staff
from stores.policy import define

UNDO_SECONDS = define(
    "tasks.undo_seconds", 10, gettext_lazy("Seconds in which a closed task can be taken back"), minimum=0, maximum=300
)
GRACE_SECONDS = 5  # the tap was in time, the network was slow
CLOSED_KIND = "task.closed"

AFTER_ORDERS = """
    WITH bought AS (
        SELECT o.member_id, max(o.paid_at) AS paid_at FROM members_order o
        WHERE o.id = ANY(%(orders)s) AND o.member_id IS NOT NULL GROUP BY o.member_id
    )
    UPDATE campaigns_guidetask t
    SET state = CASE WHEN bought.paid_at >= t.created_at THEN 'done' ELSE 'lapsed' END,
        outcome = CASE WHEN bought.paid_at >= t.created_at THEN 'bought' ELSE '' END,
        closed_at = %(now)s, snoozed_until = NULL
    FROM bought
    WHERE t.member_id = bought.member_id AND t.state = 'open'
      AND (bought.paid_at >= t.created_at
           OR t.reason IN ('golden_window', 'nth_order', 'declining')
              AND bought.paid_at >= (t.why->>'last')::date + interval '1 day')
    RETURNING t.id
"""
AFTER_OFFERS = """
    UPDATE campaigns_guidetask t
    SET state = 'done', outcome = 'sent', closed_at = %(now)s, snoozed_until = NULL
    FROM coupons_offer o
    WHERE o.id = ANY(%(offers)s) AND o.sent_at IS NOT NULL AND t.id = o.task_id AND t.member_id = o.member_id
      AND t.state = 'open'
    RETURNING t.id
"""
AFTER_RECALLS = """
    UPDATE campaigns_guidetask t
    SET state = 'open', outcome = '', closed_at = NULL
    FROM coupons_offer o
    WHERE o.id = ANY(%(offers)s) AND o.state = 'recalled' AND t.id = o.task_id AND t.member_id = o.member_id
      AND t.state = 'done' AND t.outcome = 'sent' AND t.due_on >= %(today)s
"""
FACTS = """
    SELECT t.member_id, t.id AS subject, t.closed_at AS at,
           jsonb_build_object('reason', t.reason, 'outcome', t.outcome) AS data
    FROM campaigns_guidetask t WHERE t.id = ANY(%(tasks)s) ORDER BY t.id
"""
FOLLOW = """
    UPDATE campaigns_guidetask t
    SET guide_id = coalesce(g.id, t.guide_id), store_id = coalesce(g.store_id, t.store_id),
        state = CASE WHEN g.id IS NULL THEN 'lapsed' ELSE t.state END,
        closed_at = CASE WHEN g.id IS NULL THEN %(now)s ELSE t.closed_at END,
        snoozed_until = CASE WHEN g.id IS NULL THEN NULL ELSE t.snoozed_until END
    FROM members_member m LEFT JOIN stores_staff g ON g.id = m.guide_id
    WHERE m.id = ANY(%(members)s) AND t.member_id = m.id AND t.state = 'open' AND t.guide_id IS DISTINCT FROM m.guide_id
"""


def close(task: GuideTask, *, outcome: str, by: Staff, at: datetime | None = None) -> GuideTask:
    """Tick a task off with what came of it; a call that reached the member is entered as a touch.

    Raises NotFound when the task is none of ``by``'s, Refusal ``bad_outcome``, Conflict ``task_closed``.
    """
    if outcome not in Outcome.values:
        raise Refusal(_("This is not an outcome of a task."), code="bad_outcome")
    return _end(task, TaskState.DONE, outcome, by, at or timezone.now())


def dismiss(task: GuideTask, *, by: Staff, at: datetime | None = None) -> GuideTask:
    """Put a task away as not suitable. Raises NotFound and Conflict as ``close`` does."""
    return _end(task, TaskState.DISMISSED, "", by, at or timezone.now())


def _end(task: GuideTask, state: TaskState, outcome: str, by: Staff, at: datetime) -> GuideTask:
    with transaction.atomic():
        _move(task, by, TaskState.OPEN, state=state, outcome=outcome, closed_at=at, snoozed_until=None)
        if outcome == Outcome.REACHED:
            touches.record_call(task, by=by, at=at)
        _tell([task.pk])
    return task


def reopen(task: GuideTask, *, by: Staff, at: datetime | None = None) -> GuideTask:
    """Take the closing of a task back within a few seconds. The call it recorded, if any, counts no more.

    Raises NotFound when the task is none of ``by``'s, Conflict ``undo_over`` when it is too late or not closed by hand.
    """
    since = (at or timezone.now()) - timedelta(seconds=UNDO_SECONDS.value + GRACE_SECONDS)
    with transaction.atomic():
        mine = GuideTask.objects.visible_to(by).filter(pk=task.pk)
        by_hand = mine.filter(state__in=(TaskState.DONE, TaskState.DISMISSED), closed_at__gte=since)
        if not by_hand.exclude(outcome=Outcome.BOUGHT).update(state=TaskState.OPEN, outcome="", closed_at=None):
            _refuse(mine.exists(), _("It is too late to take this back."), "undo_over")
        touches.withdraw_call(task)
    task.refresh_from_db()
    return task


def snooze(task: GuideTask, until: datetime, *, by: Staff, at: datetime | None = None) -> GuideTask:
    """Hide an open task until a moment, at the latest on its last day. Raises Refusal ``bad_moment``, else as close."""
    if until <= (at or timezone.now()) or timezone.localdate(until) > task.due_on:
        raise Refusal(_("Choose a moment from now to the task's last day."), code="bad_moment")
    with transaction.atomic():
        _move(task, by, TaskState.OPEN, snoozed_until=until)
    return task


def wake(task: GuideTask, *, by: Staff) -> GuideTask:
    """Show a task again that was put off. Raises NotFound and Conflict as ``close`` does."""
    with transaction.atomic():
        _move(task, by, TaskState.OPEN, snoozed_until=None)
    return task


def _move(task: GuideTask, by: Staff, allowed: TaskState, **fields: object) -> None:
    """Change a task by conditional update, so that two taps or two people cannot both win."""
    mine = GuideTask.objects.visible_to(by).filter(pk=task.pk)
    if not mine.filter(state=allowed).update(**fields):
        _refuse(mine.exists(), _("This task is closed already."), "task_closed")
    task.refresh_from_db()


def _refuse(known: bool, sentence: str, code: str) -> None:
    if not known:
        raise NotFound(_("There is no such task."))
    raise Conflict(sentence, code=code)


def lapse_overdue(guides: Sequence[int], day: date) -> int:
    """Close the open tasks of these guides whose last day lies before ``day``; returns how many."""
    overdue = GuideTask.objects.filter(guide__in=guides, state=TaskState.OPEN, due_on__lt=day)
    return overdue.update(state=TaskState.LAPSED, closed_at=timezone.now(), snoozed_until=None)


def close_after_orders(order_ids: Sequence[int]) -> int:
    """Members bought: their open tasks are done, with the outcome "bought".

    An order from before the task (it arrived late) is no success of the task, but ends one that rests on its absence.
    """
    return _close_many(AFTER_ORDERS, {"orders": list(order_ids)})


def close_after_offers(offer_ids: Sequence[int]) -> int:
    """Offers left: the tasks they were sent from are done, with the outcome "sent"."""
    return _close_many(AFTER_OFFERS, {"offers": list(offer_ids)})


def reopen_after_recalls(offer_ids: Sequence[int]) -> int:
    """Offers were recalled unused: the tasks they had closed are open again until their last day."""
    with connection.cursor() as cursor:
        cursor.execute(AFTER_RECALLS, {"offers": list(offer_ids), "today": timezone.localdate()})
        return cursor.rowcount


def follow_assignments(member_ids: Sequence[int]) -> int:
    """Open tasks go where their members are looked after now; without a guide they lapse. Returns how many moved."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"members": list(member_ids), "now": timezone.now()})
        return cursor.rowcount


def _close_many(sql: str, parameters: dict[str, list[int]]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**parameters, "now": timezone.now()})
        closed = [row[0] for row in cursor.fetchall()]
    if closed:
        _tell(closed)
    return len(closed)


def _tell(task_ids: list[int]) -> None:
    """Record on the timeline that these tasks were closed, each with its reason and outcome."""
    timeline.record_rows(CLOSED_KIND, FACTS, {"tasks": task_ids})
