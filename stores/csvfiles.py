"""Files from outside: taken in as streams, with caps, and refused whole with one clear sentence when they are broken.

``receive`` copies an uploaded CSV, CSV.gz or workbook (.xlsx, its first sheet) to a plain CSV of ours and checks
everything that can be checked without knowing what the columns mean; ``columns_of`` checks its header. Rows are the
business of the caller.
"""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _

from stores import workbooks
from stores.errors import Refusal

MIB = 1024 * 1024
GZIP, BOM = b"\x1f\x8b", b"\xef\xbb\xbf"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
WIDE_CHARACTERS = (b"\xff\xfe", b"\xfe\xff")

SENTENCES = {
    "file_missing": _("There is no file of this name: %(name)s"),
    "file_is_folder": _("This is a folder, not a file: %(name)s"),
    "file_unreadable": _("The file cannot be read: %(why)s"),
    "file_empty": _("The file is empty."),
    "file_no_rows": _("The file has a header but no rows."),
    **workbooks.SENTENCES,
    "file_not_utf8": _("Line %(line)s is not UTF-8 text. Save the file as CSV (UTF-8) and send it again."),
    "file_nul": _("Line %(line)s holds a NUL byte, so this is not a text file or it is damaged. Export it again."),
    "file_damaged": _("The compressed file is damaged or incomplete. Send it again."),
    "file_line_too_long": _("Line %(line)s is longer than %(limit)s kB. Is this the right file?"),
    "file_too_large": _("The file is larger than %(limit)s MB when unpacked. Split it and send the parts."),
    "file_bomb": _("The file unpacks to more than %(limit)s times its size and was not read further."),
    "file_quotes": _("Line %(line)s: the quotation marks do not match. Correct them and send the file again."),
    "columns_missing": _("These columns are missing: %(columns)s. The first line must name the columns."),
    "columns_unknown": _("These columns are not known: %(columns)s. Remove or rename them."),
    "columns_twice": _("These columns appear twice: %(columns)s."),
}


