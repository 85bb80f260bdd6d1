"""Readings over time for the figures at the head of the cockpit: headcounts of days, sales, first purchases, flows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum

from members.insight.scope import Scope
from members.models import DaySales, Flow, Headcount, Level, PurchaseGaps, Stage, SummaryState

Heads = Mapping[str, int]
COUNTS = ("members", "bought_90d", "again_60d")
SPOTS = 8  # points of a small line
HOME_AGAIN = (Stage.GROWING, Stage.MATURE)


@dataclass(frozen=True)
class Sold:
    """Yuan of a span of days: of all, and of members."""

    sales: Decimal
    member_sales: Decimal

    @property
    def share(self) -> float | None:
        """What members bought, in percent of all; None when nothing was sold."""
        return float(self.member_sales * 100 / self.sales) if self.sales else None


@dataclass(frozen=True)
class MonthBack:
    """Declining members of a month: how many there were when it began, and how many of them came back in it."""

    month: date
    there: int
    back: int


def counted_days(today: date, before: int) -> list[date]:
    """The days to read headcounts of, newest first: one a week, and the one that lies at least ``before`` days back."""
    known = SummaryState.objects.filter(name="headcount", day__lte=today).order_by("-day")
    days = list(known.values_list("day", flat=True)[:60])
    if not days:
        return []
    wanted = [days[0] - timedelta(days=7 * nth) for nth in range(SPOTS)] + [days[0] - timedelta(days=before)]
    nearest = {next((day for day in days if day <= on), None) for on in wanted}
    return sorted((day for day in nearest if day), reverse=True)


def headcounts(scope: Scope, days: Sequence[date]) -> dict[date, Heads]:
    """The sums of COUNTS for each of some days, newest first."""
    rows = scope.narrow(Headcount.objects.filter(day__in=days)).values("day").order_by("-day")
    found = rows.annotate(**{f"all_{name}": Sum(name) for name in COUNTS})
    return {row["day"]: {name: row[f"all_{name}"] for name in COUNTS} for row in found}


def stages(scope: Scope, day: date) -> dict[str, int]:
    """The members of each stage on a counted day."""
    rows = scope.narrow(Headcount.objects.filter(day=day)).values_list("stage").annotate(members=Sum("members"))
    return dict(rows)


def sales(scope: Scope, first: date, last: date) -> dict[date, Sold]:
    """What was sold on each day on which something was."""
    rows = scope.narrow(DaySales.objects.filter(day__range=(first, last))).values_list("day")
    found = rows.annotate(all_sales=Sum("sales"), all_member_sales=Sum("member_sales"))
    return {day: Sold(every, member) for day, every, member in found}


def between(sold: Mapping[date, Sold], first: date, last: date) -> Sold:
    """The sum of some days."""
    inside = [one for day, one in sold.items() if first <= day <= last]
    return Sold(sum((one.sales for one in inside), Decimal(0)), sum((one.member_sales for one in inside), Decimal(0)))


def first_purchases(scope: Scope, since: date) -> dict[date, tuple[list[int], list[int]]]:
    """For each month since one: of its first purchases, how many were followed after so many days, how many not yet."""
    level = Level.REGION if scope.region else Level.CHAIN
    rows = PurchaseGaps.objects.filter(level=level, region=scope.region, nth=1, month__gte=since)
    return {month: (followed, waiting) for month, followed, waiting in rows.values_list("month", "followed", "open")}


def came_back(scope: Scope, now: int, months: Sequence[date]) -> list[MonthBack]:
    """Of each month, the oldest first, how many declining members there were and how many came back; ``now`` is how
    many there are. Going back month by month, who became declining in it is taken off and who left it is added."""
    rows = scope.narrow(Flow.objects.filter(of=Flow.Of.STAGE, month__gte=months[0]))
    moved: dict[tuple[date, str, str], int] = {}
    for month, before, after, members in rows.values_list("month", "before", "after").annotate(all=Sum("members")):
        moved[month, before, after] = members
    found, there = [], now
    for month in reversed(months):
        left = {after: many for (on, before, after), many in moved.items() if on == month and before == Stage.DECLINING}
        came = sum(many for (on, _before, after), many in moved.items() if on == month and after == Stage.DECLINING)
        there += sum(left.values()) - came
        found.append(MonthBack(month, there, sum(left.get(stage, 0) for stage in HOME_AGAIN)))
    return found[::-1]


def month_before(month: date, back: int = 1) -> date:
    """The first day of the month so many months before."""
    nth = month.year * 12 + month.month - 1 - back
    return date(nth // 12, nth % 12 + 1, 1)
