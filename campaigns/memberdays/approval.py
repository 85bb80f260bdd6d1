"""A second person decides about a campaign before anything happens: asked for, approved, or sent back with a note."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.memberdays import publishing
from campaigns.models import MemberDay, MemberDayState
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Staff


def submit(member_day: MemberDay, *, by: Staff) -> MemberDay:
    """Ask somebody else to approve a draft; nothing can be changed in it until they have decided.

    Raises Refusal as ``publishing.check``, Conflict ``member_day_state`` when it is no draft.
    """
    publishing.check(member_day, timezone.localdate())
    with transaction.atomic():
        held = _held(member_day, MemberDayState.DRAFT)
        held.state, held.submitted_by = MemberDayState.WAITING, by
        held.decided_by, held.decided_at, held.decision_note = None, None, ""
        held.save()
    member_day.refresh_from_db()
    return member_day


def approve(member_day: MemberDay, *, by: Staff) -> MemberDay:
    """Let a campaign run that waits. Raises NotAllowed ``second_person_needed`` for whoever asked, Conflict
    ``member_day_state`` when it does not wait any more, Refusal as ``publishing.check``."""
    with transaction.atomic():
        held = _held(member_day, MemberDayState.WAITING)
        if is_maker(held, by):
            raise NotAllowed(_("Somebody else approves what you prepared."), code="second_person_needed")
        held.decided_by, held.decided_at = by, timezone.now()
        held.save()
        publishing.publish(held, by=by)
    member_day.refresh_from_db()
    return member_day


def send_back(member_day: MemberDay, *, by: Staff, note: str = "") -> MemberDay:
    """Give a waiting campaign back to its maker with a note; its maker may take it back without one.

    Raises Refusal ``note_missing``, Conflict ``member_day_state``.
    """
    with transaction.atomic():
        held = _held(member_day, MemberDayState.WAITING)
        own = is_maker(held, by)
        if not note.strip() and not own:
            raise Refusal(_("Say what is to be changed."), code="note_missing")
        held.state, held.decision_note = MemberDayState.DRAFT, note.strip()[:200]
        held.decided_by, held.decided_at = (None, None) if own else (by, timezone.now())
        held.save()
    member_day.refresh_from_db()
    return member_day


def is_maker(member_day: MemberDay, person: Staff) -> bool:
    """Whether the person entered the campaign or asked for its approval: then somebody else decides."""
    return person.pk in (member_day.created_by_id, member_day.submitted_by_id)


def _held(member_day: MemberDay, state: MemberDayState) -> MemberDay:
    held = MemberDay.objects.select_for_update(of=("self",), no_key=True).filter(pk=member_day.pk, state=state).first()
    if held is None:
        raise Conflict(_("It was decided meanwhile. Look at it again."), code="member_day_state")
    return held
