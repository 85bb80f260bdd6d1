"""Statements of commissions by month and person, and closing a month, for which it takes two people.

An entry belongs to the month in which it was written. So nothing is ever added to a month that has passed, and what
comes late, such as goods that come back after their commission was settled, stands in the next statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Commission, CommissionEntry, CommissionMonth
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import IN_STORE, Staff, Store
from stores.policy import define

TEAM = define(
    "sharing.least_team", 3, _("People a store needs before its manager sees what its links earned together"), minimum=2
)
REST = timedelta(days=1)  # so that nothing that began before the turn of the month is still being written
ZERO = Decimal(0)


@dataclass(frozen=True)
class Sums:
    """Yuan of a month: newly settled, taken back of what had been settled, and what is pending at its end."""

    settled: Decimal = ZERO
    taken_back: Decimal = ZERO
    pending: Decimal = ZERO

    @property
    def payable(self) -> Decimal:
        """What the month pays out."""
        return self.settled + self.taken_back


@dataclass(frozen=True)
class StaffSums(Sums):
    """The sums of one person."""

    staff: Staff | None = None


@dataclass(frozen=True)
class Line:
    """What a month says about one commission."""

    commission: Commission
    pending: Decimal
    settled: Decimal
    at: datetime


def this_month(at: datetime | None = None) -> date:
    """The first day of the month that it is in business time."""
    return (at or timezone.now()).astimezone(ZoneInfo(settings.TIME_ZONE)).date().replace(day=1)


def month_named(text: str, *, default: date | None = None) -> date:
    """The first day of a month spelled 2026-11; else ``default``, or the present one."""
    try:
        return datetime.strptime(f"{text}-01", "%Y-%m-%d").replace(tzinfo=ZoneInfo(settings.TIME_ZONE)).date()
    except ValueError:
        return default or this_month()


def sums_of(staff: Staff, month: date) -> Sums:
    """What a month says about one person."""
    rows = _by_person(CommissionEntry.objects.filter(staff=staff), month)
    return rows.get(staff.pk, Sums())


def lines_of(staff: Staff, month: date, *, most: int = 200) -> list[Line]:
    """The commissions of somebody that moved in a month, the latest first."""
    moved = CommissionEntry.objects.filter(staff=staff, month=month).order_by().values("commission")
    found = list(
        moved.annotate(p=Sum("pending"), s=Sum("settled"), last=Max("at")).order_by("-last", "-commission")[:most]
    )
    rows = Commission.objects.select_related("order", "product", "link").in_bulk([row["commission"] for row in found])
    return [Line(rows[row["commission"]], row["p"], row["s"], row["last"]) for row in found]


def refused_of(staff: Staff, month: date, *, most: int = 50) -> QuerySet[Commission]:
    """Orders of a month that earned nothing from the start, with the reason."""
    until = month + relativedelta(months=1)
    rows = Commission.objects.filter(staff=staff, state="void", entries=None, paid_at__date__gte=month)
    return rows.filter(paid_at__date__lt=until).select_related("order", "product", "link")[:most]


def team_sums(store: Store, month: date) -> Sums | None:
    """What the links of a store's people earned together; None for a team so small that it would tell of one."""
    team = Staff.objects.filter(store=store, role__in=IN_STORE, is_active=True)
    if team.count() < TEAM.value:
        return None
    rows = _by_person(CommissionEntry.objects.filter(staff__in=team), month).values()
    return Sums(
        sum((one.settled for one in rows), ZERO),
        sum((one.taken_back for one in rows), ZERO),
        sum((one.pending for one in rows), ZERO),
    )


def statement(month: date) -> list[StaffSums]:
    """Everybody whom a month says something about, by name."""
    sums = _by_person(CommissionEntry.objects.all(), month)
    people = Staff.objects.select_related("store").in_bulk(sums)
    rows = [StaffSums(one.settled, one.taken_back, one.pending, people[pk]) for pk, one in sums.items()]
    said = [row for row in rows if row.settled or row.taken_back or row.pending]
    return sorted(said, key=lambda row: (row.staff.name, row.staff.pk) if row.staff else ("", 0))


def ask_to_close(month: date, *, by: Staff) -> CommissionMonth:
    """Say that a month is ready to be paid out; somebody else confirms it.

    Raises Refusal ``month_not_over``, Conflict ``month_state`` when that was said before.
    """
    ends = month + relativedelta(months=1)
    if this_month(timezone.now() - REST) < ends:
        raise Refusal(_("A month can be closed from the second day of the next one."), code="month_not_over")
    made, is_new = CommissionMonth.objects.get_or_create(month=month, defaults={"asked_by": by})
    if not is_new:
        raise Conflict(_("That was asked for before."), code="month_state")
    return made


def take_back(month: CommissionMonth) -> None:
    """The month is not ready after all. Raises Conflict ``month_state`` once it is closed."""
    gone, _by_table = CommissionMonth.objects.filter(pk=month.pk, state=CommissionMonth.State.ASKED).delete()
    if not gone:
        raise Conflict(_("This month is closed."), code="month_state")


def close(month: CommissionMonth, *, by: Staff) -> CommissionMonth:
    """Confirm a month with what it comes to; nothing about it changes any more.

    Raises NotAllowed ``second_person_needed`` for whoever asked, Conflict ``month_state`` when it is closed already.
    """
    with transaction.atomic():
        held = CommissionMonth.objects.select_for_update().filter(pk=month.pk).first()
        if held is None or held.state != CommissionMonth.State.ASKED:
            raise Conflict(_("This month is closed."), code="month_state")
        if held.asked_by_id == by.pk:
            raise NotAllowed(_("Somebody else approves what you entered."), code="second_person_needed")
        entries = CommissionEntry.objects.filter(month=held.month).exclude(settled=0)
        found = entries.aggregate(total=Sum("settled"), people=Count("staff", distinct=True))
        held.total, held.people = found["total"] or ZERO, found["people"]
        held.state, held.closed_by, held.closed_at = CommissionMonth.State.CLOSED, by, timezone.now()
        held.save()
    return held


def months_known(entries: QuerySet[CommissionEntry], *, most: int = 12) -> Sequence[date]:
    """The months that these entries speak of and the present one, the latest first."""
    found = entries.order_by("-month").values_list("month", flat=True).distinct()[:most]
    return sorted({*found, this_month()}, reverse=True)[:most]


def _by_person(entries: QuerySet[CommissionEntry], month: date) -> dict[int, Sums]:
    of_month = Q(month=month)
    found = (
        entries.filter(month__lte=month)
        .order_by()
        .values("staff")
        .annotate(
            paid=Sum("settled", filter=of_month & Q(settled__gt=0), default=ZERO),
            back=Sum("settled", filter=of_month & Q(settled__lt=0), default=ZERO),
            waits=Sum("pending", default=ZERO),
        )
    )
    return {row["staff"]: Sums(row["paid"], row["back"], row["waits"]) for row in found}