class BadFile(Refusal):
    """The file as a whole cannot be used. ``extra`` holds the figures of the sentence; nothing was changed."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(sentence(code, details), code=code, extra=details)


def sentence(code: str, details: dict[str, Any]) -> str:
    """What is wrong with a file, in the language of whoever reads now."""
    return str(SENTENCES[code]) % details


@dataclass(frozen=True)
class Limits:
    """How much of a file we are willing to read: bytes when unpacked, bytes per line, unpacked bytes per packed one."""

    size: int = 8 * 1024 * MIB
    line: int = 64 * 1024
    ratio: int = 250
    ratio_counts_from: int = 16 * MIB
    block: int = MIB


@dataclass(frozen=True)
class Received:
    """What came: SHA-256 of the unpacked bytes, their number, and the number of lines (the header is one)."""

    digest: str
    size: int
    lines: int


def receive_path(name: str | Path, target: Path, limits: Limits = Limits()) -> Received:
    """``receive`` for a file on this machine. Raises BadFile also when it cannot be opened."""
    try:
        with Path(name).open("rb") as source:
            return receive(source, target, limits)
    except FileNotFoundError:
        raise BadFile("file_missing", name=str(name)) from None
    except IsADirectoryError:
        raise BadFile("file_is_folder", name=str(name)) from None
    except PermissionError as error:
        raise BadFile("file_unreadable", why=error.strerror) from None


def receive(source: BinaryIO, target: Path, limits: Limits = Limits()) -> Received:
    """Copy a CSV, CSV.gz or .xlsx to the plain CSV ``target``, checking it on the way; memory stays at a few blocks.

    Raises BadFile; then no target is left.
    """
    start = source.read(4)
    if not start:
        raise BadFile("file_empty")
    if start == OLD_WORKBOOK:
        raise BadFile("file_workbook_old")
    inspector = _Inspector(limits)
    try:
        with target.open("xb") as out:
            target.chmod(0o600)
            for block, packed in _blocks(source, start, limits):
                inspector.look_at(block, packed=packed)
                out.write(block)
        return inspector.verdict()
    except workbooks.BadWorkbook as bad:
        target.unlink(missing_ok=True)
        raise BadFile(bad.code, **bad.extra) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        target.unlink(missing_ok=True)
        raise BadFile("file_damaged") from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _blocks(source: BinaryIO, start: bytes, limits: Limits) -> Iterator[tuple[bytes, int]]:
    """The text of the file, and how many bytes of the file itself it was made of so far."""
    source.seek(0)
    if start == workbooks.SIGN:
        size = source.seek(0, io.SEEK_END)
        caps = {"most_ratio": limits.ratio, "ratio_counts_from": limits.ratio_counts_from}
        for block in workbooks.lines_of(source, most_bytes=limits.size, **caps):
            yield block, size
        return
    stream = gzip.GzipFile(fileobj=source) if start.startswith(GZIP) else source
    while block := stream.read(limits.block):
        yield block, source.tell()


class _Inspector:
    """Looks at one block after the other: text, lines, size."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.digest = hashlib.sha256()
        self.size = 0
        self.newlines = 0
        self.open_line = 0  # bytes since the last line end
        self.unfinished = b""  # the first bytes of a character that a block border cut

    def look_at(self, block: bytes, *, packed: int) -> None:
        """Raise BadFile for what no further byte can mend."""
        if self.size == 0 and block.startswith(WIDE_CHARACTERS):
            raise BadFile("file_not_utf8", line=1)
        if b"\0" in block:
            raise BadFile("file_nul", line=self._line_of(block, block.index(b"\0")))
        self._check_text(block)
        self._check_lines(block)
        self.size += len(block)
        self.digest.update(block)
        if self.size > self.limits.size:
            raise BadFile("file_too_large", limit=self.limits.size // MIB)
        if self.size > max(self.limits.ratio_counts_from, packed * self.limits.ratio):
            raise BadFile("file_bomb", limit=self.limits.ratio)

    def verdict(self) -> Received:
        """The figures at the end of the file. Raises BadFile when it ends inside a character or says nothing."""
        if self.unfinished:
            raise BadFile("file_not_utf8", line=self.newlines + 1)
        if self.size <= len(BOM) and not self.newlines:
            raise BadFile("file_empty")
        return Received(self.digest.hexdigest(), self.size, self.newlines + bool(self.open_line))

    def _check_text(self, block: bytes) -> None:
        text = self.unfinished + block
        try:
            text.decode()
            self.unfinished = b""
        except UnicodeDecodeError as error:
            # Up to three bytes at the end may be the beginning of a character that the next block completes.
            if error.reason != "unexpected end of data":
                at = max(0, error.start - len(self.unfinished))
                raise BadFile("file_not_utf8", line=self._line_of(block, at)) from None
            self.unfinished = text[error.start :]

    def _check_lines(self, block: bytes) -> None:
        parts = block.split(b"\n")
        lengths = [len(part) for part in parts]
        lengths[0] += self.open_line
        longest = max(lengths)
        if longest > self.limits.line:
            line = self.newlines + 1 + lengths.index(longest)
            raise BadFile("file_line_too_long", line=line, limit=self.limits.line // 1024)
        self.newlines += len(parts) - 1
        self.open_line = lengths[-1]

    def _line_of(self, block: bytes, at: int) -> int:
        return self.newlines + block.count(b"\n", 0, at) + 1


def columns_of(path: Path, *, required: Sequence[str], optional: Sequence[str] = ()) -> tuple[list[str], int]:
    """The column names in the first line of a received file and where the rows begin (in bytes). Raises BadFile."""
    with path.open("rb") as stream:
        first = stream.readline()
        start, more = stream.tell(), stream.read(1)
    header = first.removeprefix(BOM).decode()
    try:
        found = next(csv.reader(io.StringIO(header, newline=""), strict=True), [])
    except csv.Error:
        raise BadFile("file_quotes", line=1) from None
    names = [name.strip().lower() for name in found]
    _refuse("columns_missing", [name for name in required if name not in names])
    _refuse("columns_twice", sorted({name for name in names if names.count(name) > 1}))
    _refuse("columns_unknown", [name for name in names if name not in (*required, *optional)])
    if not more:
        raise BadFile("file_no_rows")
    return names, start


def _refuse(code: str, names: list[str]) -> None:
    if names:
        raise BadFile(code, columns=", ".join(name[:40] for name in names[:12]))
