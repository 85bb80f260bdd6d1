"""Merging two members that are one person, and parting them again.

A merge moves every row of the absorbed member to the kept one and settles what follows; nothing is added up. An
un-merge gives every row back, with what arrived since by the absorbed's identities. Apps above do the same with their
rows when they hear ``member.merged`` and ``member.unmerged``. Locks: merges by key (to undo one), then members by key.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_members
from members.models import Member, MemberFacts, MemberMerge, MemberOutlook, MemberState, TierChange, TierStanding
from members.oneid import duplicates, homecoming, lineage, mergedconsents, mergedprofiles
from members.oneid.phones import keep_phone
from members.orders.settlement import settle
from members.timeline import NewFact
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from stores.models import Staff

TRIES = 50
Why = MemberMerge.Why


@dataclass(frozen=True)
class Pair:
    """Two members whose rows are locked."""

    kept: Member
    absorbed: Member


def merge(
    kept: Member | int,
    absorbed: Member | int,
    *,
    why: str,
    by: Staff | None,
    note: str = "",
) -> MemberMerge:
    """Absorb one member into the other; ``by`` is None when the rules decided.

    Raises NotAllowed for staff of stores, NotFound, Refusal ``merge_with_itself``, ``member_erased``, Conflict
    ``member_merged`` when one of the two was merged before.
    """
    check_headquarters(by)
    with transaction.atomic():
        pair = _locked_pair(kept, absorbed)
        made = MemberMerge(
            kept=pair.kept, absorbed=pair.absorbed, why=why, made_by=by, note=note.strip()[:200], made_at=timezone.now()
        )
        made.before = {name: mergedprofiles.image_of(member) for name, member in vars(pair).items()}
        made.save()
        words = mergedconsents.words_of(pair.kept.pk)
        for moving in lineage.tables_of("members"):
            lineage.repoint(made, moving, to=pair.kept.pk)
        mergedconsents.restrict(made, pair.kept.pk)
        _bury(pair.absorbed, into=pair.kept)
        mergedprofiles.fill(made, pair.kept, pair.absorbed)
        keep_phone(pair.kept)
        made.save(update_fields=["before"])
        mergedconsents.tell_changes(pair.kept.pk, words)
        duplicates.settle_merged(made)
        settle([pair.kept.pk], why=TierChange.Why.MERGE)
        timeline.record(NewFact("member.merged", pair.kept.pk, made.pk, data=_data(made, by)))
    return made


def unmerge(made: MemberMerge, *, by: Staff | None, note: str = "") -> MemberMerge:
    """Part two members again; the pair is then known as two people. Merges of a chain may be undone in any order.

    Raises NotAllowed for staff of stores, Conflict ``merge_undone`` when it was undone before, Refusal
    ``member_erased`` when one of the two was erased since.
    """
    check_headquarters(by)
    with transaction.atomic():
        held, descent = _locked_lineage(made)
        head_id = descent.path[-1]
        words = mergedconsents.words_of(head_id)
        held.undone_at, held.undone_by = timezone.now(), by
        held.save(update_fields=["undone_at", "undone_by"])
        Member.objects.filter(pk=held.absorbed_id).update(
            state=MemberState.ACTIVE, merged_into=None, updated_at=timezone.now()
        )
        homecoming.bring_home(descent)
        mergedconsents.lift(held)
        mergedprofiles.unfill(held, _merges_above(descent))
        _catch_up(head_id)
        settle({held.absorbed_id, head_id}, why=TierChange.Why.MERGE)
        _restore(held, descent)
        duplicates.settle_parted(held, by=by, note=note)
        mergedconsents.tell_changes(head_id, words)
        data = _data(held, by)
        timeline.record(*(NewFact("member.unmerged", pk, held.pk, data=data) for pk in (head_id, held.absorbed_id)))
    return held


def check_headquarters(by: Staff | None) -> None:
    """Raise NotAllowed unless ``by`` works for headquarters (None: the rules)."""
    if by and not by.sees_all:
        raise NotAllowed(_("Only headquarters merges members."), code="merge_not_allowed")


def _locked_pair(kept: Member | int, absorbed: Member | int) -> Pair:
    ids = [one if isinstance(one, int) else one.pk for one in (kept, absorbed)]
    if ids[0] == ids[1]:
        raise Refusal(_("Choose two different members."), code="merge_with_itself")
    lock_members(ids)
    rows = Member.objects.select_related("guide").in_bulk(ids)
    if len(rows) < 2:
        raise NotFound(_("There is no such member."), code="member_not_found")
    for row in rows.values():
        _check_living(row)
    return Pair(rows[ids[0]], rows[ids[1]])


def _check_living(member: Member) -> None:
    if member.state == MemberState.ERASED:
        raise Refusal(_("This member was erased and cannot be merged or parted."), code="member_erased")
    if member.state == MemberState.MERGED:
        raise Conflict(
            _("This member has been merged into another one meanwhile. Look at them again."), code="member_merged"
        )


def _locked_lineage(made: MemberMerge) -> tuple[MemberMerge, lineage.Descent]:
    """The merge and its place, all merges and then all members of the lineage locked by key.

    A lineage that changed while this waited is let go of and locked anew.
    """
    for _attempt in range(TRIES):
        merges, members = _lineage_of(made)
        with transaction.atomic():
            list(MemberMerge.objects.select_for_update(of=("self",)).filter(pk__in=merges).order_by("pk"))
            lock_members(members)
            if (merges, members) == _lineage_of(made):
                return _standing(made), lineage.descent_of(made)
            transaction.set_rollback(True)
    raise Conflict(_("These members are being changed by somebody else. Try again."), code="members_busy")


def _lineage_of(made: MemberMerge) -> tuple[list[int], list[int]]:
    members = lineage.beneath(lineage.living_id(made.kept_id))
    standing = MemberMerge.objects.filter(absorbed__in=members, undone_at=None)
    return sorted({made.pk, *standing.values_list("pk", flat=True)}), members


def _standing(made: MemberMerge) -> MemberMerge:
    """The merge as it is now. Raises Conflict ``merge_undone``, Refusal ``member_erased``."""
    held = MemberMerge.objects.select_related("absorbed").get(pk=made.pk)
    if held.undone_at:
        raise Conflict(_("This merge was undone already."), code="merge_undone")
    for member in (held.absorbed, Member.objects.get(pk=lineage.living_id(held.kept_id))):
        if member.state == MemberState.ERASED:
            _check_living(member)
    return held


def _bury(absorbed: Member, *, into: Member) -> None:
    """Make the absorbed row point at the kept one. What is computed of it is gone with the rows it came from."""
    absorbed.state, absorbed.merged_into = MemberState.MERGED, into
    absorbed.growth = absorbed.points = absorbed.points_owed = 0
    absorbed.save(update_fields=["state", "merged_into", "growth", "points", "points_owed", "updated_at"])
    MemberFacts.objects.filter(member=absorbed).delete()
    MemberOutlook.objects.filter(member=absorbed).delete()
    TierStanding.objects.filter(member=absorbed).delete()


def _merges_above(descent: lineage.Descent) -> list[MemberMerge]:
    """The merges that made the path, from the nearest up."""
    return sorted(MemberMerge.objects.filter(pk__in=descent.above), key=lambda one: descent.path.index(one.absorbed_id))


def _catch_up(head_id: int) -> None:
    """What another merge into the living member would have brought, had the one just undone not been there."""
    standing = MemberMerge.objects.filter(kept=head_id, undone_at=None).select_related("absorbed__guide")
    for one in standing.order_by("made_at", "pk"):
        head = Member.objects.select_related("guide").get(pk=head_id)
        mergedconsents.restrict(one, head_id)
        mergedprofiles.fill(one, head, one.absorbed)
        one.save(update_fields=["before"])


def _restore(made: MemberMerge, descent: lineage.Descent) -> None:
    """Bring back what no recomputation does, and hand the image of before down to whichever merge came next."""
    rows = Member.objects.in_bulk([made.kept_id, made.absorbed_id])
    kept, absorbed = rows[made.kept_id], rows[made.absorbed_id]
    is_dead = kept.state == MemberState.MERGED
    noticed = [
        member.pk
        for member, image, whole in ((absorbed, "absorbed", False), (kept, "kept", is_dead))
        if mergedprofiles.restore_standing(member, made.before[image], whole=whole)
    ]
    settle(noticed)
    standing = MemberMerge.objects.filter(undone_at=None, pk__gt=made.pk)
    later = standing.filter(Q(kept=kept) | Q(absorbed=kept)).order_by("pk").first()
    if later:
        later.before["kept" if later.kept_id == kept.pk else "absorbed"] = made.before["kept"]
        later.save(update_fields=["before"])
    for member in Member.objects.filter(pk__in=[made.absorbed_id, descent.path[-1]]):
        keep_phone(member)


def _data(made: MemberMerge, by: Staff | None) -> dict[str, Any]:
    return {"kept": made.kept_id, "absorbed": made.absorbed_id, **timeline.actor(by)}
