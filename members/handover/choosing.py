"""Whose members a hand-over is about, and who would get how many: read only."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from members.assignments import check_leader, unassigned
from members.models import HandedMember, Member, MemberState
from members.splitting import How, Split, SplitRow, SplitRule, split
from stores.errors import NotFound
from stores.models import Staff, Store
from stores.scope import ScopedQuerySet

PROMISED = HandedMember.objects.filter(member=OuterRef("pk"), state=HandedMember.State.WAITING)


def split_preview(
    leaver: Staff | None,
    *,
    by: Staff | None,
    rule: How | str = SplitRule.LATEST_SERVED,
    store: Store | None = None,
) -> list[SplitRow]:
    """Who would take over how many of the leaver's members (None: of those in ``store`` without a guide), by name.

    Changes nothing. Raises as ``hand_over``.
    """
    return decision(leaver, rule, by=by, store=store).rows


def decision(leaver: Staff | None, rule: How | str, *, by: Staff | None, store: Store | None = None) -> Split:
    """The same member by member."""
    members = members_of(leaver, by, store=store)
    return split(members, rule, store_id=store_of(leaver, by, store), without=leaver)


def members_of(leaver: Staff | None, by: Staff | None, *, store: Store | None = None) -> ScopedQuerySet[Member]:
    """Those to hand over: the leaver's, or those in ``store`` without a guide, that ``by`` leads and that no other
    hand-over has promised to somebody.

    Raises NotFound when neither they nor the leaver (or the store) are visible, NotAllowed for whoever leads nobody.
    """
    return _of_leaver(leaver, by) if leaver else _of_nobody(store, by)


def store_of(leaver: Staff | None, by: Staff | None, store: Store | None) -> int | None:
    """The store whose guides take over members that have no home store."""
    if leaver is None:
        return store.pk if store else None
    return by.store_id if by and by.leads_store else leaver.store_id


def _of_leaver(leaver: Staff, by: Staff | None) -> ScopedQuerySet[Member]:
    check_leader(by)
    mine = Member.objects.visible_to(by) if by else Member.objects.all()
    members = mine.filter(guide=leaver, state=MemberState.ACTIVE)
    if by and not Staff.objects.visible_to(by).filter(pk=leaver.pk).exists() and not members.exists():
        raise NotFound(_("This guide is not among the people you lead."))
    return members.exclude(Exists(PROMISED))


def _of_nobody(store: Store | None, by: Staff | None) -> ScopedQuerySet[Member]:
    check_leader(by)
    if store is None or by and not Store.objects.visible_to(by).filter(pk=store.pk).exists():
        raise NotFound(_("This store is not among those you lead."))
    return unassigned(store, viewer=by).exclude(Exists(PROMISED))
