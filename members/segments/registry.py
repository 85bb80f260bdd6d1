"""The facts that rules may ask about: what each is called, how it is asked, its SQL, and its test in memory.

Apps above announce facts of theirs in a module ``segmentfacts``; a new fact is a class or a line there and nothing
else. That SQL and memory agree is shown for every fact of this registry by one property test.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy

from members.segments.facts.options import Options
from members.segments.snapshots import READERS, Reader, Snapshot
from members.windows import first_moment, local_day

MEMBER, FACTS = "m", "f"
"""Columns of members_member m, or of members_memberfacts f, which somebody without any order may lack."""


class Meaningless(ValueError):
    """A value that a fact cannot be asked with; ``sentence`` says why."""

    def __init__(self, sentence: Any) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True)
class Asked:
    """A leaf of a tree: a fact, how it is asked, and the cleaned value; ``where`` narrows what is counted."""

    fact: str
    op: str
    value: Any
    where: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Inline:
    """A condition over a row ``m`` or ``f`` (``table``). It may come out as null, which means no.

    ``loose`` is the same for rows ``f`` that may be missing, where a count is then zero; the text itself unless given.
    """

    table: str
    text: str
    loose: str = ""


@dataclass(frozen=True)
class Members:
    """A query of member ids, perhaps with some twice, that finds by an index of its own who meets the condition; or,
    ``negated``, who does not.

    ``alone`` is the same with each member once, for a query that begins with all of them; ``share`` a guess how many of
    the members they are, by which the compiler chooses what to begin with.
    """

    text: str
    negated: bool = False
    alone: str = ""
    share: float = 0.1


Condition = Inline | Members
Test = Callable[[Snapshot], bool]


@dataclass
class Binder:
    """Collects the parameters of one query, and knows as of when it is asked.

    ``within`` keeps every part of the query to some members: a condition over ``{id}``, whose parameters whoever asks
    puts in (``"{id} = ANY(%(ids)s)"``), so that asking about a few members looks at these few only.
    """

    at: datetime
    values: dict[str, Any] = field(default_factory=dict)
    within: str = ""

    @property
    def today(self) -> date:
        """The business day."""
        return local_day(self.at)

    def bind(self, value: Any) -> str:
        """The placeholder of a value."""
        name = f"p{len(self.values)}"
        self.values[name] = list(value) if isinstance(value, tuple) else value
        return f"%({name})s"

    def among(self, column: str, values: tuple[Any, ...]) -> str:
        """A column that is one of some values. With a single one it is an equation, after which the planner knows in
        what order an index has its rows and that they are distinct."""
        return f"{column} = {self.bind(values[0])}" if len(values) == 1 else f"{column} = ANY({self.bind(values)})"

    def since(self, days: int) -> str:
        """The placeholder of the midnight with which the window of ``days`` calendar days that ends today begins."""
        return self.bind(first_moment(self.today, days))


@dataclass(frozen=True)
class Narrow:
    """A way to narrow what is counted: to some choices."""

    label: Any
    names: Options


class Fact(ABC):
    """Something known of a member that a rule may ask about."""

    kind: str
    """How it is asked in the builder: number, ago, choice, tags, did, birthday, list."""

    operators: Sequence[str]
    names: Options | None = None
    """What there is to choose from, where the value is chosen."""

    at_hand = True
    """Whether the builder offers it; what only code asks about is not."""

    needs: Sequence[str] = ()
    """What of a Snapshot the test in memory looks at beside the member row."""

    hears: Sequence[str] = ()
    """The kinds of timeline fact that alone can change an answer; without any, whatever happens in the members band."""

    narrows: Mapping[str, Narrow] = {}
    """How what is counted may be narrowed, beside to some days, for a fact of the kind ``did``."""

    usual = ""
    """The number that the builder begins with."""

    days_label: Any = gettext_lazy("in the last days (empty: ever)")
    """What the days mean to which it is narrowed."""

    def __init__(self, key: str, label: Any, *, group: Any) -> None:
        self.key, self.label, self.group = key, label, group

    @abstractmethod
    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """The leaf, its value cleaned. Raises Meaningless."""

    @abstractmethod
    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """The leaf as SQL."""

    @abstractmethod
    def test(self, asked: Asked, today: date) -> Test:
        """The leaf as a test in memory: the same answers as the SQL. What it needs to know it looks up once."""

    @abstractmethod
    def told(self, asked: Asked) -> str:
        """The leaf as people say it."""

    @abstractmethod
    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """What is known of a member in this, as people say it: the reason why the leaf holds or not."""

    def changes_on(self, asked: Asked, one: Snapshot, today: date) -> date | None:
        """The next business day on which the answer may change though nothing happens, where that is known."""
        return None

    def readers(self) -> Mapping[str, Reader]:
        """What a Snapshot must hold under ``more`` for the test in memory, by need, where no other fact reads it."""
        return {}

    def plain(self, asked: Asked) -> Any:
        """The value as JSON."""
        value = asked.value
        if isinstance(value, tuple):
            return list(value)
        return value.isoformat() if isinstance(value, date | datetime) else value


REGISTRY: dict[str, Fact] = {}


def announce(facts: Iterable[Fact]) -> None:
    """Let rules ask about these facts, too. Raises ValueError for a key that is taken."""
    for fact in facts:
        if fact.key in REGISTRY:
            raise ValueError(f"two facts called {fact.key}")
        REGISTRY[fact.key] = fact
        READERS.update(fact.readers())
