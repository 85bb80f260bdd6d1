"""Asking the member's guide, and waiting for what comes of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from campaigns.guidetasks import CLOSED_KIND
from campaigns.guidetasks.asking import NotAsked, Occasion, ask
from campaigns.guidetasks.closing import GRACE_SECONDS, UNDO_SECONDS
from campaigns.guidetasks.escalating import escalate
from campaigns.journeys.fields import Row, Text, Whole
from campaigns.journeys.steps.base import Ahead, Fits, Move, Onward, Passing, Past, Place, Stay, Step, StepKind
from campaigns.journeys.steps.passed import coupons_of
from campaigns.models import GuideTask, Journey, Outcome, Reason, Script, TaskState
from coupons.models import CouponTemplate, TemplateState
from members.segments.facts.options import Rows

REACHED, REFUSED, BOUGHT, NO_ANSWER = range(4)
LANES = {
    Outcome.REACHED: REACHED,
    Outcome.SENT: REACHED,
    Outcome.REFUSED: REFUSED,
    Outcome.BOUGHT: BOUGHT,
    Outcome.NO_ANSWER: NO_ANSWER,
}
LOOK_AT = time(8, 0)
FOUND = """
    SELECT w.trip,
           coalesce(t.created_at, (SELECT max(v.at) FROM campaigns_visit v WHERE v.trip_id = w.trip), p.entered_at),
           t.id, t.state, t.outcome, t.closed_at, t.due_on, t.escalated_at IS NOT NULL
      FROM unnest(%(trips)s::bigint[], %(members)s::bigint[]) AS w (trip, member_id)
      JOIN campaigns_trip p ON p.id = w.trip
      LEFT JOIN campaigns_guidetask t ON t.member_id = w.member_id AND t.reason = 'journey'
           AND t.occurrence = w.trip || ':' || %(step)s
