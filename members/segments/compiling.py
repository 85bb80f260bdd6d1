"""A rule tree as one SQL query of member ids, or of their number.

Where to start is chosen by what the tree asks. Negations are first driven down to the leaves. Of what must hold
together, conditions on the member row and on their facts become one WHERE; what finds its members by an index of its
own (tags, orders) becomes a semi-join, or an anti-join where it is negated, so that the planner may begin there.
Alternatives that need such an index become a UNION of queries, each with the best start of its own, since OR over
semi-joins would look at every member. Members who no longer are any are taken out by the short index of those.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils import timezone

from members.segments.registry import FACTS, MEMBER, REGISTRY, Asked, Binder, Inline
from members.segments.snapshots import NOTHING_KNOWN
from members.segments.trees import ALL, NONE, Group, Node

GONE = "SELECT gone.id FROM members_member gone WHERE gone.state <> 'active'"
GONE_ABOUT = "SELECT reltuples FROM pg_class WHERE oid = 'member_gone'::regclass"  # -1 where never counted
FEW_GONE = 200_000  # ids that a hash holds in twice the 4 MB of work_mem that a server has where nobody sets more


@dataclass(frozen=True)
class Query:
    """SQL that selects the ids of the living members that a tree means, and its parameters."""

    text: str
    params: dict[str, Any]

    @property
    def count(self) -> str:
        """SQL of their number."""
        return f"SELECT count(*) FROM ({self.text}) AS found"


@dataclass(frozen=True)
class _Row:
    """A condition on one row, and the same where facts may be missing. ``absent``: whether it can hold then at all."""

    tables: frozenset[str]
    text: str
    loose: str
    absent: bool


@dataclass(frozen=True)
class _Set:
    """Being among the members of a query, or not; ``alone`` and ``share`` as in Members."""

    text: str
    negated: bool
    alone: str = ""
    share: float = 1.0


_Part = _Row | _Set


def compile_tree(tree: Node, *, at: datetime | None = None, within: str = "") -> Query:
    """The query of a tree as of a moment (now unless given); the business day of that moment counts. ``within`` as in
    Binder: its parameters are still to be added."""
    binder = Binder(at or timezone.now(), within=within)
    return Query(_Compiler(binder).select(tree, living=True), binder.values)


def select(tree: Node, binder: Binder) -> str:
    """The query of a tree as part of another, whose parameters it adds to; it may find members who are none any more,
    whom the whole leaves out."""
    return _Compiler(binder).select(tree)


def condition(tree: Node, binder: Binder) -> str:
    """A tree as a condition over a row ``m`` of members_member, living or not, for a query of other parts. What is not
    about that row is a semi-join, or an anti-join where it is negated."""
    return _Compiler(binder).condition(tree)


def count(tree: Node, *, at: datetime | None = None) -> int:
    """How many living members a tree means: the exact number."""
    query = compile_tree(tree, at=at)
    with connection.cursor() as cursor:
        cursor.execute(query.count, query.params)
        return cursor.fetchone()[0]


def member_ids(tree: Node, *, at: datetime | None = None) -> list[int]:
    """Who they are, in the order of their keys."""
    query = compile_tree(tree, at=at)
    with connection.cursor() as cursor:
        cursor.execute(f"{query.text} ORDER BY 1", query.params)
        return [row[0] for row in cursor.fetchall()]


class _Compiler:
    """Compiles one tree; ``today`` and the parameters are the binder's."""

    def __init__(self, binder: Binder) -> None:
        self.binder = binder

    def select(self, node: Node, *, negated: bool = False, living: bool = False) -> str:
        """A query of the distinct ids of those for whom a node holds."""
        return self._joined(list(self._together(node, negated)), living)

    def condition(self, node: Node) -> str:
        """The same over a row that another query has."""
        parts = list(self._together(node, negated=False))
        own = [part for part in parts if isinstance(part, _Row) and part.tables <= {MEMBER}]
        facts: list[_Part] = [part for part in parts if isinstance(part, _Row) and not part.tables <= {MEMBER}]
        sets = [part for part in parts if isinstance(part, _Set)]
        if facts:
            sets.append(_Set(self._joined(facts, living=False), negated=False))
        texts = [f"({row.text})" for row in own] + [self._among(one, "m.id") for one in sets]
        return " AND ".join(texts)

    def _together(self, node: Node, negated: bool) -> Iterable[_Part]:
        """What must hold together for a node."""
        if isinstance(node, Asked):
            yield self._leaf(node, negated)
        elif (node.how == ALL) != negated and node.how != NONE:
            for part in node.parts:
                yield from self._together(part, negated)
        elif node.how == NONE and not negated:
            for part in node.parts:
                yield from self._together(part, True)
        else:
            yield self._either(node, negated != (node.how == NONE))

    def _either(self, node: Group, negated: bool) -> _Part:
        """Alternatives: one condition where all are about a row, else a union of queries."""
        branches = [(part, list(self._together(part, negated))) for part in node.parts]
        rows = [_and(found) for _part, found in branches if _is_row(found)]
        if len(rows) == len(branches):
            return _or(rows)
        selects = [self.select(part, negated=negated) for part, found in branches if not _is_row(found)]
        if rows:
            selects.append(self._joined([_or(rows)], living=False))
        found = " UNION ".join(selects)
        return _Set(found, negated=False, alone=found)

    def _leaf(self, asked: Asked, negated: bool) -> _Part:
        fact = REGISTRY[asked.fact]
        condition = fact.condition(asked, self.binder)
        if not isinstance(condition, Inline):
            return _Set(condition.text, negated != condition.negated, condition.alone, condition.share)
        texts = [condition.text, condition.loose or condition.text]
        if negated:
            texts = [f"({text}) IS NOT TRUE" for text in texts]
        absent = condition.table != FACTS or fact.test(asked, self.binder.today)(NOTHING_KNOWN) != negated
        return _Row(frozenset({condition.table}), texts[0], texts[1], absent)

    def _joined(self, parts: list[_Part], living: bool) -> str:
        """One query of those for whom all parts hold."""
        rows = [part for part in parts if isinstance(part, _Row)]
        sets = sorted((part for part in parts if isinstance(part, _Set)), key=lambda one: (one.negated, one.share))
        tables = frozenset[str]().union(*(row.tables for row in rows))
        if not tables and sets and not sets[0].negated:
            first, *sets = sets
            kept = f" WHERE {self._within('member_id')}" if self.binder.within else ""
            found = first.alone or f"SELECT DISTINCT member_id FROM ({first.text}) AS every"
            start, member = f"(SELECT member_id FROM ({found}) AS every{kept}) AS s", "s.member_id"
        else:
            start, member = _start(tables, all(row.absent for row in rows))
        loosely = "LEFT JOIN" in start
        wheres = [f"({row.loose if loosely else row.text})" for row in rows]
        wheres += [self._among(one, member) for one in sets]
        if self.binder.within:
            wheres.append(self._within(member))
        if living:
            wheres.append(_living(member))
        return f"SELECT {member} AS member_id FROM {start} WHERE {' AND '.join(wheres) or 'true'}"

    def _among(self, one: _Set, member: str) -> str:
        """Being in a set. Its own part of the members is named again, since no planner passes a range through IN."""
        kept = self._within("n.member_id") if self.binder.within else ""
        if one.negated:
            return f"NOT EXISTS (SELECT FROM ({one.text}) AS n WHERE {kept or 'true'} AND n.member_id = {member})"
        return f"{member} IN (SELECT n.member_id FROM ({one.text}) AS n WHERE {kept or 'true'})"

    def _within(self, member: str) -> str:
        return f"({self.binder.within.format(id=member)})"


