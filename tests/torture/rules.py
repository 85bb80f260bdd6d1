"""Random rules asked of random members: as SQL of everybody, as SQL of some, as a condition in another query, and of
each member in memory. All must find the same people.

Each population is as of a moment of its own, often next to a midnight, and is undone when it has been asked. A rule on
which they differ is told as small as it can be made.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.db import connection, transaction

from members.segments import compiling, evaluating, snapshots
from members.segments.registry import REGISTRY, Binder, Fact, Inline
from members.segments.snapshots import Snapshot
from members.segments.trees import Group, Node, dump, leaves, parse
from members.windows import local_day
from tests.makers import moment
from tests.segments.population import Population

MEMBERS, TREES = 40, 250
HOURS = (timedelta(0), timedelta(microseconds=-1), timedelta(hours=7), timedelta(hours=23, minutes=30))


@dataclass
class Told:
    """What was asked, and where the answers were not the same."""

    trees: int = 0
    pairs: int = 0
    divided: int = 0  # trees that some meet and some do not
    facts: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def ask(seed: int, populations: int, trees: int = TREES) -> Told:
    """Ask so many trees of each of so many populations."""
    told = Told()
    for nth in range(populations):
        chance = random.Random(f"{seed} {nth}")
        now = moment("2026-01-01", "16:00") + timedelta(days=chance.randrange(365)) + chance.choice(HOURS)
        with undone():
            people = Population(chance.randrange(10**9), MEMBERS, now)
            known = living(people)
            for tree in (parse(people.tree()) for _nth in range(trees)):
                count(told, tree, known, now, f"SEED={seed}, population {nth}, {now:%Y-%m-%d %H:%M:%S.%f} UTC")
    return told


def count(told: Told, tree: Node, known: list[Snapshot], now: datetime, where: str) -> None:
    """Ask one tree and keep what came of it."""
    meet = in_memory(tree, known, now)
    told.trees += 1
    told.pairs += len(known)
    told.divided += 0 < len(meet) < len(known)
    told.facts |= {leaf.fact for leaf in leaves(tree)}
    if difference(tree, known, now):
        least = smallest(tree, known, now)
        told.wrong.append(f"{where}: {dump(least)}: {difference(least, known, now)}")


def difference(tree: Node, known: list[Snapshot], now: datetime) -> str:
    """How SQL and memory differ in a tree; empty where they agree."""
    meet, ids = in_memory(tree, known, now), [one.member.pk for one in known]
    some = set(ids[::2])
    ways = {
        "everybody": (found(tree, now), meet),
        "some": (found(tree, now, among=some), meet & some),
        "a condition": (found_by_condition(tree, now), meet),
    }
    words = [
        f"{way}: SQL alone {sorted(set(by_sql) - wanted)}, memory alone {sorted(wanted - set(by_sql))}"
        + (", somebody twice" if len(by_sql) != len(set(by_sql)) else "")
        for way, (by_sql, wanted) in ways.items()
        if sorted(by_sql) != sorted(wanted)
    ]
    return "; ".join(words)


def smallest(tree: Node, known: list[Snapshot], now: datetime) -> Node:
    """A part of a tree in which they differ, too, though none of its own parts does."""
    parts = tree.parts if isinstance(tree, Group) else ()
    for part in parts:
        if difference(part, known, now):
            return smallest(part, known, now)
    return tree


def in_memory(tree: Node, known: list[Snapshot], now: datetime) -> set[int]:
    """Who meets a tree, asked one by one."""
    holds = evaluating.test_of(tree, local_day(now))
    return {one.member.pk for one in known if holds(one)}


def found(tree: Node, now: datetime, among: set[int] | None = None) -> list[int]:
    """Who meets it by SQL, of everybody or of some."""
    query = compiling.compile_tree(tree, at=now, within="" if among is None else "{id} = ANY(%(ids)s)")
    return _rows(query.text, {**query.params, "ids": list(among or ())})


def found_by_condition(tree: Node, now: datetime) -> list[int]:
    """The same as a condition in somebody else's query."""
    binder = Binder(now)
    condition = compiling.condition(tree, binder)
    return _rows(f"SELECT m.id FROM members_member m WHERE m.state = 'active' AND {condition}", binder.values)


def living(people: Population) -> list[Snapshot]:
    """All that is known of those who are members still."""
    active = [one for one in people.members if one.state == "active"]
    return snapshots.read(active, snapshots.EVERYTHING, at=people.now)


@contextmanager
def undone() -> Iterator[None]:
    """A transaction of which nothing stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def one_fact_wrong() -> Iterator[Fact]:
    """The control: a fact whose SQL counts one order too many."""
    fact = REGISTRY["orders"]
    with mock.patch.object(fact, "condition", return_value=Inline("f", "f.orders > 1")):
        yield fact


def _rows(text: str, params: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return [row[0] for row in cursor.fetchall()]
