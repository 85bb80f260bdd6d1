"""Store groups: opened by somebody of the store, joined by a code, left again."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import GroupMembership, GroupState, JoinSource, StoreGroup
from campaigns.recruiting.codes import new_code, spelled
from members.locks import lock_member
from members.models import Member
from members.oneid.lineage import beneath
from members.timeline import NewFact, record
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from stores.models import IN_STORE, Role, Staff

TRIES = 5


def open_group(owner: Staff, *, name: str, address: str = "", most: int = 200, by: Staff) -> StoreGroup:
    """A new group of the owner's store with a join code of its own.

    Raises Refusal (``not_a_guide`` for an owner without a store, ``name_missing``), NotAllowed ``not_your_store``.
    """
    if owner.role not in IN_STORE or owner.store is None or not owner.is_active:
        raise Refusal(_("%(name)s does not serve in a store.") % {"name": owner.name}, code="not_a_guide")
    if not may_keep(by, owner):
        raise NotAllowed(_("A group is opened by its store alone."), code="not_your_store")
    group = StoreGroup(store=owner.store, owner=owner, name=_named(name), address=address, most_members=most)
    for _nth in range(TRIES):
        group.join_code = new_code()
        if not StoreGroup.objects.filter(join_code=group.join_code).exists():
            break
    group.save()
    return group


def may_keep(person: Staff, owner: Staff) -> bool:
    """Whether somebody decides about the groups of ``owner``: the owner, who leads the store, headquarters."""
    if person.pk == owner.pk or person.sees_all:
        return True
    return person.role != Role.GUIDE and Staff.objects.visible_to(person).filter(pk=owner.pk).exists()


def change_group(
    group: StoreGroup, *, by: Staff, name: str, address: str = "", most: int = 200, owner: Staff | None = None
) -> StoreGroup:
    """Another name, address, size or owner.

    Raises NotAllowed ``not_your_group``, Refusal (name_missing, not_of_the_store), Conflict ``group_too_full``.
    """
    with transaction.atomic():
        held = StoreGroup.objects.select_for_update(no_key=True, of=("self",)).select_related("owner").get(pk=group.pk)
        new_owner = owner or held.owner
        if not may_keep(by, held.owner):
            raise NotAllowed(_("Only who keeps a group, or leads the store, changes it."), code="not_your_group")
        if new_owner.store_id != held.store_id or not new_owner.is_active:
            raise Refusal(_("A group is kept by somebody of its store."), code="not_of_the_store")
        if most < held.members:
            raise Conflict(_("There are more members in it already."), code="group_too_full")
        held.name, held.address, held.most_members, held.owner = _named(name), address, most, new_owner
        held.save(update_fields=["name", "address", "most_members", "owner"])
    return held


def set_open(group: StoreGroup, *, is_open: bool, by: Staff) -> StoreGroup:
    """Close a group, or open it again; a closed one takes neither members nor claims. Raises NotAllowed."""
    if not may_keep(by, group.owner):
        raise NotAllowed(_("Only who keeps a group, or leads the store, changes it."), code="not_your_group")
    group.state = GroupState.OPEN if is_open else GroupState.CLOSED
    group.save(update_fields=["state"])
    return group


def group_of(code: str) -> StoreGroup:
    """The group of a join code, however it was typed. Raises NotFound."""
    found = StoreGroup.objects.select_related("store", "owner").filter(join_code=spelled(code) or "-").first()
    if found is None:
        raise NotFound(_("There is no group with this code."), code="group_not_found")
    return found


def join(group: StoreGroup, member: Member, *, source: str = JoinSource.CODE) -> tuple[GroupMembership, bool]:
    """Let a member in; whoever is in it already stays as they are. Returns the membership and whether it is new.

    Raises Conflict ``group_closed``, ``group_full``; NotFound for a member who is no longer one.
    """
    now = timezone.now()
    with transaction.atomic():
        held = lock_member(member)
        known = GroupMembership.objects.filter(group=group, member=held).first()
        if known is not None and known.left_at is None:
            return known, False
        _take_place(group)
        if known is None:
            known = GroupMembership.objects.create(group=group, member=held, source=source, joined_at=now)
        else:
            known.source, known.joined_at, known.left_at = source, now, None
            known.save(update_fields=["source", "joined_at", "left_at"])
        record(NewFact("group.joined", held.pk, group.pk, now, {"source": str(source)}))
    return known, True


def leave(group: StoreGroup, member: Member) -> bool:
    """Let a member go; returns whether they had been in it."""
    with transaction.atomic():
        held = lock_member(member)
        # what was merged into the member may have been in it, too
        rows = GroupMembership.objects.filter(group=group, member__in=beneath(held.pk), left_at=None)
        gone = rows.update(left_at=timezone.now())
        if gone:
            StoreGroup.objects.filter(pk=group.pk).update(members=F("members") - gone)
    return bool(gone)


def forget(member_ids: Sequence[int]) -> int:
    """Take erased members out of their groups; returns how many groups they were in."""
    rows = GroupMembership.objects.filter(member__in=member_ids, left_at=None)
    groups = list(rows.values_list("group", flat=True))
    rows.update(left_at=timezone.now())
    for group in groups:
        StoreGroup.objects.filter(pk=group).update(members=F("members") - 1)
    return len(groups)


def belonging(group: StoreGroup) -> QuerySet[GroupMembership]:
    """Who belongs to the group now, the latest first."""
    return group.memberships.filter(left_at=None).order_by("-joined_at", "-pk")


def _take_place(group: StoreGroup) -> None:
    """Count one member more, if there is room, in one statement. Raises Conflict."""
    room = StoreGroup.objects.filter(pk=group.pk, state=GroupState.OPEN, members__lt=F("most_members"))
    if room.update(members=F("members") + 1):
        return
    if not StoreGroup.objects.filter(pk=group.pk, state=GroupState.OPEN).exists():
        raise Conflict(_("This group is closed."), code="group_closed")
    raise Conflict(_("This group is full."), code="group_full")


def _named(text: str) -> str:
    name = " ".join(text.split())[:60]
    if not name:
        raise Refusal(_("Give the group a name."), code="name_missing")
    return name
