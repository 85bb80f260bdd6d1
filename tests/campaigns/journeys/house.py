"""A house with a journey: the steps that the tests walk through, and the way that news and time take."""

from collections.abc import Mapping
from typing import Any

from campaigns.journeys import advancing, versions
from campaigns.models import Journey, Trip, Visit
from members.models import Member
from tests.campaigns.scenery import deliver_all
from tests.makers import number

FIRST_ORDER = {"all": [{"fact": "orders", "op": "eq", "value": "1"}]}
BOUGHT = {"on": "event", "event": "order.recorded", "rule": FIRST_ORDER}
MANUAL = {"on": "manual"}


def make_journey(
    *steps: Mapping[str, Any], trigger: Any = None, goal: Any = None, leaving: Any = None, **fields: Any
) -> Journey:
    """A journey of these steps that runs; without a control group unless told."""
    fields.setdefault("holdout_percent", 0)
    journey = Journey.objects.create(name=fields.pop("name", f"前四单 {number()}"), **fields)
    flow = {"trigger": trigger or BOUGHT, "goal": goal, "steps": list(steps)}
    draft = versions.save_draft(journey, {**flow, "exit": leaving} if leaving else flow)
    return versions.publish(draft, by=None)


def go_on() -> int:
    """Carry all news to whoever listens, then move on whoever is due."""
    deliver_all()
    taken = advancing.advance()
    deliver_all()
    return taken


def trip_of(member: Member) -> Trip:
    """The last trip of a member."""
    return Trip.objects.filter(member=member).latest("pk")


def story_of(member: Member) -> list[str]:
    """What came of which step, in order: "wait: waited"."""
    visits = Visit.objects.filter(trip__member=member).order_by("pk")
    return [f"{visit.step}: {visit.outcome}" for visit in visits]
