"""Tier by kind of store: every figure is what a look at each member finds, and its rule means as many members."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members.insight.charts.matrix import heat
from members.insight.reports import REPORTS
from members.insight.scope import Range, Scope
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.models import Headcount, MemberState, SummaryState
from members.segments.compiling import count
from members.segments.trees import parse
from members.windows import local_day, windows
from tests.insight.crowd import make_crowd
from tests.makers import make_admin

pytestmark = pytest.mark.django_db
REPORT = REPORTS["matrix"]


def asked(scope: Scope, measure: str):
    """The figures of a measure, as of today."""
    return REPORT.figures(scope, Range.back(30, windows().today), REPORT.cleaned({"measure": measure}))


def by_hand(crowd, stores=None) -> dict:
    """Counts by (tier, kind of store), member by member and order by order."""
    today = windows().today
    found = defaultdict(lambda: defaultdict(Decimal))
    for member in crowd.members:
        if member.state != MemberState.ACTIVE or (stores is not None and member.home_store_id not in stores):
            continue
        sums = found[member.tier_id, member.home_store.kind if member.home_store else ""]
        orders = crowd.orders_of(member)
        ago = [(today - local_day(order.paid_at)).days for order in orders]
        sums["members"] += 1
        for days in (30, 60, 90):
            sums[f"bought_{days}d"] += any(one < days for one in ago)
        sums["again_60d"] += len(orders) > 1 and min(ago) < 60
        for order, one in zip(orders, ago, strict=True):
            if one < 365:
                sums["orders_365d"] += 1
                sums["spend_365d"] += order.net_amount - order.returned_amount
    return found


def expected_value(measure: str, sums) -> float | None:
    """What a cell says."""
    if measure == "members":
        return float(sums["members"])
    if measure in ("basket", "spend", "orders"):
        above, below = {
            "basket": ("spend_365d", "orders_365d"),
            "spend": ("spend_365d", "members"),
            "orders": ("orders_365d", "members"),
        }[measure]
        return float(round(sums[above] / sums[below], 2)) if sums[below] else None
    return float(sums[measure] * 100 / sums["members"])


@pytest.mark.parametrize("seed", [31])
def test_every_cell_of_every_measure_is_exact_and_its_rule_means_as_many_members(seed):
    crowd = make_crowd(seed, size=50)
    rebuild(SUMMARIES["headcount"], windows().today)
    region = crowd.stores[0].region
    places = {
        "": (Scope.of(make_admin()), None),
        "east": (Scope.of(make_admin(), f"region-{region.pk}"), {store.pk for store in crowd.stores[:2]}),
        "store": (Scope.of(make_admin(), f"store-{crowd.stores[3].pk}"), {crowd.stores[3].pk}),
    }
    for scope, stores in places.values():
        counts = by_hand(crowd, stores)
        for measure in dict(REPORT.options[0].choices):
            figures = asked(scope, measure)
            seen = 0
            for tier, row in zip(figures.tiers, figures.matrix.rows, strict=True):
                for kind, cell in zip(figures.kinds, row.cells, strict=True):
                    if (tier.pk, kind) not in counts:
                        assert cell.value is None
                        continue
                    sums, seen = counts[tier.pk, kind], seen + 1
                    assert cell.value == pytest.approx(expected_value(measure, sums)), (measure, tier, kind)
                    assert count(parse(cell.rule)) == cell.members
            assert seen == len(counts)


def test_a_cell_of_few_members_does_not_lead_to_them():
    make_crowd(32, size=20)
    rebuild(SUMMARIES["headcount"], windows().today)
    drawn = heat(asked(Scope(), "members").matrix, lambda rule: "/members/")
    assert "/members/" not in drawn
    Headcount.objects.update(members=30)
    assert "/members/" in heat(asked(Scope(), "members").matrix, lambda rule: "/members/")


def test_the_change_is_since_the_day_counted_before_and_then_nothing_leads_to_members():
    make_crowd(33, size=10)
    today = windows().today
    rebuild(SUMMARIES["headcount"], today)
    assert asked(Scope(), "members").before is None
    old = today - timedelta(days=31)
    for row in Headcount.objects.all():
        row.pk, row.day, row.members = None, old, row.members + 2
        row.save()
    SummaryState.objects.create(name="headcount", day=old, as_of=timezone.now())
    figures = asked(Scope(), "members")
    assert (figures.day, figures.before) == (today, old)
    changes = {cell.change for row in figures.matrix.rows for cell in row.cells if cell.value is not None}
    assert changes
    assert all(change.startswith("−") for change in changes)
    then = REPORT.figures(Scope(), Range(old - timedelta(days=3), old), REPORT.cleaned({}))
    assert then.day == old
    assert all(cell.rule is None for row in then.matrix.rows for cell in row.cells)


def test_the_tables_carry_every_count_and_nothing_is_there_before_the_first_night():
    assert asked(Scope(), "members") is None
    crowd = make_crowd(34, size=20)
    rebuild(SUMMARIES["headcount"], windows().today)
    shown, behind = REPORT.tables(asked(Scope(), "again_60d"))
    assert sum(row[2] for row in behind.rows) == sum(1 for one in crowd.members if one.state == MemberState.ACTIVE)
    assert len(shown.rows[0]) == len(shown.headers)
    assert REPORT.headline(Scope(), Range.back(30, windows().today)).value.endswith("%")
