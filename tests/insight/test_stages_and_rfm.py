"""The lifecycle report and the RFM grid: exact, and each figure's rule means as many members."""

from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from members.insight.reports import REPORTS
from members.insight.scope import Range, Scope
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.models import MemberState, Stage, TimelineFact
from members.segments.compiling import count
from members.segments.trees import parse
from members.windows import local_day, windows
from tests.insight.crowd import make_crowd

pytestmark = pytest.mark.django_db
BINS = (30, 60, 120, 240)
CUTS = (100, 300, 800, 2000)


def count_all() -> None:
    """Every summary, of all days."""
    for name in ("headcount", "flow"):
        for day in SUMMARIES[name].days(windows().today, anew=True):
            rebuild(SUMMARIES[name], day)


def living(crowd):
    """The members who count."""
    return [member for member in crowd.members if member.state == MemberState.ACTIVE]


def scores(orders) -> dict:
    """The scores by their definition."""
    ago = (windows().today - local_day(orders[-1].paid_at)).days
    spend = sum(order.net_amount - order.returned_amount for order in orders)
    return {
        "r": 1 + sum(ago < edge for edge in BINS),
        "f": min(len(orders), 4),
        "m": 1 + sum(spend > edge for edge in CUTS),
    }


def test_the_grid_counts_each_buyer_once_where_the_scores_put_them():
    crowd = make_crowd(41)
    rebuild(SUMMARIES["rfm"], windows().today)
    orders_of = {member: crowd.orders_of(member) for member in living(crowd)}
    for axes in ("rf", "rm", "fm"):
        expected = defaultdict(lambda: [0, Decimal(0)])
        for orders in orders_of.values():
            if orders:
                sums = expected[tuple(scores(orders)[axis] for axis in axes)]
                sums[0] += 1
                sums[1] += sum(order.net_amount - order.returned_amount for order in orders)
        span = Range.back(90, windows().today)
        figures = REPORTS["rfm"].figures(Scope(), span, {"axes": axes, "measure": "members"})
        assert {key: list(value) for key, value in figures.counts.items()} == dict(expected)
        cells = 0
        for (score, _meaning), row in zip(figures.down.bins, figures.grid.rows, strict=True):
            for (other, _sense), cell in zip(figures.across.bins, row.cells, strict=True):
                assert (cell.members or 0) == expected.get((score, other), [0])[0]
                if cell.rule:
                    assert count(parse(cell.rule)) == cell.members
                    cells += 1
        assert cells == len(expected)
        assert figures.down.bins[0][0] == (5 if axes[0] == "r" else 4)


def test_the_raw_bins_stand_beside_the_scores():
    make_crowd(42, size=15)
    rebuild(SUMMARIES["rfm"], windows().today)
    figures = REPORTS["rfm"].figures(Scope(), Range.back(90, windows().today), {"axes": "rm", "measure": "spend"})
    days, yuan = dict(figures.down.bins), dict(figures.across.bins)
    assert "0" in days[5]
    assert "29" in days[5]
    assert "240" in days[1]
    assert "2,000" in yuan[5]
    assert "100" in yuan[1]
    assert REPORTS["rfm"].tables(figures)[0].rows


def test_the_funnel_and_its_flow_are_those_of_each_member():
    crowd = make_crowd(43)
    count_all()
    figures = REPORTS["stages"].figures(Scope(), Range.back(90, windows().today), {})
    expected = Counter(member.stage for member in living(crowd))
    assert figures.members == expected
    for bar, stage in zip(figures.bars, Stage, strict=True):
        assert count(parse(bar.rule)) == bar.members == expected[stage.value]
    net = Counter()
    for member in living(crowd):
        by_month = defaultdict(list)
        for fact in TimelineFact.objects.filter(member=member, kind="member.stage_changed").order_by("at", "pk"):
            by_month[local_day(fact.at).replace(day=1)].append(fact.data)
        for month, changes in by_month.items():
            if month >= Range.back(90, windows().today).first_month and changes[0]["from"] != changes[-1]["to"]:
                net[changes[0]["from"], changes[-1]["to"]] += 1
    assert Counter({(move.before, move.after): move.members for move in figures.moves}) == net
    assert sum(net.values()) > 5
    # everybody was made this month and stood in the first stage when it began
    assert figures.stood[Stage.INTRODUCTION] == len(living(crowd)) * len(figures_months(figures))
    assert REPORTS["stages"].tables(figures)[1].rows


def figures_months(figures) -> list:
    """The months of the report."""
    return list(figures.months)