"""


@dataclass(frozen=True)
class Standing:
    """A trip that waits here: since when, and how its task stands (``task`` None: nobody was asked yet)."""

    trip: int
    began: datetime
    task: int | None
    state: str | None
    outcome: str | None
    closed_at: datetime | None
    due_on: date | None
    escalated: bool


class AskGuide(StepKind):
    """A task for the guide of each. One way for each thing that may come of it; after so many days without anything,
    or where nobody can be asked, that of no answer. The store manager is shown what lies too long."""

    kind = "task"
    label = gettext_lazy("Guide task")
    icon = "user"
    does = "task"
    outcomes = {
        "reached": gettext_lazy("Reached"),
        "sent": gettext_lazy("Offer or message sent"),
        "refused": gettext_lazy("Does not want to be contacted"),
        "wants_none": gettext_lazy("Did not want to be contacted before"),
        "bought": gettext_lazy("Bought"),
        "no_answer": gettext_lazy("No answer"),
        "dismissed": gettext_lazy("The guide found it not suitable"),
        "timed_out": gettext_lazy("Time was up"),
        "no_guide": gettext_lazy("Nobody looks after them"),
        "list_full": gettext_lazy("The guide's list was full"),
    }
    skipped = ("wants_none", "no_guide", "list_full")
    asks = (
        Text(name="asks", label=gettext_lazy("What the guide is to do"), most=80),
        Whole(
            name="days", label=gettext_lazy("Wait for an outcome"), unit=gettext_lazy("days"), least=1, most=60,
            default=7, half=True,
        ),
        Whole(
            name="escalate", label=gettext_lazy("Show the store manager after"), unit=gettext_lazy("days"), least=1,
            most=59, needed=False, half=True,
        ),
        Row(
            name="template", label=gettext_lazy("Suggested coupon"), needed=False,
            options=Rows(CouponTemplate, offered=Q(state=TemplateState.ACTIVE, open_to_guides=True)),
            missing=gettext_lazy("Choose a coupon."),
        ),
        Row(
            name="script", label=gettext_lazy("Script"), needed=False,
            options=Rows(Script, "text", offered=Q(is_active=True)), missing=gettext_lazy("Choose a script."),
        ),
    )  # fmt: skip

    def told(self, step: Step) -> str:
        """Invite to the second order, at most 7 days."""
        words = {"what": step.settings["asks"], "days": step.settings["days"]}
        return gettext("%(what)s, at most %(days)s days") % words

    def lanes_of(self, given: Mapping[str, Any]) -> int:
        """Reached, refused, bought, no answer."""
        return 4

    def lane_names(self, step: Step) -> Sequence[str]:
        """What the ways are called."""
        return [str(self.outcomes[name]) for name in self.lane_outcomes(step)]

    def lane_outcomes(self, step: Step) -> Sequence[str]:
        """The outcome that each of the ways is named after."""
        return ("reached", "refused", "bought", "no_answer")

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Ask; whom nobody looks after goes on at once."""
        trips = {one.member: one.trip for one in passing}
        asked = _ask(place, trips, place.now)
        alone = [trips[member] for member in asked.refused.get(NotAsked.NO_GUIDE, ())]
        yield Onward(alone, "no_guide", lane=NO_ANSWER)
        unwilling = [trips[member] for member in asked.refused.get(NotAsked.WANTS_NONE, ())]
        yield Onward(unwilling, "wants_none", lane=REFUSED)
        gone = {*alone, *unwilling}
        yield _wait(place, [one.trip for one in passing if one.trip not in gone], place.now)

    def go_on(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """See what came of the tasks; every morning those without one are asked for again."""
        members = {one.trip: one.member for one in passing}
        over: dict[tuple[str, int], dict[int, int | None]] = defaultdict(dict)
        waiting: dict[datetime, list[int]] = defaultdict(list)
        again: dict[datetime, dict[int, int]] = defaultdict(dict)
        late, fresh = [], []
        for one in _standing(place, passing):
            came = _what_came(one)
            if came is not None and _may_be_undone(one, place.now):
                fresh.append(one.trip)
            elif came is not None:
                over[came][one.trip] = one.task
            elif place.now >= _deadline(place, one.began):
                over["timed_out" if one.task else "list_full", NO_ANSWER][one.trip] = one.task
            else:
                waiting[one.began].append(one.trip)
                if one.state != TaskState.OPEN:
                    again[one.began][members[one.trip]] = one.trip
                elif not one.escalated and _is_late(place, one.began) and one.task:
                    late.append(one.task)
        escalate(late, at=place.now)
        for began, trips in again.items():
            _ask(place, trips, began)
        for (outcome, lane), subjects in over.items():
            held = {trip: task for trip, task in subjects.items() if task is not None}
            yield Onward(list(subjects), outcome, lane=lane, subjects=held)
        for began, stay in waiting.items():
            yield _wait(place, stay, began)
        yield Stay(fresh, place.now + timedelta(seconds=UNDO_SECONDS.value + GRACE_SECONDS), CLOSED_KIND)

    def foresee(self, journey: Journey, step: Step, past: Past, fits: Fits, at: datetime) -> Ahead:
        """What a guide would have heard is not known: whoever bought in time bought, the rest gave no answer."""
        until = at + timedelta(days=step.settings["days"])
        came = past.came("order.recorded", at, until)
        return Ahead(came, BOUGHT) if came else Ahead(until, NO_ANSWER)


def call_off(left: Iterable[tuple[int, int, str]]) -> int:
    """Those who left a journey early (trip, member and step) are nobody's task any more; returns how many were."""
    asked = {(member, f"{trip}:{step}") for trip, member, step in left if step}
    tasks = GuideTask.objects.filter(
        reason=Reason.JOURNEY,
        state=TaskState.OPEN,
        member__in={member for member, _occurrence in asked},
        occurrence__in={occurrence for _member, occurrence in asked},
    )
    return tasks.update(state=TaskState.LAPSED, closed_at=timezone.now(), snoozed_until=None) if asked else 0


def _ask(place: Place, trips: Mapping[int, int], began: datetime) -> Any:
    """Ask the guides of these members (with their trips), who came here at a moment."""
    asked = place.step.settings
    why = {"name": place.journey.name, "asks": asked["asks"], "journey": place.journey.pk}
    if "script" in asked:
        why["script"] = asked["script"]
    held = coupons_of(place, list(trips.values()))
    occasion = Occasion(Reason.JOURNEY, _last_day(place, began), why, template=asked.get("template"))
    return ask(
        occasion,
        {member: f"{trip}:{place.step.key}" for member, trip in trips.items()},
        at=place.now,
        coupons={member: held[trip] for member, trip in trips.items() if trip in held},
    )


def _standing(place: Place, passing: Sequence[Passing]) -> list[Standing]:
    with connection.cursor() as cursor:
        trips, members = [one.trip for one in passing], [one.member for one in passing]
        cursor.execute(FOUND, {"trips": trips, "members": members, "step": place.step.key})
        return [Standing(*row) for row in cursor.fetchall()]


def _what_came(one: Standing) -> tuple[str, int] | None:
    """The outcome and its lane; None while the task is open, or lapsed because nobody looked after the member."""
    if one.state == TaskState.DONE and one.outcome:
        return one.outcome, LANES[Outcome(one.outcome)]
    return ("dismissed", NO_ANSWER) if one.state == TaskState.DISMISSED else None


def _may_be_undone(one: Standing, now: datetime) -> bool:
    """Whether the guide may still take the tick back; what the member did themselves stays."""
    undo = timedelta(seconds=UNDO_SECONDS.value + GRACE_SECONDS)
    return one.outcome != Outcome.BOUGHT and one.closed_at is not None and now < one.closed_at + undo


def _last_day(place: Place, began: datetime) -> date:
    return timezone.localdate(began) + timedelta(days=place.step.settings["days"])


def _deadline(place: Place, began: datetime) -> datetime:
    """The end of the task's last day."""
    return datetime.combine(_last_day(place, began) + timedelta(days=1), time(), timezone.get_current_timezone())


def _is_late(place: Place, began: datetime) -> bool:
    after = place.step.settings.get("escalate")
    return bool(after) and timezone.localdate(place.now) >= timezone.localdate(began) + timedelta(days=after or 0)


def _wait(place: Place, trips: list[int], began: datetime) -> Stay:
    """Until the task is closed, and until the next morning at the longest."""
    tomorrow = timezone.localdate(place.now) + timedelta(days=1)
    morning = datetime.combine(tomorrow, LOOK_AT, timezone.get_current_timezone())
    return Stay(trips, min(morning, _deadline(place, began)), CLOSED_KIND)
