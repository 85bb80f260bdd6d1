"""Which members work here: coupons that guides hand to themselves or to each other are how coupons get stolen.

A member is known as a colleague by a phone number of theirs that stands on a staff record, and by an identity of the
kind ``staff`` (employee number or user name), which headquarters sets. What was merged into a member counts, too.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Lower

from members.models import Identity, IdentityKind, Member
from members.oneid.identitykinds import BadIdentity, normalise
from members.oneid.identityseals import sealed_identity
from members.oneid.lineage import living_ids
from stores import sealing
from stores.models import Staff

KINDS = (IdentityKind.PHONE.value, IdentityKind.STAFF.value)
KNOWN_BY = """
    SELECT i.kind, i.sealed FROM members_identity i WHERE i.kind = ANY(%(kinds)s) AND i.member_id IN (
        WITH RECURSIVE down (id) AS (
            SELECT %(member)s::bigint
            UNION ALL
            SELECT m.id FROM down JOIN members_member m ON m.merged_into_id = down.id
        ) SELECT id FROM down)
"""
KNOWN_AMONG = """
    WITH RECURSIVE down (member, id) AS (
        SELECT one, one FROM unnest(%(members)s::bigint[]) AS one
        UNION ALL
        SELECT down.member, gone.id FROM down JOIN members_member gone ON gone.merged_into_id = down.id
    )
    SELECT down.member, i.kind, i.sealed FROM down JOIN members_identity i ON i.member_id = down.id
     WHERE i.kind = ANY(%(kinds)s)
"""
AT_ONCE = 5_000


def colleague_behind(member: Member) -> Staff | None:
    """The person who works here and whom this member is, by any of their identities; in two queries."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_BY, {"member": member.pk, "kinds": list(KINDS)})
        values = [(kind, sealing.unseal(bytes(sealed))) for kind, sealed in cursor.fetchall()]
    if not values:
        return None
    phones = [spelled for kind, value in values if kind == IdentityKind.PHONE for spelled in _spellings(value)]
    numbers = [value for kind, value in values if kind == IdentityKind.STAFF]
    people = Staff.objects.filter(is_active=True).annotate(user=Lower("username"), number=Lower("employee_no"))
    return people.filter(Q(phone__in=phones) | Q(user__in=numbers) | Q(number__in=numbers)).order_by("pk").first()


def among(member_ids: Iterable[int]) -> set[int]:
    """Those of some members who work here, as ``colleague_behind`` knows them; in two queries however many."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_AMONG, {"members": list(member_ids), "kinds": list(KINDS)})
        known = [(member, kind, sealing.unseal(bytes(sealed))) for member, kind, sealed in cursor.fetchall()]
    phones = {spelled for _one, kind, value in known if kind == IdentityKind.PHONE for spelled in _spellings(value)}
    numbers = {value for _one, kind, value in known if kind == IdentityKind.STAFF}
    if not known:
        return set()
    people = Staff.objects.filter(is_active=True).annotate(user=Lower("username"), number=Lower("employee_no"))
    found = people.filter(Q(phone__in=phones) | Q(user__in=numbers) | Q(number__in=numbers))
    ours = {(field, value) for row in found.values("phone", "user", "number") for field, value in row.items()}
    return {member for member, kind, value in known if _stands_for(kind, value) & ours}


def _stands_for(kind: str, value: str) -> set[tuple[str, str]]:
    """What an identity would be on a staff record."""
    if kind == IdentityKind.PHONE:
        return {("phone", spelled) for spelled in _spellings(value)}
    return {("user", value), ("number", value)}


def _spellings(phone: str) -> tuple[str, str]:
    return phone, f"+86{phone}"


def is_oneself(person: Staff | None, member: Member) -> bool:
    """Whether the member is the very person who acts."""
    if person is None:
        return False
    return member.pk in members_of([person])


def members_of(people: Iterable[Staff]) -> set[int]:
    """The living members who are these people."""
    digests = [digest for person in people for digest in _digests(person)]
    found: set[int] = set()
    for start in range(0, len(digests), AT_ONCE):
        found |= _holders(digests[start : start + AT_ONCE])
    return set(living_ids(found).values()) if found else set()


def members_by_person(people: Iterable[Staff]) -> dict[int, set[int]]:
    """Key of each of these people -> the living members whom they are; in two queries for some thousand people."""
    known = {person.pk: _digests(person) for person in people}
    wanted = [digest for digests in known.values() for digest in digests]
    by_kind = [Q(kind=kind, digest__in=[digest for one, digest in wanted if one == kind]) for kind in KINDS]
    rows = Identity.objects.filter(reduce(or_, by_kind)).values_list("kind", "digest", "member") if wanted else ()
    holders = {(kind, bytes(digest)): member for kind, digest, member in rows}
    living = living_ids(set(holders.values())) if holders else {}
    return {
        person: {living[holders[one]] for one in digests if holders.get(one) in living}
        for person, digests in known.items()
    }


def _digests(person: Staff) -> list[tuple[str, bytes]]:
    """The blind indexes of what the person is known by."""
    told = [(IdentityKind.STAFF.value, person.username), (IdentityKind.STAFF.value, person.employee_no or "")]
    found = []
    for kind, value in [*told, (IdentityKind.PHONE.value, person.phone or "")]:
        try:
            found.append((kind, sealed_identity(kind, normalise(kind, value)).digest))
        except BadIdentity:  # nothing there, or a number that stands for nobody
            continue
    return found


def _holders(digests: Sequence[tuple[str, bytes]]) -> set[int]:
    by_kind = [Q(kind=kind, digest__in=[digest for one, digest in digests if one == kind]) for kind in KINDS]
    return set(Identity.objects.filter(reduce(or_, by_kind)).values_list("member", flat=True))
