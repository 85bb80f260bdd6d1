"""What a journey is called, who may come into it again, and how many are left alone on purpose."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Journey, JourneyState
from stores.errors import Conflict, Refusal
from stores.models import Staff


def begin(*, name: str, note: str, reentry: str, reentry_days: int, holdout_percent: int, by: Staff | None) -> Journey:
    """A journey without steps yet. Raises Refusal ``name_missing``, Conflict ``name_taken``."""
    fields = {"note": note, "reentry": reentry, "reentry_days": reentry_days, "holdout_percent": holdout_percent}
    return _saved(Journey(name=_named(name), created_by=by, **fields))


def change(journey: Journey, *, name: str, note: str, reentry: str, reentry_days: int, holdout_percent: int) -> Journey:
    """Call it otherwise, or let members in again otherwise; once it has run, the control group stays as large as it is.

    Raises Refusal ``name_missing``, Conflict ``name_taken``, ``control_group_stays``.
    """
    with transaction.atomic():
        held = Journey.objects.select_for_update(no_key=True).get(pk=journey.pk)
        if held.state != JourneyState.DRAFT and held.holdout_percent != holdout_percent:
            words = _("The control group stays as it is once the journey has run; results would mean nothing.")
            raise Conflict(words, code="control_group_stays")
        held.name, held.note = _named(name), note
        held.reentry, held.reentry_days, held.holdout_percent = reentry, reentry_days, holdout_percent
        return _saved(held, "name", "note", "reentry", "reentry_days", "holdout_percent")


def _named(name: str) -> str:
    if not name.strip():
        raise Refusal(_("Give the journey a name."), code="name_missing", extra={"field": "name"})
    return name.strip()[:80]


def _saved(journey: Journey, *fields: str) -> Journey:
    try:
        with transaction.atomic():
            journey.save(update_fields=fields or None)
    except IntegrityError as taken:
        raise Conflict(_("There is a journey of this name."), code="name_taken", extra={"field": "name"}) from taken
    return journey
