"""A sketch as cards to look at: what each step says, what is wrong with it, what changed, and how many are where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _

from campaigns.journeys import sketching
from campaigns.journeys.counts import Counts, Here
from campaigns.journeys.differences import Change, What
from campaigns.journeys.exits import Exit
from campaigns.journeys.goals import Goal
from campaigns.journeys.sketching import Node, Sketch
from campaigns.journeys.steps import KINDS
from campaigns.journeys.steps.base import Step, StepKind
from campaigns.journeys.triggers import Trigger
from campaigns.models import Arm
from campaigns.touches.tallies import Tally
from members.segments.registry import Meaningless
from stores.errors import Refusal


@dataclass
class Lane:
    """One way out of a step: what it is called, where a first step of it goes, and how many took it."""

    name: str
    place: str
    count: int
    cards: "list[Card]"

    @property
    def out(self) -> int:
        """Those who came to its end; steps that the draft adds were in nobody's way yet."""
        return next((card.out for card in reversed(self.cards) if not card.is_new), self.count)

    @property
    def number(self) -> str:
        """Where its count stands on a page."""
        return "l-" + self.place.replace(".", "-")


@dataclass
class Card:
    """A step: ``title`` is what it does; ``fault`` what is still to be done; ``change`` what the draft did to it."""

    key: str
    kind: StepKind
    title: str
    here: Here
    fault: str = ""
    change: str = ""
    is_new: bool = False
    messages: Mapping[str, int] = field(default_factory=dict)
    used: int = 0
    lanes: list[Lane] = field(default_factory=list)

    @property
    def after(self) -> str:
        """The place behind it."""
        return f"after.{self.key}"

    @property
    def number(self) -> str:
        """Where the count of those who went on stands on a page."""
        return f"n-{self.key}"

    @property
    def done_words(self) -> str:
        """What the step did for whoever is past it, such as "Issued"."""
        plain = [label for outcome, label in self.kind.outcomes.items() if outcome not in self.kind.skipped]
        return str(plain[0]) if len(plain) == 1 else _("Gone on")

    @property
    def done(self) -> int:
        """Those for whom it did what it is for."""
        return self.here.done - self.skipped

    @property
    def sent(self) -> int:
        """The messages of it that left."""
        return self.messages.get("accepted", 0)

    @property
    def held(self) -> int:
        """The messages of it that will never leave, or were turned down."""
        return sum(count for how, count in self.messages.items() if how.partition(":")[0] in ("suppressed", "rejected"))

    @property
    def out(self) -> int:
        """Those who went on behind it, out of its lanes if it has any."""
        if self.lanes:
            return sum(lane.out for lane in self.lanes)
        return 0 if self.kind.ends else self.here.done

    @property
    def skipped(self) -> int:
        """Those who went on without."""
        return self.here.skipped(self.kind)

    @property
    def used_share(self) -> str:
        """The share of what it gave that was used; nothing where it gives no coupon."""
        return share(self.used, self.done) if self.kind.kind == "coupon" and self.done else ""


def share(some: int, whole: int) -> str:
    """A share in whole percent."""
    return f"{round(100 * some / whole)}%" if whole else "—"


@dataclass(frozen=True)
class Drawing:
    """The whole flow: what lets members in, the steps, and the goal and what ends it early if there are any."""

    trigger: str
    trigger_fault: str
    goal: str
    goal_fault: str
    exit: str
    exit_fault: str
    cards: list[Card]
    faults: Sequence[str]


def draw(
    sketch: Sketch,
    faults: Mapping[str, Sequence[str]],
    changes: Sequence[Change],
    counts: Counts,
    messages: Tally | None = None,
    used: Mapping[str, int] | None = None,
) -> Drawing:
    """The cards of a sketch, with what ``faults`` say of each step, how its ``messages`` stand, and how many of its
    coupons were ``used``."""
    known = _Known(faults, {change.key: change.what for change in changes}, counts, messages or {}, used or {})
    return Drawing(
        trigger=said(Trigger, sketch.get("trigger")),
        trigger_fault=" ".join(faults.get("trigger", ())),
        goal=said(Goal, sketch.get("goal")) if sketch.get("goal") else "",
        goal_fault=" ".join(faults.get("goal", ())),
        exit=said(Exit, sketch.get("exit")) if sketch.get("exit") else "",
        exit_fault=" ".join(faults.get("exit", ())),
        cards=[_card(node, known) for node in sketch["steps"]],
        faults=faults.get("", ()),
    )


