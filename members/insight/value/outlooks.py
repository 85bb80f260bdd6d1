"""What the fit expects of every member: computed once per distinct history, written where it changed, range by range.

A member's history is taken in days here, since a week is much to somebody who comes daily. Numbers are rounded to what
anybody can mean by them, so that who has long been gone is not written again every night.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection

from members.insight.purchases import DAYS
from members.insight.value import bgnbd, fits
from members.models import ValueFit
from members.orders.worktables import one, rows, run

PER_CHUNK = 20_000
END = 2**63 - 1
SOON, YEAR = 90 / 7, 365 / 7  # weeks

TABLES = """
CREATE TEMP TABLE IF NOT EXISTS work_life (member_id bigint, x int, t int, age int, n int, total float8)
    ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS work_foretold (x int, t int, age int, alive float8, soon float8, year float8)
    ON COMMIT DELETE ROWS;
TRUNCATE work_life, work_foretold
"""
LAST = """
SELECT member_id FROM members_memberfacts WHERE member_id > %(after)s ORDER BY member_id OFFSET %(size)s LIMIT 1
"""
LIVES = f"""
INSERT INTO work_life
WITH days AS ({DAYS.format(members=" AND m.id > %(after)s AND m.id <= %(last)s")})
SELECT member_id, count(*) - 1, max(day) - min(day), %(until)s::date - min(day), count(*) FILTER (WHERE kept > 0),
    coalesce(sum(kept) FILTER (WHERE kept > 0), 0)
FROM days GROUP BY member_id
"""
WRITE = """
INSERT INTO members_memberoutlook AS o (member_id, alive, expected_90d, value_365d, fit_id)
SELECT l.member_id, f.alive, f.soon, round((f.year * CASE WHEN l.n > 0
    THEN %(p)s * (%(v)s + l.total) / (%(p)s * l.n + %(q)s - 1) ELSE %(mean)s END)::numeric, 1), %(fit)s
FROM work_life l JOIN work_foretold f USING (x, t, age) ORDER BY l.member_id
ON CONFLICT (member_id) DO UPDATE SET alive = excluded.alive, expected_90d = excluded.expected_90d,
    value_365d = excluded.value_365d, fit_id = excluded.fit_id
WHERE (o.alive, o.expected_90d, o.value_365d) IS DISTINCT FROM
    (excluded.alive, excluded.expected_90d, excluded.value_365d)
"""
FORGET = """
DELETE FROM members_memberoutlook o WHERE o.member_id > %(after)s AND o.member_id <= %(last)s
    AND NOT EXISTS (SELECT FROM work_life l WHERE l.member_id = o.member_id)
"""


def write_range(fit: ValueFit, until: date, after: int) -> tuple[int | None, int]:
    """Write the outlooks of the next members after the key ``after``, by what they bought until a day.

    Returns the key to go on after, None at the end, and how many outlooks were looked at. Needs a transaction.
    """
    last = one(LAST, {"after": after, "size": PER_CHUNK - 1})
    params = {"after": after, "last": END if last is None else last, "until": until, "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    looked_at = run(LIVES, params)
    _foretell(fits.purchases_of(fit))
    run(WRITE, {"fit": fit.pk, **_spending(fit)})
    run(FORGET, params)
    return last, looked_at


def _foretell(parameters: bgnbd.Parameters) -> None:
    """Fill work_foretold for every distinct history in work_life."""
    histories = np.array(rows("SELECT DISTINCT x, t, age FROM work_life"), dtype=np.float64).reshape(-1, 3)
    x, t, age = histories[:, 0], histories[:, 1] / 7, histories[:, 2] / 7
    alive = np.round(bgnbd.alive(parameters, x, t, age), 3)
    soon = np.round(bgnbd.expected(parameters, x, t, age, SOON), 2)
    year = bgnbd.expected(parameters, x, t, age, YEAR)
    with connection.cursor() as cursor, cursor.copy("COPY work_foretold FROM STDIN") as copy:
        for history, *values in zip(histories.astype(int).tolist(), alive, soon, year, strict=True):
            # nobody leaves before the second purchase in this model: of the first it says nothing
            still = float(values[0]) if history[0] else None
            copy.write_row([*history, still, float(values[1]), float(values[2])])
    run("ANALYZE work_life, work_foretold")


def _spending(fit: ValueFit) -> Mapping[str, Any]:
    found = fits.spending_of(fit)
    return {"p": found.p, "q": found.q, "v": found.v, "mean": fit.parameters["mean_purchase"]}
