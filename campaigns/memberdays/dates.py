"""The dates of a campaign: of a recurring one each by itself, of a dated one a single span from its first to its last
day; and how that is said."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from campaigns.memberdays import recurrence, wording
from campaigns.models import CampaignKind, MemberDay
from stores.errors import Refusal


@dataclass(frozen=True)
class Span:
    """A date of a campaign: its first and its last day, which are the same for a recurring one."""

    on: date
    until: date


def spans(day: MemberDay, first: date, last: date) -> list[Span]:
    """The dates that touch ``first`` to ``last``, both included. Raises Refusal ``bad_recurrence``."""
    if day.kind == CampaignKind.RECURRING:
        found = recurrence.dates_between(day.recurrence, day.starts_on, day.ends_on, first, last)
        return [Span(on, on) for on in found]
    until = day.ends_on or day.starts_on
    return [Span(day.starts_on, until)] if day.starts_on <= last and until >= first else []


def days_between(day: MemberDay, first: date, last: date) -> list[date]:
    """Every single day on which it runs from ``first`` to ``last``, both included."""
    return [
        one.on + timedelta(days=nth)
        for one in spans(day, first, last)
        for nth in range((one.until - one.on).days + 1)
        if first <= one.on + timedelta(days=nth) <= last
    ]


def runs_on(day: MemberDay, on: date) -> bool:
    """Whether it runs on a day."""
    return bool(spans(day, on, on))


def first_dates(day: MemberDay, n: int = 12) -> list[date]:
    """The first ``n`` first days. Raises Refusal ``bad_recurrence``, ``no_last_day``."""
    if day.kind == CampaignKind.RECURRING:
        return recurrence.preview_dates(day.recurrence, day.starts_on, day.ends_on, n=n)
    if day.ends_on is None:
        raise Refusal(_("A campaign from one day to another needs a last day."), code="no_last_day")
    return [day.starts_on]


def said(day: MemberDay) -> str:
    """When it is, in words: every month on day 8; 2026-12-01 to 2026-12-12."""
    if day.kind == CampaignKind.RECURRING:
        return wording.sentence(day.recurrence, day.starts_on)
    if day.ends_on is None or day.ends_on == day.starts_on:
        return f"{day.starts_on:%Y-%m-%d}"
    return _("%(first)s to %(last)s") % {"first": f"{day.starts_on:%Y-%m-%d}", "last": f"{day.ends_on:%Y-%m-%d}"}


def lead_days(day: MemberDay) -> int:
    """How many days before a date the first thing happens that it does by itself: coupon, message, invitation."""
    steps = [message.days_before for message in day.messages.all()]
    if day.coupon_template_id is not None:
        steps.append(day.issue_days_before)
    if day.invite_days_before is not None:
        steps.append(day.invite_days_before)
    return max(steps, default=0)
