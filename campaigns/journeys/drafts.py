"""The next version of a journey while somebody works on it: kept after every move, thrown away, and compared with the
one in force."""

import hashlib
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.journeys import sketching
from campaigns.journeys.sketching import Sketch
from campaigns.models import Journey, JourneyState, JourneyVersion, VersionState
from stores.errors import Conflict

Moved = tuple[Sketch, str]  # what came of a move, and the key of the step it was about


@dataclass(frozen=True)
class Draft:
    """What the editor shows: the draft, or without one the version in force.

    ``number`` is the version it is or would become; ``token`` changes with every change to it.
    """

    sketch: Sketch
    number: int
    is_draft: bool

    @property
    def token(self) -> str:
        """The mark by which a change says what it was made on."""
        plain = json.dumps([self.number, self.is_draft, self.sketch], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()[:16]


def of(journey: Journey) -> Draft:
    """What the editor of a journey shows."""
    draft = journey.versions.filter(state=VersionState.DRAFT).first()
    if draft is not None:
        return Draft(draft.flow, draft.number, is_draft=True)
    if journey.version is not None:
        return Draft(deepcopy(journey.version.flow), journey.version.number, is_draft=False)
    return Draft(sketching.blank(), 1, is_draft=False)


def change(journey: Journey, token: str, move: Callable[[Sketch, set[str]], Moved]) -> tuple[Draft, str]:
    """Make a move on the draft, or on a new one of the version in force; returns it with the step it was about.

    A draft that came to be the version in force again is gone. Raises Conflict ``draft_changed`` when somebody else
    changed it since ``token``, ``journey_ended``, and what the move raises.
    """
    with transaction.atomic():
        held = Journey.objects.select_for_update(no_key=True, of=("self",)).select_related("version").get(pk=journey.pk)
        before = of(held)
        if held.state == JourneyState.ENDED:
            raise Conflict(_("The journey has ended. Its steps stay as they were."), code="journey_ended")
        if before.token != token:
            raise Conflict(_("Somebody else changed the steps meanwhile. Look again."), code="draft_changed")
        sketch, key = move(deepcopy(before.sketch), _keys(held))
        _keep(held, sketch)
        return of(held), key


def discard(journey: Journey, token: str) -> None:
    """Throw the draft away. Raises Conflict ``draft_changed``."""
    with transaction.atomic():
        held = Journey.objects.select_for_update(no_key=True, of=("self",)).select_related("version").get(pk=journey.pk)
        if of(held).token != token:
            raise Conflict(_("Somebody else changed the steps meanwhile. Look again."), code="draft_changed")
        held.versions.filter(state=VersionState.DRAFT).delete()


def _keep(journey: Journey, sketch: Sketch) -> None:
    drafts = journey.versions.filter(state=VersionState.DRAFT)
    if journey.version is not None and journey.version.flow == sketch:
        drafts.delete()
    elif not drafts.update(flow=sketch):
        last = journey.versions.aggregate(last=models.Max("number"))["last"] or 0
        JourneyVersion.objects.create(journey=journey, number=last + 1, flow=sketch)


def _keys(journey: Journey) -> set[str]:
    """The keys of all steps of all versions: whoever stands at one must not find another behind it."""
    kept = journey.versions.values_list("flow", flat=True)
    return {node["key"] for flow in kept for node in sketching.walk(flow["steps"])}


def unfinished(draft: Draft) -> Mapping[str, list[str]]:
    """What has to be done before it can be published, by step (or "trigger", "goal", "")."""
    found: dict[str, list[str]] = {}
    for place, words in sketching.faults(draft.sketch):
        found.setdefault(place, []).append(str(words))
    return found


def waiting(journey: Journey) -> JourneyVersion | None:
    """The draft as a version, if there is one."""
    found: Any = journey.versions.filter(state=VersionState.DRAFT).first()
    return found
