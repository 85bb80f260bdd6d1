"""Cells of tables that leave the house: a text that a spreadsheet would carry out as a formula is written as a text."""

import re
from typing import Any

_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)


def quoted(cell: Any) -> Any:
    """The cell as it may be written: a text that begins like a formula gets an apostrophe, all else stays."""
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell) or not _FORMULA.match(cell):
        return cell
    return f"'{cell}"
