"""What models need to know of members, compressed: how many bought how often, how lately, since when, for how much.

Grouped in SQL over all members, without a sample. Purchases are those of members.insight.purchases, time is rounded to
whole weeks; totals of spend that differ by less than half a percent stand together with their mean and the exact sum of
their logarithms, which moves the likelihood by less than a millionth.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from django.conf import settings

from members.insight.purchases import DAYS
from members.insight.value.bgnbd import Array, Triples
from members.insight.value.gammagamma import Spending
from members.orders.worktables import rows

TRIPLES = f"""
WITH days AS ({DAYS.format(members="")}), lives AS (
    SELECT count(*) FILTER (WHERE day <= %(cut)s) - 1 AS x,
        max(day) FILTER (WHERE day <= %(cut)s) - min(day) AS t, %(cut)s::date - min(day) AS age,
        count(*) FILTER (WHERE day > %(cut)s) AS later
    FROM days GROUP BY member_id HAVING min(day) <= %(cut)s
)
SELECT x, round(t / 7.0)::int, round(age / 7.0)::int, count(*), sum(later)::bigint FROM lives GROUP BY 1, 2, 3
"""
SPENDING = f"""
WITH days AS ({DAYS.format(members="")}), lives AS (
    SELECT count(*) AS n, sum(kept)::float8 AS total FROM days WHERE kept > 0 GROUP BY member_id
)
SELECT n, avg(total), sum(ln(total)), count(*) FROM lives GROUP BY n, floor(ln(total) * 200)
"""
# whether those who buy more often also spend more on a purchase, which Gamma-Gamma supposes they do not
TOGETHER = f"""
WITH days AS ({DAYS.format(members="")})
SELECT corr(n, mean) FROM (
    SELECT count(*) AS n, avg(kept)::float8 AS mean FROM days WHERE kept > 0 GROUP BY member_id HAVING count(*) > 1
) AS lives
"""
SPAN = "SELECT (min(first_order_at) AT TIME ZONE %(zone)s)::date FROM members_memberfacts"


@dataclass(frozen=True)
class Counted:
    """Kinds of members by their purchases until a day, and how often all of a kind together bought after it."""

    people: Triples
    later: Array


def purchases(until: date, cut: date | None = None) -> Counted:
    """Everybody who had bought by ``cut`` (``until`` unless given), as of then; and what they bought since."""
    found = rows(TRIPLES, {"until": until, "cut": cut or until, "zone": settings.TIME_ZONE})
    x, t, age, count, later = np.array(found, dtype=np.float64).reshape(-1, 5).T
    return Counted(Triples(x, t, age, count), later)


def spending(until: date) -> Spending:
    """Everybody who spent something on their purchases until a day."""
    found = rows(SPENDING, {"until": until, "zone": settings.TIME_ZONE})
    n, total, logs, count = np.array(found, dtype=np.float64).reshape(-1, 4).T
    return Spending(n, total, logs, count)


def correlation(until: date) -> float | None:
    """Between the number of purchases and the mean spend on one, among those who bought more than once."""
    found = rows(TOGETHER, {"until": until, "zone": settings.TIME_ZONE})[0][0]
    return None if found is None else float(found)


def first_day() -> date | None:
    """The day of the earliest order of a member; None without any."""
    return rows(SPAN, {"zone": settings.TIME_ZONE})[0][0]
