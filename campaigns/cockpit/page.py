"""The cockpit as a whole: what is asked, the figures, the reports that stand on it, the month, what needs a look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_date

from campaigns.cockpit import readings
from campaigns.cockpit.attention import Attention, attention
from campaigns.cockpit.kpis import Kpi, kpis
from campaigns.cockpit.month import Month, Opens, month_of
from campaigns.cockpit.results import Results, results
from members.insight import asking
from members.insight.charts.bars import Part
from members.insight.reports import REPORTS
from members.insight.reports.base import Answer
from members.insight.reports.figures import counted
from members.insight.scope import Range, Scope
from members.insight.summaries.base import as_of
from members.models import Stage
from stores.errors import NotFound
from stores.models import Region, Staff

DAYS = (7, 30, 90)
USUAL_DAYS = 30
REPORTS_SHOWN = ("matrix", "repeat", "migration")
EARLIEST = date(2000, 1, 1)
SHADES = {
    Stage.INTRODUCTION: "in-f1",
    Stage.GROWING: "in-f2",
    Stage.MATURE: "in-f4",
    Stage.DECLINING: "in-fw",
    Stage.LOST: "in-fl",
}


@dataclass(frozen=True)
class Cockpit:
    """Everything the page shows. Without ``at`` nothing has been counted yet."""

    scope: Scope
    days: int
    span: Range
    at: datetime | None
    regions: Sequence[Region]
    kpis: Sequence[Kpi]
    answers: Mapping[str, Answer]
    results: Results
    month: Month
    attention: Attention
    stages: Sequence[Part]


def cockpit(staff: Staff, asked: Mapping[str, Any], opens: Opens) -> Cockpit:
    """What an address asks for: ``days``, ``place`` (a region), ``month``, and the options of the reports shown. What
    has no meaning is taken as not asked."""
    today = asking.today()
    scope = _scope(staff, str(asked.get("place") or ""))
    days = next((days for days in DAYS if str(asked.get("days")) == f"{days}"), USUAL_DAYS)
    span = Range.back(days, today)
    at = as_of(["headcount", "sales"])
    return Cockpit(
        scope=scope,
        days=days,
        span=span,
        at=at,
        regions=list(Region.objects.order_by("path")[:60]),
        kpis=kpis(scope, days, today) if at else [],
        answers=_answers(scope, span, asked) if at else {},
        results=results(scope, span),
        month=month_of(scope, _month(asked.get("month"), today), today, opens),
        attention=attention(),
        stages=_stages(scope, today) if at else [],
    )


def _scope(staff: Staff, place: str) -> Scope:
    try:
        return Scope.of(staff, place)
    except NotFound:
        return Scope.of(staff)


def _answers(scope: Scope, span: Range, asked: Mapping[str, Any]) -> dict[str, Answer]:
    """The reports that stand on the cockpit. That of repeat purchases looks back as far as it always does."""
    found = {}
    for key in REPORTS_SHOWN:
        report = REPORTS.get(key)
        if report is not None:
            days = span if key != "repeat" else Range.back(report.usual_days, span.last)
            found[key] = report.answer(scope, days, asked)
    return {key: answer for key, answer in found.items() if answer.figures is not None}


def _month(text: Any, today: date) -> date:
    try:
        wanted = parse_date(f"{text or ''}-01")
    except ValueError:
        wanted = None
    latest = (today.replace(day=1) + timedelta(days=62)).replace(day=1)
    return min(max(wanted, EARLIEST), latest) if wanted else today.replace(day=1)


def _stages(scope: Scope, today: date) -> list[Part]:
    """The stages in the order of a member's life."""
    days = readings.counted_days(today, 0)
    heads = readings.stages(scope, days[0]) if days else {}
    rules = {stage: {"all": [{"fact": "stage", "op": "in", "value": [stage.value]}, *scope.rule]} for stage in Stage}
    return [
        Part(
            stage.label,
            heads.get(stage, 0),
            counted(heads.get(stage, 0)),
            SHADES[stage],
            rules[stage],
            heads.get(stage, 0),
        )
        for stage in Stage
    ]
