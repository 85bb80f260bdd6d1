"""A draft while it is put together: the same JSON as a flow (campaigns.journeys.flows), but steps may be unfinished.

Every move of an editor is a function from one sketch to the next. A place is where a step may be put: "start",
"after.s3" behind a step, "in.s3.1" at the beginning of the second lane of one.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.journeys import flows
from campaigns.journeys.exits import Exit
from campaigns.journeys.flows import MOST_STEPS, OUTSIDE
from campaigns.journeys.goals import Goal
from campaigns.journeys.steps import KINDS
from campaigns.journeys.steps.base import Step, StepKind
from campaigns.journeys.triggers import On, Trigger
from members.segments.registry import Meaningless
from stores.errors import Conflict, Refusal

Sketch = dict[str, Any]
Node = dict[str, Any]
Way = list[Node]

START = "start"
PLACE = re.compile(r"start|after\.[a-z0-9]{1,12}|in\.[a-z0-9]{1,12}\.\d")
NUMBERED = re.compile(r"s(\d{1,9})")


class PlaceGone(Conflict):
    """The step or place that was meant is not there, such as after somebody else removed it."""

    def __init__(self) -> None:
        super().__init__(_("This step is no longer there. Look again and choose another."), code="journey_place")


def blank() -> Sketch:
    """What a journey begins with: somebody bought something, and then nothing yet."""
    return {"trigger": {"on": On.EVENT.value, "event": "order.recorded"}, "goal": None, "steps": []}


def walk(way: Way) -> Iterator[Node]:
    """Every step in the order of reading."""
    for node in way:
        yield node
        for lane in node.get("lanes", ()):
            yield from walk(lane)


def node_of(sketch: Mapping[str, Any], key: str) -> Node:
    """A step by its key. Raises PlaceGone."""
    for node in walk(sketch["steps"]):
        if node["key"] == key:
            return node
    raise PlaceGone


def settings_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """What a step holds of what its kind asks for."""
    return {name: value for name, value in node.items() if name not in OUTSIDE}


def finished(node: Mapping[str, Any]) -> Step | None:
    """A step without its lanes, cleaned; None while it is unfinished or means nothing any more."""
    kind = KINDS.get(str(node.get("kind")))
    try:
        return Step(node["key"], kind.kind, kind.clean(settings_of(node))) if kind else None
    except (Meaningless, Refusal):
        return None


def faults(sketch: Mapping[str, Any]) -> list[flows.Fault]:
    """What is still to be done before it can be published: the key of the step, "trigger", "goal",
    "exit" or "", and words."""
    try:
        flows.read(sketch)
    except flows.FlowInvalid as invalid:
        return invalid.faults
    return []


def add(sketch: Sketch, kind_name: str, place: str, *, taken: set[str]) -> tuple[Sketch, str]:
    """A new step at a place, and its key, which is none of those ``taken``.

    Raises PlaceGone, Refusal ``flow_invalid`` for an unknown kind or a step too many.
    """
    kind = KINDS.get(kind_name)
    if kind is None:
        raise flows.FlowInvalid([("", _("There is no such kind of step."))])
    after = deepcopy(sketch)
    if sum(1 for _node in walk(after["steps"])) >= MOST_STEPS:
        raise flows.FlowInvalid([("", _("A journey has at most %(most)s steps.") % {"most": MOST_STEPS})])
    settings = {field.name: field.default for field in kind.asks if field.default is not None}
    node = {"key": _fresh_key(taken), "kind": kind.kind, **deepcopy(settings)}
    lanes = _lanes_of(kind, settings)
    if lanes:
        node["lanes"] = [[] for _nth in range(lanes)]
    _put_at(after, place, node)
    return after, node["key"]


def move(sketch: Sketch, key: str, place: str) -> Sketch:
    """A step, with what lies in its lanes, at another place. Raises PlaceGone, also for a place inside the step."""
    after = deepcopy(sketch)
    way, nth = _find(after["steps"], key)
    node = way.pop(nth)
    _put_at(after, place, node)
    return after


def shift(sketch: Sketch, key: str, by: int) -> Sketch:
    """A step one earlier or later on its own way; the first and the last stay. Raises PlaceGone."""
    after = deepcopy(sketch)
    way, nth = _find(after["steps"], key)
    way.insert(max(0, min(len(way) - 1, nth + by)), way.pop(nth))
    return after


def remove(sketch: Sketch, key: str) -> Sketch:
    """Without a step and what lies in its lanes. Raises PlaceGone."""
    after = deepcopy(sketch)
    way, nth = _find(after["steps"], key)
    del way[nth]
    return after


def settle(sketch: Sketch, key: str, lane: int) -> Sketch:
    """Without a split: everybody goes what was one of its ways. Raises PlaceGone, also for what is no split."""
    after = deepcopy(sketch)
    way, nth = _find(after["steps"], key)
    lanes = way[nth].get("lanes", []) if way[nth]["kind"] == "split" else []
    if not 0 <= lane < len(lanes):
        raise PlaceGone
    way[nth : nth + 1] = lanes[lane]
    return after


def put(sketch: Sketch, key: str, settings: Mapping[str, Any]) -> Sketch:
    """A step with other settings, cleaned when they mean something and as they are when not yet.

    Steps of a lane that is no more go to the end of the last one that is left. Raises PlaceGone.
    """
    after = deepcopy(sketch)
    node = node_of(after, key)
    kind, lanes = KINDS[node["kind"]], node.pop("lanes", [])
    for name in settings_of(node):
        del node[name]
    node |= settings
    clean = finished(node)
    if clean is not None:
        node |= clean.settings
    wanted = _lanes_of(kind, settings_of(node)) or len(lanes)
    if wanted:
        kept = [*lanes[:wanted], *([] for _nth in range(wanted - len(lanes)))]
        kept[-1] += [one for lane in lanes[wanted:] for one in lane]
        node["lanes"] = kept
    return after


def put_part(sketch: Sketch, part: str, given: Mapping[str, Any] | None) -> Sketch:
    """With another "trigger", "goal" or "exit", cleaned when it means something; None takes goal or exit away."""
    after = deepcopy(sketch)
    reader: Any = {"trigger": Trigger, "goal": Goal, "exit": Exit}[part]
    if given is None and part == "exit":
        after.pop(part, None)
        return after
    after[part] = None if given is None else dict(given)
    with suppress(Meaningless, Refusal):  # kept as it is until it means something
        after[part] = reader.read(given).plain() if given is not None else None
    return after


def _fresh_key(taken: set[str]) -> str:
    """A key that no step of any version ever had: numbers are not used again."""
    found = (NUMBERED.fullmatch(key) for key in taken)
    return f"s{max((int(one[1]) for one in found if one), default=0) + 1}"


def _lanes_of(kind: StepKind, settings: Mapping[str, Any]) -> int:
    """How many lanes a step has; none said while what decides it is unfinished."""
    try:
        return kind.lanes_of(settings)
    except (KeyError, TypeError, ValueError):
        return 0


def _find(way: Way, key: str) -> tuple[Way, int]:
    """The way that a step stands on, and which of its steps it is."""
    for nth, node in enumerate(way):
        if node["key"] == key:
            return way, nth
        for lane in node.get("lanes", ()):
            try:
                return _find(lane, key)
            except PlaceGone:
                continue
    raise PlaceGone


def _put_at(sketch: Sketch, place: str, node: Node) -> None:
    if not PLACE.fullmatch(place):
        raise PlaceGone
    where, _dot, rest = place.partition(".")
    if where == START:
        sketch["steps"].insert(0, node)
    elif where == "after":
        way, nth = _find(sketch["steps"], rest)
        way.insert(nth + 1, node)
    else:
        key, _dot, lane = rest.partition(".")
        lanes = node_of(sketch, key).get("lanes", [])
        if int(lane) >= len(lanes):
            raise PlaceGone
        lanes[int(lane)].insert(0, node)
