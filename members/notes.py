"""Notes: what the people of a store want to remember about a member. Nobody in another store reads them."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_member
from members.models import Member, Note
from members.timeline import NewFact
from stores.errors import NotAllowed, NotFound, Refusal
from stores.masking import masked
from stores.models import Staff

LONGEST = 500


def add_note(member: Member, text: str, *, by: Staff) -> Note:
    """Write a note for the colleagues of ``by``'s store; its words never reach the timeline, and phone numbers in it
    are masked.

    Raises NotFound when ``by`` may not see the member, Refusal ``bad_note`` when it is empty or too long.
    """
    clean = masked(text.strip())
    if not clean or len(clean) > LONGEST or "\x00" in clean:
        raise Refusal(
            _("A note has 1 to %(count)s characters.") % {"count": LONGEST}, code="bad_note", extra={"field": "text"}
        )
    with transaction.atomic():
        locked = lock_member(member, by=by)
        note = Note.objects.create(member=locked, store=by.store, author=by, text=clean)
        timeline.record(NewFact("member.noted", locked.pk, subject=note.pk, data={"by": by.pk}))
    return note


def remove_note(note: Note, *, by: Staff) -> None:
    """Remove a note: its author may, and whoever leads the store.

    Raises NotFound when ``by`` does not see it, NotAllowed when it is a colleague's.
    """
    found = Note.objects.visible_to(by).filter(pk=note.pk).first()
    if found is None:
        raise NotFound(_("There is no such note."))
    if found.author_id != by.pk and not (by.leads_store or by.region_path or by.sees_all):
        raise NotAllowed(_("A colleague wrote this note. Ask the store manager."), code="not_yours")
    found.delete()


def notes_of(member: Member, viewer: Staff) -> QuerySet[Note]:
    """The notes on a member that ``viewer`` may read, newest first, with authors."""
    return Note.objects.visible_to(viewer).filter(member=member).select_related("author").order_by("-created_at", "-pk")
