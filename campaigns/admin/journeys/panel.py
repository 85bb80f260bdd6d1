"""What stands beside the steps: the settings of the chosen one, who is there, what the draft changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns.admin.journeys import formfields
from campaigns.admin.journeys.formfields import Shown
from campaigns.journeys import daily, drawing, people, runs, sketching
from campaigns.journeys.counts import Counts, Here
from campaigns.journeys.drafts import Draft
from campaigns.journeys.exits import Exit
from campaigns.journeys.fields import Choice, Field, Text, Whole
from campaigns.journeys.goals import Goal
from campaigns.journeys.steps import KINDS
from campaigns.journeys.triggers import Trigger
from campaigns.models import Journey, JourneyState, Reentry, TouchState
from campaigns.touches import tallies
from campaigns.touches.reasons import REASONS
from members.admin.segmentbuilder import HOWS
from members.admin.segmentviews import SegmentViews
from stores.models import Staff

SETTINGS, TRIGGER, GOAL, EXIT, CONTROL = "settings", "trigger", "goal", "exit", "control"
PARTS: Mapping[str, Any] = {TRIGGER: Trigger, GOAL: Goal, EXIT: Exit}
FORM, PEOPLE, CHANGES = "form", "people", "changes"
TABS = (FORM, PEOPLE, CHANGES)
ICONS = {SETTINGS: "settings", TRIGGER: "bolt", GOAL: "flag", EXIT: "logout", CONTROL: "members"}
HEADS = {
    SETTINGS: gettext_lazy("The journey"),
    TRIGGER: gettext_lazy("Trigger"),
    GOAL: gettext_lazy("Goal"),
    EXIT: gettext_lazy("Leaving early"),
    CONTROL: gettext_lazy("Control group"),
}
OWN: Sequence[Field] = (
    Text(name="name", label=gettext_lazy("name"), most=80, missing=gettext_lazy("Give the journey a name.")),
    Text(name="note", label=pgettext_lazy("journey", "What it is for"), most=200, needed=False, long=True),
    Choice(name="reentry", label=gettext_lazy("entering again"), choices=Reentry.choices),
    Whole(
        name="reentry_days",
        label=gettext_lazy("days until they may enter again"),
        least=1,
        most=3650,
        default=90,
        unit=gettext_lazy("days"),
        when=("reentry", frozenset({Reentry.AFTER})),
    ),
)
HOLDOUT = Whole(
    name="holdout_percent",
    label=gettext_lazy("control group in percent"),
    hint=gettext_lazy(
        "They get nothing, so that what the journey brings about can be measured. Fixed once it has run."
    ),
    least=0,
    most=50,
    unit="%",
)


@dataclass
class Panel:
    """What is shown of the chosen part: its heading, its fields, or its people."""

    at: str
    tab: str
    head: str
    icon: str
    lead: str = ""
    note: str = ""
    fields: list[Shown] = field(default_factory=list)
    editor: Mapping[str, Any] = field(default_factory=dict)
    here: Here | None = None
    bars: daily.Bars | None = None
    used: int = 0
    kind: Any = None
    skipped: Sequence[Any] = ()
    gone_on: Sequence[Any] = ()
    trips: Sequence[Any] = ()
    ran: Sequence[runs.Run] = ()
    whole: Counts | None = None
    messages: Sequence[tuple[str, int]] = ()
    places: Sequence[tuple[str, str]] = ()

    @property
    def has_people(self) -> bool:
        """Whether somebody can be listed: of a step, of those who entered, and of those who reached the goal."""
        return self.is_step or self.at in (TRIGGER, GOAL)

    @property
    def skips(self) -> int:
        """How many went on without."""
        return self.here.skipped(self.kind) if self.here and self.kind else 0

    @property
    def is_step(self) -> bool:
        """Whether it is a step rather than the frame around them."""
        return self.kind is not None

    @property
    def given(self) -> int:
        """Those to whom it gave a coupon; 0 of any other step."""
        return self.here.outcomes.get("issued", 0) if self.here and self.kind and self.kind.kind == "coupon" else 0

    @property
    def used_share(self) -> str:
        """The share of its coupons that was used."""
        return drawing.share(self.used, self.given)

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """How it ended for those who are past it, in words."""
        if self.here is None or self.kind is None:
            return []
        known = {outcome: str(label) for outcome, label in self.kind.outcomes.items()}
        return [(known.get(outcome, outcome), trips) for outcome, trips in sorted(self.here.outcomes.items())]


def asks_of(journey: Journey, draft: Draft, at: str) -> Sequence[Field]:
    """What the part asks for. Raises PlaceGone."""
    if at == SETTINGS:
        return [*OWN, HOLDOUT] if journey.state == JourneyState.DRAFT else OWN
    if at == CONTROL:
        return ()
    if at in PARTS:
        return PARTS[at].asks
    return KINDS[sketching.node_of(draft.sketch, at)["kind"]].asks


def given_of(journey: Journey, draft: Draft, at: str) -> dict[str, Any]:
    """What stands in its fields now. Raises PlaceGone."""
    if at == SETTINGS:
        return {one.name: getattr(journey, one.name) for one in (*OWN, HOLDOUT)}
    if at == CONTROL:
        return {}
    if at in PARTS:
        return dict(draft.sketch.get(at) or {})
    return sketching.settings_of(sketching.node_of(draft.sketch, at))


def panel(
    journey: Journey, draft: Draft, at: str, tab: str, counts: Counts, *, by: Staff, given: Mapping | None = None
) -> Panel:
    """The panel of a part; ``given`` is what was entered but not kept. Raises PlaceGone."""
    asks = asks_of(journey, draft, at)
    standing = given_of(journey, draft, at)
    values = standing if given is None else given
    shown = Panel(at, tab if tab in TABS else FORM, str(HEADS.get(at, "")), ICONS.get(at, ""))
    if at not in HEADS:
        _add_step(shown, journey, draft, counts, by)
    elif at == CONTROL:
        shown.trips = people.control(journey, by=by)
    else:
        _add_frame(shown, journey, counts, by)
    checked = given is not None or at not in PARTS or bool(values)
    shown.fields = formfields.show(asks, values, checked=checked)
    if any(one.field.kind == "rule" and one.extra["on"] for one in shown.fields):
        root = next(one.extra["root"] for one in shown.fields if one.field.kind == "rule")
        shown.editor = SegmentViews.editor_context(root) | {"hows": HOWS}
    return shown


def _add_frame(shown: Panel, journey: Journey, counts: Counts, by: Staff) -> None:
    """Who came in, when the days of the trigger were, and who reached the goal."""
    shown.whole = counts
    if shown.tab == PEOPLE and shown.at == TRIGGER:
        shown.trips = people.entered(journey, by=by)
    if shown.tab == PEOPLE and shown.at == GOAL:
        shown.trips = people.reached(journey, by=by)
    if shown.tab == FORM and shown.at == TRIGGER:
        shown.ran = runs.of(journey)


def _add_step(shown: Panel, journey: Journey, draft: Draft, counts: Counts, by: Staff) -> None:
    """What a step has beside its fields."""
    node = sketching.node_of(draft.sketch, shown.at)
    shown.kind = KINDS[node["kind"]]
    shown.head, shown.icon, shown.note = str(shown.kind.label), shown.kind.icon, str(shown.kind.note)
    shown.lead = where(draft, shown.at)
    shown.here = counts.of(shown.at)
    if shown.tab == FORM and shown.here.came:
        shown.bars = daily.of_step(journey, shown.at, node["kind"])
        shown.used = daily.used(journey).get(shown.at, 0) if shown.given else 0
    if shown.tab == PEOPLE:
        shown.trips = people.here(journey, shown.at, by=by)
        shown.skipped = people.skipped(journey, shown.at, node["kind"], by=by)
        shown.gone_on = people.gone_on(journey, shown.at, node["kind"], by=by)
        if node["kind"] == "message":
            shown.messages = _messages(journey, shown.at)


def _messages(journey: Journey, step: str) -> list[tuple[str, int]]:
    """How the messages of a step stand, with why those held back were, in words."""
    states: Mapping[str, Any] = dict(TouchState.choices)
    found = []
    for how, count in tallies.by_step(journey.pk).get(step, {}).items():
        state, _colon, reason = how.partition(":")
        words = str(states.get(state, state))
        found.append((f"{words}: {REASONS.get(reason, reason)}" if reason else words, count))
    return found


def where(draft: Draft, key: str) -> str:
    """Which step of its way it is."""
    for way in _ways(draft.sketch["steps"]):
        for nth, node in enumerate(way, 1):
            if node["key"] == key:
                return _("Step %(nth)s of its way") % {"nth": nth}
    return ""


def _ways(way: list[dict[str, Any]]) -> Any:
    yield way
    for node in way:
        for lane in node.get("lanes", ()):
            yield from _ways(lane)
