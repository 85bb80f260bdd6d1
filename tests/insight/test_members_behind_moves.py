"""Moves and sources lead to the members they stand for: each figure's rule means as many."""

from datetime import timedelta

import pytest

from members.insight.reports import REPORTS
from members.insight.scope import Range, Scope
from members.segments.compiling import count
from members.segments.trees import parse
from members.windows import windows
from tests.insight.crowd import make_crowd
from tests.insight.test_migration_and_sources import count_all, month_ago, walked
from tests.makers import make_admin, make_store, make_tiers

pytestmark = pytest.mark.django_db


def cells_of(matrix):
    return [cell for row in matrix.rows for cell in row.cells if cell.rule]


@pytest.mark.parametrize("report", ["migration", "stages"])
def test_each_move_of_a_month_leads_to_the_members_who_made_it(report):
    make_crowd(63)
    count_all()
    today, every = windows().today, []
    for first, last in ((today.replace(day=1), today), (month_ago(1), today.replace(day=1) - timedelta(days=1))):
        figures = REPORTS[report].figures(Scope(), Range(first, last), {})
        drawn = [figures.matrix] if report == "stages" else [figures.behaviour, *filter(None, [figures.rules])]
        found = [cell for matrix in drawn for cell in cells_of(matrix)]
        assert [count(parse(cell.rule)) for cell in found] == [cell.members for cell in found]
        every += found
    assert every


def test_over_several_months_each_member_is_listed_once_and_only_those_of_the_place():
    store = make_store()
    walked("升", (1, "plain", "silver", "growth"), store=store)
    walked("两次", (2, "plain", "silver", "growth"), (1, "silver", "plain", "review"), store=store)
    walked("别处", (1, "plain", "silver", "growth"))
    walked("规则", (1, "plain", "silver", "rules"), store=store)
    count_all()
    scope = Scope.of(make_admin(), f"store-{store.pk}")
    figures = REPORTS["migration"].figures(scope, Range(month_ago(2), month_ago(1)), {})
    tiers = {tier.name: nth for nth, tier in enumerate(figures.tiers)}
    rose = figures.behaviour.rows[tiers["普卡"]].cells[tiers["银卡"]]
    assert (rose.members, count(parse(rose.rule))) == (2, 2)
    ruled = figures.rules.rows[tiers["普卡"]].cells[tiers["银卡"]]
    assert count(parse(ruled.rule)) == ruled.members == 1


def test_each_source_leads_to_those_who_joined_by_it_those_of_no_known_source_too():
    make_tiers()
    make_crowd(64)
    count_all()
    report = REPORTS["sources"]
    figures = report.figures(Scope(), Range.back(400, windows().today), report.cleaned({}))
    assert len(figures.bars) > 1
    assert [count(parse(bar.rule)) for bar in figures.bars] == [bar.members for bar in figures.bars]
    assert [bar.members for bar in figures.bars] == [one.members for one in figures.sources]
