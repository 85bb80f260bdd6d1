"""OneID: the identities that lead to a member, and the one member that a set of identities leads to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.identitykinds import (
    IDENTITY_KINDS,
    BadIdentity,
    mask,
    mask_phone,
    normalise,
    parse_identity,
    rule_of,
)
from members.identityseals import identity_row, is_identity, sealed_identity
from members.locks import lock_member
from members.models import Identity, IdentityKind, Member, MemberState
from members.newcomers import Newcomer, create_member
from members.timeline import NewFact
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from stores.models import Staff

__all__ = [
    "IDENTITY_KINDS",
    "BadIdentity",
    "Resolution",
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


@dataclass(frozen=True)
class Resolution:
    """Where identities lead: to ``member`` (``created`` just now or known), or nowhere (None). ``conflict_with`` is the
    other member when they lead to two; nothing was then written."""

    member: Member | None
    created: bool = False
    conflict_with: Member | None = None


def find(kind: str, value: str) -> Member | None:
    """The living member this identity leads to. Raises BadIdentity for a value that can lead to nobody."""
    rows = Identity.objects.filter(is_identity(kind, normalise(kind, value)), member__state=MemberState.ACTIVE)
    identity = rows.select_related("member__tier").first()
    return identity.member if identity else None


def resolve(identities: Iterable[Pair], *, source: str = "", create: Newcomer | bool = True) -> Resolution:
    """The one member these (kind, value) pairs lead to.

    Pairs not known yet are added to that member; when none is known a member is created from ``create`` (False: none
    is). When they lead to two members nothing is written and both are named. Raises BadIdentity, or Refusal when the
    member already holds as many identities of a kind as HQ allows.
    """
    pairs = _spelled(identities)
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _resolve_once(pairs, source, create)
        except IntegrityError:
            continue  # somebody else wrote one of the pairs in this moment; now it is known
    raise Conflict(_("These identities are being changed by somebody else. Try again."), code="identity_busy")


def attach(member: Member, kind: str, value: str, *, source: str = "", by: Staff | None = None) -> Identity:
    """Let one more identity lead to the member; the same one again changes nothing.

    Raises Conflict ``identity_conflict`` when it leads to somebody else, Refusal ``identity_limit``, BadIdentity.
    """
    pair = (kind, normalise(kind, value))
    try:
        with transaction.atomic():
            locked = lock_member(member, by=by)
            known = Identity.objects.filter(is_identity(*pair)).select_related("member").first()
            if known and known.member_id != locked.pk:
                raise conflict_between(locked, known.member)
            if known is None:
                _add(locked, [pair], source)
            return known or Identity.objects.get(is_identity(*pair))
    except IntegrityError:
        raise Conflict(
            _("These identities are being changed by somebody else. Try again."), code="identity_busy"
        ) from None


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


def conflict_between(one: Member, other: Member) -> Conflict:
    """The refusal that names both members, for the caller to raise."""
    return Conflict(
        _("These identities lead to two different members. Headquarters decides whether they are one person."),
        code="identity_conflict",
        extra={"members": [one.public_id, other.public_id]},
    )


def keep_phone(member: Member) -> None:
    """Write the masked phone and its last four digits on the member row, from the oldest phone identity."""
    phones = Identity.objects.filter(member=member, kind=IdentityKind.PHONE).order_by("pk")
    shown = phones.values_list("shown", flat=True).first() or ""
    member.phone_last4, member.phone_masked = shown[-4:], shown
    member.save(update_fields=["phone_last4", "phone_masked", "updated_at"])


def _spelled(identities: Iterable[Pair]) -> list[Pair]:
    """The pairs in one spelling, each once, the kind that decides first at the front."""
    pairs = {(kind, normalise(kind, value)) for kind, value in identities}
    if not pairs:
        raise BadIdentity(_("A member needs at least one identity, for example a phone number."))
    return sorted(pairs, key=lambda pair: (rule_of(pair[0]).priority, pair))


def _resolve_once(pairs: Sequence[Pair], source: str, create: Newcomer | bool) -> Resolution:
    known = _known(pairs)
    found = list(dict.fromkeys(known[pair] for pair in pairs if pair in known))
    if len(found) > 1:
        return Resolution(found[0], conflict_with=found[1])
    missing = [pair for pair in pairs if pair not in known]
    if found:
        if missing:
            _add(lock_member(found[0]), missing, source)
        return Resolution(found[0])
    if create is False:
        return Resolution(None)
    newcomer = create if isinstance(create, Newcomer) else Newcomer(source=source)
    member = create_member(newcomer)
    _add(member, missing, source, news=False)
    return Resolution(member, created=True)


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
