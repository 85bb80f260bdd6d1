"""The editor of rules: what stands in its fields, as a tree that may still be unfinished, and what its buttons do.

Every field is called after its place: ``n0`` is the root, ``n0.1`` its second part. What is posted is read into nodes,
changed by the button that was pressed, and shown again; nothing is kept between two requests.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from members.segments.facts.options import Options
from members.segments.registry import REGISTRY, Fact
from members.segments.trees import ALL, ANY, MOST_LEAVES, NONE

ROOT = "n0"
PLACE = re.compile(r"n0(?:\.\d{1,3}){0,9}")
OFFERED = 20
HOWS = ((ALL, _("all of these hold")), (ANY, _("any of these holds")), (NONE, _("none of these holds")))
NUMBERS = {"gte": _("at least"), "lte": _("at most"), "between": _("from … to"), "eq": _("exactly"),
           "ne": _("other than")}  # fmt: skip
OPERATORS: Mapping[str, Mapping[str, Any]] = {
    "number": NUMBERS,
    "did": NUMBERS,
    "ago": {"within": _("in the last … days"), "before": _("over … days ago")},
    "share": {"top": _("among the top … percent")},
    "near": {"within": _("within … km")},
    "birthday": {"within": _("in the next … days")},
    "choice": {"in": _("is one of"), "not_in": _("is none of")},
    "tags": {"any": _("has any of"), "all": _("has all of"), "none": _("has none of")},
}


@dataclass
class Chooser:
    """Values of a condition: those chosen, and a field that offers more by name."""

    name: str
    label: Any
    fact: str
    part: str
    chosen: list[tuple[Any, str]]
    offered: list[tuple[Any, str]]
    searched: bool


@dataclass
class Node:
    """A group with its parts, or a condition with what was entered; ``fault`` is what is wrong with it."""

    place: str
    how: str = ""
    parts: list["Node"] = field(default_factory=list)
    fact: str = "orders_365d"
    op: str = ""
    values: list[str] = field(default_factory=list)
    where: dict[str, list[str]] = field(default_factory=dict)
    fault: str = ""

    @property
    def definition(self) -> Fact:
        """The fact that the condition asks."""
        return REGISTRY[self.fact]

    @property
    def operators(self) -> list[tuple[str, Any]]:
        """How it can be asked."""
        words = OPERATORS[self.definition.kind]
        return [(op, words[op]) for op in self.definition.operators]

    @property
    def asked(self) -> str:
        """How it is asked; the first way unless another was chosen."""
        return self.op if self.op in self.definition.operators else self.definition.operators[0]

    @property
    def numbers(self) -> list[str]:
        """The fields of numbers, filled as far as they were."""
        wanted = 2 if self.asked == "between" else 1
        return [*(self.values or [self.definition.usual]), "", ""][:wanted]

    @property
    def choosers(self) -> list[Chooser]:
        """The fields of values to choose."""
        if self.definition.names is not None:
            return [_chooser(self, "value", self.definition.label, self.definition.names, self.values)]
        return [
            _chooser(self, part, narrow.label, narrow.names, self.where.get(part, ()))
            for part, narrow in self.definition.narrows.items()
        ]

    def json(self) -> dict[str, Any]:
        """The tree as members.segments.trees reads it."""
        if self.how:
            return {self.how: [part.json() for part in self.parts]}
        value: Any = self.values
        if self.definition.names is None:
            value = self.numbers if self.asked == "between" else self.numbers[0]
        kinds = [*(["days"] if self.definition.kind == "did" else []), *self.definition.narrows]
        given = {key: found for key, found in self.where.items() if key in kinds and found and found[0]}
        where = {key: found[0] if key == "days" else found for key, found in given.items()}
        leaf = {"fact": self.fact, "op": self.asked, "value": value}
        return {**leaf, "where": where} if where else leaf


def of_rule(rule: Any) -> Node:
    """The editor's nodes of a stored rule; a lone condition stands in a group of its own."""
    return _of(rule if "fact" not in rule else {ALL: [rule]}, ROOT)


