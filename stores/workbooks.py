"""Workbooks (.xlsx) from outside: the first sheet as the lines of a CSV, with caps on everything that could swell.

Formulas are never worked out: what the spreadsheet saved as their result is read. Macros, links, pictures and other
sheets are not opened at all. Row n of the sheet is line n of the text, so that sentences about lines fit both.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from stores.errors import Refusal

MIB = 1024 * 1024
SIGN = b"PK\x03\x04"
MOST_PARTS = 2_000
MOST_COLUMNS = 200
MOST_ROWS = 1_048_576  # of any sheet
MOST_CELLS = 20_000_000  # gaps between filled cells included
MOST_SHEET = 512 * MIB
MOST_TEXTS = 48 * MIB  # texts that cells share; they are held in memory
MOST_OF_ANOTHER = 8 * MIB  # styles and the like, held in memory too
MOST_ELEMENTS = 200_000  # of a part or of one row; texts that cells share may be thirty times as many
ROWS_AT_ONCE = 2_000
DIGITS_KEPT = 10**15  # spreadsheets keep 15 digits of a number

SENTENCES = {
    "file_workbook": _("This workbook cannot be read. Save it as .xlsx or as CSV (UTF-8), without a password."),
    "file_workbook_old": _(
        "This workbook is in the old format (.xls) or has a password. Save it as .xlsx without a password."
    ),
    "file_too_wide": _("The sheet has more than %(limit)s columns. Is this the right file?"),
    "file_too_many_cells": _("The sheet has more than %(limit)s cells. Split it and send the parts."),
    "file_number_cut": _(
        "Row %(line)s holds a number of more than 15 digits, of which spreadsheets lose the last ones. Format the "
        "column as text and enter the numbers again."
    ),
}  # fmt: skip


class BadWorkbook(Refusal):
    """The workbook cannot be used; ``code`` is one of SENTENCES, or of those of stores.csvfiles."""

    def __init__(self, code: str, **details: Any) -> None:
        said = str(SENTENCES[code]) % details if code in SENTENCES else code
        super().__init__(said, code=code, extra=details)


def lines_of(source: BinaryIO, *, most_bytes: int, most_ratio: int, ratio_counts_from: int) -> Iterator[bytes]:
    """The first visible sheet as blocks of CSV in UTF-8.

    ``most_bytes`` and ``most_ratio`` are how large the parts may be when unpacked, in all and per packed byte (the
    ratio counts from ``ratio_counts_from`` bytes on). Raises BadWorkbook for anything that is no sound workbook.
    """
    try:
        _look_through(source, most_bytes, most_ratio, ratio_counts_from)
        source.seek(0)
        book = load_workbook(source, read_only=True, data_only=True, keep_links=False)
        try:
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            yield from _blocks(sheets[0].iter_rows(1, MOST_ROWS + 1, 1, MOST_COLUMNS + 1, values_only=True))
        finally:
            book.close()
    except Refusal:
        raise
    except Exception:  # a damaged workbook makes its reader stumble in more ways than can be named
        raise BadWorkbook("file_workbook") from None


def _look_through(source: BinaryIO, most_bytes: int, most_ratio: int, ratio_counts_from: int) -> None:
    """Unpack what will be read once, block by block, and refuse it before anything holds it in memory."""
    packed = source.seek(0, io.SEEK_END)
    unpacked = 0
    with zipfile.ZipFile(source) as parts:
        listed = parts.infolist()
        if len(listed) > MOST_PARTS or "xl/workbook.xml" not in parts.namelist():
            raise BadWorkbook("file_workbook")
        for part in listed:
            if not part.filename.endswith((".xml", ".rels")):
                continue
            most, size, shape = _most_of(part.filename), 0, _Shape(part.filename)
            with parts.open(part) as stream:
                while block := stream.read(MIB):
                    size += len(block)
                    unpacked += len(block)
                    if size > most or unpacked > most_bytes:
                        raise BadWorkbook("file_too_large", limit=min(most, most_bytes) // MIB)
                    if unpacked > max(ratio_counts_from, packed * most_ratio):
                        raise BadWorkbook("file_bomb", limit=most_ratio)
                    shape.parser.Parse(block)


def _most_of(name: str) -> int:
    if name.startswith("xl/worksheets/"):
        return MOST_SHEET
    return MOST_TEXTS if name == "xl/sharedStrings.xml" else MOST_OF_ANOTHER


class _Shape:
    """Counts the elements of a part, row by row where it has rows: the reader holds one row and all that is in none."""

    def __init__(self, name: str) -> None:
        self.most = MOST_ELEMENTS * (30 if name == "xl/sharedStrings.xml" else 1)
        self.apart = self.rows = self.in_row = 0
        self.parser = expat.ParserCreate(namespace_separator="|")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._never

    def _start(self, name: str, _attributes: Any) -> None:
        if name.endswith("|row"):
            self.rows += 1
            self.in_row = 1
        elif self.in_row:
            self.in_row += 1
        else:
            self.apart += 1
        if max(self.apart, self.in_row) > self.most or self.rows > MOST_ROWS:
            raise BadWorkbook("file_too_many_cells", limit=f"{MOST_CELLS:,}")

    def _end(self, name: str) -> None:
        if name.endswith("|row"):
            self.in_row = 0

    def _never(self, *_declared: Any) -> None:
        """No spreadsheet declares a document type; entities could make a part swell while it is read."""
        raise BadWorkbook("file_workbook")


def _blocks(rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    """Rows as CSV, some thousand at a time. Rows are as wide as the first one, or wider where they hold more."""
    width = cells = blank = 0
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for line, row in enumerate(rows, start=1):
        cells += len(row)
        values = _shown(row, line)
        if len(values) > MOST_COLUMNS:
            raise BadWorkbook("file_too_wide", limit=MOST_COLUMNS)
        if cells > MOST_CELLS or line > MOST_ROWS:
            raise BadWorkbook("file_too_many_cells", limit=f"{MOST_CELLS:,}")
        if not values:
            blank += 1  # kept between rows, so that the numbers of lines stay true; not at the end
            continue
        text.write("\r\n" * blank)
        blank = 0
        width = width or len(values)
        writer.writerow([*values, *[""] * (width - len(values))])
        if line % ROWS_AT_ONCE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _shown(row: tuple[Any, ...], line: int) -> list[str]:
    """The cells as text, without the empty ones at the end."""
    values = [_text(cell, line) for cell in row]
    while values and not values[-1]:
        values.pop()
    return values


def _text(cell: Any, line: int) -> str:
    """One cell as a person would type it: whole numbers without a point, days as 2026-05-01, one line."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, int | float):
        return _number(cell, line)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return " ".join(str(cell).splitlines()).encode(errors="replace").decode()


def _number(value: float, line: int) -> str:
    if abs(value) >= DIGITS_KEPT:
        raise BadWorkbook("file_number_cut", line=line)
    return str(int(value)) if value == int(value) else format(value, ".15g")
