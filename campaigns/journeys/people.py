"""Who is, or was, where in a journey: the latest few, of those whom the asking person may see."""

from collections.abc import Sequence

from django.db.models import Max, QuerySet

from campaigns.journeys.steps import KINDS
from campaigns.models import Arm, Journey, Trip, TripState, Visit
from stores.models import Staff

SHOWN = 50
LATELY = 500_000
"""Those who went on are looked for among so many steps that were taken last, over all journeys."""


def here(journey: Journey, step: str, *, by: Staff) -> Sequence[Trip]:
    """Those who stand at a step, who goes on next first."""
    trips = Trip.objects.visible_to(by).filter(version__in=_versions(journey), step=step, state=TripState.ACTIVE)
    known = trips.filter(due_at__isnull=False).select_related("member__tier", "member__home_store", "version")
    return list(known.order_by("due_at")[:SHOWN])


def control(journey: Journey, *, by: Staff) -> Sequence[Trip]:
    """Those who are left alone on purpose, the latest first."""
    return _latest(Trip.objects.visible_to(by).filter(journey=journey, arm=Arm.CONTROL))


def entered(journey: Journey, *, by: Staff) -> Sequence[Trip]:
    """Those who came into the journey, the latest first; not who is in the control group, which guides may not see."""
    return _latest(Trip.objects.visible_to(by).filter(journey=journey, arm=Arm.TREATED))


def reached(journey: Journey, *, by: Staff) -> Sequence[Trip]:
    """Those on their way who reached the goal, who entered last first."""
    return _latest(Trip.objects.visible_to(by).filter(journey=journey, arm=Arm.TREATED, state=TripState.GOAL))


def skipped(journey: Journey, step: str, kind: str, *, by: Staff) -> Sequence[tuple[Visit, str]]:
    """Those for whom a step did not do what it is for, the latest first, each with the reason in words."""
    if not KINDS[kind].skipped:
        return []
    visits = Visit.objects.visible_to(by).filter(version__in=_versions(journey), step=step, skipped=True)
    return _told(visits, kind)


def gone_on(journey: Journey, step: str, kind: str, *, by: Staff) -> Sequence[tuple[Visit, str]]:
    """Those for whom a step lately did what it is for, the latest first, each with how it ended in words."""
    last = Visit.objects.aggregate(last=Max("pk"))["last"] or 0
    visits = Visit.objects.visible_to(by).filter(version__in=_versions(journey), step=step, skipped=False)
    return _told(visits.filter(pk__gt=last - LATELY), kind)


def _versions(journey: Journey) -> list[int]:
    """Named one by one, so that the index by version is used."""
    return list(journey.versions.values_list("pk", flat=True))


def _latest(trips: QuerySet[Trip]) -> list[Trip]:
    known = trips.select_related("member__tier", "member__home_store", "version")
    return list(known.order_by("-entered_at", "-pk")[:SHOWN])


def _told(visits: QuerySet[Visit], kind: str) -> list[tuple[Visit, str]]:
    outcomes = KINDS[kind].outcomes
    latest = visits.select_related("trip__member__tier", "trip__member__home_store").order_by("-pk")
    return [(visit, str(outcomes.get(visit.outcome, visit.outcome))) for visit in latest[:SHOWN]]
