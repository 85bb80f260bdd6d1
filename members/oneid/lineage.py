"""Lineage: which member a merged one has become, and which rows went along, so that they can come back.

A merge points ``merged_into`` of the absorbed member at the kept one. Chains grow as members are merged further; the
one at the end lives. Each app says in a module ``belongings`` which of its tables name a member: rows of tables that
``goes`` announces move with a merge and return with an un-merge; those of ``stays`` do not, for the reason given.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from members.models import Member, MemberMerge, MemberState

# The member at the end of the chain that begins with {start}, as an expression for other statements.
LIVING_SQL = """(
    WITH RECURSIVE up (id, into_id) AS (
        SELECT l.id, l.merged_into_id FROM members_member l WHERE l.id = {start}
        UNION ALL
        SELECT l.id, l.merged_into_id FROM up JOIN members_member l ON l.id = up.into_id
    ) SELECT up.id FROM up WHERE up.into_id IS NULL
)"""
UP = """
    WITH RECURSIVE up (start, id, into_id, step) AS (
        SELECT id, id, merged_into_id, 0 FROM members_member WHERE id = ANY(%(ids)s)
        UNION ALL
        SELECT up.start, m.id, m.merged_into_id, up.step + 1 FROM up JOIN members_member m ON m.id = up.into_id
    ) SELECT start, id FROM up ORDER BY start, step
"""
# merged_into has an index of its own, over merged members only
BENEATH_SQL = """
    WITH RECURSIVE down (id) AS (
        SELECT %(member)s::bigint
        UNION ALL
        SELECT m.id FROM down JOIN members_member m ON m.merged_into_id = down.id
    ) SELECT id FROM down
"""
MOVE = """
    WITH moved AS (
        UPDATE {table} t SET {column} = %(to)s{marks} WHERE t.{column} = %(gone)s{free} RETURNING t.{key} AS id
    )
    INSERT INTO members_mergedrows (merge_id, "table", ids, is_made)
    SELECT %(merge)s, %(name)s, array_agg(id ORDER BY id), false FROM moved HAVING count(*) > 0
    ON CONFLICT (merge_id, "table", is_made) DO UPDATE SET ids = members_mergedrows.ids || excluded.ids
"""
RETURN = """
    UPDATE {table} t SET {column} = %(to)s{unmarks}
    WHERE t.{column} = ANY(%(path)s){free} AND t.{key} IN (
        SELECT unnest(ids) FROM members_mergedrows
        WHERE merge_id = ANY(%(merges)s) AND "table" = %(name)s AND NOT is_made
    ) RETURNING t.{key}
"""
FORGET = """
    UPDATE members_mergedrows SET ids = ARRAY(SELECT unnest(ids) EXCEPT SELECT unnest(%(ids)s::bigint[]) ORDER BY 1)
    WHERE merge_id = ANY(%(above)s) AND split_part("table", ':', 1) = %(table)s AND NOT is_made
        AND ids && %(ids)s::bigint[]
