"""What rows say, remembered by the version of the row: for rows that are read again and again and seldom change.

PostgreSQL writes a new version of a row with each change; ``xmin`` (who wrote it) and ``ctid`` (where it lies) name it.
A query that reads these two beside the numbers of the rows tells what is remembered still and what must be read anew:
nothing is ever out of date, and no process has to tell another.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
MOST = 2000


def version_of(alias: str) -> str:
    """SQL for the version of a row of the table that goes by ``alias``."""
    return f"{alias}.xmin::text || {alias}.ctid::text"


def noted(row: Any, name: str) -> Any:
    """What a raw query wrote beside a row."""
    return getattr(row, name)


class Remembered(Generic[T]):
    """What rows of one table say, by number and version. Shared by all threads: nobody changes what it hands out.

    ``read`` finds number, version and meaning of the rows with these numbers, as they are now.
    """

    def __init__(self, read: Callable[[Sequence[int]], Iterable[tuple[int, str, T]]], *, most: int = MOST) -> None:
        self._read, self._most = read, most
        self._known: dict[tuple[int, str], T] = {}

    def of(self, rows: Iterable[tuple[int, str]]) -> dict[int, T]:
        """What these rows (number, version) say, by number; one query for those not remembered, if any.

        A row that went meanwhile is left out; one that changed meanwhile says what it says now.
        """
        found: dict[int, T] = {}
        unknown: list[int] = []
        for number, version in rows:
            known = self._known.get((number, version))
            if known is None:
                unknown.append(number)
            else:
                found[number] = known
        if unknown:
            if len(self._known) + len(unknown) > self._most:
                self._known.clear()
            for number, version, said in self._read(unknown):
                found[number] = self._known[number, version] = said
        return found
