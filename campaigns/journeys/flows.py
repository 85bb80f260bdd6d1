"""The steps of a version as a tree: read from JSON with every fault named, and followed step by step.

As JSON: ``{"trigger": .., "goal": .. or null, "steps": [step, ..]}``, with an ``"exit"`` if there is one; a step is
``{"key": "s1", "kind": "wait", ..}`` with what its kind asks for, and ``"lanes": [[step, ..], ..]`` where its kind
parts ways. After the last step of a lane the way goes on behind the step that parted it. Keys are unique in a version
and stay the same from version to version, so that whoever stands at a step can go on there in a newer one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.journeys.exits import Exit
from campaigns.journeys.goals import Goal
from campaigns.journeys.steps import KINDS
from campaigns.journeys.steps.base import Step
from campaigns.journeys.triggers import Trigger
from members.segments.registry import Meaningless
from stores.errors import Refusal

KEY = re.compile(r"[a-z0-9]{1,12}")
END = ""
"""Where a way ends: no step has this key."""

MOST_STEPS, MOST_DEPTH = 60, 6
OUTSIDE = ("key", "kind", "lanes")  # what of a step in JSON is not a setting of its kind
Fault = tuple[str, Any]  # the key of the step, "trigger", "goal" or "exit", and the sentence


class FlowInvalid(Refusal):
    """A flow that means nothing; ``extra["errors"]`` lists (step, sentence) for whoever builds it."""

    code = "flow_invalid"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(str(text) for _place, text in faults), extra={"errors": faults})
        self.faults = faults


@dataclass(frozen=True)
class Flow:
    """A whole version: what lets members in, what they are to reach, the steps in between, and what ends it early."""

    trigger: Trigger
    goal: Goal | None
    steps: tuple[Step, ...]
    exit: Exit | None = None

    @cached_property
    def by_key(self) -> Mapping[str, Step]:
        """Every step, those in lanes too."""
        return {step.key: step for step in walk(self.steps)}

    @property
    def first(self) -> str:
        """Where members begin."""
        return self.steps[0].key if self.steps else END

    def after(self, step: Step, lane: int | None = None) -> str:
        """The step that follows: the first of a lane, or the next one on the way."""
        if lane is not None and step.lanes[lane]:
            return step.lanes[lane][0].key
        return self._next[step.key]

    @cached_property
    def _next(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        _link(self.steps, END, found)
        return found


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step in the order of reading: a step, then what lies in its lanes."""
    for step in steps:
        yield step
        for lane in step.lanes:
            yield from walk(lane)


def read(data: Any) -> Flow:
    """The flow that some JSON means, its values put into one spelling. Raises FlowInvalid, with every fault."""
    reading = _Reading()
    if not isinstance(data, Mapping) or not isinstance(data.get("steps"), list):
        raise FlowInvalid([("", _("These are no steps of a journey."))])
    trigger = reading.attempt("trigger", Trigger.read, data.get("trigger"))
    goal = reading.attempt("goal", Goal.read, data["goal"]) if data.get("goal") else None
    early = reading.attempt("exit", Exit.read, data["exit"]) if data.get("exit") else None
    steps = reading.steps(data["steps"], 0)
    if not steps and not reading.faults:
        reading.faults.append(("", _("A journey has at least one step.")))
    if len(reading.keys) > MOST_STEPS:
        reading.faults.append(("", _("A journey has at most %(most)s steps.") % {"most": MOST_STEPS}))
    if reading.faults or trigger is None:
        raise FlowInvalid(reading.faults)
    return Flow(trigger, goal, steps, early)


def stored(data: Mapping[str, Any]) -> Flow:
    """The flow of a version, which was read before it was kept. What it names may be gone meanwhile: whoever comes to
    that finds out."""
    goal, early = data["goal"], data.get("exit")
    return Flow(
        Trigger(**data["trigger"]),
        Goal(**goal) if goal else None,
        steps_of(data["steps"]),
        Exit(**early) if early else None,
    )


def steps_of(steps: list[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps of some JSON as they stand there, also those of a draft that are unfinished."""
    return tuple(
        Step(
            step["key"],
            step["kind"],
            {name: value for name, value in step.items() if name not in OUTSIDE},
            tuple(steps_of(lane) for lane in step.get("lanes", ())),
        )
        for step in steps
    )


def write(flow: Flow) -> dict[str, Any]:
    """The JSON of a flow; reading it gives the same flow again."""
    return {
        "trigger": flow.trigger.plain(),
        "goal": flow.goal.plain() if flow.goal else None,
        "steps": [_plain(step) for step in flow.steps],
        **({"exit": flow.exit.plain()} if flow.exit else {}),
    }


def _plain(step: Step) -> dict[str, Any]:
    plain = {"key": step.key, "kind": step.kind, **step.settings}
    if step.lanes:
        plain["lanes"] = [[_plain(one) for one in lane] for lane in step.lanes]
    return plain


def _link(steps: tuple[Step, ...], behind: str, found: dict[str, str]) -> None:
    for nth, step in enumerate(steps):
        found[step.key] = steps[nth + 1].key if nth + 1 < len(steps) else behind
        for lane in step.lanes:
            _link(lane, found[step.key], found)


@dataclass
class _Reading:
    """What was found on the way through the JSON."""

    faults: list[Fault] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def attempt(self, place: str, reader: Any, data: Any) -> Any:
        """What a reader makes of some JSON; None, with the fault written down, when it means nothing."""
        try:
            return reader(data if isinstance(data, Mapping) else {})
        except Meaningless as wrong:
            self.faults.append((place, wrong.sentence))
        except Refusal as refusal:  # a rule tree
            self.faults.append((place, str(refusal)))
        return None

    def steps(self, data: Any, depth: int) -> tuple[Step, ...]:
        """The steps of a way; those that mean nothing are left out, with their faults."""
        if not isinstance(data, list) or depth > MOST_DEPTH:
            self.faults.append(("", _("Lanes lie at most %(most)s deep.") % {"most": MOST_DEPTH}))
            return ()
        found = [self._step(one, depth) for one in data]
        return tuple(step for step in found if step is not None)

    def _step(self, data: Any, depth: int) -> Step | None:
        if not isinstance(data, Mapping) or not KEY.fullmatch(str(data.get("key", ""))) or data["key"] in self.keys:
            self.faults.append(("", _("Every step has a key of its own, of small letters and digits.")))
            return None
        key = str(data["key"])
        self.keys.add(key)
        kind = KINDS.get(str(data.get("kind")))
        if kind is None:
            self.faults.append((key, _("There is no such kind of step.")))
            return None
        settings = self.attempt(key, kind.clean, {name: value for name, value in data.items() if name not in OUTSIDE})
        lanes = tuple(self.steps(lane, depth + 1) for lane in data.get("lanes") or [])
        if settings is not None and len(lanes) != kind.lanes_of(settings):
            self.faults.append((key, _("The lanes do not fit this step.")))
        return Step(key, kind.kind, settings, lanes) if settings is not None else None