"""
MEMBER = "member_id"
COUNT = "SELECT {place}, count(*) FROM {table} t WHERE t.{column} = %(gone)s{free}"


@dataclass(frozen=True)
class Moving:
    """A table whose rows go along. ``unless`` is SQL over a row ``t`` and ``%(to)s`` that finds the rows which stay,
    because the kept member has one of the kind already.

    A table may be announced once more for what stayed: those rows then go marked, as ``marks`` (an assignment) says,
    and lose the mark on their return (``unmarks``).
    """

    model: type[models.Model]
    column: str
    unless: str = ""
    marks: str = ""
    unmarks: str = ""

    @property
    def table(self) -> str:
        """The name of the table."""
        return self.model._meta.db_table

    @property
    def name(self) -> str:
        """What its rows are noted under; apart for each column, since a row may name two members."""
        if self.marks:
            return f"{self.table}:marked"
        return self.table if self.column == MEMBER else f"{self.table}:{self.column}"

    def fill(self, sql: str, **more: object) -> str:
        """The statement for this table."""
        return sql.format(
            table=self.table,
            column=self.column,
            key=self.model._meta.pk.column,
            free=f" AND NOT ({self.unless})" if self.unless else "",
            marks=f", {self.marks}" if self.marks else "",
            unmarks=f", {self.unmarks}" if self.unmarks else "",
            **more,
        )


@dataclass(frozen=True)
class Descent:
    """Where an absorbed member stands in its lineage, as an un-merge needs it.

    ``path`` leads from the member that absorbed it to the living one, ``beneath`` are the member and all that it had
    absorbed, ``merges`` the merge to undo and those beneath it that stand, ``above`` those by which the path was made.
    """

    home: int
    path: list[int]
    beneath: list[int]
    merges: list[int]
    above: list[int]


MOVING: list[Moving] = []
STAYING: dict[tuple[type[models.Model], str], str] = {}


def goes(model: type[models.Model], *, column: str = MEMBER, **how: str) -> None:
    """Announce that the rows of a table go along with their member; ``how`` as in ``Moving``."""
    MOVING.append(Moving(model, column, **how))


def stays(model: type[models.Model], *columns: str, why: str) -> None:
    """Announce that a table names members by these columns and keeps naming them after a merge."""
    STAYING.update({(model, column): why for column in columns})


def living_id(member_id: int) -> int:
    """The member that this one has become by merges: itself while it lives, or when there is no such member."""
    return living_ids([member_id])[member_id]


def living_ids(member_ids: Iterable[int]) -> dict[int, int]:
    """The same for many, in one query."""
    ids = list(set(member_ids))
    return {**{pk: pk for pk in ids}, **{pk: path[-1] for pk, path in _paths(ids).items()}}


def living(member: Member) -> Member:
    """The member that this one has become: the same object while it is not merged, else the kept one with its tier."""
    if member.state != MemberState.MERGED:
        return member
    return Member.objects.select_related("tier", "home_store", "guide").get(pk=living_id(member.pk))


def path_of(member_id: int) -> list[int]:
    """The member and all it was merged into since, the living one last."""
    return _paths([member_id]).get(member_id, [])


def beneath(member_id: int) -> list[int]:
    """The member and all that were merged into it, directly or not."""
    with connection.cursor() as cursor:
        cursor.execute(BENEATH_SQL, {"member": member_id})
        return sorted(row[0] for row in cursor.fetchall())


def descent_of(merge: MemberMerge) -> Descent:
    """The lineage around a merge that is being undone, or was just undone."""
    under, path = beneath(merge.absorbed_id), path_of(merge.kept_id)
    standing = MemberMerge.objects.filter(undone_at=None)
    merges = standing.filter(absorbed__in=under).exclude(absorbed=merge.absorbed_id).values_list("pk", flat=True)
    above = standing.filter(absorbed__in=path[:-1]).values_list("pk", flat=True)
    return Descent(merge.absorbed_id, path, under, [merge.pk, *merges], list(above))


def repoint(merge: MemberMerge, moving: Moving, *, to: int) -> None:
    """Give the absorbed member's rows of one table to the member ``to`` and remember which they were."""
    params: dict[str, Any] = {"merge": merge.pk, "name": moving.name, "gone": merge.absorbed_id, "to": to}
    with connection.cursor() as cursor:
        cursor.execute(moving.fill(MOVE), params)


def put_back(descent: Descent, moving: Moving) -> list[int]:
    """Give the absorbed member its rows of one table again, as far as they are still with its lineage.

    Merges further up forget them: they are no longer theirs to return. Returns the keys.
    """
    params: dict[str, Any] = {"to": descent.home, "path": descent.path, "merges": descent.merges, "name": moving.name}
    with connection.cursor() as cursor:
        cursor.execute(moving.fill(RETURN), params)
        ids = [row[0] for row in cursor.fetchall()]
    forget(descent, moving.table, ids)
    return ids


def forget(descent: Descent, table: str, ids: list[int]) -> None:
    """Let the merges above no longer count these rows as theirs."""
    if ids and descent.above:
        with connection.cursor() as cursor:
            cursor.execute(FORGET, {"ids": ids, "above": descent.above, "table": table})


def tables_of(app: str) -> list[Moving]:
    """What an app announced, in its order."""
    return [moving for moving in MOVING if moving.model._meta.app_label == app]


def counts(absorbed_id: int, kept_id: int) -> dict[type[models.Model], int]:
    """How many rows of each table, of all apps, would go from one member to the other; tables without any left out."""
    parts = " UNION ALL ".join(moving.fill(COUNT, place=place) for place, moving in enumerate(MOVING))
    with connection.cursor() as cursor:
        cursor.execute(parts, {"gone": absorbed_id, "to": kept_id})
        found = [(MOVING[place], count) for place, count in cursor.fetchall() if count]
    by_column = {(one.model, one.column): count for one, count in found}  # marked rows: all of them
    total: dict[type[models.Model], int] = {}
    for (model, _column), count in by_column.items():
        total[model] = total.get(model, 0) + count
    return total


def _paths(ids: list[int]) -> dict[int, list[int]]:
    paths: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(UP, {"ids": ids})
        for start, step in cursor.fetchall():
            paths.setdefault(start, []).append(step)
    return paths
