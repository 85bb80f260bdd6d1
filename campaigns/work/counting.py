"""The nightly count of what guides and stores did in this month and the two before (config/jobs.py).

First the guides, five hundred a chunk, each found by the indexes that begin with the guide; then the stores, as sums of
their guides; then the intervals. Counting a month once more comes to the same. Months further back stay as they were
counted last: their coupons have run out.
"""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import WorkMonth
from campaigns.work import rates
from members.windows import local_day
from stores import jobs
from stores.models import IN_STORE, Job, Staff

JOB = "campaigns.count_work"
MONTHS = 3
GUIDES_AT_ONCE = 500
GUIDES, STORES, RATES = "guides", "stores", "rates"

COUNTS = ("members", "new_members", "tasks_done", "tasks_total", "reached", "sent", "used", "direct_orders",
          "followed_orders")  # fmt: skip
SUMS = ("direct", "followed")
_SUMMED = ",\n    ".join(
    [f"coalesce(sum(n) FILTER (WHERE what = '{one}'), 0)::int AS {one}" for one in COUNTS]
    + [f"coalesce(sum(yuan) FILTER (WHERE what = '{one}'), 0) AS {one}" for one in SUMS]
)
_COLUMNS = ", ".join((*COUNTS, *SUMS))
_KEPT = ", ".join(f"{one} = excluded.{one}" for one in (*COUNTS, *SUMS, "as_of") if one != "members")
_SPANS = """
    spans AS (
        SELECT m AS month, m = %(newest)s::date AS is_newest, m::timestamp AT TIME ZONE %(zone)s AS begins,
            (m + interval '1 month')::timestamp AT TIME ZONE %(zone)s AS ends
        FROM unnest(%(months)s::date[]) AS m
    )
"""
_UPSERT = f"""
    ON CONFLICT (store_id, month, guide_id) DO UPDATE SET {_KEPT},
        members = CASE WHEN excluded.month = %(newest)s THEN excluded.members ELSE campaigns_workmonth.members END
"""
# Every source is asked guide by guide, so that an index that begins with the guide finds the rows of three months
# among those of years.
OF_GUIDES = f"""
    INSERT INTO campaigns_workmonth (month, store_id, guide_id, {_COLUMNS}, treated, control, verdict, as_of)
    WITH {_SPANS},
    guides AS (SELECT id, store_id FROM stores_staff WHERE id = ANY(%(guides)s::bigint[])),
    offers AS (
        SELECT s.month, o.store_id, g.id AS guide_id, o.is_used
        FROM guides g CROSS JOIN spans s CROSS JOIN LATERAL (
            SELECT f.store_id, c.state = 'used' AS is_used
            FROM coupons_offer f JOIN coupons_coupon c ON c.id = f.coupon_id
            WHERE f.guide_id = g.id AND f.created_at >= s.begins - interval '1 day' AND f.created_at < s.ends
                AND f.sent_at >= s.begins AND f.sent_at < s.ends AND f.state = 'sent'
        ) o
    ),
    tasks AS (
        SELECT s.month, t.store_id, g.id AS guide_id, t.state
        FROM guides g CROSS JOIN spans s CROSS JOIN LATERAL (
            SELECT store_id, state FROM campaigns_guidetask
            WHERE guide_id = g.id AND state <> 'open' AND state IN ('done', 'lapsed')
                AND closed_at >= s.begins AND closed_at < s.ends
            UNION ALL
            SELECT store_id, state FROM campaigns_guidetask WHERE guide_id = g.id AND state = 'open' AND s.is_newest
        ) t
    ),
    orders AS (
        SELECT s.month, coalesce(a.store_id, g.store_id) AS store_id, g.id AS guide_id, a.kind, a.amount
        FROM guides g CROSS JOIN spans s
        JOIN campaigns_attribution a
            ON a.guide_id = g.id AND a.ordered_at >= s.begins AND a.ordered_at < s.ends
    ),
    counted AS (
        SELECT month, store_id, guide_id, v.what, 1 AS n, 0::numeric AS yuan
        FROM offers CROSS JOIN LATERAL (VALUES ('sent', true), ('used', is_used)) AS v(what, holds) WHERE v.holds
        UNION ALL
        SELECT month, store_id, guide_id, v.what, 1, 0
        FROM tasks CROSS JOIN LATERAL (VALUES ('tasks_total', true), ('tasks_done', state = 'done')) AS v(what, holds)
        WHERE v.holds
        UNION ALL
        SELECT month, store_id, guide_id, v.what, 1, amount
        FROM orders CROSS JOIN LATERAL (VALUES
            ('direct', kind = 'direct'), ('direct_orders', kind = 'direct'),
            ('followed', kind <> 'direct'), ('followed_orders', kind <> 'direct')) AS v(what, holds) WHERE v.holds
        UNION ALL
        SELECT s.month, coalesce(t.store_id, g.store_id), g.id, 'reached', count(DISTINCT t.member_id), 0
        FROM guides g CROSS JOIN spans s
        JOIN campaigns_touch t ON t.guide_id = g.id AND t.at >= s.begins AND t.at < s.ends AND t.state = 'accepted'
        GROUP BY s.month, coalesce(t.store_id, g.store_id), g.id
        UNION ALL
        SELECT s.month, m.home_store_id, g.id, v.what, count(*), 0
        FROM guides g JOIN members_member m ON m.guide_id = g.id AND m.state = 'active' CROSS JOIN spans s
        CROSS JOIN LATERAL (VALUES
            ('members', true), ('new_members', m.joined_at >= s.begins AND m.joined_at < s.ends)) AS v(what, holds)
        WHERE v.holds GROUP BY s.month, m.home_store_id, g.id, v.what
    )
    SELECT month, store_id, guide_id, {_SUMMED}, 0, 0, 'cannot_tell', %(as_of)s
    FROM counted WHERE store_id IS NOT NULL GROUP BY month, store_id, guide_id
    {_UPSERT}
"""
# All members of a store and those who joined are what insight counted in the same night, guide or not.
OF_STORES = f"""
    INSERT INTO campaigns_workmonth (month, store_id, guide_id, {_COLUMNS}, treated, control, verdict, as_of)
    WITH heads AS (
        SELECT store_id, sum(members)::int AS members FROM members_headcount
        WHERE day = (SELECT max(day) FROM members_summarystate WHERE name = 'headcount') GROUP BY store_id
    ),
    joined AS (
        SELECT month, store_id, sum(members)::int AS members FROM members_sourcecount
        WHERE month = ANY(%(months)s::date[]) GROUP BY month, store_id
    ),
    summed AS (
        SELECT month, store_id, {", ".join(f"sum({one}) AS {one}" for one in (*COUNTS, *SUMS))}
        FROM campaigns_workmonth WHERE guide_id IS NOT NULL AND month = ANY(%(months)s::date[])
        GROUP BY month, store_id
    )
    SELECT m.month, s.id, NULL, coalesce(h.members, w.members, 0), coalesce(j.members, w.new_members, 0),
        {", ".join(f"coalesce(w.{one}, 0)" for one in (*COUNTS[2:], *SUMS))}, 0, 0, 'cannot_tell', %(as_of)s
    FROM stores_store s CROSS JOIN unnest(%(months)s::date[]) AS m(month)
    LEFT JOIN summed w ON w.store_id = s.id AND w.month = m.month
    LEFT JOIN heads h ON h.store_id = s.id
    LEFT JOIN joined j ON j.store_id = s.id AND j.month = m.month
    {_UPSERT}
"""


