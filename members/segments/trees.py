"""Rule trees: all, any or none of some parts, at any depth; each leaf asks one fact about a member.

As JSON: ``{"all": [part, ..]}``, ``{"any": [..]}``, ``{"none": [..]}``, or a leaf
``{"fact": "orders_365d", "op": "gte", "value": 4}``, with ``"where": {..}`` for facts that count what happened.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.segments.registry import REGISTRY, Asked, Meaningless
from stores.errors import Refusal

ALL, ANY, NONE = "all", "any", "none"
MOST_DEPTH, MOST_LEAVES = 8, 100
MOST_TEXT = 20_000


@dataclass(frozen=True)
class Group:
    """Some parts, and ``how`` many of them must hold: all, any, none."""

    how: str
    parts: "tuple[Node, ...]"


Node = Group | Asked
Fault = tuple[str, Any]  # where in the tree, as "all.0.any.2", and the sentence


class TreeInvalid(Refusal):
    """A tree that means nothing; ``extra["errors"]`` lists (place, sentence) for whoever builds it."""

    code = "tree_invalid"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(str(text) for _place, text in faults), extra={"errors": faults})


@dataclass
class _Reading:
    """What was found on the way through the JSON."""

    faults: list[Fault] = field(default_factory=list)
    leaves: int = 0

    def refuse(self, place: str, sentence: Any) -> "Asked | None":
        """Write a fault down; there is no node in its place."""
        self.faults.append((place, sentence))
        return None


def parse(data: Any) -> Node:
    """The tree that some JSON means, its values put into one spelling. Raises TreeInvalid, with every fault."""
    reading = _Reading()
    node = _node(data, "", 0, reading)
    if reading.leaves > MOST_LEAVES:
        reading.faults.append(("", _("A rule has at most %(most)s conditions.") % {"most": MOST_LEAVES}))
    if reading.faults or node is None:
        raise TreeInvalid(reading.faults)
    return node


def of_text(text: str) -> Node | None:
    """The tree of a rule in an address; None without any. Raises TreeInvalid, also for text that is no JSON and for
    what only code asks about."""
    if not text:
        return None
    try:
        tree = parse(json.loads(text) if len(text) <= MOST_TEXT else None)
    except (ValueError, RecursionError) as wrong:
        raise TreeInvalid([("", _("This is no rule about members."))]) from wrong
    if not all(REGISTRY[leaf.fact].at_hand for leaf in leaves(tree)):
        raise TreeInvalid([("", _("There is no such fact."))])
    return tree


def dump(node: Node) -> dict[str, Any]:
    """The JSON of a tree; parsing it gives the same tree again."""
    if isinstance(node, Group):
        return {node.how: [dump(part) for part in node.parts]}
    found = {"fact": node.fact, "op": node.op, "value": REGISTRY[node.fact].plain(node)}
    return {**found, "where": dict(node.where)} if node.where else found


def leaves(node: Node) -> Iterator[Asked]:
    """Every leaf, from left to right."""
    if isinstance(node, Asked):
        yield node
        return
    for part in node.parts:
        yield from leaves(part)


def _node(data: Any, place: str, depth: int, reading: _Reading) -> Node | None:
    if not isinstance(data, Mapping):
        return reading.refuse(place, _("This is neither a group nor a condition."))
    if "fact" in data:
        reading.leaves += 1
        return _leaf(data, place, reading)
    how = next((how for how in (ALL, ANY, NONE) if how in data), None)
    if how is None or len(data) != 1 or not isinstance(data[how], list):
        return reading.refuse(place, _("This is neither a group nor a condition."))
    if depth >= MOST_DEPTH:
        return reading.refuse(place, _("Groups lie at most %(most)s deep.") % {"most": MOST_DEPTH})
    if not data[how]:
        return reading.refuse(place, _("This group is empty: add a condition or remove it."))
    parts = [_node(part, f"{place}.{how}.{nth}".lstrip("."), depth + 1, reading) for nth, part in enumerate(data[how])]
    return Group(how, tuple(part for part in parts if part is not None))


def _leaf(data: Mapping[str, Any], place: str, reading: _Reading) -> Asked | None:
    fact = REGISTRY.get(data["fact"]) if isinstance(data["fact"], str) else None
    if fact is None:
        return reading.refuse(place, _("There is no such fact."))
    if set(data) - {"fact", "op", "value", "where"} or data.get("op") not in fact.operators:
        return reading.refuse(place, _("“%(fact)s” cannot be asked like this.") % {"fact": fact.label})
    where = data.get("where") or {}
    if not isinstance(where, Mapping):
        return reading.refuse(place, _("“%(fact)s” cannot be asked like this.") % {"fact": fact.label})
    try:
        return fact.ask(data["op"], data.get("value"), where)
    except Meaningless as fault:
        return reading.refuse(place, fault.sentence)
