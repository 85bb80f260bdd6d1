"""Lifecycle: how many members are in each stage, and who went from which stage to which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.insight.charts.bars import Bar
from members.insight.charts.matrix import DOWN, UP, Head, Matrix
from members.insight.reports import flows
from members.insight.reports.base import Headline, Report, Table
from members.insight.reports.figures import (
    Rule,
    counted,
    happened,
    headcount_day,
    in_percent,
    leaf,
    members_by,
    rule_of,
    share,
)
from members.insight.reports.flows import Move
from members.insight.scope import Range, Scope
from members.models import Flow, Stage

WANTED = (Stage.GROWING.value, Stage.MATURE.value)


@dataclass(frozen=True)
class Figures:
    """Members by stage on a day, the moves of the months, and both as drawn. ``months`` has the moves into each stage
    per month: (month, one number per stage)."""

    day: date
    members: Mapping[str, int]
    moves: Sequence[Move]
    stood: Mapping[str, int]
    bars: Sequence[Bar]
    matrix: Matrix
    months: Sequence[tuple[str, Sequence[int]]]
    names: Sequence[Any]


class Lifecycle(Report):
    """The funnel and its flow."""

    key = "stages"
    title = gettext_lazy("Lifecycle")
    definition = gettext_lazy(
        "Living members by the stage they stood in when they were counted last, whatever the days chosen; and those "
        "who stood in one stage when a month began and in another when it ended, or now while it lasts, added up over "
        "the months that the days touch. Percentages of the flow are of those who stood in the stage when each month "
        "began. Which numbers part the stages stands with the lifecycle policy."
    )
    icon = "filter_alt"
    summaries = ("headcount", "flow")

    def figures(self, scope: Scope, span: Range, options: Mapping[str, str]) -> Figures | None:
        """Who stands where, and the moves of the months that the span touches; None before the first count."""
        day = headcount_day(date.max)
        if day is None:
            return None
        now = members_by("stage", scope, day)
        since = flows.moves_since(Flow.Of.STAGE, scope, span.first)
        months = span.months()
        moves = flows.until(since, span.last)
        stood = flows.at_beginnings(now, since, months)
        left = flows.added(moves, lambda move: True)
        stayed = {key: stood[key] - sum(count for pair, count in left.items() if pair[0] == key) for key in stood}
        everybody = sum(now.values())
        named_months = [f"{month:%Y-%m}" for month in months]

        def moved(before: str, after: str) -> Rule:
            return rule_of(scope, [happened("stage_moved", before=[before], after=[after], months=named_months)])

        return Figures(
            day=day,
            members=now,
            moves=moves,
            stood=stood,
            bars=[_bar(scope, stage, now.get(stage.value, 0), everybody) for stage in Stage],
            matrix=flows.drawn(_("Moves between stages"), _heads(), left, stood, stayed, _mood, moved),
            months=[(f"{month:%Y-%m}", _into(moves, month)) for month in months],
            names=[stage.label for stage in Stage if stage is not Stage.INTRODUCTION],
        )

    def tables(self, figures: Figures) -> list[Table]:
        """Members by stage, and the moves of each month."""
        everybody = sum(figures.members.values())
        standing = [
            [stage.label, figures.members.get(stage.value, 0), share(figures.members.get(stage.value, 0), everybody)]
            for stage in Stage
        ]
        moved = [[f"{one.month:%Y-%m}", _label(one.before), _label(one.after), one.members] for one in figures.moves]
        return [
            Table(_("Members by stage"), [_("Stage"), _("Members"), "%"], standing),
            Table(_("Moves between stages"), [_("Month"), _("from"), _("to"), _("Members")], moved),
        ]

    def headline(self, scope: Scope, span: Range) -> Headline | None:
        """How many members are mature."""
        day = headcount_day(date.max)
        now = members_by("stage", scope, day) if day else {}
        mature = now.get(Stage.MATURE.value, 0)
        value = share(mature, sum(now.values()))
        label = _("of members are mature")
        return (
            Headline(in_percent(value), label, _("%(members)s members") % {"members": counted(mature)}) if now else None
        )


def _bar(scope: Scope, stage: Stage, members: int, everybody: int) -> Bar:
    rule = rule_of(scope, [leaf("stage", "in", [stage.value])])
    return Bar(stage.label, members, counted(members), in_percent(share(members, everybody)), rule, members)


def _heads() -> list[tuple[str, Head]]:
    return [(stage.value, Head(stage.label)) for stage in Stage]


def _mood(nth: int, other: int) -> str:
    """To growing or mature is good, from wherever; but a mature member who grows again buys less."""
    stages = list(Stage)
    before, after = stages[nth], stages[other]
    return UP if after.value in WANTED and not (before is Stage.MATURE and after is Stage.GROWING) else DOWN


def _into(moves: Sequence[Move], month: date) -> list[int]:
    """How many came into each stage but the first in a month."""
    return [
        sum(move.members for move in moves if move.month == month and move.after == stage.value)
        for stage in Stage
        if stage is not Stage.INTRODUCTION
    ]


def _label(stage: str) -> str:
    return str(Stage(stage).label) if stage in Stage.values else stage
