"""Which segments a rule names, directly or through others: so that none becomes part of itself."""

from collections.abc import Iterable

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
        fresh = {pk for rule in rules for pk in _in_json(rule)} - found
    return found


def _named(tree: Node) -> Iterable[int]:
    return (pk for leaf in leaves(tree) if leaf.fact == FACT for pk in leaf.value)


def _in_json(rule: object) -> Iterable[int]:
    """The same of a stored rule, whatever else it may name that is gone."""
    if isinstance(rule, list):
        for part in rule:
            yield from _in_json(part)
    elif isinstance(rule, dict):
        if rule.get("fact") == FACT:
            yield from rule["value"]
        else:
            for part in rule.values():
                yield from _in_json(part)
