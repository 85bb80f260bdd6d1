"""Notice before a review: told once per review date to the timeline, when without new orders it will not be passed."""

from collections.abc import Mapping, Sequence
from typing import Any

from members import timeline
from members.orders.worktables import one, rows
from members.tiering import tierrules
from members.windows import Windows

# What of today's growth still counts on the day of the review decides, not what counts today: the very order that a
# tier was reached with leaves the window on that day.
DUE = """
SELECT s.member_id, s.tier_id, s.review_on, t.threshold - g.stays AS missing
FROM members_tierstanding s
JOIN members_member m ON m.id = s.member_id AND m.tier_id = s.tier_id AND m.state = 'active'
JOIN members_tier t ON t.id = s.tier_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.delta), 0) AS stays FROM members_growthentry e
    WHERE e.member_id = s.member_id
        AND e.at >= (s.review_on - %(growth_days)s + 1)::timestamp AT TIME ZONE %(zone)s
) AS g
WHERE s.member_id = ANY (%(ids)s::bigint[]) AND s.review_on - %(notice_days)s <= %(today)s AND s.grace_until IS NULL
    AND s.noticed_for IS DISTINCT FROM s.review_on AND g.stays < t.threshold
"""
FACTS = f"""
SELECT d.member_id, NULL::bigint AS subject, %(at)s AS at,
    jsonb_build_object('tier', d.tier_id, 'review_on', d.review_on, 'missing', d.missing) AS data
FROM ({DUE}) AS d ORDER BY d.member_id
"""
GIVEN = f"""
UPDATE members_tierstanding s SET noticed_for = d.review_on FROM ({DUE}) AS d WHERE d.member_id = s.member_id
RETURNING s.member_id
"""


def give(ids: Sequence[int], now: Windows) -> list[int]:
    """Give notice to those of the members, locked and settled as of ``now``, who are due; returns who they were.

    Whoever holds a better tier by hand is not bothered: nothing changes for them. The next day of a change of those
    who got a notice still says that it is to be given: they are to be settled once more.
    """
    notice_days = tierrules.current(now.today).notice_days
    params: Mapping[str, Any] = {**now.params, "ids": list(ids), "notice_days": notice_days}
    if not one(f"SELECT 1 FROM ({DUE}) AS d LIMIT 1", params):
        return []
    timeline.record_rows("member.tier_notice", FACTS, params)
    return sorted(member_id for (member_id,) in rows(GIVEN, params))
