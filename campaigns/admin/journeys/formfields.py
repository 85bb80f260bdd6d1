"""Fields that a step asks for (campaigns.journeys.fields), as a form shows them, and what was entered into them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from campaigns.journeys import fields
from campaigns.journeys.fields import Choice, Field, Flag, Percents, Row, Rule
from campaigns.memberdays.wording import sentence
from members.admin import segmentbuilder
from members.segments.registry import Meaningless
from members.segments.trees import MOST_TEXT, TreeInvalid
from stores.errors import Refusal

PREFIX = "f-"
OFFERED = 20
RHYTHMS = ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=TU", "FREQ=WEEKLY;BYDAY=FR", "FREQ=WEEKLY;BYDAY=SA",
           "FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=MONTHLY;BYMONTHDAY=8", "FREQ=MONTHLY;BYMONTHDAY=15",
           "FREQ=MONTHLY;BYDAY=-1FR")  # fmt: skip


@dataclass
class Shown:
    """A field with what stands in it. ``steers``: other fields come or go with it, so a change asks for the form anew.

    ``extra`` is what its kind needs beside: choices, the name of a row, the nodes of a rule.
    """

    field: Field
    value: Any
    fault: str = ""
    steers: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called in the form."""
        return PREFIX + self.field.name

    @property
    def template(self) -> str:
        """How its kind is shown."""
        return f"campaigns/hq/journeys/fields/{self.field.kind}.html"


def read(asks: Sequence[Field], posted: QueryDict) -> dict[str, Any]:
    """What was entered, of the fields that mean anything beside the others; nothing is checked."""
    given: dict[str, Any] = {}
    for one in fields.asked(asks, {ask.name: posted.get(PREFIX + ask.name, "").strip() for ask in asks}):
        value = _storable(_entered(one, posted))
        if value not in (None, "", []):
            given[one.name] = value
    return given


def show(asks: Sequence[Field], given: Mapping[str, Any], *, checked: bool) -> list[Shown]:
    """The fields with what stands in them; ``checked`` says what is wrong with each, too."""
    steering = {field.when[0] for field in asks if field.when}
    return [_shown(one, given, one.name in steering, checked=checked) for one in fields.asked(asks, given)]


def offers(asks: Sequence[Field], name: str, typed: str) -> list[tuple[Any, str]]:
    """Rows that can be chosen in a field and hold what was typed."""
    found = next((one for one in asks if isinstance(one, Row) and PREFIX + one.name == name), None)
    return found.options.offer(typed, OFFERED) if found else []


def _storable(value: Any) -> Any:
    """The same without what the database cannot hold, and no text longer than any rule is."""
    if isinstance(value, str):
        return value.replace("\0", "")[:MOST_TEXT]
    if isinstance(value, list):
        return [_storable(one) for one in value]
    return {key: _storable(one) for key, one in value.items()} if isinstance(value, dict) else value


def _entered(one: Field, posted: QueryDict) -> Any:
    name = PREFIX + one.name
    if isinstance(one, Rule):
        wanted = one.needed or posted.get(f"{name}-on")
        return segmentbuilder.read(posted).json() if wanted else None
    if isinstance(one, Percents):
        return [text.strip() for text in posted.getlist(name)]
    if isinstance(one, Flag):
        return True if posted.get(name) else None
    return posted.get(name, "").strip()


def _shown(one: Field, given: Mapping[str, Any], steers: bool, *, checked: bool) -> Shown:
    value = given.get(one.name, one.default)
    shown = Shown(one, "" if value is None else value, steers=steers)
    if isinstance(one, Choice):
        shown.extra["choices"] = one.offered
    elif isinstance(one, Row):
        shown.extra |= _row(one, value)
    elif isinstance(one, Rule):
        shown.extra["root"] = _nodes(value)
        shown.extra["on"] = one.needed or bool(value)
    elif isinstance(one, Percents):
        shown.extra["shares"] = list(zip(ascii_uppercase, value or [], strict=False))
    elif one.kind == "recurrence":
        today = timezone.localdate()
        shown.extra["rhythms"] = [(rule, sentence(rule, today)) for rule in RHYTHMS]
    if checked:
        try:
            one.read(given)
        except Meaningless as wrong:
            shown.fault = str(wrong.sentence)
        except TreeInvalid as invalid:
            segmentbuilder.mark(shown.extra["root"], invalid.extra["errors"])
            shown.fault = str(invalid)
        except Refusal as refusal:
            shown.fault = str(refusal)
    return shown


def _row(one: Row, value: Any) -> dict[str, Any]:
    """The row that was chosen, and a few others to choose from while there are only a few."""
    try:
        names = one.options([value]) if value else {}
    except (TypeError, ValueError, OverflowError):
        names = {}
    offered = one.options.offer("", OFFERED + 1)
    few = offered if len(offered) <= OFFERED else []
    chosen = next(iter(names.items()), None)
    rest = [pair for pair in few if chosen is None or pair[0] != chosen[0]]
    return {"chosen": chosen, "few": rest, "searched": not few and bool(offered)}


def _nodes(rule: Any) -> segmentbuilder.Node:
    """The nodes of a rule, or what a rule begins with."""
    try:
        return segmentbuilder.of_rule(rule) if rule else segmentbuilder.fresh()
    except (KeyError, TypeError, ValueError):
        return segmentbuilder.fresh()
