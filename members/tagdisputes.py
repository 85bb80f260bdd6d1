"""Disputes: somebody who knows the member says that a system tag does not fit them, and headquarters decides.

While a dispute is open the tag stays where it is, marked, and counts in rules as before: an objection is not yet a
fact. Upheld, the tag goes and its rule does not put it on this member again until the day that was set; rejected, it
stays. The member's row is the lock, so that one dispute is open per tag and member.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_member, lock_members
from members.models import Member, MemberState, MemberTag, Tag, TagDispute, TagGroup
from members.tags import groups_for, living, tell
from members.timeline import NewFact, actor
from members.windows import local_day
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from stores.models import Staff

RAISED, DECIDED, LIFTED = "member.tag_disputed", "member.tag_dispute_decided", "member.tag_dispute_lifted"
State = TagDispute.State


def raise_dispute(member: Member, tag: Tag, reason: str, *, by: Staff) -> TagDispute:
    """Say that a system tag does not fit a member whom ``by`` may see.

    Raises NotFound when they see no such member or tag, NotAllowed ``tag_by_hand`` for a tag that people set, Refusal
    ``tag_not_there``, ``reason_missing``, Conflict ``dispute_open`` while one waits already.
    """
    if not reason.strip():
        raise Refusal(_("Say why the tag does not fit."), code="reason_missing", extra={"field": "reason"})
    with transaction.atomic():
        locked = lock_member(member, by=by)
        fresh = Tag.objects.select_related("group").filter(pk=tag.pk, group__in=groups_for(by)).first()
        if fresh is None:
            raise NotFound(_("There is no such tag."))
        if not MemberTag.objects.filter(living(), tag=fresh, member=locked).exists():
            raise Refusal(_("The member does not have this tag any more."), code="tag_not_there")
        if fresh.group.kind != TagGroup.Kind.SYSTEM:
            raise NotAllowed(_("People set this tag: take it off instead."), code="tag_by_hand")
        if TagDispute.objects.filter(tag=fresh, member=locked, state=State.OPEN).exists():
            raise Conflict(_("Somebody has said so already; headquarters has yet to decide."), code="dispute_open")
        dispute = TagDispute.objects.create(member=locked, tag=fresh, reason=reason.strip()[:200], raised_by=by)
        _tell(RAISED, dispute, by)
    return dispute


def decide(dispute: TagDispute, *, upheld: bool, answer: str, by: Staff, until: date | None = None) -> TagDispute:
    """Agree, so that the tag goes and stays away through ``until`` (None: for good), or keep the tag.

    Raises NotAllowed for anybody but headquarters, Refusal ``answer_missing``, ``until_past``, Conflict
    ``dispute_decided``.
    """
    _only_headquarters(by)
    if not answer.strip():
        raise Refusal(
            _("Say why, so that whoever asked understands."), code="answer_missing", extra={"field": "answer"}
        )
    if upheld and until and until < local_day(timezone.now()):
        raise Refusal(_("This day is past."), code="until_past", extra={"field": "until"})
    with transaction.atomic():
        held = _held(dispute)
        if held.state != State.OPEN:
            raise Conflict(_("Somebody has decided this already."), code="dispute_decided")
        held.state, held.answer = State.UPHELD if upheld else State.REJECTED, answer.strip()[:200]
        held.decided_by, held.decided_at, held.until = by, timezone.now(), until if upheld else None
        held.save(update_fields=["state", "answer", "decided_by", "decided_at", "until"])
        _tell(DECIDED, held, by)
        if upheld and MemberTag.objects.filter(tag=held.tag_id, member=held.member_id, source="rule").delete()[0]:
            tell("member.untagged", [(held.member_id, held.tag_id)], by=by)
    return held


def lift(dispute: TagDispute, *, by: Staff) -> TagDispute:
    """Let the rule decide again about a tag that went; it comes back at the next refresh if the rule says so.

    Raises NotAllowed for anybody but headquarters, Conflict ``dispute_state`` when the dispute holds nothing back.
    """
    _only_headquarters(by)
    today = local_day(timezone.now())
    with transaction.atomic():
        held = _held(dispute)
        if held.state != State.UPHELD or held.until and held.until < today:
            raise Conflict(_("This dispute holds nothing back."), code="dispute_state")
        held.until = today - timedelta(days=1)
        held.save(update_fields=["until"])
        _tell(LIFTED, held, by)
    return held


def waiting() -> QuerySet[TagDispute]:
    """The disputes about living members that headquarters has yet to decide, the oldest first."""
    rows = TagDispute.objects.filter(state=State.OPEN, member__state=MemberState.ACTIVE)
    return rows.order_by("pk")


def disputed_on(member_ids: Iterable[int]) -> set[tuple[int, int]]:
    """(member, tag) of the open disputes about these members."""
    rows = TagDispute.objects.filter(member__in=list(member_ids), state=State.OPEN)
    return set(rows.values_list("member_id", "tag_id"))


def is_open() -> Exists:
    """Whether a dispute about a tag on a member (a row of MemberTag) waits, for annotating."""
    rows = TagDispute.objects.filter(tag=OuterRef("tag"), member=OuterRef("member"), state=State.OPEN)
    return Exists(rows)


def _held(dispute: TagDispute) -> TagDispute:
    """The dispute as it is now, with the member's row locked first as everywhere."""
    lock_members([dispute.member_id])
    held = TagDispute.objects.select_for_update(of=("self",)).select_related("tag").filter(pk=dispute.pk).first()
    if held is None:  # erased with the member
        raise NotFound(_("There is no such dispute any more."))
    return held


def _only_headquarters(by: Staff) -> None:
    if not by.sees_all:
        raise NotAllowed(_("Headquarters decides this."), code="not_headquarters")


def _tell(kind: str, dispute: TagDispute, by: Staff) -> None:
    """The fact; why stands on the dispute alone, where an erasure finds it."""
    data = {"tag": dispute.tag_id, "upheld": dispute.state == State.UPHELD, **actor(by)}
    timeline.record(NewFact(kind, dispute.member_id, subject=dispute.pk, data=data))
