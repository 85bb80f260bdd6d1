"""Retention cohorts: members by the month of their first purchase, and what they did month by month after it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.insight.charts.matrix import APART, Cell, Head, Matrix, Row
from members.insight.reports.base import Headline, Option, Report, Table
from members.insight.reports.figures import Rule, counted, in_percent, in_yuan, leaf, per_head, rule_of, share
from members.insight.scope import Range, Scope
from members.insight.summaries import cohorts
from members.insight.summaries.cohorts import Cohort, CohortCell
from members.windows import windows

Value = float | Decimal | int | None


@dataclass(frozen=True)
class Measure:
    """A figure of a cell: its name, how it is taken from a cell of a cohort so large, how it is printed, and whether
    the month of the first purchase has one of its own."""

    label: Any
    value: Callable[[CohortCell, int], Value]
    text: Callable[[Any], str]
    from_start: bool = False


MEASURES = {
    "share": Measure(gettext_lazy("Share"), lambda cell, size: share(cell.buyers, size), in_percent),
    "buyers": Measure(gettext_lazy("Buyers"), lambda cell, _size: cell.buyers, counted),
    "orders": Measure(gettext_lazy("Orders"), lambda cell, _size: cell.orders, counted, from_start=True),
    "spend": Measure(
        gettext_lazy("Spend per head"), lambda cell, size: per_head(cell.spend, size), in_yuan, from_start=True
    ),
}


@dataclass(frozen=True)
class Figures:
    """The cohorts, the last day that is counted, all of them together by months later, and the triangle as drawn."""

    cohorts: Sequence[Cohort]
    until: date
    together: Sequence[tuple[CohortCell, int]]
    matrix: Matrix


class Cohorts(Report):
    """Who stays, month by month."""

    key = "cohorts"
    title = gettext_lazy("Retention by month of the first purchase")
    definition = gettext_lazy(
        "Living members by the month of their first order, for the months that the days touch, and what they did so "
        "many months later. Share: of the cohort, how many bought in that month; spend per head: what the cohort spent "
        "in it less what came back, for each member of the cohort, buyers or not. Orders that came back count as "
        "bought. Counted until yesterday, so the newest month is not over yet; the line of all cohorts leaves it out."
    )
    icon = "grid_on"
    usual_days = 365
    summaries = (cohorts.NAME,)
    options = (Option("measure", gettext_lazy("Figure"), [(key, one.label) for key, one in MEASURES.items()]),)

    def figures(self, scope: Scope, span: Range, options: Mapping[str, str]) -> Figures | None:
        """The triangle; None when nobody bought for the first time in these months."""
        read = cohorts.read(scope, span)
        if not read or not read[0]:
            return None
        found, until = read
        together = _together(found, until)
        matrix = _matrix(found, together, MEASURES[options["measure"]], scope, windows().today)
        return Figures(found, until, together, matrix)

    def tables(self, figures: Figures) -> list[Table]:
        """One line for every cohort and month, and all cohorts together."""
        heads = [_("Months later"), _("Members"), _("Buyers"), "%", _("Orders"), _("Spend, yuan"), _("Spend per head")]
        each = [
            [f"{one.month:%Y-%m}", *_line(later, cell, one.size)]
            for one in figures.cohorts
            for later, cell in enumerate(one.cells)
        ]
        every = [_line(later, cell, size) for later, (cell, size) in enumerate(figures.together)]
        return [
            Table(_("All cohorts, months that are over"), heads, every),
            Table(_("By cohort and month"), [_("First purchase in"), *heads], each),
        ]

    def headline(self, scope: Scope, span: Range) -> Headline | None:
        """How many bought again in the month after their first."""
        read = cohorts.read(scope, span)
        together = _together(*read) if read else []
        if len(together) < 2:
            return None
        cell, size = together[1]
        return Headline(in_percent(share(cell.buyers, size)), _("buy again in the month after their first purchase"))


def first_bought(month: date, today: date) -> list[Rule]:
    """The conditions of those whose first order fell into a month, as days before today."""
    end = (month + timedelta(days=32)).replace(day=1)
    found = [leaf("first_order", "within", max((today - month).days + 1, 1))]
    return [*found, leaf("first_order", "before", (today - end).days)] if (today - end).days > 0 else found


def _together(found: Sequence[Cohort], until: date) -> list[tuple[CohortCell, int]]:
    """For every number of months later: the cells of all cohorts for which that month is over, and their members."""
    is_over = (until + timedelta(days=1)).day == 1
    sums = []
    for later in range(max((len(one.cells) for one in found), default=0)):
        among = [one for one in found if later < len(one.cells) - (not is_over)]
        cells = [one.cells[later] for one in among]
        if cells:
            spend = sum((cell.spend for cell in cells), Decimal(0))
            total = CohortCell(sum(cell.buyers for cell in cells), sum(cell.orders for cell in cells), spend)
            sums.append((total, sum(one.size for one in among)))
    return sums


def _matrix(
    found: Sequence[Cohort], together: Sequence[tuple[CohortCell, int]], measure: Measure, scope: Scope, today: date
) -> Matrix:
    start = 0 if measure.from_start else 1
    longest = max(len(one.cells) for one in found)
    rows = []
    if measure.label not in (MEASURES["buyers"].label, MEASURES["orders"].label):
        cells = [_cell(measure, cell, size) for cell, size in together[start:]]
        rows.append(Row(Head(_("All")), [Cell(None), *_filled(cells, longest - start)]))
    for one in reversed(found):
        rule = first_bought(one.month, today)
        cells = [_cell(measure, cell, one.size) for cell in one.cells[start:]]
        if len(one.cells) > 1 and not measure.from_start:
            cells[-1] = _newest(cells[-1], one, rule_of(scope, [*rule, _this_month(one, today)]))
        size = Cell(0.0, counted(one.size), rule=rule_of(scope, rule), members=one.size, mood=APART)
        rows.append(Row(Head(f"{one.month:%Y-%m}"), [size, *_filled(cells, longest - start)]))
    heads = [Head(_("Members")), *(Head(f"+{later}") for later in range(start, longest))]
    return Matrix(_("By month of the first purchase, so many months later"), heads, rows, _("First purchase in"))


def _cell(measure: Measure, cell: CohortCell, size: int) -> Cell:
    value = measure.value(cell, size)
    return Cell(None if value is None else float(value), measure.text(value))


def _newest(cell: Cell, cohort: Cohort, rule: Rule) -> Cell:
    return Cell(cell.value, cell.text, rule=rule, members=cohort.cells[-1].buyers)


def _this_month(cohort: Cohort, today: date) -> Rule:
    """Those of a cohort who bought in the month counted last, which ends with today."""
    months = cohort.month.year * 12 + cohort.month.month - 1 + len(cohort.cells) - 1
    first = date(months // 12, months % 12 + 1, 1)
    return {**leaf("ordered", "gte", 1), "where": {"days": (today - first).days + 1}}


def _filled(cells: Sequence[Cell], width: int) -> list[Cell]:
    return [*cells, *([Cell(None)] * (width - len(cells)))]


def _line(later: int, cell: CohortCell, size: int) -> list[Any]:
    return [later, size, cell.buyers, share(cell.buyers, size), cell.orders, cell.spend, per_head(cell.spend, size)]
