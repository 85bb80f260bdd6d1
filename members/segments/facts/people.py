"""Single members, as a fact for code: no list of names is put together in the builder."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy, ngettext

from members.segments.facts.choices import IN, NOT_IN
from members.segments.facts.days import PERSON
from members.segments.registry import MEMBER, Asked, Binder, Condition, Fact, Inline, Meaningless, Test
from members.segments.snapshots import Snapshot

PEOPLE = "people"


class PeopleFact(Fact):
    """Being one of some members, by their keys; who is no more stays in the list and is simply not found."""

    kind = "people"
    operators = (IN, NOT_IN)
    at_hand = False

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """Keys of members."""
        known = isinstance(value, list | tuple) and all(type(one) is int and 0 < one < 2**63 for one in value)
        if where or not value or not known:
            raise Meaningless(gettext_lazy("Choose at least one."))
        return Asked(self.key, op, tuple(sorted(set(value))))

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """By the key."""
        text = f"m.id = ANY({binder.bind(asked.value)}::bigint[])"
        return Inline(MEMBER, text if asked.op == IN else f"NOT {text}")

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        wanted = set(asked.value)
        return lambda one: (one.member.pk in wanted) == (asked.op == IN)

    def told(self, asked: Asked) -> str:
        """How many; nobody is named in a sentence that others read."""
        count = len(asked.value)
        if asked.op == IN:
            text = ngettext("%(count)s single member", "one of %(count)s single members", count)
        else:
            text = ngettext("not %(count)s single member", "none of %(count)s single members", count)
        return text % {"count": count}

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """Who it is."""
        return one.member.code


SINGLE = (PeopleFact(PEOPLE, gettext_lazy("Single members"), group=PERSON),)
