"""The rows of a received CSV file, from any byte on and no further than asked, with the line each row begins on."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from stores.csvfiles import MIB, BadFile

BLOCK = MIB


class Rows:
    """Rows of the plain file ``path`` from byte ``offset`` on, which is line ``line``.

    After about ``budget`` bytes the iteration ends at the end of a row; ``offset`` and ``line`` then say where the
    next row begins and ``ended`` whether there is none. Rows are lists of text, blank lines are left out. Raises
    BadFile (file_quotes) where quotation marks do not match, since nobody could say then which lines belong together.
    """

    def __init__(self, path: Path, *, offset: int = 0, line: int = 1, budget: int | None = None) -> None:
        self.path = path
        self.offset = offset
        self.line = line
        self.budget = budget
        self.ended = False
        self._over = False

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(self._lines(), strict=True)
        before = self.line
        try:
            for row in reader:
                if row:
                    yield self.line, row
                self.line = before + reader.line_num
                if self._over:
                    return
        except csv.Error:
            raise BadFile("file_quotes", line=self.line) from None
        self.ended = True

    def _lines(self) -> Iterator[str]:
        """Whole blocks while the budget lasts, then one line at a time, so that the last row can be completed."""
        until = None if self.budget is None else self.offset + self.budget
        with self.path.open("rb") as stream:
            stream.seek(self.offset)
            while until is None or self.offset < until:
                block = stream.read(BLOCK if until is None else min(BLOCK, until - self.offset))
                if not block:
                    return
                yield from self._text(block + stream.readline(), stream.tell())
            self._over = True
            while line := stream.readline():
                yield from self._text(line, stream.tell())

    def _text(self, block: bytes, offset: int) -> io.StringIO:
        self.offset = offset
        # newline="" keeps line ends as they are: the csv module wants to see those inside quotation marks.
        return io.StringIO(block.decode(), newline="")
