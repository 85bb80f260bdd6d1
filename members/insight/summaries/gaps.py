"""Purchase gaps: how many days passed from the n-th purchase to the next, or pass since without one, by month.

What a purchase is: members.insight.purchases. Single stores are counted when they are asked for, with the same query.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from members.insight.purchases import DAYS, HOME, LEVELS, last_whole_day
from members.insight.scope import Range, Scope
from members.insight.summaries.base import Summary, newest, replace
from members.insight.survival import LATER
from members.models import Level
from members.orders.worktables import rows

NAME = "gaps"
MOST_PURCHASES = 8

Counts = npt.NDArray[np.int64]

NUMBERED = f"""
WITH days AS ({DAYS}), numbered AS (
    SELECT member_id, day, row_number() OVER w AS nth, lead(day) OVER w AS next
    FROM days WINDOW w AS (PARTITION BY member_id ORDER BY day)
)"""
GAP = f"""
    date_trunc('month', n.day::timestamp)::date AS month, n.nth,
    least(coalesce(n.next, %(until)s::date) - n.day, {LATER}) AS gap, count(n.next) AS followed,
    count(*) - count(n.next) AS open
"""
COUNT = f"""
{NUMBERED.format(members="")}, placed AS (
    SELECT coalesce(s.region_id, 0) AS region_id, {GAP} FROM numbered n {HOME.format(member="n.member_id")}
    WHERE n.nth <= {MOST_PURCHASES} GROUP BY 1, 2, 3, 4
), levels AS ({LEVELS.format(keys="month, nth, gap", sums="sum(followed)::int AS followed, sum(open)::int AS open")}
), curves AS (
    SELECT level, region_id, month, nth, max(gap) AS longest, array_agg(gap) AS gaps, array_agg(followed) AS followed,
        array_agg(open) AS open
    FROM levels GROUP BY level, region_id, month, nth
)
INSERT INTO members_purchasegaps (level, region_id, month, nth, followed, open)
SELECT c.level, nullif(c.region_id, 0), c.month, c.nth, dense.followed, dense.open
FROM curves c CROSS JOIN LATERAL (
    SELECT array_agg(coalesce(l.followed, 0) ORDER BY day) AS followed,
        array_agg(coalesce(l.open, 0) ORDER BY day) AS open
    FROM generate_series(0, c.longest) AS day
    LEFT JOIN unnest(c.gaps, c.followed, c.open) AS l(gap, followed, open) ON l.gap = day
) AS dense
"""
STORED = """
SELECT g.nth, d.gap - 1, sum(d.followed), sum(d.open)
FROM members_purchasegaps g CROSS JOIN LATERAL unnest(g.followed, g.open) WITH ORDINALITY AS d(followed, open, gap)
WHERE g.level = %(level)s AND g.region_id IS NOT DISTINCT FROM %(region)s AND g.month BETWEEN %(first)s AND %(last)s
GROUP BY g.nth, d.gap HAVING sum(d.followed) + sum(d.open) > 0
"""
LIVE = f"""
{NUMBERED.format(members=" AND m.home_store_id = ANY(%(stores)s)")}
SELECT nth, gap, sum(followed), sum(open) FROM (
    SELECT {GAP} FROM numbered n WHERE n.nth <= {MOST_PURCHASES} GROUP BY 1, 2, 3
) AS every
WHERE month BETWEEN %(first)s AND %(last)s GROUP BY nth, gap
"""


@dataclass(frozen=True)
class Gaps:
    """After one number of purchases: ``followed[d]`` bought again after d days, ``waiting[d]`` have not, d days after
    (until the last day counted). The last place stands for all that took longer."""

    followed: Counts
    waiting: Counts


def rebuild(day: date) -> int:
    """Count all gaps anew, of purchases until the day before; returns how many curves there are."""
    return replace("members_purchasegaps", "true", COUNT, {"until": last_whole_day(day)})


def read(scope: Scope, span: Range) -> dict[int, Gaps] | None:
    """Gaps after the n-th purchase of the months that ``span`` touches, by n; None before the first night."""
    state = newest(NAME)
    if state is None:
        return None
    params = {"first": span.first_month, "last": span.last_month}
    if scope.store:
        live = {"until": last_whole_day(state.day), "stores": [scope.store.pk], "zone": settings.TIME_ZONE}
        return _by_number(rows(LIVE, {**params, **live}))
    level = Level.REGION if scope.region else Level.CHAIN
    return _by_number(rows(STORED, {**params, "level": level, "region": scope.region.pk if scope.region else None}))


def _by_number(found: Iterable[tuple[int, int, int, int]]) -> dict[int, Gaps]:
    """Counts by day, from rows of the number of purchases, the days, and how many bought again or not."""
    gaps: dict[int, Gaps] = {}
    for nth, days, followed, waiting in found:
        if nth not in gaps:
            gaps[nth] = Gaps(*np.zeros((2, LATER + 1), dtype=np.int64))
        gaps[nth].followed[days] += int(followed)
        gaps[nth].waiting[days] += int(waiting)
    return gaps


SUMMARY = Summary(NAME, _("Gaps between purchases"), rebuild)
