"""What both reports on moves share: the flow of months in a place, and the matrix of who went from where to where."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from members.insight.charts.matrix import APART, DOWN, SAME, UP, Cell, Head, Matrix, Row
from members.insight.reports.figures import Rule, counted, in_percent, share
from members.insight.scope import Scope
from members.models import Flow


@dataclass(frozen=True)
class Move:
    """So many members moved in a month; ``before`` and ``after`` are keys of tiers or stages."""

    month: date
    before: str
    after: str
    by_rules: bool
    members: int


def moves_since(of: str, scope: Scope, first: date) -> list[Move]:
    """The moves of a place in the month of ``first`` and all later ones."""
    rows = scope.narrow(Flow.objects.filter(of=of, month__gte=first.replace(day=1)))
    columns = ("month", "before", "after", "by_rules")
    found = rows.values_list(*columns).annotate(all=Sum("members")).order_by(*columns)
    return [Move(*row) for row in found]


def until(moves: Sequence[Move], last: date) -> list[Move]:
    """Those up to and with the month of ``last``."""
    return [move for move in moves if move.month <= last]


def at_beginnings(now: Mapping[str, int], moves: Sequence[Move], months: Sequence[date]) -> Counter[str]:
    """How many stood where when each of the months began, added up over the months.

    ``moves`` are all until now: who stands there now, less who came since, and who left since. Members who joined
    later stood, before they joined, where they began.
    """
    found: Counter[str] = Counter()
    for month in months:
        stood = Counter(now)
        for move in moves:
            if move.month >= month:
                stood[move.after] -= move.members
                stood[move.before] += move.members
        found.update({key: max(0, count) for key, count in stood.items()})
    return found


def added(moves: Sequence[Move], which: Callable[[Move], bool]) -> Counter[tuple[str, str]]:
    """Members by (from, to) of the moves that are meant."""
    found: Counter[tuple[str, str]] = Counter()
    for move in moves:
        if which(move):
            found[move.before, move.after] += move.members
    return found


def drawn(
    caption: Any,
    heads: Sequence[tuple[str, Head]],
    moved: Mapping[tuple[str, str], int],
    stood: Mapping[str, int],
    stayed: Mapping[str, int],
    mood: Callable[[int, int], str],
    rule: Callable[[str, str], Rule],
) -> Matrix:
    """The matrix from (rows) to (columns), with the share of those who stood there; the diagonal stayed.

    ``rule`` means those who moved from one to the other.
    """
    rows = []
    for nth, (before, head) in enumerate(heads):
        cells = []
        for other, (after, _head) in enumerate(heads):
            members = stayed.get(before, 0) if before == after else moved.get((before, after), 0)
            shown = in_percent(share(members, stood.get(before, 0)))
            look = SAME if nth == other else mood(nth, other)
            leads = None if nth == other else rule(before, after)
            cell = Cell(float(members), counted(members), note=shown, rule=leads, members=members, mood=look)
            cells.append(cell if members else Cell(None))
        rows.append(Row(head, cells))
    return Matrix(caption, [head for _key, head in heads], rows)


def by_rank(nth: int, other: int) -> str:
    """The mood of a move between rows that stand from the highest down."""
    return UP if other < nth else DOWN


def because_of_rules(_nth: int, _other: int) -> str:
    """The mood of moves that nobody's doing brought about."""
    return APART
