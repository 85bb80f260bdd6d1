"""Who a bulk issue goes to: a rule of members.segments, or everybody. Merged and erased members never get anything.

A run keeps the rule as JSON; ``{}`` means everybody. Whoever needs more ways to choose members adds a fact (see
members.segments.registry): the form of headquarters, the words and the SQL follow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.segments import circles, compiling, trees
from members.segments.facts.choices import NOT_IN
from members.segments.facts.people import PEOPLE
from members.segments.registry import Binder
from members.segments.trees import ALL, Node, TreeInvalid
from members.segments.wording import sentence
from stores.errors import Refusal

Rule = Mapping[str, Any]
EVERYBODY: Rule = {}
LIVING = "m.state = 'active'"


def leaf(fact: str, op: str, values: Iterable[Any]) -> list[dict[str, Any]]:
    """A condition on a choice of values, as parts of a rule: none where nothing was chosen, which restricts nothing."""
    chosen = list(values)
    return [{"fact": fact, "op": op, "value": chosen}] if chosen else []


def together(*parts: Rule) -> dict[str, Any]:
    """The rule of members for whom all of some rules hold; without any that restricts, everybody."""
    found = [one for part in parts for one in (part[ALL] if set(part) == {ALL} else [part]) if one]
    return {ALL: found} if found else {}


def without(rule: Rule, members: Iterable[int]) -> dict[str, Any]:
    """The rule but for some single members, beside those whom it leaves out already."""
    kept, out = [], set(members)
    for part in together(rule).get(ALL, ()):
        if (part.get("fact"), part.get("op")) == (PEOPLE, NOT_IN):
            out |= set(part["value"])
        else:
            kept.append(part)
    return together(*kept, *leaf(PEOPLE, NOT_IN, sorted(out)))


def mentions(rule: Rule, fact: str) -> set[Any]:
    """The values with which a rule, or a segment that it rests on, asks for a fact, as for a list of members."""
    return circles.values(rule, fact)


@dataclass(frozen=True)
class Audience:
    """A rule that was read; without a tree it is everybody."""

    tree: Node | None = None

    @classmethod
    def of(cls, rule: Rule) -> "Audience":
        """From the JSON of an IssueRun or a door. Raises Refusal ``audience_gone`` with what is wrong in words when the
        rule means nothing, or names something that is no longer there."""
        try:
            found = cls(trees.parse(rule) if rule else None)
            found.scope(Binder(timezone.now()))  # the rules of segments that it names may mean nothing any more, too
        except TreeInvalid as invalid:
            why = _("The choice of members no longer holds: %(why)s") % {"why": invalid}
            raise Refusal(why, code="audience_gone", extra=invalid.extra) from invalid
        return found

    @property
    def rule(self) -> dict[str, Any]:
        """What a run keeps, its values in one spelling."""
        return trees.dump(self.tree) if self.tree else {}

    @property
    def sentence(self) -> str:
        """Whom it means, in words; nothing for everybody."""
        return sentence(self.tree) if self.tree else ""

    def scope(self, binder: Binder) -> str:
        """The condition over a row ``m`` of members_member apart from being alive; its values are the binder's."""
        return compiling.condition(self.tree, binder) if self.tree else "true"

    def living(self, binder: Binder) -> str:
        """The whole condition over ``m``."""
        return f"{LIVING} AND {self.scope(binder)}"

    def count(self, *, at: datetime | None = None) -> int:
        """How many living members it means as of a moment, now unless given."""
        binder = Binder(at or timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM members_member m WHERE {self.living(binder)}", binder.values)
            return int(cursor.fetchone()[0])


def told(rule: Rule) -> str:
    """The rule of a run in words, or what is wrong with it by now."""
    try:
        return Audience.of(rule).sentence
    except Refusal as refusal:
        return str(refusal)
