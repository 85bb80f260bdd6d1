"""The banner of the next member day."""

from dataclasses import dataclass
from datetime import date

from campaigns.memberdays import ComingDay
from workbench.presenters.links import address

SHOWN_DAYS_BEFORE = 14


@dataclass(frozen=True)
class Banner:
    """In how many days, how many may be invited and how many were, and where to go."""

    date: date
    days_left: int
    invitable: int
    invited: int
    url: str


def banner(coming: ComingDay | None) -> Banner | None:
    """The banner, or nothing while the day is far away."""
    if coming is None or coming.days_until > SHOWN_DAYS_BEFORE:
        return None
    url = address("members", query={"invite": coming.member_day.pk})
    return Banner(coming.on, coming.days_until, coming.invitable, coming.invited, url)
