"""Taking a hand-over back: as a whole before it takes effect and for some hours after, or one member out of it."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.assignments import check_leader, move
from members.locks import lock_members
from members.models import Assignment, HandedMember, HandOver, HandOverState
from stores.errors import Conflict, NotFound
from stores.models import Staff
from stores.policy import define

UNDO_HOURS = define(
    "assignments.undo_hours", 24, _("Hours in which a hand-over can be taken back"), minimum=0, maximum=168
)
State = HandedMember.State


def undo_hand_over(batch: uuid.UUID, *, by: Staff | None) -> int:
    """Before it takes effect: let it be. After: give the members back to who had them; those moved on since stay.

    Returns how many stay or went back. Raises NotFound for a hand-over that ``by`` does not lead, Conflict
    ``undo_too_late``.
    """
    check_leader(by)
    with transaction.atomic():
        made = HandOver.objects.filter(batch=batch).select_for_update(of=("self",), no_key=True).first()
        seen = HandedMember.objects.visible_to(by) if by else HandedMember.objects.all()
        mine = seen.filter(hand_over=made) if made else seen.none()
        if made is None or not (by is None or mine.exists() or _led(made, by)):
            raise NotFound(_("There is no such hand-over."))
        kept = mine.filter(state=State.WAITING).update(state=State.BACK)
        count = kept + _give_back(made, by)
        if not made.members.filter(state=State.WAITING).exists() and (made.state == HandOverState.WAITING or count):
            made.state, made.ended_at = HandOverState.BACK, timezone.now()
            made.save(update_fields=["state", "ended_at"])
    return count


def leave_out(hand_over: HandOver, member_id: int, *, by: Staff | None) -> None:
    """One member stays where they are. Raises as ``take_in_again``."""
    _switch(hand_over, member_id, State.WAITING, State.LEFT_OUT, by)


def take_in_again(hand_over: HandOver, member_id: int, *, by: Staff | None) -> None:
    """One who was left out goes along after all.

    Raises NotFound for a hand-over or member that ``by`` does not lead, Conflict ``hand_over_over`` once it is no
    longer to come or the member belongs to another.
    """
    _switch(hand_over, member_id, State.LEFT_OUT, State.WAITING, by)


def _switch(hand_over: HandOver, member_id: int, before: str, after: str, by: Staff | None) -> None:
    check_leader(by)
    with transaction.atomic():
        made = HandOver.objects.filter(pk=hand_over.pk).select_for_update(of=("self",), no_key=True).get()
        seen = HandedMember.objects.visible_to(by) if by else HandedMember.objects.all()
        rows = seen.filter(hand_over=made, member=member_id)
        if not rows.exists():
            raise NotFound(_("This member is not part of the hand-over."))
        lock_members([member_id])
        elsewhere = HandedMember.objects.filter(member=member_id, state=State.WAITING).exclude(hand_over=made).exists()
        if made.state != HandOverState.WAITING or elsewhere or not rows.filter(state=before).update(state=after):
            raise Conflict(_("The hand-over has moved on meanwhile. Look at it again."), code="hand_over_over")


def _give_back(made: HandOver, by: Staff | None) -> int:
    """Members that have their new guide go back; the time to do so begins with the first of them."""
    rows = Assignment.objects.visible_to(by) if by else Assignment.objects.all()
    mine = rows.filter(batch=made.batch)
    ids = lock_members(mine.values_list("member_id", flat=True))
    started = mine.order_by("started_at").values_list("started_at", flat=True).first()
    if started is None:
        return 0
    if started < timezone.now() - timedelta(hours=UNDO_HOURS.value):
        raise Conflict(
            _("A hand-over can be taken back within %(hours)s hours.") % {"hours": UNDO_HOURS.value},
            code="undo_too_late",
        )
    still = list(mine.filter(ended_at=None, member_id__in=ids).values_list("member_id", flat=True))
    HandedMember.objects.filter(hand_over=made, member__in=still, state=State.MOVED).update(state=State.BACK)
    return move(_before(made.batch, still), reason=str(_("Hand-over taken back")), by=by, keep_store=True)


def _before(batch: uuid.UUID, member_ids: list[int]) -> dict[int, int | None]:
    """Member -> who looked after them in the assignment that the batch ended."""
    earlier = Assignment.objects.filter(member_id__in=member_ids, ended_at__isnull=False).exclude(batch=batch)
    latest = earlier.order_by("member_id", "-ended_at", "-pk").distinct("member_id")
    found = dict(latest.values_list("member_id", "guide_id"))
    return {pk: found.get(pk) for pk in member_ids}


def _led(made: HandOver, by: Staff) -> bool:
    return HandOver.objects.visible_to(by).filter(pk=made.pk).exists()
