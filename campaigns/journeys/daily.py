"""How a step did day by day lately, and how many of the coupons it gave were used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.cache import cache
from django.db.models import Count, Sum
from django.utils import timezone

from campaigns.journeys.steps import KINDS
from campaigns.models import Attribution, Journey, StepTally

DAYS = 14
WIDTH, HEIGHT, GAP = 304, 56, 6  # of the picture, in its own units
KEPT = 60  # seconds for which the used coupons of a journey are remembered


@dataclass(frozen=True)
class Bar:
    """One day: how many, and where its bar stands in the picture."""

    day: date
    trips: int
    x: float
    y: float
    height: float

    @property
    def is_last(self) -> bool:
        """Whether it is today, which is not over."""
        return self.x + WIDTH / DAYS > WIDTH - 1


@dataclass(frozen=True)
class Bars:
    """The last days of a step, the oldest first."""

    bars: list[Bar]

    @property
    def most(self) -> int:
        """On the best day."""
        return max(bar.trips for bar in self.bars)

    @property
    def least(self) -> int:
        """On the worst day."""
        return min(bar.trips for bar in self.bars)

    @property
    def total(self) -> int:
        """On all of them."""
        return sum(bar.trips for bar in self.bars)

    width = (WIDTH - GAP * (DAYS - 1)) / DAYS
    box = f"0 0 {WIDTH} {HEIGHT}"


def of_step(journey: Journey, step: str, kind: str) -> Bars:
    """For how many a step did what it is for on each of the last 14 days, over all versions."""
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    tallies = StepTally.objects.filter(version__journey=journey, step=step, day__gte=first)
    counted = dict(
        tallies.exclude(outcome__in=list(KINDS[kind].skipped)).values_list("day").annotate(trips=Sum("trips"))
    )
    days = [first + timedelta(days=nth) for nth in range(DAYS)]
    most = max([counted.get(day, 0) for day in days]) or 1
    return Bars([_bar(nth, day, counted.get(day, 0), most) for nth, day in enumerate(days)])


def _bar(nth: int, day: date, trips: int, most: int) -> Bar:
    """A day without anything is a line, so that one sees it is a day."""
    height = max(1.0, (HEIGHT - 4) * trips / most)
    return Bar(day, trips, nth * (WIDTH + GAP) / DAYS, HEIGHT - height, height)


def used(journey: Journey) -> Mapping[str, int]:
    """How many orders were paid with the coupons that each step gave, as of at most a minute ago."""
    name = f"journey-used:{journey.pk}"
    kept: Mapping[str, int] | None = cache.get(name)
    if kept is None:
        direct = Attribution.objects.filter(journey=journey, kind=Attribution.Kind.DIRECT)
        kept = dict(direct.order_by().values_list("step").annotate(orders=Count("pk")))
        cache.set(name, kept, KEPT)
    return kept
