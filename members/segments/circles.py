"""Which segments a rule names, directly or through others: so that none becomes part of itself."""

from collections.abc import Iterable
from typing import Any

from members.models import Segment
from members.segments.trees import Node, leaves

FACT = "segments"


def inside(tree: Node) -> set[int]:
    """The segments that a rule rests on, all the way down."""
    found: set[int] = set()
    fresh = set(_named(tree))
    while fresh:
        found |= fresh
        rules = Segment.objects.filter(pk__in=fresh).values_list("rule", flat=True)
        fresh = {pk for rule in rules for pk in _asked(rule, FACT)} - found
    return found


def values(rule: object, fact: str) -> set[Any]:
    """What a stored rule, and the segments that it rests on, ask for in a fact that is chosen, whatever else they may
    name that is gone."""
    found = set(_asked(rule, fact))
    named = set(_asked(rule, FACT))
    deeper: set[int] = set()
    while named - deeper:
        deeper |= named
        for inner in Segment.objects.filter(pk__in=deeper).values_list("rule", flat=True):
            found |= set(_asked(inner, fact))
            named |= set(_asked(inner, FACT))
    return found


def _named(tree: Node) -> Iterable[int]:
    return (pk for leaf in leaves(tree) if leaf.fact == FACT for pk in leaf.value)


def _asked(rule: object, fact: str) -> Iterable[Any]:
    """The values of the leaves of one fact."""
    if isinstance(rule, list):
        for part in rule:
            yield from _asked(part, fact)
    elif isinstance(rule, dict):
        if rule.get("fact") == fact:
            yield from rule["value"]
        elif "fact" not in rule:
            for part in rule.values():
                yield from _asked(part, fact)
