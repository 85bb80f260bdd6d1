"""Growth value: what counts now, when it leaves the window, and corrections by hand.

Growth counts for a rolling window of business days (members.windows) from the moment its order was paid. The ledger is
append-only; ``Member.growth`` is the sum of what counts, refreshed by every settlement and every night.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_member
from members.models import EntryKind, GrowthEntry, Member
from members.orders.settlement import settle
from members.timeline import NewFact
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


def leaving(counted: Iterable[tuple[date, int]], today: date, window_days: int) -> list[Leaving]:
    """What leaves the window, day by day, soonest first; ``counted`` is growth by day, in any number of parts."""
    by_day: dict[date, int] = defaultdict(int)
    for earned_on, amount in counted:
        on = earned_on + timedelta(days=window_days)
        if on > today:
            by_day[on] += amount
    left, found = sum(by_day.values()), []
    for on, amount in sorted(by_day.items()):
        left -= amount
        if amount:
            found.append(Leaving(on, amount, max(0, left)))
    return found
