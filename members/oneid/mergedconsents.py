"""Consent after a merge is the most restrictive: a channel stays allowed only where both records had allowed it."""

from collections.abc import Iterable
from datetime import timedelta

from members import timeline
from members.models import Consent, MemberMerge, MergedRows
from members.timeline import NewFact

TABLE = Consent._meta.db_table
COLLECTED_BY = "merge"
Key = tuple[str, str]  # channel, purpose


def words_of(member_id: int) -> dict[Key, bool]:
    """The member's last word per channel and purpose."""
    return {key: entry.granted for key, entry in _last(_entries(member_id)).items()}


def restrict(merge: MemberMerge, head_id: int) -> None:
    """Withdraw, for the living member, what only one of the two had granted before the merge.

    The absorbed member's entries have moved already. What the member said since then counts as it is.
    """
    moved = {pk for row in MergedRows.objects.filter(merge=merge, table=TABLE, is_made=False) for pk in row.ids}
    entries = _entries(head_id)
    now = _last(entries)
    until = merge.before.setdefault("words", max((entry.pk for entry in entries), default=0))
    before = [entry for entry in entries if entry.pk <= until]
    theirs = _last(entry for entry in before if entry.pk in moved)
    own = _last(entry for entry in before if entry.pk not in moved)
    lost = [
        entry
        for key, entry in now.items()
        if entry.granted and entry in before and not all(key in side and side[key].granted for side in (theirs, own))
    ]
    made = Consent.objects.bulk_create(
        Consent(
            member_id=head_id,
            channel=entry.channel,
            purpose=entry.purpose,
            granted=False,
            collected_by=COLLECTED_BY,
            at=max(merge.made_at, entry.at + timedelta(microseconds=1)),
        )
        for entry in lost
    )
    if made:
        ids = [entry.pk for entry in made]
        known, new = MergedRows.objects.get_or_create(merge=merge, table=TABLE, is_made=True, defaults={"ids": ids})
        if not new:
            known.ids = [*known.ids, *ids]
            known.save(update_fields=["ids"])


def lift(merge: MemberMerge) -> None:
    """Take away the withdrawals that the merge had made."""
    for row in MergedRows.objects.filter(merge=merge, table=TABLE, is_made=True):
        Consent.objects.filter(pk__in=row.ids).delete()


def tell_changes(member_id: int, before: dict[Key, bool]) -> None:
    """Record ``consent.changed`` for every channel on which the member's word is another than before."""
    now = words_of(member_id)
    changed = [key for key in sorted({*before, *now}) if before.get(key, False) != now.get(key, False)]
    timeline.record(
        *(
            NewFact(
                "consent.changed", member_id, data={"channel": channel, "granted": now.get((channel, purpose), False)}
            )
            for channel, purpose in changed
        )
    )


def _entries(member_id: int) -> list[Consent]:
    return list(Consent.objects.filter(member=member_id).order_by("at", "pk"))


def _last(entries: Iterable[Consent]) -> dict[Key, Consent]:
    return {(entry.channel, entry.purpose): entry for entry in entries}
