"""Flow: who stood in one tier or stage when a month began and in another when it ended, or now while it lasts.

Within the month, per living member: what their first change led away from, and what their last one led to. Coming back
to where one was is no move. By the rules moved who had no other reason for any change of the month.
"""

from datetime import date, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from members.insight.summaries.base import Summary, months, replace
from members.models import SummaryState
from members.orders.worktables import one, rows
from members.windows import first_moment, local_day

NAME = "flow"
MARGIN = timedelta(days=1)  # how long a transaction that records changes may take to be seen

COUNT = """
INSERT INTO members_flow (month, of, store_id, before, after, by_rules, members)
SELECT %(month)s, moved.of, m.home_store_id, moved.before, moved.after, moved.by_rules, count(*)
FROM (
    SELECT 'tier' AS of, member_id, (array_agg(before_id ORDER BY at, id))[1]::text AS before,
        (array_agg(after_id ORDER BY at DESC, id DESC))[1]::text AS after, bool_and(why = 'rules') AS by_rules
    FROM members_tierchange WHERE at >= %(begins)s AND at < %(ends)s GROUP BY member_id
    UNION ALL
    SELECT 'stage', member_id, (array_agg(data->>'from' ORDER BY at, id))[1],
        (array_agg(data->>'to' ORDER BY at DESC, id DESC))[1], false
    FROM members_timelinefact
    WHERE kind = 'member.stage_changed' AND at >= %(begins)s AND at < %(ends)s GROUP BY member_id
) AS moved JOIN members_member m ON m.id = moved.member_id
WHERE m.state = 'active' AND moved.before <> moved.after
GROUP BY moved.of, m.home_store_id, moved.before, moved.after, moved.by_rules
"""
# a tier may move as of a day of an earlier month: an order that arrived late
WRITTEN = """
SELECT DISTINCT date_trunc('month', at AT TIME ZONE %(zone)s)::date FROM members_tierchange
WHERE recorded_at >= %(since)s
"""
FIRST = """
SELECT least((SELECT min(at) FROM members_tierchange),
    (SELECT min(at) FROM members_timelinefact WHERE kind = 'member.stage_changed'))
"""


def rebuild(day: date) -> int:
    """Count the month of a day anew; returns how many rows it has."""
    month = day.replace(day=1)
    ends = (month + timedelta(days=32)).replace(day=1)
    params = {"month": month, "begins": first_moment(month, 1), "ends": first_moment(ends, 1)}
    return replace("members_flow", "month = %(month)s", COUNT, params)


def due(today: date) -> list[date]:
    """This month and the last, and those in which tiers moved late since the newest was counted."""
    state = SummaryState.objects.filter(name=NAME).order_by("-day").first()
    if state is None:
        return everything(today)
    found = {row[0] for row in rows(WRITTEN, {"since": state.as_of - MARGIN, "zone": settings.TIME_ZONE})}
    return sorted(found.union(months(today.replace(day=1) - timedelta(days=1), today)))


def everything(today: date) -> list[date]:
    """All months since anybody moved."""
    first = one(FIRST)
    return months(local_day(first) if first else today, today)


SUMMARY = Summary(NAME, _("Flow between tiers and stages"), rebuild, due, everything)
