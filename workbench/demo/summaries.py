"""The figures of insight for the demonstration: everything that a night would count, and the weeks and months before.

How members stood on a day that is over cannot be counted any more; the product keeps what it counted then. Here, where
nobody counted, those days are told from orders and changes of tier, by the same rules, and so is when stages changed.
"""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members import lifecycle
from members.insight.summaries import SUMMARIES, daysales
from members.insight.summaries.base import rebuild
from members.insight.value.foretelling import foretell_all
from members.models import SummaryState
from members.orders.worktables import run
from members.windows import first_moment, windows

HEADCOUNT = "headcount"
WEEKS, MONTHS = 5, 8

TABLE = """
CREATE TEMP TABLE demo_stood (day date, member_id bigint, store_id bigint, tier_id bigint, stage text, orders int,
    orders_365d int, spend_365d numeric, last_order_at timestamptz) ON COMMIT DROP
"""
# one row per member: what the facts, the tier and the stage were at the end of a day
STOOD = f"""
INSERT INTO demo_stood
SELECT %(today)s, f.id, f.home_store_id, f.tier_id, {lifecycle.STAGE}, f.orders, f.orders_365d, f.spend_365d,
    f.last_order_at
FROM (
    SELECT m.id, m.home_store_id, coalesce(t.after_id, m.tier_id) AS tier_id, coalesce(o.orders, 0) AS orders,
        coalesce(o.orders_365d, 0) AS orders_365d, coalesce(o.spend_365d, 0) AS spend_365d, o.last_order_at
    FROM members_member m
    LEFT JOIN (
        SELECT member_id, count(*) AS orders, max(paid_at) AS last_order_at,
            count(*) FILTER (WHERE paid_at >= %(from_365)s) AS orders_365d,
            sum(net_amount - returned_amount) FILTER (WHERE paid_at >= %(from_365)s) AS spend_365d
        FROM members_order WHERE paid_at < %(ends)s AND member_id IS NOT NULL GROUP BY member_id
    ) o ON o.member_id = m.id
    LEFT JOIN (
        SELECT DISTINCT ON (member_id) member_id, after_id FROM members_tierchange WHERE at < %(ends)s
        ORDER BY member_id, at DESC, id DESC
    ) t ON t.member_id = m.id
    WHERE m.state = 'active' AND m.joined_at < %(ends)s
) AS f
"""
COUNT = """
INSERT INTO members_headcount (day, store_id, tier_id, stage, members, bought_30d, bought_60d, bought_90d, again_60d,
    orders_365d, spend_365d)
SELECT day, store_id, tier_id, stage, count(*), count(*) FILTER (WHERE last_order_at >= %(from_30)s),
    count(*) FILTER (WHERE last_order_at >= %(from_60)s), count(*) FILTER (WHERE last_order_at >= %(from_90)s),
    count(*) FILTER (WHERE last_order_at >= %(from_60)s AND orders > 1), sum(orders_365d), sum(spend_365d)
FROM demo_stood WHERE day = %(today)s GROUP BY day, store_id, tier_id, stage
"""
# somebody who came moved with that order, somebody who stayed away with the day
CHANGES = """
CREATE TEMP TABLE demo_moved ON COMMIT DROP AS
SELECT member_id, stage, before, CASE WHEN last_order_at >= before_day THEN last_order_at
    ELSE (day::timestamp + interval '2 hours') AT TIME ZONE %(zone)s END AS at
FROM (
    SELECT *, lag(stage, 1, 'introduction') OVER w AS before, lag(day, 1, date '2000-01-01') OVER w AS before_day
    FROM demo_stood WINDOW w AS (PARTITION BY member_id ORDER BY day)
) AS steps WHERE stage <> before
"""
TOLD = (
    "DELETE FROM members_timelinefact WHERE kind = 'member.stage_changed'",
    """
    INSERT INTO members_timelinefact (kind, member_id, at, data, batch)
    SELECT 'member.stage_changed', member_id, at, jsonb_build_object('from', before, 'to', stage), b.n
    FROM demo_moved CROSS JOIN (SELECT nextval('members_batch') AS n) AS b ORDER BY at, member_id
    """,
    """
    UPDATE members_member AS m SET stage_since = moved.at
    FROM (SELECT member_id, max(at) AS at FROM demo_moved GROUP BY member_id) AS moved WHERE moved.member_id = m.id
    """,
)
# the product counts day by day; four hundred days in one go are ten times as fast
SALES = (
    """
    INSERT INTO members_daysales (day, store_id, orders, sales, member_orders, member_sales, first_orders)
    SELECT day, store_id, count(*), sum(kept), count(member_id),
        coalesce(sum(kept) FILTER (WHERE member_id IS NOT NULL), 0),
        count(*) FILTER (WHERE member_id IS NOT NULL AND nth = 1)
    FROM (
        SELECT (paid_at AT TIME ZONE %(zone)s)::date AS day, store_id, member_id, net_amount - returned_amount AS kept,
            row_number() OVER (PARTITION BY member_id ORDER BY paid_at, id) AS nth
        FROM members_order
    ) AS o WHERE day < %(today)s GROUP BY day, store_id
    """,
    """
    INSERT INTO members_summarystate (name, day, as_of)
    SELECT 'sales', day, now() FROM (SELECT DISTINCT day FROM members_daysales WHERE day < %(today)s) AS days
    """,
)


def build_summaries() -> None:
    """Count everything until today, and tell how members stood before and when they came into their stages."""
    today = windows().today
    with transaction.atomic():
        run("DROP TABLE IF EXISTS demo_stood, demo_moved")
        run(TABLE)
        for day in _past(today):
            _stood(day)
            run(COUNT, _params(day))
            SummaryState.objects.create(name=HEADCOUNT, day=day, as_of=first_moment(day + timedelta(days=1), 1))
        _stood(today)
        run(CHANGES, {"zone": settings.TIME_ZONE})
        for statement in TOLD:
            run(statement)
        for statement in SALES:
            run(statement, {"zone": settings.TIME_ZONE, "today": today})
    foretell_all()
    for summary in SUMMARIES.values():
        days = summary.days(today, anew=True)
        for day in days[-1:] if summary is daysales.SUMMARY else days:
            rebuild(summary, day)


def _past(today: date) -> list[date]:
    """The same day of the last weeks, and the last days of the months before."""
    ends, month = [], today.replace(day=1)
    for _nth in range(MONTHS):
        ends.append(month - timedelta(days=1))
        month = ends[-1].replace(day=1)
    back = (30, *(7 * nth for nth in range(1, WEEKS + 1)))
    return sorted({*ends, *(today - timedelta(days=days) for days in back)})


def _stood(day: date) -> None:
    run(STOOD, _params(day))


def _params(day: date) -> dict[str, object]:
    starts = {f"from_{days}": first_moment(day, days) for days in (30, 60, 90, 365)}
    ends = min(first_moment(day + timedelta(days=1), 1), timezone.now())
    return {"today": day, "ends": ends, "zone": settings.TIME_ZONE, **starts, **lifecycle.params()}
