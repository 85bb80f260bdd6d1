"""Tier migration and channel sources as reports: exact against each member's own history."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import gettext as _

from members.insight.reports import REPORTS
from members.insight.scope import Range, Scope
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.models import Flow, Member, MemberState, TierChange
from members.windows import local_day, windows
from tests.insight.crowd import make_crowd
from tests.makers import make_admin, make_member, make_store, make_tiers

pytestmark = pytest.mark.django_db
RANK = {"plain": 0, "silver": 1, "gold": 2}


def count_all() -> None:
    """Every summary that these reports read, of all days."""
    for name in ("headcount", "sources", "flow"):
        for day in SUMMARIES[name].days(windows().today, anew=True):
            rebuild(SUMMARIES[name], day)


def walked(name: str, *steps: tuple[int, str, str, str], store=None) -> Member:
    """A member who joined long ago and moved: months ago, from, to, why; whose tier is what the last step says."""
    tiers = make_tiers()
    member = make_member(name, home_store=store, joined_at=datetime(2020, 1, 1, tzinfo=UTC))
    for ago, before, after, why in steps:
        at = datetime(*month_ago(ago).timetuple()[:3], 12, tzinfo=UTC)
        TierChange.objects.create(member=member, before=tiers[before], after=tiers[after], why=why, at=at)
    if steps:
        Member.objects.filter(pk=member.pk).update(tier=tiers[steps[-1][2]])
    return member


def month_ago(ago: int) -> date:
    """The first day of the month so many months ago."""
    today = windows().today
    months = today.year * 12 + today.month - 1 - ago
    return date(months // 12, months % 12 + 1, 1)


def test_the_matrix_of_months_tells_behaviour_from_rules_and_adds_up_to_all_members():
    store = make_store()
    walked("升", (1, "plain", "silver", "growth"), store=store)
    walked("升两次", (2, "plain", "silver", "growth"), (1, "silver", "gold", "growth"), store=store)
    walked("降", (1, "gold", "silver", "review"))
    walked("规则", (1, "plain", "gold", "rules"), store=store)
    walked("后来", (0, "silver", "gold", "growth"))
    walked("不动", store=store)
    count_all()
    tiers = {code: str(tier.pk) for code, tier in make_tiers().items()}
    report = REPORTS["migration"]
    figures = report.figures(Scope(), Range(month_ago(2), month_ago(1)), {})

    moved = Counter((move.before, move.after, move.by_rules) for move in figures.moves for _nth in range(move.members))
    assert moved == {
        (tiers["plain"], tiers["silver"], False): 2,
        (tiers["silver"], tiers["gold"], False): 1,
        (tiers["gold"], tiers["silver"], False): 1,
        (tiers["plain"], tiers["gold"], True): 1,
    }
    totals = figures.totals
    assert (totals.up, totals.down, totals.up_by_rules, totals.down_by_rules) == (3, 1, 1, 0)
    # when the two months began: gold 1 and 1; silver 1 and 2; plain 4 and 3
    assert figures.stood == {tiers["gold"]: 2, tiers["silver"]: 3, tiers["plain"]: 7}
    shown = {
        (row.head.label, head.label): (cell.text, cell.note)
        for row in figures.behaviour.rows
        for head, cell in zip(figures.behaviour.columns, row.cells, strict=True)
        if cell.value is not None
    }
    assert shown["普卡", "银卡"] == ("2", "28.6%")
    assert shown["普卡", "普卡"] == ("4", "57.1%")
    assert figures.rules is not None
    # within the store only
    inside = report.figures(Scope.of(make_admin(), f"store-{store.pk}"), Range(month_ago(2), month_ago(1)), {})
    assert (inside.totals.up, inside.totals.down) == (3, 0)
    assert sum(inside.stood.values()) == 2 * 4


@pytest.mark.parametrize("seed", [61])
def test_who_stood_where_when_a_month_began_is_who_stands_there_now_without_the_moves_since(seed):
    crowd = make_crowd(seed)
    count_all()
    this = windows().today.replace(day=1)
    figures = REPORTS["migration"].figures(Scope(), Range(this, windows().today), {})
    stood = Counter()
    for member in crowd.members:
        if member.state != MemberState.ACTIVE:
            continue
        stood[str(member.tier_id)] += 1
        changes = TierChange.objects.filter(member=member).order_by("at", "pk")
        within = [one for one in changes if local_day(one.at) >= this]
        if within:
            stood[str(within[-1].after_id)] -= 1
            stood[str(within[0].before_id)] += 1
    assert figures.stood == stood
    assert figures.totals.up + figures.totals.down > 0
    silent = Flow.objects.filter(of="stage", after__in=["declining", "lost"])
    silent = silent.exclude(before__in=["declining", "lost"])
    assert figures.totals.silent == sum(silent.values_list("members", flat=True)) > 0
    assert REPORTS["migration"].tables(figures)[1].rows


def test_sources_count_each_member_once_by_where_they_came_from():
    crowd = make_crowd(62)
    count_all()
    span = Range.back(400, windows().today)
    expected = defaultdict(lambda: [0, 0, 0, Decimal(0)])
    for member in crowd.members:
        if member.state == MemberState.ACTIVE and local_day(member.joined_at) >= span.first_month:
            orders = crowd.orders_of(member)
            sums = expected[member.source]
            sums[0] += 1
            sums[1] += bool(orders)
            sums[2] += len(orders) > 1
            sums[3] += sum((order.net_amount - order.returned_amount for order in orders), Decimal(0))
    report = REPORTS["sources"]
    figures = report.figures(Scope(), span, report.cleaned({}))
    found = {one.name: [one.members, one.bought, one.again, one.spend] for one in figures.sources}
    assert found == {name or _("Unknown"): sums for name, sums in expected.items()}
    assert sum(one.members for one in figures.months) == sum(sums[0] for sums in expected.values())
    one = figures.sources[0]
    assert one.bought_share == pytest.approx(one.bought / one.members * 100)
    by_source, by_month, by_both = report.tables(figures)
    assert sum(row[1] for row in by_source.rows) == sum(row[2] for row in by_both.rows)
    assert len(by_month.headers) == len(by_month.rows[0])


def test_nobody_joined_nothing_to_show():
    count_all()
    report = REPORTS["sources"]
    assert report.figures(Scope(), Range.back(30, windows().today), report.cleaned({})) is None
