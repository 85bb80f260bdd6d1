"""Which segments a rule names, directly or through others: so that none becomes part of itself."""

from collections.abc import Iterable, Iterator
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


def facts_of(rule: object) -> set[str]:
    """The keys of the facts that a stored rule, and the segments that it rests on, ask for."""
    return {leaf["fact"] for leaf in _all_leaves(rule)} - {FACT}


def values(rule: object, fact: str) -> set[Any]:
    """What a stored rule, and the segments that it rests on, ask for in a fact that is chosen, whatever else they may
    name that is gone."""
    return {one for leaf in _all_leaves(rule) if leaf["fact"] == fact for one in leaf["value"]}


def _all_leaves(rule: object) -> Iterator[dict[str, Any]]:
    """The leaves of a stored rule and of those of the segments that it rests on."""
    yield from _leaves(rule)
    rests_on: set[int] = set()
    fresh = set(_asked(rule, FACT))
    while fresh:
        rests_on |= fresh
        rules = list(Segment.objects.filter(pk__in=fresh).values_list("rule", flat=True))
        for inner in rules:
            yield from _leaves(inner)
        fresh = {pk for inner in rules for pk in _asked(inner, FACT)} - rests_on


def _named(tree: Node) -> Iterable[int]:
    return (pk for leaf in leaves(tree) if leaf.fact == FACT for pk in leaf.value)


def _asked(rule: object, fact: str) -> Iterable[Any]:
    """The values of the leaves of one fact."""
    return (one for leaf in _leaves(rule) if leaf["fact"] == fact for one in leaf["value"])


def _leaves(rule: object) -> Iterator[dict[str, Any]]:
    if isinstance(rule, list):
        for part in rule:
            yield from _leaves(part)
    elif isinstance(rule, dict):
        if "fact" in rule:
            yield rule
        else:
            for part in rule.values():
                yield from _leaves(part)
