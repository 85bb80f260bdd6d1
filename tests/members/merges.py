"""What stories of merging share: merge and part as HQ does, with what follows, and look at all that members have."""

from collections import Counter
from typing import Any

from django.db import connection, models

from members.models import (
    Assignment,
    GrowthEntry,
    Identity,
    Member,
    MemberFacts,
    MemberMerge,
    PointsEntry,
    TierStanding,
    TimelineFact,
)
from members.oneid import lineage, merging
from stores.models import Staff
from tests.campaigns.scenery import deliver_all, new_batch

CLOCKS = {"updated_at", "computed_at"}
LEDGERS = (GrowthEntry, PointsEntry)
OWN_ROWS = ((Member, "id"), (MemberFacts, "member_id"), (TierStanding, "member_id"), (Assignment, "member_id"))
Snapshot = dict[str, Any]


def merged(kept: Member, absorbed: Member, by: Staff, *, note: str = "") -> MemberMerge:
    """Headquarters merges by hand, and everything follows."""
    new_batch()
    made = merging.merge(kept, absorbed, why=MemberMerge.Why.HAND, by=by, note=note)
    deliver_all()
    return made


def parted(made: MemberMerge, by: Staff) -> MemberMerge:
    """Headquarters undoes a merge, and everything follows."""
    new_batch()
    undone = merging.unmerge(made, by=by)
    deliver_all()
    return undone


def fresh(*members: Member) -> list[Member]:
    """The rows as they are now."""
    rows = Member.objects.select_related("tier").in_bulk([member.pk for member in members])
    return [rows[member.pk] for member in members]


def snapshot(*members: Member) -> Snapshot:
    """Every row of every table that is of these members once all news has come, clocks and timeline aside; ledgers by
    what they add up to."""
    deliver_all()
    ids = [member.pk for member in members]
    tables = dict.fromkeys((one.model, one.column) for one in lineage.MOVING)
    found: Snapshot = {}
    for model, column in [*OWN_ROWS, *tables]:
        if model is not TimelineFact:
            rows = _rows(model, column, ids)
            found[model.__name__] = _sums(rows) if model in LEDGERS else rows
    return found


def differences(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """What is not as it was, table by table."""
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def owners(model: type[models.Model], **which: Any) -> list[str]:
    """The names of the members whom the rows of a table are with."""
    return list(model.objects.filter(**which).order_by("pk").values_list("member__name", flat=True))


def leads_to(kind: str) -> list[str]:
    """The names of the members to whom identities of a kind lead."""
    return owners(Identity, kind=kind)


def _rows(model: type[models.Model], column: str, ids: list[int]) -> list[dict[str, Any]]:
    key = model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} WHERE {column} = ANY(%s) ORDER BY {key}", [ids])
        names = [one.name for one in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [{name: value for name, value in row.items() if name not in CLOCKS} for row in rows]


def _sums(rows: list[dict[str, Any]]) -> dict[tuple, int]:
    """What a ledger comes to, by member, cause and moment: entries that make up for each other leave nothing."""
    total: Counter[tuple] = Counter()
    for row in rows:
        kind = "order" if row["kind"] in ("order", "return") else row["kind"]
        place = (row["member_id"], kind, row["order_id"], row.get("lot_id"), row.get("reference", ""), row["at"])
        total[place] += row["delta"]
    return {place: delta for place, delta in total.items() if delta}