def start(*, by: Staff | None = None) -> Job:
    """Plan a count now."""
    return jobs.plan(JOB, params={}, title=_("Work of stores and guides, counted anew"), by=by)


def count_chunk(job: Job) -> bool:
    """The next five hundred guides, then the stores, then the intervals; True at the end."""
    stage = job.cursor.get("stage", GUIDES)
    today = local_day(timezone.now())
    months = [date.fromisoformat(one) for one in job.cursor.get("months", [])] or months_until(today)
    if stage == GUIDES:
        after = job.cursor.get("after", 0)
        some = _guides(after)
        count_guides(some, months)
        job.done += len(some)
        after, stage = (some[-1], GUIDES) if len(some) == GUIDES_AT_ONCE else (0, STORES)
    elif stage == STORES:
        after = 0
        count_stores(months)
        stage = RATES
    else:
        for month in months:
            rates.put(month, newest=month == months[-1])
        return True
    job.total = max(job.total, job.done)
    job.cursor = {"stage": stage, "after": after, "months": [f"{one}" for one in months]}
    return False


def months_until(today: date) -> list[date]:
    """The first days of the months that are counted anew, the newest last."""
    found = [today.replace(day=1)]
    while len(found) < MONTHS:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def count_guides(guides: list[int], months: list[date]) -> None:
    """Count what these people did in these months; what they no longer did goes."""
    params = _params(months) | {"guides": guides}
    with connection.cursor() as cursor:
        cursor.execute(OF_GUIDES, params)
    WorkMonth.objects.filter(guide__in=guides, month__in=months, as_of__lt=params["as_of"]).delete()


def count_stores(months: list[date]) -> None:
    """The stores as wholes: sums of their guides, and the members insight counted."""
    with connection.cursor() as cursor:
        cursor.execute(OF_STORES, _params(months))


def _guides(after: int) -> list[int]:
    rows = Staff.objects.filter(role__in=IN_STORE, pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:GUIDES_AT_ONCE])


def _params(months: list[date]) -> dict[str, Any]:
    return {"months": months, "newest": months[-1], "zone": settings.TIME_ZONE, "as_of": timezone.now()}
