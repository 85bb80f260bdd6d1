"""Cohorts: members by the month of their first purchase, and how many of them bought in every month after, and what.

Whole orders are counted here, not days; members, months and regions are those of members.insight.purchases. Single
stores are counted when they are asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from members.insight.purchases import HOME, LEVELS, last_whole_day
from members.insight.scope import Range, Scope
from members.insight.summaries.base import Summary, newest, replace
from members.models import Level
from members.orders.worktables import rows

NAME = "cohorts"

MONTHLY = """
WITH monthly AS (
    SELECT o.member_id, date_trunc('month', o.paid_at AT TIME ZONE %(zone)s)::date AS month, count(*) AS orders,
        sum(o.net_amount - o.returned_amount) AS spend
    FROM members_order o JOIN members_member m ON m.id = o.member_id{members}
    WHERE m.state = 'active' AND o.paid_at < (%(until)s::date + 1)::timestamp AT TIME ZONE %(zone)s
    GROUP BY o.member_id, 2
), lives AS (SELECT *, min(month) OVER (PARTITION BY member_id) AS first FROM monthly)"""
CELL = """
    l.first AS month, ((extract(year FROM l.month) - extract(year FROM l.first)) * 12
        + extract(month FROM l.month) - extract(month FROM l.first))::int AS later,
    count(*) AS buyers, sum(l.orders) AS orders, sum(l.spend) AS spend
"""
SUMS = "sum(buyers) AS buyers, sum(orders) AS orders, sum(spend) AS spend"
COUNT = f"""
{MONTHLY.format(members="")}, placed AS (
    SELECT coalesce(s.region_id, 0) AS region_id, {CELL} FROM lives l {HOME.format(member="l.member_id")}
    GROUP BY 1, 2, 3
), levels AS ({LEVELS.format(keys="month, later", sums=SUMS)})
INSERT INTO members_cohortmonth (level, region_id, month, later, buyers, orders, spend)
SELECT level, nullif(region_id, 0), month, later, buyers, orders, spend FROM levels
"""
STORED = """
SELECT month, later, buyers, orders, spend FROM members_cohortmonth
WHERE level = %(level)s AND region_id IS NOT DISTINCT FROM %(region)s AND month BETWEEN %(first)s AND %(last)s
ORDER BY month, later
"""
# The orders of those who began long before are not read; a day more at both ends, whatever the zone of their store is.
AMONG = """ AND m.home_store_id = ANY(%(stores)s)
    JOIN members_memberfacts f ON f.member_id = m.id AND f.first_order_at >= %(first)s::date - interval '1 day'
        AND f.first_order_at < %(last)s::date + interval '1 month 1 day'"""
LIVE = f"""
{MONTHLY.format(members=AMONG)}
SELECT * FROM (SELECT {CELL} FROM lives l GROUP BY 1, 2) AS cells WHERE month BETWEEN %(first)s AND %(last)s
ORDER BY month, later
"""


@dataclass(frozen=True)
class CohortCell:
    """What the members of a cohort did in one month; ``spend`` in yuan, less what came back."""

    buyers: int = 0
    orders: int = 0
    spend: Decimal = Decimal(0)


@dataclass(frozen=True)
class Cohort:
    """Members whose first purchase fell into ``month``; ``cells`` from that month until the one counted last."""

    month: date
    cells: Sequence[CohortCell]

    @property
    def size(self) -> int:
        """How many members it has."""
        return self.cells[0].buyers


def rebuild(day: date) -> int:
    """Count all cohorts anew, of purchases until the day before; returns how many cells there are."""
    return replace("members_cohortmonth", "true", COUNT, {"until": last_whole_day(day)})


def read(scope: Scope, span: Range) -> tuple[list[Cohort], date] | None:
    """The cohorts of the months that ``span`` touches, the oldest first, and the last day that is counted; None before
    the first night."""
    state = newest(NAME)
    if state is None:
        return None
    until = last_whole_day(state.day)
    params: dict[str, Any] = {"first": span.first_month, "last": span.last_month}
    if scope.store:
        params |= {"until": until, "stores": [scope.store.pk], "zone": settings.TIME_ZONE}
        found = rows(LIVE, params)
    else:
        level = Level.REGION if scope.region else Level.CHAIN
        found = rows(STORED, {**params, "level": level, "region": scope.region.pk if scope.region else None})
    cells = {(month, later): CohortCell(buyers, int(orders), spend) for month, later, buyers, orders, spend in found}
    months = sorted({month for month, _later in cells})
    return [
        Cohort(month, [cells.get((month, later), CohortCell()) for later in range(_between(month, until) + 1)])
        for month in months
    ], until


def _between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


SUMMARY = Summary(NAME, _("Cohorts by month"), rebuild)
