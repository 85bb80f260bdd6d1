"""OneID: the identities that lead to a member, and the one member that a set of identities leads to.

Where they lead to two, the rules join them (members.oneid.joining), or headquarters decides (members.oneid.duplicates).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_member, lock_members
from members.models import Identity, IdentityConflict, IdentityKind, Member, MemberMerge, MemberState
from members.newcomers import Newcomer, create_member
from members.oneid import duplicates, joining, merging
from members.oneid.duplicates import Doubt
from members.oneid.identitykinds import (
    IDENTITY_KINDS,
    BadIdentity,
    mask,
    mask_phone,
    normalise,
    parse_identity,
    rule_of,
)
from members.oneid.identityseals import identity_row, is_identity, sealed_identity
from members.oneid.phones import keep_phone
from members.timeline import NewFact
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from stores.models import Staff

__all__ = [
    "IDENTITY_KINDS",
    "BadIdentity",
    "Resolution",
    "TwoMembers",
    "attach",
    "conflict_between",
    "detach",
    "find",
    "mask",
    "mask_phone",
    "normalise",
    "parse_identity",
    "resolve",
]

Pair = tuple[str, str]
TRIES = 5


class TwoMembers(Conflict):
    """Identities lead to two members who may not be joined without a person looking at them."""

    code = "identity_conflict"


class _Changed(Exception):
    """What was read is no longer so; read it again."""


@dataclass(frozen=True)
class Resolution:
    """Where identities lead: to ``member`` (``created`` just now or known), or nowhere (None). ``conflict_with`` is the
    other member when they lead to two and only headquarters can say whether they are one; ``conflict`` is then what was
    written down for the review, and nothing else was written."""

    member: Member | None
    created: bool = False
    conflict_with: Member | None = None
    conflict: IdentityConflict | None = None


def find(kind: str, value: str) -> Member | None:
    """The living member this identity leads to. Raises BadIdentity for a value that can lead to nobody."""
    rows = Identity.objects.filter(is_identity(kind, normalise(kind, value)), member__state=MemberState.ACTIVE)
    identity = rows.select_related("member__tier").first()
    return identity.member if identity else None


def resolve(identities: Iterable[Pair], *, source: str = "", create: Newcomer | bool = True) -> Resolution:
    """The one member these (kind, value) pairs lead to.

    Pairs not known yet are added to that member; when none is known a member is created from ``create`` (False: none
    is). When they lead to two, these are merged if the rules allow it, else the pair is written down for headquarters.
    Raises BadIdentity, or Refusal when the member already holds as many identities of a kind as HQ allows.
    """
    pairs = _spelled(identities)
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _resolve_once(pairs, source, create)
        except (IntegrityError, _Changed):
            continue  # somebody else wrote one of the pairs in this moment; now it is known
    raise _busy()


def attach(member: Member, kind: str, value: str, *, source: str = "", by: Staff | None = None) -> Identity:
    """Let one more identity lead to the member; the same one again changes nothing.

    Raises TwoMembers when it leads to somebody else (written down for the review unless the caller rolls back),
    Refusal ``identity_limit``, BadIdentity.
    """
    pair = (kind, normalise(kind, value))
    clash = None
    try:
        with transaction.atomic():
            locked = lock_member(member, by=by)
            known = Identity.objects.filter(is_identity(*pair)).select_related("member").first()
            if known and known.member_id != locked.pk:
                clash = duplicates.report(locked, known.member, kinds=[kind], why=Doubt.BY_HAND, source=source)
            elif known is None:
                _add(locked, [pair], source)
    except IntegrityError:
        raise _busy() from None
    if clash and known:
        raise conflict_between(locked, known.member, clash)
    return known or Identity.objects.get(is_identity(*pair))


def detach(member: Member, kind: str, value: str, *, by: Staff | None = None) -> None:
    """Stop an identity from leading to the member. Only headquarters may.

    Raises NotAllowed, or NotFound when it does not lead to this member.
    """
    if by and not by.sees_all:
        raise NotAllowed(_("Only headquarters removes identities."))
    with transaction.atomic():
        locked = lock_member(member, by=by)
        gone, _rows = Identity.objects.filter(is_identity(kind, normalise(kind, value)), member=locked).delete()
        if not gone:
            raise NotFound(_("This identity does not lead to the member."))
        keep_phone(locked)
        timeline.record(NewFact("identity.removed", locked.pk, data={"kind": kind}))


def conflict_between(one: Member, other: Member, conflict: IdentityConflict | None) -> TwoMembers:
    """The refusal that names both members and the review, for the caller to raise."""
    named: dict[str, object] = {"members": [one.public_id, other.public_id]}
    if conflict:
        named |= {"review": conflict.public_id, "decided": conflict.state != IdentityConflict.State.OPEN}
    return TwoMembers(
        _("These identities lead to two different members. Headquarters decides whether they are one person."),
        extra=named,
    )


def _spelled(identities: Iterable[Pair]) -> list[Pair]:
    """The pairs in one spelling, each once, the kind that decides first at the front."""
    pairs = {(kind, normalise(kind, value)) for kind, value in identities}
    if not pairs:
        raise BadIdentity(_("A member needs at least one identity, for example a phone number."))
    return sorted(pairs, key=lambda pair: (rule_of(pair[0]).priority, pair))


def _resolve_once(pairs: Sequence[Pair], source: str, create: Newcomer | bool) -> Resolution:
    known = _known(pairs)
    found = list(dict.fromkeys(known[pair] for pair in pairs if pair in known))
    missing = [pair for pair in pairs if pair not in known]
    if len(found) > 1:
        met = _meet(known, pairs, missing, source)
        if met.conflict_with:
            return met
        found = [met.member] if met.member else []
    if found:
        if missing:
            _add(_held(found[0]), missing, source)
        return Resolution(found[0])
    if create is False:
        return Resolution(None)
    newcomer = create if isinstance(create, Newcomer) else Newcomer(source=source)
    member = create_member(newcomer)
    _add(member, missing, source, news=False)
    return Resolution(member, created=True)


def _meet(known: dict[Pair, Member], pairs: Sequence[Pair], missing: Sequence[Pair], source: str) -> Resolution:
    """Join the members that the pairs lead to, as far as the rules allow; at the first doubt it goes to the review."""
    lock_members(member.pk for member in known.values())
    if _known(pairs) != known:
        raise _Changed
    one, *others = dict.fromkeys(known[pair] for pair in pairs if pair in known)
    met, adding = sorted({kind for kind, _value in known}), [kind for kind, _value in missing]
    for other in others:
        doubt = joining.doubt_about(one, other, met=met, adding=adding)
        if doubt:
            conflict = duplicates.report(one, other, kinds=met, why=doubt, source=source)
            return Resolution(one, conflict_with=other, conflict=conflict)
        kept = joining.likelier_kept(one, other)
        made = merging.merge(kept, one if kept == other else other, why=MemberMerge.Why.AUTOMATIC, by=None)
        one = made.kept
    return Resolution(Member.objects.select_related("tier").get(pk=one.pk))


def _held(member: Member) -> Member:
    """The member, locked, unless it was merged in this moment."""
    try:
        return lock_member(member)
    except NotFound:
        raise _Changed from None


def _busy() -> Conflict:
    return Conflict(_("These identities are being changed by somebody else. Try again."), code="identity_busy")


def _known(pairs: Sequence[Pair]) -> dict[Pair, Member]:
    wanted = Q()
    meant = {}
    for kind, value in pairs:
        wanted |= is_identity(kind, value)
        meant[kind, sealed_identity(kind, value).digest] = (kind, value)
    rows = Identity.objects.filter(wanted, member__state=MemberState.ACTIVE).select_related("member__tier")
    return {meant[row.kind, bytes(row.digest)]: row.member for row in rows}


def _add(member: Member, pairs: Sequence[Pair], source: str, *, news: bool = True) -> None:
    """Write identities of a locked member, within the limits of their kinds."""
    held = list(Identity.objects.filter(member=member).values_list("kind", flat=True))
    for kind in {kind for kind, _value in pairs}:
        rule = rule_of(kind)
        if held.count(kind) + sum(pair[0] == kind for pair in pairs) > rule.limit.value:
            raise Refusal(
                _("%(kind)s: a member holds at most %(count)s. Remove one first.")
                % {"kind": rule.kind.label, "count": rule.limit.value},
                code="identity_limit",
                extra={"kind": kind, "limit": rule.limit.value},
            )
    # one fixed order, so that two callers with the same pairs wait for each other instead of locking up
    Identity.objects.bulk_create(identity_row(member, kind, value, source=source) for kind, value in sorted(pairs))
    if any(kind == IdentityKind.PHONE for kind, _value in pairs):
        keep_phone(member)
    if news:
        timeline.record(*(NewFact("identity.added", member.pk, data={"kind": kind}) for kind, _value in pairs))
