"""What a report is: a key, a title, how it is counted, its figures for a place and some days, and these as tables."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from members.insight.scope import Range, Scope

RANGE, PLACE = "range", "place"


@dataclass(frozen=True)
class Table:
    """Figures to be read line by line, and exported. Numbers stay numbers: who shows them writes them out."""

    title: Any
    headers: Sequence[Any]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Option:
    """A choice beside time and place; ``choices`` are (value, label), the first of them usual unless another is."""

    key: str
    label: Any
    choices: Sequence[tuple[str, Any]]
    usual: str = ""

    def clean(self, asked: Any) -> str:
        """One of the values: what was asked if it is one, else the usual."""
        values = [value for value, _label in self.choices]
        return str(asked) if str(asked) in values else self.usual or values[0]


@dataclass(frozen=True)
class Headline:
    """The one figure of a report that its card shows, written out, and what it is."""

    value: str
    label: Any
    note: Any = ""


@dataclass(frozen=True)
class Answer:
    """What a page of a report shows: its figures with the place, days and options that they were asked for."""

    report: "Report"
    scope: Scope
    span: Range
    options: Mapping[str, str]
    figures: Any
    tables: Sequence[Table] = field(default_factory=tuple)


class Report(ABC):
    """A question with figures for an answer. One instance per report; it keeps nothing.

    ``template`` draws the figures: it is given ``answer`` (an Answer), ``figures`` (the same as answer.figures) and
    ``linker``, which ``{% members_url rule %}`` of the tags ``insight`` asks where the members of a rule are listed.
    """

    key: ClassVar[str]
    title: ClassVar[Any]
    definition: ClassVar[Any]
    """How the figures are counted, in a sentence or three."""

    icon: ClassVar[str] = "monitoring"
    """Name of a Material Symbol, as in the menu of HQ."""

    takes: ClassVar[frozenset[str]] = frozenset((RANGE, PLACE))
    usual_days: ClassVar[int] = 90
    options: ClassVar[Sequence[Option]] = ()
    summaries: ClassVar[Sequence[str]] = ()
    """Names of the summaries it reads; the oldest of them says as of when the figures are."""

    for_managers: ClassVar[bool] = True
    """Whether those who lead stores may ask for it, within their stores."""

    @property
    def template(self) -> str:
        """The fragment that draws the figures."""
        return f"members/insight/_{self.key}.html"

    @abstractmethod
    def figures(self, scope: Scope, span: Range, options: Mapping[str, str]) -> Any:
        """The figures, or None when nothing has been counted yet. ``options`` holds a value for every option."""

    @abstractmethod
    def tables(self, figures: Any) -> list[Table]:
        """The same figures as tables, to be read and exported."""

    def headline(self, scope: Scope, span: Range) -> Headline | None:
        """The figure for the card of the report, read in one or two queries; None when there is none."""
        return None

    def cleaned(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """A value for every option, out of what an address asks for."""
        return {one.key: one.clean(asked.get(one.key)) for one in self.options}

    def answer(self, scope: Scope, span: Range, asked: Mapping[str, Any]) -> Answer:
        """The figures for a page, with their tables."""
        options = self.cleaned(asked)
        figures = self.figures(scope, span, options)
        return Answer(self, scope, span, options, figures, () if figures is None else self.tables(figures))
