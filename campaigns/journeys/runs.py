"""The days on which a journey let members in by itself, and those that nobody saw."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count
from django.utils import timezone

from campaigns.journeys.letting import START, trigger_of
from campaigns.journeys.triggers import On
from campaigns.memberdays.recurrence import dates_between
from campaigns.models import Journey, Trip
from stores.models import Job

LOOK_BACK, SHOWN = 60, 6  # days, and how many of those that were to let members in are told of


@dataclass(frozen=True)
class Run:
    """A day on which members were to come in: how many did; ``missed`` when no clock ran that day at all."""

    day: date
    came: int
    missed: bool


def of(journey: Journey) -> list[Run]:
    """The last days on which the recurrence of the version in force let members in, or should have, the latest first.

    At whatever hour of a day the clock comes back, that day is made up for, once (stores.periods). A day on which it
    did not run at all is not: whom a Friday is meant for is not to hear of it on a Saturday.
    """
    version = journey.version
    if version is None or version.published_at is None or trigger_of(journey).on != On.SCHEDULE:
        return []
    today, began = timezone.localdate(), timezone.localdate(journey.created_at)
    first = max(timezone.localdate(version.published_at), today - timedelta(days=LOOK_BACK))
    days = dates_between(trigger_of(journey).recurrence, began, None, first, today)
    keys = {f"{START}:{day:%Y-%m-%d}": day for day in days}
    ran = {keys[str(key)] for key in Job.objects.filter(natural_key__in=keys).values_list("natural_key", flat=True)}
    entries = {f"day:{day:%Y-%m-%d}": day for day in days}
    trips = Trip.objects.filter(journey=journey, entry__in=entries, entered_at__date__gte=first)
    came = {entries[entry]: many for entry, many in trips.order_by().values_list("entry").annotate(many=Count("pk"))}
    told = [Run(day, came.get(day, 0), day not in ran) for day in days if day in ran or day < today]
    return told[::-1][:SHOWN]
