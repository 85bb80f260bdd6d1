"""A rule finds the same members as one SQL query and asked of each in memory."""

import pytest
from django.db import connection

from members.segments import compiling, evaluating, snapshots
from members.segments.registry import REGISTRY, Binder, Inline
from members.segments.trees import Node, dump, leaves, parse
from members.windows import local_day
from tests.makers import moment
from tests.segments.population import Population

TREES, MEMBERS = 190, 40
NOW = moment("2026-03-08", "23:30")

pytestmark = pytest.mark.django_db


def rows(text: str, params: dict) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return [row[0] for row in cursor.fetchall()]


def asked_of_all(tree: Node) -> list[int]:
    """The members a rule means."""
    query = compiling.compile_tree(tree, at=NOW)
    return rows(query.text, query.params)


def asked_of(ids: list[int], tree: Node) -> list[int]:
    """Those of some members whom it means."""
    query = compiling.compile_tree(tree, at=NOW, within="{id} = ANY(%(ids)s)")
    return rows(query.text, {**query.params, "ids": ids})


def as_a_condition(tree: Node) -> list[int]:
    """The same as a condition in the query of somebody else."""
    binder = Binder(NOW)
    condition = compiling.condition(tree, binder)
    return rows(f"SELECT m.id FROM members_member m WHERE m.state = 'active' AND {condition}", binder.values)


def test_random_trees_find_the_same_members_in_sql_and_in_memory():
    people = Population(20260308, MEMBERS, NOW)
    known = snapshots.read([one for one in people.members if one.state == "active"], snapshots.EVERYTHING, at=NOW)
    asked, found_by_some = set(), 0
    half = people.chance.sample([one.member.pk for one in known], len(known) // 2)
    for _nth in range(TREES):
        tree = parse(people.tree())
        by_sql = asked_of_all(tree)
        holds = evaluating.test_of(tree, local_day(NOW))
        in_memory = {one.member.pk for one in known if holds(one)}
        assert len(by_sql) == len(set(by_sql)), dump(tree)
        assert set(by_sql) == in_memory, dump(tree)
        assert set(asked_of(half, tree)) == in_memory & set(half), dump(tree)
        assert set(as_a_condition(tree)) == in_memory, dump(tree)
        asked |= {(leaf.fact, leaf.op) for leaf in leaves(tree)}
        found_by_some += 0 < len(in_memory) < len(known)
    assert found_by_some > TREES / 4, "most trees would say nothing"
    assert {fact for fact, _op in asked} == set(REGISTRY)


def test_a_fact_whose_sql_says_something_else_is_noticed(monkeypatch):
    """Control: the comparison above can fail."""
    people = Population(7, 20, NOW)
    tree = parse({"fact": "orders", "op": "gte", "value": 1})
    known = snapshots.read([one for one in people.members if one.state == "active"], snapshots.EVERYTHING, at=NOW)
    in_memory = sorted(one.member.pk for one in known if one.facts and one.facts.orders >= 1)
    assert compiling.member_ids(tree, at=NOW) == in_memory
    monkeypatch.setattr(REGISTRY["orders"], "condition", lambda _asked, _binder: Inline("f", "f.orders > 1"))
    assert compiling.member_ids(tree, at=NOW) != in_memory
