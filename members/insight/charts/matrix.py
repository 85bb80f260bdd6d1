"""Tables whose cells are coloured: a heat matrix, a triangle of cohorts, moves from one state to another.

A cell always prints its figure, so that colour is never alone. A cell that stands for members leads to them, unless
they are so few that opening it would be looking somebody up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

FEWEST_OPENED = 30
STEPS = 5

Linker = Callable[[Mapping[str, Any] | None], str]
"""Where the members of a rule are listed for whoever looks; "" where they cannot be."""


class Opener:
    """A linker that may stand in the context of a template, which would call a bare function without a rule."""

    do_not_call_in_templates = True

    def __init__(self, where: Linker) -> None:
        self.where = where

    def __call__(self, rule: Mapping[str, Any] | None) -> str:
        """Where the members of a rule are listed."""
        return self.where(rule)


UP, DOWN, SAME, APART = "up", "down", "same", "apart"
"""What a move means, for cells that are coloured by it and not by how much."""


@dataclass(frozen=True)
class Head:
    """The head of a row or column: its name, what stands beside it in small, and a look (gold, silver, plain)."""

    label: Any
    note: Any = ""
    look: str = ""


@dataclass(frozen=True)
class Cell:
    """A figure: ``value`` decides the colour (None: there is nothing, and nothing is printed), ``text`` is printed.

    ``note`` and ``change`` stand below in small. ``rule`` means the ``members`` that it stands for.
    """

    value: float | None
    text: str = ""
    note: Any = ""
    change: str = ""
    rule: Mapping[str, Any] | None = None
    members: int | None = None
    mood: str = ""
    marked: bool = False


@dataclass(frozen=True)
class Row:
    """A line of cells with its head."""

    head: Head
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Matrix:
    """A whole table: what it shows in words, the heads of the columns, and the rows."""

    caption: Any
    columns: Sequence[Head]
    rows: Sequence[Row]
    corner: Any = ""


def heat(matrix: Matrix, linker: Linker | None = None) -> SafeString:
    """Cells the darker the larger, from the smallest to the largest value there is."""
    return _drawn(matrix, linker, "in-heat")


def triangle(matrix: Matrix, linker: Linker | None = None) -> SafeString:
    """The same for cohorts: small cells, many columns, empty where the time has not come."""
    return _drawn(matrix, linker, "in-tri")


def moves(matrix: Matrix, linker: Linker | None = None) -> SafeString:
    """Cells coloured by their mood: up, down, same, apart."""
    return _drawn(matrix, linker, "in-mig")


def steps(values: Iterable[float | None]) -> list[int | None]:
    """For each value the shade from 0 to 5 that it has between the smallest and the largest of them."""
    values = list(values)
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    reach = (high - low) or 1.0
    return [None if value is None else round((value - low) / reach * STEPS) for value in values]


def marked(matrix: Matrix, row: int, column: int) -> Matrix:
    """The same matrix with a frame around one cell."""
    rows = list(matrix.rows)
    cells = list(rows[row].cells)
    cells[column] = replace(cells[column], marked=True)
    rows[row] = replace(rows[row], cells=cells)
    return replace(matrix, rows=rows)


def _drawn(matrix: Matrix, linker: Linker | None, css: str) -> SafeString:
    shades = iter(steps(cell.value for row in matrix.rows for cell in row.cells))
    rows = [(row.head, [_shown(cell, next(shades), linker) for cell in row.cells]) for row in matrix.rows]
    return render_to_string("members/insight/charts/_matrix.html", {"matrix": matrix, "rows": rows, "css": css})


def _shown(cell: Cell, shade: int | None, linker: Linker | None) -> dict[str, Any]:
    opens = linker is not None and cell.rule and (cell.members is None or cell.members >= FEWEST_OPENED)
    look = f"in-m-{cell.mood}" if cell.mood else "" if shade is None else f"in-h{shade}"
    return {"cell": cell, "css": look, "url": linker(cell.rule) if opens and linker else ""}
