"""Drafts and versions: what is published never changes; whoever is on the way keeps the version they entered, unless
headquarters moves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.journeys import flows
from campaigns.journeys.entering import ring
from campaigns.models import Journey, JourneyState, JourneyVersion, Trip, TripState, VersionState
from stores.errors import Conflict
from stores.models import Staff


class Standing(models.TextChoices):
    """What becomes of those who are on the way in an older version."""

    STAY = "stay", _("They finish the version they entered")
    ALONG = "along", _("They go on at the same step of the new version")
    LEAVE = "leave", _("They leave the journey")


@dataclass(frozen=True)
class Crowd:
    """Those who stand at a step of older versions: how many, and whether the new version has that step, too."""

    version: int
    step: str
    trips: int
    goes_along: bool


ALONG = """
    UPDATE campaigns_trip SET version_id = %(to)s
     WHERE version_id = %(of)s AND state = 'active' AND arm = 'treated' AND step = ANY(%(steps)s)
"""
CONTROL_ALONG = """
    UPDATE campaigns_trip SET version_id = %(to)s WHERE version_id = %(of)s AND state = 'active' AND step = ''
"""
LEAVE = """
    UPDATE campaigns_trip SET state = 'left', why = 'replaced', ended_at = %(now)s, due_at = NULL, waiting = false,
           awaits = '' WHERE version_id = %(of)s AND state = 'active'
"""


def save_draft(journey: Journey, flow: Mapping[str, Any]) -> JourneyVersion:
    """Keep the steps of the next version. Raises FlowInvalid."""
    written = flows.write(flows.read(flow))
    with transaction.atomic():
        held = Journey.objects.select_for_update(no_key=True).get(pk=journey.pk)
        draft = held.versions.filter(state=VersionState.DRAFT).first()
        if draft is None:
            last = held.versions.aggregate(last=models.Max("number"))["last"] or 0
            return JourneyVersion.objects.create(journey=held, number=last + 1, flow=written)
        draft.flow = written
        draft.save(update_fields=["flow"])
    return draft


def crowds(draft: JourneyVersion) -> list[Crowd]:
    """Where those on the way stand, before a version is published."""
    here = _kinds(draft)
    there = Trip.objects.filter(journey=draft.journey_id, state=TripState.ACTIVE).exclude(version=draft.pk)
    counts = there.values_list("version", "step").annotate(trips=Count("pk")).order_by("version", "step")
    kinds = {one.pk: _kinds(one) for one in JourneyVersion.objects.filter(pk__in={row[0] for row in counts})}
    return [
        Crowd(version, step, trips, goes_along=not step or here.get(step) == kinds[version].get(step))
        for version, step, trips in counts
    ]


def publish(draft: JourneyVersion, *, by: Staff | None, standing: str = Standing.STAY) -> Journey:
    """Put a draft into force: members enter it from now on; the journey runs unless it was paused or has ended.

    Raises FlowInvalid for what means nothing any more, Conflict ``version_published``.
    """
    flow, now = flows.read(draft.flow), timezone.now()
    with transaction.atomic():
        journey = Journey.objects.select_for_update(no_key=True).get(pk=draft.journey_id)
        before = list(journey.versions.select_for_update(no_key=True).exclude(state=VersionState.DRAFT).order_by("pk"))
        retired = journey.versions.filter(state=VersionState.PUBLISHED)
        retired.update(state=VersionState.RETIRED)
        fresh = journey.versions.filter(pk=draft.pk, state=VersionState.DRAFT)
        written = flows.write(flow)
        if not fresh.update(state=VersionState.PUBLISHED, flow=written, published_at=now, published_by=by):
            raise Conflict(_("This version was published already."), code="version_published")
        for old in before:
            _move(old, draft, flow, standing)
        journey.version_id = draft.pk
        if journey.state == JourneyState.DRAFT:
            journey.state = JourneyState.RUNNING
        journey.save(update_fields=["version", "state"])
        ring(draft)
    return journey


def _move(old: JourneyVersion, new: JourneyVersion, flow: flows.Flow, standing: str) -> None:
    """Those on the way in an older version; who stands at a step that is no more finishes it."""
    params: dict[str, Any] = {"of": old.pk, "to": new.pk, "now": timezone.now()}
    with connection.cursor() as cursor:
        if standing == Standing.LEAVE:
            cursor.execute(LEAVE, params)
        if standing == Standing.ALONG:
            kinds = _kinds(old)
            same = [key for key, step in flow.by_key.items() if kinds.get(key) == step.kind]
            cursor.execute(ALONG, {**params, "steps": same})
            cursor.execute(CONTROL_ALONG, params)


def _kinds(version: JourneyVersion) -> Mapping[str, str]:
    """The kinds of the steps by key."""
    return {step.key: step.kind for step in flows.walk(flows.steps_of(version.flow["steps"]))}


def pause(journey: Journey) -> None:
    """Nobody enters or moves on until it is resumed; goals are still seen. Raises Conflict ``journey_state``."""
    _turn(journey, (JourneyState.RUNNING,), JourneyState.PAUSED)


def resume(journey: Journey) -> None:
    """Go on where everybody stood. Raises Conflict ``journey_state``."""
    with transaction.atomic():
        _turn(journey, (JourneyState.PAUSED,), JourneyState.RUNNING)
        if journey.version is not None:
            ring(journey.version)


def end(journey: Journey) -> None:
    """Nobody enters any more, and who is on the way leaves. Raises Conflict ``journey_state``."""
    with transaction.atomic():
        _turn(journey, (JourneyState.RUNNING, JourneyState.PAUSED), JourneyState.ENDED)
        for version in journey.versions.select_for_update(no_key=True).order_by("pk"):
            with connection.cursor() as cursor:
                cursor.execute(LEAVE, {"of": version.pk, "now": timezone.now()})


def _turn(journey: Journey, allowed: tuple[JourneyState, ...], to: JourneyState) -> None:
    if not Journey.objects.filter(pk=journey.pk, state__in=allowed).update(state=to, problem=""):
        raise Conflict(_("The journey is not in a state that allows this."), code="journey_state")
    journey.refresh_from_db()