def _start(tables: frozenset[str], without_facts: bool) -> tuple[str, str]:
    """FROM and the member's column for conditions on rows: facts alone, members alone, or both."""
    if FACTS not in tables:
        return "members_member m", "m.id"
    if without_facts:
        return "members_member m LEFT JOIN members_memberfacts f ON f.member_id = m.id", "m.id"
    if MEMBER not in tables:
        return "members_memberfacts f", "f.member_id"
    return "members_member m JOIN members_memberfacts f ON f.member_id = m.id", "m.id"


def _living(member: str) -> str:
    """Being a member still. Facts come in no order of members: there the few who are none are hashed, by several
    workers at once, or each is looked up where they are many; not joined, for which the planner hashes all whom it
    found. Marks come in order."""
    if member == "m.id":
        return "m.state = 'active'"
    gone = f"EXISTS ({GONE} AND gone.id = {member})"
    if member != "f.member_id":
        return f"NOT {gone}"
    return f"{member} NOT IN ({GONE})" if _few_are_gone(int(time.monotonic() // 3600)) else f"({gone}) IS NOT TRUE"


@lru_cache(maxsize=1)
def _few_are_gone(hour: int) -> bool:
    """Whether those who are members no more fit into a hash, which NOT IN must not do without; each process asks once
    an ``hour``, as they become more by the day."""
    with connection.cursor() as cursor:
        cursor.execute(GONE_ABOUT)
        return 0 <= cursor.fetchone()[0] <= FEW_GONE


def _is_row(parts: Sequence[_Part]) -> bool:
    return all(isinstance(part, _Row) for part in parts)


def _and(parts: Sequence[_Part]) -> _Row:
    rows = [part for part in parts if isinstance(part, _Row)]
    return _merged(rows, " AND ", all(row.absent for row in rows))


def _or(rows: Sequence[_Row]) -> _Row:
    return _merged(rows, " OR ", any(row.absent for row in rows))


def _merged(rows: Sequence[_Row], by: str, absent: bool) -> _Row:
    tables = frozenset[str]().union(*(row.tables for row in rows))
    return _Row(tables, by.join(f"({row.text})" for row in rows), by.join(f"({row.loose})" for row in rows), absent)
