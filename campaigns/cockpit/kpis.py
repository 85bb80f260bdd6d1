"""The five figures at the head of the cockpit, each with its small line, its change, and where it opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.cockpit import readings
from campaigns.cockpit.readings import SPOTS
from members.insight.reports.figures import counted, in_percent, leaf, rule_of, share
from members.insight.scope import Scope
from members.insight.survival import repeat_rate
from members.lifecycle import GOLDEN_DAYS
from members.models import Stage

ACTIVE_DAYS = 90
LEAST_MOVE = 0.05  # what is printed as 0.0 did not move


@dataclass(frozen=True)
class Kpi:
    """A figure written out. ``change`` is how it moved, written out, and ``against`` what; ``is_down`` says which way.

    It opens by ``rule`` (its members), by the ``report`` of insight that explains it, or else at the orders behind it.
    """

    label: Any
    value: str
    points: Sequence[float]
    against: str = ""
    change: str = ""
    is_down: bool = False
    note: str = ""
    rule: Mapping[str, Any] | None = None
    report: str = ""


def kpis(scope: Scope, days: int, today: date) -> list[Kpi]:
    """The figures for a place and a number of days (7, 30, 90); none before members were counted."""
    chosen = readings.counted_days(today, days)
    if not chosen:
        return []
    heads = readings.headcounts(scope, chosen)
    return [
        _active(scope, heads, days),
        _sales(scope, days, today),
        _again(heads, days),
        _second(scope, days, today),
        _won_back(scope, days, today, chosen[0]),
    ]


def _active(scope: Scope, heads: Mapping[date, readings.Heads], days: int) -> Kpi:
    values = {day: float(one["bought_90d"]) for day, one in heads.items()}
    newest, before, since = _pair(values, days)
    moved = (newest / before - 1) * 100 if before else None
    return Kpi(
        _("Active in 90 days"),
        counted(int(newest)),
        list(values.values())[::-1],
        rule=rule_of(scope, [leaf("last_order", "within", ACTIVE_DAYS)]),
        **_moved(moved, "%", since),
    )


def _again(heads: Mapping[date, readings.Heads], days: int) -> Kpi:
    shares = {day: share(one["again_60d"], one["members"]) for day, one in heads.items()}
    values = {day: value for day, value in shares.items() if value is not None}
    newest, before, since = _pair(values, days)
    moved = None if before is None else newest - before
    points = list(values.values())[::-1]
    return Kpi(_("60-day repeat rate"), in_percent(newest), points, report="matrix", **_moved(moved, _(" pts"), since))


def _sales(scope: Scope, days: int, today: date) -> Kpi:
    last = today - timedelta(days=1)
    first, before = last - timedelta(days=days - 1), last - timedelta(days=2 * days - 1)
    week = [last - timedelta(days=7 * nth) for nth in range(SPOTS)]
    sold = readings.sales(scope, min(before, week[-1] - timedelta(days=6)), last)
    now = readings.between(sold, first, last).share
    then = readings.between(sold, before, first - timedelta(days=1)).share
    weeks = [readings.between(sold, end - timedelta(days=6), end).share for end in reversed(week)]
    moved = now - then if now is not None and then is not None else None
    against = ngettext("against the day before", "against the %(days)s days before", days) % {"days": days}
    points = [one for one in weeks if one is not None]
    return Kpi(
        _("Sales to members"),
        in_percent(now),
        points,
        **_moved(moved, _(" pts"), against, is_words=True),
    )


def _second(scope: Scope, days: int, today: date) -> Kpi:
    """Of the first purchases of the last months that have been watched for long enough."""
    horizon = GOLDEN_DAYS.value
    newest = (today - timedelta(days=horizon)).replace(day=1)
    many = max(1, days // 30)
    months = [readings.month_before(newest, back) for back in range(SPOTS)][::-1]
    gaps = readings.first_purchases(scope, months[0])
    now, before = _rate(gaps, months[-many:], horizon), _rate(gaps, months[-2 * many : -many], horizon)
    each = [_rate(gaps, [month], horizon) for month in months]
    return Kpi(
        ngettext("Second order within %(days)s day", "Second order within %(days)s days", horizon) % {"days": horizon},
        in_percent(now),
        [one for one in each if one is not None],
        note=_("first orders of %(months)s") % {"months": _span(months[-many:])},
        report="repeat",
        **_moved(
            now - before if now is not None and before is not None else None,
            _(" pts"),
            _span(months[-2 * many : -many]),
        ),
    )


def _won_back(scope: Scope, days: int, today: date, counted_on: date) -> Kpi:
    """Of the last whole months: how many of the declining members there were bought again."""
    this = today.replace(day=1)
    many = max(1, days // 30)
    months = [readings.month_before(this, back) for back in range(SPOTS)][::-1]
    declining = readings.stages(scope, counted_on).get(Stage.DECLINING, 0)
    found = readings.came_back(scope, declining, months)[:-1]  # without the month that still lasts
    now, before = _back(found[-many:]), _back(found[-2 * many : -many])
    each = [_back([one]) for one in found]
    return Kpi(
        _("Declining members won back"),
        in_percent(now),
        [one for one in each if one is not None],
        note=_("in %(months)s, whoever came back by themselves included") % {"months": _span(months[-1 - many : -1])},
        report="stages",
        **_moved(
            now - before if now is not None and before is not None else None,
            _(" pts"),
            _span(months[-1 - 2 * many : -1 - many]),
        ),
    )


def _pair(values: Mapping[date, float], days: int) -> tuple[float, float | None, str]:
    """The newest value, the one at least so many days before, and of when that is."""
    newest = max(values, default=None)
    if newest is None:
        return 0.0, None, ""
    before = max((day for day in values if day <= newest - timedelta(days=days)), default=None)
    return values[newest], values[before] if before else None, f"{before:%m-%d}" if before else ""


def _moved(moved: float | None, unit: str, since: str, *, is_words: bool = False) -> dict[str, Any]:
    """How a figure moved, for a Kpi; says so when there is nothing to compare with."""
    if moved is None:
        return {"against": _("nothing to compare with yet")}
    against = since if is_words else _("against %(when)s") % {"when": since}
    if abs(moved) < LEAST_MOVE:
        return {"against": _("unchanged %(against)s") % {"against": against}}
    return {"change": f"{abs(moved):.1f}{unit}", "is_down": moved < 0, "against": against}


def _rate(gaps: Mapping[date, tuple[list[int], list[int]]], months: Sequence[date], horizon: int) -> float | None:
    """The share of first purchases of some months that were followed within a horizon, in percent."""
    chosen = [gaps[month] for month in months if month in gaps]
    rate = (
        repeat_rate(_added([one[0] for one in chosen]), _added([one[1] for one in chosen]), horizon) if chosen else None
    )
    return rate.value * 100 if rate else None


def _added(lists: Sequence[Sequence[int]]) -> list[int]:
    return [sum(one[nth] for one in lists if nth < len(one)) for nth in range(max(map(len, lists), default=0))]


def _back(months: Sequence[readings.MonthBack]) -> float | None:
    return share(sum(one.back for one in months), sum(one.there for one in months))


def _span(months: Sequence[date]) -> str:
    return f"{months[0]:%Y-%m}" if len(months) == 1 else f"{months[0]:%Y-%m} – {months[-1]:%Y-%m}"
