"""Erasure: what makes a person recognisable goes for good, what the books need stays nameless, and a proof is kept.

The member and every record that was merged into it are erased together. Names, birthdays, identities, tags, notes, free
texts, reasons and change history go; orders, ledgers, consents and the timeline stay, since they no longer lead to
anybody. Apps above clear their rows when they hear ``member.erased`` and add what went to the proof.
"""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import assignments, timeline
from members.locks import lock_members
from members.models import Erasure, Member, MemberState
from members.oneid import lineage
from members.oneid.identitykinds import normalise
from members.oneid.identityseals import sealed_identity
from members.privacy import answers, forgetting
from members.timeline import NewFact
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from stores.masking import masked
from stores.models import Staff
from stores.rights import allows

KIND = "member.erased"
RIGHT = "members.erase_member"
TRIES = 5


def erase(member: Member, *, asked_by: str, reason: str = "", by: Staff | None = None) -> Erasure:
    """Erase the member, with all records merged into it, in one transaction. It cannot be undone.

    ``asked_by`` says who asked (the member, a guardian, an authority, a partner's system), ``reason`` why; neither
    should name anybody. ``by`` is None for a partner's call. Raises NotAllowed ``erase_not_allowed``, Refusal
    ``erasure_unasked``, Conflict ``member_erased``, NotFound.
    """
    check_right(by)
    if not asked_by.strip():
        raise Refusal(_("Say who asked for the erasure."), code="erasure_unasked", extra={"field": "asked_by"})
    with transaction.atomic():
        head, ids = _locked(member)
        removed, digests = forgetting.remove_rows(ids)
        if head.guide_id:
            assignments.move({head.pk: None}, reason="", by=by, keep_store=True)
        answers.forget(ids)
        forgetting.blank_columns(ids)
        Member.objects.filter(pk=head.pk).update(state=MemberState.ERASED, updated_at=timezone.now())
        proof = Erasure.objects.create(
            member=head,
            asked_by=masked(asked_by.strip())[:80],
            reason=masked(reason.strip())[:200],
            made_at=timezone.now(),
            made_by=by,
            removed={**removed, "records": len(ids)},
            digests=digests,
        )
        forgetting.forget_history([head.pk])
        timeline.record(NewFact(KIND, head.pk, proof.pk, data=timeline.actor(by)))
    return proof


def check_right(by: Staff | None) -> None:
    """Raise NotAllowed unless ``by`` may erase members (None: a partner's call, whose scope was checked)."""
    if by and not allows(by.role, RIGHT):
        raise NotAllowed(_("Only an administrator erases members."), code="erase_not_allowed")


def found(kind: str, value: str) -> list[Erasure]:
    """The proofs that this identity was erased, the latest first; none when it never was. Raises BadIdentity."""
    digest = sealed_identity(kind, normalise(kind, value)).digest
    return list(Erasure.objects.filter(digests__contains=[digest]).order_by("-made_at"))


def add_to_proof(proof_id: int, gone: Mapping[str, int]) -> None:
    """For apps above: write down in the proof what went of theirs. The same again changes nothing."""
    with transaction.atomic():
        proof = Erasure.objects.select_for_update().get(pk=proof_id)
        proof.removed = {**{name: count for name, count in gone.items() if count}, **proof.removed}
        proof.save(update_fields=["removed"])


def _locked(member: Member) -> tuple[Member, list[int]]:
    """The living head of the member's lineage and every record of it, locked smallest key first."""
    for _attempt in range(TRIES):
        head_id = lineage.living_id(member.pk)
        ids = lineage.beneath(head_id)
        with transaction.atomic():
            lock_members(ids)
            if (lineage.living_id(member.pk), lineage.beneath(head_id)) == (head_id, ids):
                head = Member.objects.filter(pk=head_id).first()
                if head is None:
                    raise NotFound(_("There is no such member."), code="member_not_found")
                if head.state == MemberState.ERASED:
                    raise Conflict(_("This member was erased before."), code="member_erased")
                return head, ids
            transaction.set_rollback(True)  # lets go of the locks: a merge came between
    raise Conflict(_("These members are being changed by somebody else. Try again."), code="members_busy")
