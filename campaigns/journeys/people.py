"""Who stands at a step of a journey, and who went on without what it is for: the latest few, of those whom the asking
person may see."""

from collections.abc import Sequence

from campaigns.journeys.steps import KINDS
from campaigns.models import Arm, Journey, Trip, TripState, Visit
from stores.models import Staff

SHOWN = 50


def here(journey: Journey, step: str, *, by: Staff) -> Sequence[Trip]:
    """Those who stand at a step, who goes on next first."""
    versions = journey.versions.values("pk")
    trips = Trip.objects.visible_to(by).filter(version__in=versions, step=step, state=TripState.ACTIVE)
    known = trips.filter(due_at__isnull=False).select_related("member__tier", "member__home_store", "version")
    return list(known.order_by("due_at")[:SHOWN])


def control(journey: Journey, *, by: Staff) -> Sequence[Trip]:
    """Those who are left alone on purpose, the latest first."""
    trips = Trip.objects.visible_to(by).filter(journey=journey, arm=Arm.CONTROL)
    return list(trips.select_related("member__tier", "member__home_store", "version").order_by("-pk")[:SHOWN])


def skipped(journey: Journey, step: str, kind: str, *, by: Staff) -> Sequence[tuple[Visit, str]]:
    """Those for whom a step did not do what it is for, the latest first, each with the reason in words."""
    kinds = KINDS[kind]
    if not kinds.skipped:
        return []
    versions = journey.versions.values("pk")
    visits = Visit.objects.visible_to(by).filter(version__in=versions, step=step, outcome__in=list(kinds.skipped))
    latest = visits.select_related("trip__member__tier", "trip__member__home_store").order_by("-pk")[:SHOWN]
    return [(visit, str(kinds.outcomes.get(visit.outcome, visit.outcome))) for visit in latest]