def _of(rule: Any, place: str) -> Node:
    for how, _label in HOWS:
        if how in rule:
            parts = [_of(part, f"{place}.{nth}") for nth, part in enumerate(rule[how])]
            return Node(place, how=how, parts=parts)
    value = rule["value"]
    values = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    where = {key: [str(one) for one in found] if isinstance(found, list) else [str(found)]
             for key, found in rule.get("where", {}).items()}  # fmt: skip
    return Node(place, fact=rule["fact"], op=rule["op"], values=values, where=where)


def read(posted: QueryDict) -> Node:
    """The nodes that were posted; what is no node of the editor is left out."""
    nodes: dict[str, Node] = {}
    for place in posted.getlist("node")[: 3 * MOST_LEAVES]:
        if not PLACE.fullmatch(place) or place in nodes:
            continue
        node = _posted(place, posted)
        parent = nodes.get(place.rpartition(".")[0])
        if place == ROOT or parent is not None and parent.how:
            nodes[place] = node
            if parent is not None:
                parent.parts.append(node)
    return nodes.get(ROOT) or fresh()


def fresh() -> Node:
    """What the editor begins with."""
    return Node(ROOT, how=ALL, parts=[Node(f"{ROOT}.0")])


def act(root: Node, action: str) -> Node:
    """The tree after a button was pressed: ``leaf:<place>`` and ``group:<place>`` add to a group, ``gone:<place>``
    removes."""
    verb, _colon, place = action.partition(":")
    for node in _walk(root):
        if verb in ("leaf", "group") and node.place == place and node.how:
            node.parts.append(Node("") if verb == "leaf" else Node("", how=ANY, parts=[Node("")]))
        if verb == "gone":
            node.parts = [part for part in node.parts if part.place != place]
    return of_places(root)


def of_places(node: Node, place: str = ROOT) -> Node:
    """The same tree with its places counted anew."""
    node.place = place
    for nth, part in enumerate(node.parts):
        of_places(part, f"{place}.{nth}")
    return node


def mark(root: Node, faults: Sequence[tuple[str, Any]]) -> list[str]:
    """Put each fault beside its node; those of the whole tree are returned."""
    by_place = {}
    for place, sentence in faults:
        numbers = ["n0", *(step for step in place.split(".") if step.isdigit())]
        by_place[".".join(numbers)] = str(sentence)
    for node in _walk(root):
        node.fault = by_place.pop(node.place, "") if node.place != ROOT or not node.how else ""
    return list(by_place.values())


def offers(node: Node, part: str, typed: str) -> list[tuple[Any, str]]:
    """What can be chosen for a part of a condition and holds what was typed."""
    narrow = node.definition.narrows.get(part)
    names = node.definition.names if part == "value" else narrow.names if narrow else None
    return names.offer(typed, OFFERED) if names is not None else []


def _posted(place: str, posted: QueryDict) -> Node:
    how = posted.get(f"{place}-how", "")
    if how in (ALL, ANY, NONE):
        return Node(place, how=how)
    fact = posted.get(f"{place}-fact", "")
    node = Node(place, op=posted.get(f"{place}-op", ""))
    if fact in REGISTRY and REGISTRY[fact].at_hand:
        node.fact = fact
    # Values of another fact mean nothing for this one.
    if posted.get(f"{place}-was", fact) == fact:
        node.values = posted.getlist(f"{place}-value")
        node.where = {part: posted.getlist(f"{place}-{part}") for part in ("days", *node.definition.narrows)}
    return node


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts:
        yield from _walk(part)


def _chooser(node: Node, part: str, label: Any, names: Options, keys: Sequence[str]) -> Chooser:
    try:
        chosen = list(names(keys).items())
    except (TypeError, ValueError, OverflowError):
        chosen = []
    offered = names.offer("", OFFERED + 1)
    taken = {key for key, _name in chosen}
    searched = len(offered) > OFFERED
    rest = [] if searched else [(key, name) for key, name in offered if key not in taken]
    return Chooser(f"{node.place}-{part}", label, node.fact, part, chosen, rest, searched)
