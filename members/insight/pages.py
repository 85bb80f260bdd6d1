"""What a page of a report needs beside its answer: the choices as addresses, and as of when it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import cached_property

from members.insight.asking import ask, counted_at
from members.insight.charts.matrix import Linker, Opener
from members.insight.reports.base import PLACE, RANGE, Answer
from members.insight.scope import PRESETS, places
from stores.models import Staff

TYPED = "place_typed"


@dataclass(frozen=True)
class Link:
    """One of a few, as an address."""

    label: Any
    url: str
    is_current: bool


@dataclass(frozen=True)
class Page:
    """An answer on a page at ``path``, for somebody who asked for ``asked``; ``linker`` leads to members."""

    staff: Staff
    path: str
    asked: Mapping[str, str]
    answer: Answer
    linker: Linker

    @cached_property
    def at(self) -> datetime | None:
        """As of when the figures are."""
        return counted_at(self.answer.report)

    @property
    def takes_range(self) -> bool:
        """Whether days can be chosen."""
        return RANGE in self.answer.report.takes

    @property
    def takes_place(self) -> bool:
        """Whether a place can be chosen: there must be more than one."""
        return PLACE in self.answer.report.takes and not self.staff.leads_store

    @property
    def own_days(self) -> bool:
        """Whether the days were chosen one by one."""
        return bool(self.asked.get("from") or self.asked.get("to"))

    @property
    def presets(self) -> list[Link]:
        """The usual spans of days."""
        now = "" if self.own_days else str(self.answer.span.days)
        return [Link(label, self.url(days=key, **{"from": "", "to": ""}), key == now) for key, label in PRESETS.items()]

    @property
    def options(self) -> list[tuple[Any, str, list[Link]]]:
        """What else can be chosen: label, key, choices."""
        chosen = self.answer.options
        return [
            (
                one.label,
                one.key,
                [Link(name, self.url(**{one.key: key}), chosen[one.key] == key) for key, name in one.choices],
            )
            for one in self.answer.report.options
        ]

    @property
    def typed(self) -> str:
        """What was typed as a place, without one being chosen."""
        return str(self.asked.get(TYPED) or "").strip()[:60]

    @property
    def offers(self) -> list[tuple[str, str]]:
        """The places that what was typed may mean."""
        return places(self.staff, self.typed) if self.typed and self.takes_place else []

    @property
    def whole_url(self) -> str:
        """The same without the place."""
        return self.url(place="")

    @property
    def narrowed(self) -> bool:
        """Whether a place was chosen."""
        return bool(self.asked.get("place"))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form sends along unseen."""
        keys = [one.key for one in self.answer.report.options]
        kept = ["days", "place", *keys]
        return [(key, self.asked[key]) for key in kept if self.asked.get(key)]

    @property
    def query(self) -> str:
        """What was asked, for the address of the export."""
        return self.url().removeprefix(self.path)

    def url(self, **changes: str) -> str:
        """This page with something else asked; empty values are left out."""
        known = {"days", "from", "to", "place", *(one.key for one in self.answer.report.options)}
        pairs = {key: value for key, value in self.asked.items() if key in known} | changes
        kept = {key: value for key, value in pairs.items() if value}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path


def page_of(staff: Staff, key: str, path: str, asked: Mapping[str, str], linker: Linker) -> Page:
    """The page of a report. A place that was typed and can only mean one is taken as chosen.

    Raises NotFound and NotAllowed as ``asking.ask`` does.
    """
    asked = {name: str(value) for name, value in asked.items()}
    found = places(staff, asked[TYPED]) if asked.get(TYPED) else []
    if len(found) == 1:
        asked |= {"place": found[0][0], TYPED: ""}
    return Page(staff, path, asked, ask(staff, key, asked), Opener(linker))
