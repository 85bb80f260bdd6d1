"""What an erasure removes in this app: rows that are about the person, personal columns, free texts, their history."""

from typing import Any

from django.db import connection
from django.db.models import Count, Q

from members.membercodes import unused_code
from members.models import (
    Assignment,
    Birthday,
    GrowthEntry,
    Identity,
    IdentityConflict,
    IdentityHistory,
    ListedMember,
    Member,
    MemberHistory,
    MemberMerge,
    MemberOutlook,
    MemberPlace,
    MemberTag,
    Note,
    PointsEntry,
    SegmentSpan,
    TagDispute,
    TierGrant,
    TierGrantHistory,
)
from stores import history

NO_REASON = "—"  # where the table demands one
EMPTY: dict[str, Any] = {
    "name": "",
    "initials": "",
    "phone_last4": "",
    "phone_masked": "",
    "birthday": None,
    "birthday_calendar": Birthday.SOLAR,
    "feast_month": None,
    "feast_day": None,
    "source": "",
}
# Orders still on their way would otherwise make a new member of the person who asked to be forgotten.
UNSTAGE = """
UPDATE members_stagedline SET identity_kind = '', identity_digest = '', identity_sealed = '', identity_shown = ''
WHERE identity_digest = ANY(%(digests)s)
"""
REASONS = "UPDATE members_timelinefact SET data = data - 'reason' WHERE member_id = ANY(%(ids)s) AND data ? 'reason'"


def remove_rows(ids: list[int]) -> tuple[dict[str, int], list[bytes]]:
    """Delete identities, tags, places on lists and in segments, notes and open questions about these records, the
    living one and those merged into it.

    Returns how much of what went, and the blind indexes of the identities. Needs a transaction and the members' locks.
    """
    identities = Identity.objects.filter(member__in=ids)
    removed = {f"identity:{kind}": n for kind, n in identities.values_list("kind").annotate(Count("pk")).order_by()}
    digests = [bytes(one) for one in identities.order_by("pk").values_list("digest", flat=True)]
    identities.delete()
    removed["tags"] = MemberTag.objects.filter(member__in=ids).delete()[0]
    removed["tag_disputes"] = TagDispute.objects.filter(member__in=ids).delete()[0]
    removed["lists"] = ListedMember.objects.filter(member__in=ids).delete()[0]
    removed["segments"] = SegmentSpan.objects.filter(member__in=ids).delete()[0]
    removed["places"] = MemberPlace.objects.filter(member__in=ids).delete()[0]
    removed["outlooks"] = MemberOutlook.objects.filter(member__in=ids).delete()[0]
    removed["notes"] = Note.objects.filter(member__in=ids).delete()[0]
    removed["possible_duplicates"] = IdentityConflict.objects.filter(Q(left__in=ids) | Q(right__in=ids)).delete()[0]
    _run(UNSTAGE, digests=[digest.hex() for digest in digests])
    return {name: count for name, count in removed.items() if count}, digests


def blank_columns(ids: list[int]) -> None:
    """Empty every personal column and free text of these records, and the change history that remembers them."""
    for pk in ids:  # the code on their card leads nowhere any more
        Member.objects.filter(pk=pk).update(code=unused_code(), **EMPTY)
    Assignment.objects.filter(member__in=ids).update(reason="")
    for ledger in (GrowthEntry, PointsEntry):
        ledger.objects.filter(member__in=ids).exclude(note="").update(note="")
    MemberMerge.objects.filter(Q(kept__in=ids) | Q(absorbed__in=ids)).update(note="")
    grants = list(TierGrant.objects.filter(member__in=ids).values_list("pk", flat=True))
    TierGrant.objects.filter(pk__in=grants).update(reason=NO_REASON)
    _run(REASONS, ids=ids)
    history.forget(TierGrantHistory, pgh_obj__in=grants)
    forget_history(ids)


def forget_history(ids: list[int]) -> None:
    """Remove the change history of the records and of their identities: it remembers what an erasure empties."""
    history.forget(MemberHistory, pgh_obj__in=ids)
    history.forget(IdentityHistory, member__in=ids)
    history.forget(IdentityHistory, origin__in=ids)


def _run(sql: str, **params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
