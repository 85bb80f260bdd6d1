"""For how long members are watched: until some days after a campaign, or for the days of a journey's goal."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from campaigns.journeys.goals import Goal
from campaigns.models import MemberDayOccurrence
from stores.places import end_of_day
from stores.policy import define

AFTER = define(
    "lift.days_after_campaign",
    7,
    _("Days after a campaign in which orders count for its effect"),
    minimum=0,
    maximum=60,
)
JOURNEY = define(
    "lift.journey_days",
    30,
    _("Days in which orders count for the effect of a journey without a goal"),
    minimum=1,
    maximum=180,
)
BACK = define(
    "lift.journey_back_days", 365, _("Who entered a journey in so many days counts for its effect"), minimum=30
)
LATE = timedelta(days=3)
"""Orders of a time may become known so much later."""


def end_of(occurrence: MemberDayOccurrence) -> datetime:
    """The moment after which no order counts for a date of a campaign."""
    return end_of_day(None, occurrence.until + timedelta(days=AFTER.value))


def days_of(goal: Goal | None) -> int:
    """For how many days whoever enters a journey is watched."""
    return goal.within_days if goal else JOURNEY.value
