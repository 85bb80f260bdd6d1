"""What each step of a journey brought about, where somebody comparable went without it, and clear words where nobody
did: everybody on the trunk gets a step, and whoever comes to one by what they did is like nobody else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from campaigns.journeys import drawing
from campaigns.journeys.steps import KINDS
from campaigns.lift import contests
from campaigns.lift.boards import Line
from campaigns.lift.contests import LETTERS, Contest
from campaigns.models import Effect, Journey, Verdict

Node = Mapping[str, Any]
TURNED = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}


@dataclass(frozen=True)
class StepEffect:
    """A step: the effect it can be told of, if there is one, and in words what that is of, or why there is none."""

    name: str
    line: Line | None
    words: str


@dataclass(frozen=True)
class _Way:
    """On which way of which split a step lies, how many steps do something there, and whether members came to the step
    by what they did."""

    contest: Contest | None = None
    lane: int = 0
    steps: int = 0
    chosen: bool = False


def of_journey(journey: Journey) -> list[StepEffect]:
    """The steps of the version in force that do something for members, in the order of reading."""
    if journey.version is None:
        return []
    flow = journey.version.flow
    known = {contest.key: contest for contest in contests.of_journey(journey, flow)}
    has_control = journey.holdout_percent > 0
    return [_told(node, way, has_control) for node, way in _places(flow["steps"], known, _Way())]


def _places(way: Sequence[Node], known: Mapping[str, Contest], at: _Way) -> Iterator[tuple[Node, _Way]]:
    for node in way:
        if _does(node):
            yield node, at
        for lane, steps in enumerate(node.get("lanes", ())):
            if node["kind"] == "split":
                inside = _Way(known.get(node["key"]), lane, sum(1 for _one in _doing(steps)))
            else:
                inside = replace(at, chosen=True)
            yield from _places(steps, known, inside)


def _does(node: Node) -> bool:
    return bool(KINDS[node["kind"]].does) or node["kind"] == "tag"


def _doing(way: Sequence[Node]) -> Iterator[Node]:
    for node in way:
        if _does(node):
            yield node
        for lane in node.get("lanes", ()):
            yield from _doing(lane)


def _told(node: Node, way: _Way, has_control: bool) -> StepEffect:
    name = drawing.name(node)
    if way.contest is None:
        return StepEffect(name, None, _without(way.chosen, has_control))
    line, letter = _line(way.contest, way.lane), LETTERS[way.lane].upper()
    if line is None and way.lane == 0 and way.contest.ways > 2:
        return StepEffect(name, None, _("On way A, beside which the others are compared."))
    if line is None:
        return StepEffect(name, None, _("On way %(way)s of a split that is not measured yet.") % {"way": letter})
    words = {"way": letter, "other": "B" if way.lane == 0 else "A"}
    if way.steps == 1 and not way.chosen:
        said = _("Alone on way %(way)s, beside way %(other)s: where that does nothing, this is the effect of the step.")
        return StepEffect(name, line, said % words)
    said = _("The effect of all of way %(way)s beside way %(other)s; of this step alone one cannot tell.")
    return StepEffect(name, line, said % words)


def _without(chosen: bool, has_control: bool) -> str:
    if chosen:
        return _("Who comes here follows from what they did, so nobody else is like them: one cannot tell.")
    if has_control:
        return _("Everybody on the way gets it: only the journey as a whole is compared, with the control group.")
    return _("Everybody gets it and nobody is left alone: there is nothing to compare with.")


def _line(contest: Contest, lane: int) -> Line | None:
    """The effect of a way beside A; of A beside B, where there are just the two."""
    if lane:
        return contest.beside_a.get(lane)
    beside = contest.beside_a.get(1) if contest.ways == 2 else None
    return Line("A", _turned(beside.effect)) if beside else None


def _turned(one: Effect) -> Effect:
    """The same comparison seen from the other side; never saved."""
    effect, low, high = (None if end is None else -end for end in (one.effect, one.high, one.low))
    return Effect(
        journey_id=one.journey_id, part=one.part, key=one.key, measure=one.measure, treated=one.control,
        control=one.treated, treated_value=one.control_value, control_value=one.treated_value, effect=effect, low=low,
        high=high, verdict=TURNED.get(Verdict(one.verdict), one.verdict), doubt=one.doubt, since=one.since,
        until=one.until, as_of=one.as_of,
    )  # fmt: skip
