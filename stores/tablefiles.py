"""Tables that leave the house as files: CSV or a workbook, in which no cell begins a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook

from stores.cells import quoted

BOM = "\ufeff"  # so that spreadsheets read UTF-8
CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(rows: Iterable[Sequence[Any]], kind: str) -> bytes:
    """The rows as a file of the kind; texts that a spreadsheet would carry out are written as texts."""
    safe = [[_cell(cell) for cell in row] for row in rows]
    return _workbook(safe) if kind == XLSX else _lines(safe)


def _cell(cell: Any) -> Any:
    """Numbers as they are, nothing as nothing, all else as text."""
    return "" if cell is None else cell if isinstance(cell, int | float) else quoted(str(cell))


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return (BOM + file.getvalue()).encode()


def _workbook(rows: Iterable[Sequence[Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("1")
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
