"""Members by source: living members by the month they joined in, where they came from and home store, as of now."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from members.insight.summaries.base import Summary, replace

COUNT = """
INSERT INTO members_sourcecount (month, store_id, source, members, bought, again, spend)
SELECT date_trunc('month', m.joined_at AT TIME ZONE %(zone)s)::date, m.home_store_id, m.source, count(*),
    count(*) FILTER (WHERE f.orders > 0), count(*) FILTER (WHERE f.orders > 1), coalesce(sum(f.spend), 0)
FROM members_member m LEFT JOIN members_memberfacts f ON f.member_id = m.id
WHERE m.state = 'active' GROUP BY 1, 2, 3
"""


def rebuild(day: date) -> int:
    """Count everything anew; returns how many rows there are. The day is that of the state alone."""
    return replace("members_sourcecount", "true", COUNT, {})


SUMMARY = Summary("sources", _("Members by source"), rebuild)
