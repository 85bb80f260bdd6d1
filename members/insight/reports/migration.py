"""Tier migration: who rose and who fell in a span of months, by what they did, and apart from that by new rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.insight.charts.matrix import Head, Matrix
from members.insight.reports import flows
from members.insight.reports.base import Headline, Report, Table
from members.insight.reports.figures import (
    Rule,
    counted,
    happened,
    headcount_day,
    in_percent,
    members_by,
    rule_of,
    share,
)
from members.insight.reports.flows import Move
from members.insight.scope import Range, Scope
from members.models import Flow, Stage, Tier
from members.segments.facts.moves import BY_DOING, BY_RULES

QUIET = (Stage.DECLINING.value, Stage.LOST.value)


@dataclass(frozen=True)
class Totals:
    """Members over the whole span; by rules and silent apart from up and down."""

    up: int = 0
    down: int = 0
    up_by_rules: int = 0
    down_by_rules: int = 0
    silent: int = 0


@dataclass(frozen=True)
class Figures:
    """The moves of the months, the tiers from the highest down, and the matrices as drawn."""

    months: Sequence[date]
    tiers: Sequence[Tier]
    moves: Sequence[Move]
    stood: Mapping[str, int]
    totals: Totals
    behaviour: Matrix
    rules: Matrix | None


class Migration(Report):
    """From which tier to which."""

    key = "migration"
    title = gettext_lazy("Tier migration")
    definition = gettext_lazy(
        "Living members who stood in one tier when a month began and in another when it ended, or now while it lasts, "
        "added up over the months that the days touch; who came back to where they were did not move. By the rules "
        "moved who had no other reason for any change of the month than new tier rules. The percentages are of the "
        "members who stood in the tier when each month began (one who moved in two months counts in both). Turned "
        "silent: from another stage to declining or lost. Members count where their home store was when the month was "
        "counted last."
    )
    icon = "swap_vert"
    usual_days = 30
    summaries = ("flow", "headcount")

    def figures(self, scope: Scope, span: Range, options: Mapping[str, str]) -> Figures | None:
        """The moves of the months that the span touches; None before the first count."""
        day = headcount_day(date.max)
        if day is None:
            return None
        since = flows.moves_since(Flow.Of.TIER, scope, span.first)
        now = {str(tier): members for tier, members in members_by("tier_id", scope, day).items()}
        months = span.months()
        moves = flows.until(since, span.last)
        stood = flows.at_beginnings(now, since, months)
        named = {key for move in moves for key in (move.before, move.after)} | set(now)
        tiers = [tier for tier in Tier.objects.order_by("-threshold") if str(tier.pk) in named]
        heads = [(str(tier.pk), Head(tier.name, look=tier.look)) for tier in tiers]
        left = flows.added(moves, lambda move: True)
        stayed = {key: stood[key] - sum(count for pair, count in left.items() if pair[0] == key) for key in stood}
        behaved = flows.added(moves, lambda move: not move.by_rules)
        ruled = flows.added(moves, lambda move: move.by_rules)
        named_months = [f"{month:%Y-%m}" for month in months]

        def because(cause: str) -> Callable[[str, str], Rule]:
            return lambda before, after: rule_of(
                scope,
                [happened("tier_moved", before=[int(before)], after=[int(after)], months=named_months, causes=[cause])],
            )

        caption = _("Moves between tiers by what members did")
        told = _("Moves between tiers because rules changed")
        apart = flows.drawn(told, heads, ruled, stood, {}, flows.because_of_rules, because(BY_RULES))
        return Figures(
            months,
            tiers,
            moves,
            stood,
            _totals(heads, behaved, ruled, _silent(scope, span)),
            flows.drawn(caption, heads, behaved, stood, stayed, flows.by_rank, because(BY_DOING)),
            apart if ruled else None,
        )

    def tables(self, figures: Figures) -> list[Table]:
        """The moves of each month, and how many stood where when the months began."""
        names = {str(tier.pk): tier.name for tier in figures.tiers}
        rows = [
            [
                f"{move.month:%Y-%m}",
                names.get(move.before, move.before),
                names.get(move.after, move.after),
                _("Rules changed") if move.by_rules else _("What members did"),
                move.members,
            ]
            for move in figures.moves
        ]
        stood = [[tier.name, figures.stood.get(str(tier.pk), 0)] for tier in figures.tiers]
        return [
            Table(self.title, [_("Month"), _("from"), _("to"), _("why"), _("Members")], rows),
            Table(_("Members when the months began, added up"), [_("Tier"), _("Members")], stood),
        ]

    def headline(self, scope: Scope, span: Range) -> Headline | None:
        """How many rose and fell by what they did."""
        figures = self.figures(scope, span, {})
        if figures is None:
            return None
        totals, everybody = figures.totals, sum(figures.stood.values())
        note = _("%(share)s of all; %(down)s fell") % {
            "share": in_percent(share(totals.up, everybody)),
            "down": counted(totals.down),
        }
        return Headline(counted(totals.up), _("members rose"), note)


def _totals(
    heads: Sequence[tuple[str, Any]],
    behaved: Mapping[tuple[str, str], int],
    ruled: Mapping[tuple[str, str], int],
    silent: int,
) -> Totals:
    rank = {key: nth for nth, (key, _head) in enumerate(heads)}

    def rising(found: Mapping[tuple[str, str], int], up: bool) -> int:
        return sum(count for (one, two), count in found.items() if (rank.get(two, 0) < rank.get(one, 0)) == up)

    return Totals(rising(behaved, True), rising(behaved, False), rising(ruled, True), rising(ruled, False), silent)


def _silent(scope: Scope, span: Range) -> int:
    """Members who turned declining or lost in the months of the span."""
    rows = Flow.objects.filter(of=Flow.Of.STAGE, month__range=(span.first_month, span.last_month), after__in=QUIET)
    return scope.narrow(rows.exclude(before__in=QUIET)).aggregate(all=Sum("members"))["all"] or 0
