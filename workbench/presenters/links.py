"""Small things that many pages share: choices shown as links, and addresses with a query."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse


@dataclass(frozen=True)
class Choice:
    """One of a few: a segment, a chip or a strategy. ``count`` stands beside it where it is known."""

    label: str
    url: str
    is_current: bool = False
    count: int | None = None
    key: str = ""

    @property
    def title(self) -> str:
        """The same word under the name that chips use."""
        return self.label


def address(name: str, *args: Any, query: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> str:
    """The path of a workbench page; empty values of the query are left out."""
    pairs = query.items() if isinstance(query, Mapping) else query
    kept = [(key, value) for key, value in pairs if value not in (None, "")]
    path = _shape(name, len(args)) % args if _are_numbers(args) else reverse(f"workbench:{name}", args=args)
    return f"{path}?{urlencode(kept)}" if kept else path


def _are_numbers(args: tuple[Any, ...]) -> bool:
    return all(type(value) is int and value >= 0 for value in args)


@cache
def _shape(name: str, count: int) -> str:
    """The path of a page about so many numbers, looked up once: a list has a few addresses in each of its rows."""
    marks = range(1_000_001, 1_000_001 + count)
    path = reverse(f"workbench:{name}", args=marks).replace("%", "%%")
    for mark in marks:
        path = path.replace(str(mark), "%d")
    return path


def offer_url(member_id: int, **query: Any) -> str:
    """The page that sends an offer to this member."""
    return address("offer", query={"m": member_id, **query})
