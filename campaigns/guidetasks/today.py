"""The list of today, ranked, and how the day is going."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from campaigns.models import Attribution, GuideTask, TaskState
from campaigns.reasons import REASONS, chances
from coupons.models import CouponState, Offer, OfferState
from stores.models import Staff
from stores.places import business_day, end_of_day, start_of_day, zone_of

CLOSING_TIME = time(21, 0)
LIVING = Q(member__merged_into=None)  # a merged member's own task for the same occasion waits for an un-merge
TOLD = ("reason", "state", "outcome", "due_on", "value", "escalated_at", "snoozed_until", "closed_at", "guide", "store",
        "member__name", "member__code")  # fmt: skip
SHOWN_WITH = (
    "member__tier",
    "member__facts__favourite_category",
    "member__home_store",
    "template__terms",
    "guide",
    "store",
)


def todays_tasks(
    viewer: Staff, *, reason: str | None = None, guide: Staff | None = None, at: datetime | None = None
) -> list[GuideTask]:
    """The open tasks a viewer sees now, in the order to do them: by group, what ends first, what is worth most.

    Snoozed ones and those whose offer is just leaving are left out. ``guide`` narrows a manager's list to one person.
    """
    tasks = open_now(viewer, at=at)
    if reason:
        tasks = tasks.filter(reason=reason)
    if guide:
        tasks = tasks.filter(guide=guide)
    return sorted(tasks.select_related(*SHOWN_WITH), key=in_turn)


def open_now(viewer: Staff, *, at: datetime | None = None) -> QuerySet[GuideTask]:
    """The tasks of ``todays_tasks`` as a query, for instance to count them."""
    now = at or timezone.now()
    leaving = Offer.objects.filter(state=OfferState.QUEUED, task_id__isnull=False).values("task_id")
    mine = GuideTask.objects.visible_to(viewer).filter(_showing(now, business_day(viewer.store, now)))
    return mine.exclude(pk__in=leaving)


def stamp(viewer: Staff, *, guide: Staff | None = None, at: datetime | None = None) -> str:
    """A mark of which tasks the list of ``day_of`` holds now, in one small query: other tasks, another mark."""
    found = _of(open_now(viewer, at=at), guide).order_by().aggregate(n=Count("pk"), last=Max("pk"), sum=Sum("pk"))
    return _mark(found["n"], found["last"] or 0, found["sum"] or 0)


def stamp_of(tasks: Sequence[GuideTask]) -> str:
    """The same mark of tasks that were read already."""
    keys = [task.pk for task in tasks]
    return _mark(len(keys), max(keys, default=0), sum(keys))


def newest_in(mark: str) -> int | None:
    """The key of the newest task that a mark knows of, 0 where it knows of none; None for what is no mark."""
    parts = mark.split(".")
    return int(parts[1]) if len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts) else None


def _mark(count: int, last: int, total: int) -> str:
    return f"{count}.{last}.{total}"


def by_value(tasks: Iterable[GuideTask], today: date) -> list[GuideTask]:
    """The tasks by expected value alone, but for what lies too long or ends today: that stays in front."""
    return sorted(tasks, key=lambda task: worth_first(task, today))


def worth_first(task: GuideTask, today: date) -> tuple[bool, bool, Decimal, date, int]:
    """The place of a task in ``by_value``."""
    return task.escalated_at is None, task.due_on > today, -task.value, task.due_on, task.pk


def _showing(now: datetime, today: date) -> Q:
    return LIVING & Q(state=TaskState.OPEN, due_on__gte=today) & (Q(snoozed_until=None) | Q(snoozed_until__lte=now))


def in_turn(task: GuideTask) -> tuple[bool, int, date, Decimal, int]:
    """The place of a task in a list: what the manager is shown because it lies too long, then by group; within urgent
    groups what ends first; then the expected value."""
    reason = REASONS[task.reason]
    return (
        task.escalated_at is None,
        reason.priority,
        task.due_on if reason.urgent else date.min,
        -task.value,
        task.pk,
    )


def is_pressing(task: GuideTask, today: date) -> bool:
    """Whether the task ends within two days or lies too long already, so that its clock is shown in amber."""
    return task.escalated_at is not None or (task.due_on - today).days <= 2


def snooze_choices(viewer: Staff, at: datetime | None = None) -> list[tuple[str, datetime]]:
    """The moments "later" may mean, by name: in an hour, before closing time, tomorrow at ten; past ones left out."""
    now = at or timezone.now()
    zone, today = zone_of(viewer.store), business_day(viewer.store, now)
    choices = [
        ("hour", now + timedelta(hours=1)),
        ("closing", datetime.combine(today, CLOSING_TIME, zone) - timedelta(hours=1)),
        ("tomorrow", datetime.combine(today + timedelta(days=1), time(10, 0), zone)),
    ]
    return [(name, moment) for name, moment in choices if moment > now]


@dataclass(frozen=True)
class Progress:
    """A day: ``done`` of ``total`` tasks (snoozed ones are open), coupons sent and redeemed, sales in yuan."""

    done: int
    total: int
    sent: int
    redeemed: int
    sales: Decimal


@dataclass(frozen=True)
class Day:
    """What is open now in the order to do it, what was finished today (the last first), and how the day is going.

    A store has hundreds of tasks, so each holds only what places it and its member's name; ``in_full`` reads the rest.
    """

    open: list[GuideTask]
    done: list[GuideTask]
    progress: Progress


def day_of(viewer: Staff, *, guide: Staff | None = None, at: datetime | None = None) -> Day:
    """The day of a guide, or of all guides whom a leader sees unless ``guide`` names one; in three queries."""
    now = at or timezone.now()
    today = business_day(viewer.store, now)
    finished = Q(state=TaskState.DONE, **_within("closed_at", viewer, today))
    waiting_now = LIVING & Q(state=TaskState.OPEN, due_on__gte=today)
    tasks = GuideTask.objects.visible_to(viewer).filter(finished | waiting_now)
    leaving = Exists(Offer.objects.filter(state=OfferState.QUEUED, task_id=OuterRef("pk")))
    found = list(_of(tasks, guide).annotate(leaving=leaving).select_related("member").only(*TOLD))
    done = sorted((task for task in found if task.closed_at), key=lambda task: (task.closed_at, task.pk), reverse=True)
    waiting = [task for task in found if task.closed_at is None]
    shown = [task for task in waiting if not task.leaving and (task.snoozed_until or now) <= now]
    progress = Progress(len(done), len(found), **_brought(viewer, guide, today))
    return Day(sorted(shown, key=in_turn), done, progress)


def in_full(tasks: Iterable[GuideTask], viewer: Staff) -> dict[int, GuideTask]:
    """These tasks by key with all that a row shows: member, tier, coupon, whose it is, what is known of its chance."""
    of_others = ("guide",) if viewer.leads_store else ()
    rows = GuideTask.objects.visible_to(viewer).annotate(chance=chances.known())
    shown_with = ("member__tier", "member__facts__favourite_category", "template__terms", *of_others)
    found: dict[int, GuideTask] = {**rows.select_related(*shown_with).in_bulk([task.pk for task in tasks])}
    for task in found.values():  # without a join where it is known already
        if task.guide_id == viewer.pk:
            task.guide = viewer
        if viewer.store and task.store_id == viewer.store.pk:
            task.store = viewer.store
        if viewer.store and task.member.home_store_id == viewer.store.pk:
            task.member.home_store = viewer.store
    return found


def _brought(viewer: Staff, guide: Staff | None, day: date) -> dict[str, Any]:
    """Coupons sent on the day, those of the last 90 days that were redeemed on it, and its sales."""
    offers = _of(Offer.objects.visible_to(viewer).filter(state=OfferState.SENT, coupon__isnull=False), guide)
    recent = offers.filter(created_at__gte=start_of_day(viewer.store, day) - timedelta(days=90))
    used = Q(coupon__state=CouponState.USED, **_within("coupon__used_at", viewer, day))
    today = Q(**_within("sent_at", viewer, day))
    counts = recent.aggregate(sent=Count("pk", filter=today), redeemed=Count("pk", filter=used))
    orders = _of(Attribution.objects.visible_to(viewer).filter(**_within("ordered_at", viewer, day)), guide)
    return {**counts, "sales": orders.aggregate(sales=Sum("amount"))["sales"] or Decimal(0)}


def _of(rows: QuerySet[Any], guide: Staff | None) -> QuerySet[Any]:
    """The rows of one guide, or all of them."""
    return rows.filter(guide=guide) if guide else rows


def _within(field: str, staff: Staff, day: date) -> dict[str, datetime]:
    """The filter that a moment lies in a business day of somebody's store."""
    return {f"{field}__gte": start_of_day(staff.store, day), f"{field}__lt": end_of_day(staff.store, day)}
