"""Growth value: what counts now, when it leaves the window, and corrections by hand.

Growth counts for a rolling window of business days (members.windows) from the moment its order was paid. The ledger is
append-only; ``Member.growth`` is the sum of what counts, refreshed by every settlement and every night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_member
from members.models import EntryKind, GrowthEntry, Member
from members.orders.settlement import settle
from members.timeline import NewFact
from members.windows import local_day, windows
from stores.errors import Refusal
from stores.models import Staff

LARGEST = 10_000_000
TOLERANCE = timedelta(minutes=5)  # for clocks that are ahead


@dataclass(frozen=True)
class Leaving:
    """Growth that no longer counts from the business day ``on``: how much, and what then remains without new orders."""

    on: date
    amount: int
    left: int


def adjust(member: Member, delta: int, *, note: str, by: Staff | None, at: datetime | None = None) -> GrowthEntry:
    """Correct a member's growth value by ``delta``, with a reason; tier and facts follow at once.

    Raises Refusal when ``delta`` is zero or absurd, the reason is empty, the moment lies in the future, or more would
    be taken than counts.
    """
    check_adjustment(delta, note)
    moment = check_moment(at)
    with transaction.atomic():
        locked = lock_member(member, by=by)
        if locked.growth + delta < 0:
            raise Refusal(_("The member has less growth value than that."), code="growth_short")
        entry = GrowthEntry.objects.create(
            member=locked, kind=EntryKind.ADJUSTMENT, delta=delta, at=moment, note=note[:200], made_by=by
        )
        timeline.record(NewFact("growth.adjusted", locked.pk, entry.pk, data={"delta": delta, **timeline.actor(by)}))
        settle([locked.pk])
    return entry


def check_adjustment(delta: int, note: str) -> None:
    """Raise Refusal for a correction by nothing, by an absurd amount or without a reason."""
    if not delta or abs(delta) > LARGEST:
        raise Refusal(_("Enter a change between 1 and 10,000,000, up or down."), code="bad_delta")
    if not note.strip():
        raise Refusal(_("Say why, so that others understand it later."), code="reason_missing")


def check_moment(at: datetime | None) -> datetime:
    """``at``, or now. Raises Refusal when it lies in the future."""
    now = timezone.now()
    if at is not None and at > now + TOLERANCE:
        raise Refusal(_("The time lies in the future."), code="future_date")
    return at or now


def leaving(member: Member, *, days: int = 365, at: datetime | None = None) -> Sequence[Leaving]:
    """What will leave the window within ``days``, day by day, soonest first."""
    now = windows(at)
    counted = GrowthEntry.objects.filter(member=member, at__gte=now.growth_from).annotate(
        day=TruncDate("at", tzinfo=ZoneInfo(settings.TIME_ZONE))
    )
    left = total = counted.aggregate(total=Sum("delta"))["total"] or 0
    found = []
    for earned_on, amount in counted.values_list("day").annotate(total=Sum("delta")).order_by("day"):
        left -= amount
        on = earned_on + timedelta(days=now.growth_days)
        if amount and (on - now.today).days <= days:
            found.append(Leaving(on, amount, max(0, left)))
    return found if total else []


def counts_until(at: datetime) -> date:
    """The last business day on which growth earned at a moment counts."""
    return local_day(at) + timedelta(days=windows().growth_days - 1)