@dataclass(frozen=True)
class Rate:
    """How many of an arm reached the goal so far."""

    name: str
    reached: int
    entered: int
    is_control: bool = False

    @property
    def percent(self) -> float:
        """As a share."""
        return 100 * self.reached / self.entered if self.entered else 0.0

    @property
    def words(self) -> str:
        """As people read it."""
        return f"{self.percent:.1f}%" if self.entered else "—"

    @property
    def width(self) -> str:
        """As the width of a bar."""
        return f"{self.percent:.2f}"


def rates(counts: Counts, holdout_percent: int) -> list[Rate]:
    """Who reached the goal so far, beside the control group if there is one."""
    treated = Rate(str(Arm.TREATED.label), counts.reached.get(Arm.TREATED, 0), counts.treated)
    control = Rate(_("Control group"), counts.reached.get(Arm.CONTROL, 0), counts.control, is_control=True)
    return [treated, control] if holdout_percent or counts.control else [treated]


def told(changes: Sequence[Change]) -> list[tuple[Change, str, str]]:
    """Changes with the kind of step and what it says."""
    return [
        (one, str(KINDS[one.node["kind"]].label) if one.node else "", title(one.node) if one.node else "")
        for one in changes
    ]


def said(reader: Any, data: Any) -> str:
    """A trigger, goal or exit as people say it; nothing while it is unfinished."""
    try:
        return str(reader.read(data or {}).told())
    except (Meaningless, Refusal, ObjectDoesNotExist):
        return ""


def title(node: Mapping[str, Any]) -> str:
    """A step as people say it; nothing while it is unfinished or what it names is gone."""
    step = sketching.finished(node)
    try:
        return str(KINDS[step.kind].told(step)) if step else ""
    except (ObjectDoesNotExist, Refusal):
        return ""


def name(node: Mapping[str, Any]) -> str:
    """A step with its kind."""
    return f"{KINDS[node['kind']].label} {title(node)}".strip()


@dataclass(frozen=True)
class _Known:
    """What is known of all steps."""

    faults: Mapping[str, Sequence[str]]
    changed: Mapping[str, What]
    counts: Counts
    messages: Tally
    used: Mapping[str, int]


def _card(node: Node, known: _Known) -> Card:
    key, kind = node["key"], KINDS[node["kind"]]
    here = known.counts.of(key)
    lanes = node.get("lanes", [])
    names, outcomes = _lane_words(node, kind, len(lanes))
    return Card(
        key=key,
        kind=kind,
        title=title(node),
        here=here,
        fault=" ".join(known.faults.get(key, ())),
        change=str(known.changed[key].label) if key in known.changed else "",
        is_new=known.changed.get(key) == What.ADDED,
        messages=known.messages.get(key, {}),
        used=known.used.get(key, 0),
        lanes=[
            Lane(
                names[nth],
                f"in.{key}.{nth}",
                here.outcomes.get(outcomes[nth], 0) if nth < len(outcomes) else 0,
                [_card(one, known) for one in lane],
            )
            for nth, lane in enumerate(lanes)
        ],
    )


def _lane_words(node: Node, kind: StepKind, lanes: int) -> tuple[Sequence[str], Sequence[str]]:
    """What the lanes are called, numbers while that is not known, and the outcomes that lead into them."""
    step = sketching.finished(node) or Step(node["key"], kind.kind, sketching.settings_of(node))
    numbers = [str(nth + 1) for nth in range(lanes)]
    try:
        names, outcomes = list(kind.lane_names(step)), kind.lane_outcomes(step)
    except (KeyError, TypeError, ValueError, ObjectDoesNotExist):
        return numbers, ()
    return [*names, *numbers[len(names) :]][:lanes], outcomes[:lanes]
