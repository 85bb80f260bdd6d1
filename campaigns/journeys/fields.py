"""What steps, triggers and goals ask for, as data: the fields of an editor, and what may stand in them.

A kind of step names its fields in ``asks``; whoever edits it shows each by its ``kind``, and ``read`` puts what was
entered into one spelling. A new kind of step needs no page of its own.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from members.segments import trees
from members.segments.facts.options import Options
from members.segments.registry import Meaningless

MOST_DAYS = 366
KEYS = re.compile(r"[1-9][0-9]{0,17}")
Choices = Sequence[tuple[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Field(ABC):
    """One thing that is asked for, under a name of the JSON.

    Without a value a field that is not ``needed`` is left out of the JSON, or holds its ``default``. ``when`` is
    another field and the values of it with which this one is asked at all; otherwise it is left out, too. ``half``:
    it stands beside the next one where there is room.
    """

    kind: ClassVar[str]
    name: str
    label: Any
    hint: Any = ""
    needed: bool = True
    default: Any = None
    missing: Any = _("This is needed.")
    when: tuple[str, frozenset[str]] | None = None
    half: bool = False

    @abstractmethod
    def clean(self, value: Any) -> Any:
        """A value in its one spelling. Raises Meaningless, or TreeInvalid for a rule."""

    def read(self, given: Mapping[str, Any]) -> Any:
        """What stands in it, cleaned; None without anything. Raises Meaningless, or TreeInvalid for a rule."""
        value = given.get(self.name)
        if value is None or value in ("", [], {}):
            if self.needed and self.default is None:
                raise Meaningless(self.missing)
            return self.default
        return self.clean(value)


@dataclass(frozen=True, kw_only=True)
class Whole(Field):
    """A whole number within bounds; ``unit`` stands behind it, such as days."""

    kind = "whole"
    least: int
    most: int
    unit: Any = ""

    def clean(self, value: Any) -> int:
        """The number, also when its digits came as text."""
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            bounds = {"least": self.least, "most": self.most}
            raise Meaningless(_("Choose a whole number from %(least)s to %(most)s.") % bounds)
        return value


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """Words of at most ``most`` characters, on several lines if ``long``."""

    kind = "text"
    most: int = 200
    long: bool = False

    def clean(self, value: Any) -> str:
        """The words without blanks around them."""
        words = str(value).strip() if isinstance(value, str) else ""
        if not words and self.needed:
            raise Meaningless(self.missing)
        if len(words) > self.most or "\x00" in words:
            raise Meaningless(_("Write at most %(most)s characters.") % {"most": self.most})
        return words


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One of a few values; ``choices`` may be worked out when it is asked for."""

    kind = "choice"
    choices: Choices | Callable[[], Choices]

    @property
    def offered(self) -> Choices:
        """The values with their words."""
        return self.choices() if callable(self.choices) else self.choices

    def clean(self, value: Any) -> str:
        """The value, if it is one of them."""
        if str(value) not in {str(offered) for offered, _label in self.offered}:
            raise Meaningless(self.missing)
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Flag(Field):
    """Yes or no; what is not said is no."""

    kind = "flag"
    needed: bool = False

    def clean(self, value: Any) -> bool | None:
        """True, or nothing at all."""
        return True if value in (True, "on", "true", "1") else None


@dataclass(frozen=True, kw_only=True)
class Rule(Field):
    """A rule about members (members.segments.trees), put together in the editor of segments."""

    kind = "rule"
    missing: Any = _("Say whom you mean: the rule is missing.")

    def clean(self, value: Any) -> dict[str, Any]:
        """The rule in its one spelling."""
        return trees.dump(trees.parse(value))


@dataclass(frozen=True, kw_only=True)
class Row(Field):
    """A row of a table by its key, found by typing its name."""

    kind = "row"
    options: Options

    def clean(self, value: Any) -> int:
        """The key of a row that exists."""
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        if not KEYS.fullmatch(text) or not self.options([int(text)]):
            raise Meaningless(self.missing)
        return int(text)


@dataclass(frozen=True, kw_only=True)
class Percents(Field):
    """Shares of a whole, ``least`` to ``most`` of them; they make up 100."""

    kind = "percents"
    least: int = 2
    most: int = 5
    missing: Any = _("A split has two to five ways.")

    def clean(self, value: Any) -> list[int]:
        """The shares as numbers."""
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise Meaningless(self.missing)
        share = Whole(name=self.name, label=self.label, least=1, most=99)
        whole = [share.clean(one) for one in value]
        if sum(whole) != 100:
            raise Meaningless(_("The shares of a split make up 100 percent."))
        return whole


@dataclass(frozen=True, kw_only=True)
class Clock(Field):
    """A time of the day, as "10:00"."""

    kind = "time"

    def clean(self, value: Any) -> str:
        """Hours and minutes."""
        try:
            return time.fromisoformat(str(value)).strftime("%H:%M")
        except ValueError as wrong:
            raise Meaningless(_("Write the time like 10:00.")) from wrong


def asked(asks: Sequence[Field], given: Mapping[str, Any]) -> list[Field]:
    """The fields that mean anything beside what stands in those before them."""
    found: dict[str, Field] = {}
    for field in asks:
        if field.when is None or field.when[0] in found and str(given.get(field.when[0])) in field.when[1]:
            found[field.name] = field
    return list(found.values())


def read(asks: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in some fields, cleaned, without those that hold nothing.

    Raises Meaningless for anything that is not asked for, and for the first field that means nothing; TreeInvalid for
    a rule.
    """
    if set(given) - {field.name for field in asks}:
        raise Meaningless(_("This step does not ask for that."))
    found = {field.name: _named(field, given) for field in asked(asks, given)}
    return {name: value for name, value in found.items() if value is not None and value != ""}


def _named(field: Field, given: Mapping[str, Any]) -> Any:
    """What stands in a field; a fault says in which one where its sentence does not."""
    try:
        return field.read(given)
    except Meaningless as wrong:
        if isinstance(field, Whole | Text | Clock):
            raise Meaningless(f"{field.label}: {wrong.sentence}") from wrong
        raise
