"""A member's standing: the growth, points, tier and stage on the member row, and the facts about their changes.

Which tier a member holds and why, their path says (work_tier). Here the result is written: the row, where they stand
between reviews, and the history, one line for each move that was seen.
"""

from collections.abc import Mapping
from typing import Any

from members import lifecycle, timeline
from members.orders.worktables import one, rows, run

# Growth may be negative where a correction by hand outlives the growth it corrected. Points are owed where they were
# spent and the order then came back: the next points pay for that.
STANDING = """
INSERT INTO work_standing (member_id, growth, points, points_owed, tier_before, tier_id, tier_since, why, at,
    stage_before, stage, is_new)
SELECT s.*, (m.growth, m.points, m.points_owed, m.tier_id, m.tier_since, m.stage)
    IS DISTINCT FROM (s.growth, s.points, s.points_owed, s.tier_id, s.tier_since, s.stage)
FROM (
    SELECT m.id, greatest(0, f.growth) AS growth, greatest(0, f.points) AS points,
        greatest(0, -f.points) AS points_owed,
        m.tier_id AS tier_before, w.held_id AS tier_id, coalesce(w.held_since, m.joined_at) AS tier_since,
        {why} AS why, {at} AS at,
        m.stage AS stage_before, {stage} AS stage
    FROM work_facts f
    JOIN members_member m ON m.id = f.member_id
    JOIN work_tier w ON w.member_id = m.id
    JOIN members_tier old ON old.id = m.tier_id
    JOIN members_tier new ON new.id = w.held_id
) AS s JOIN members_member m ON m.id = s.id
"""
# Whoever settles for a reason of their own says so. Else the last step of the path is the reason, if it came after the
# tier that was known and leads the same way. Else the past itself changed: a return took what an upgrade rested on, so
# that upgrade never was, or an order arrived late.
LED = """(w.held_since >= m.tier_since AND w.why IN ('rules', CASE WHEN old.threshold < new.threshold
    THEN 'grant' ELSE 'grant_ended' END, CASE WHEN old.threshold < new.threshold THEN 'growth' ELSE 'review' END))"""
WHY = f"""
CASE WHEN old.id = new.id THEN ''
    WHEN %(why)s <> '' THEN %(why)s
    WHEN {LED} THEN w.why
    WHEN old.threshold < new.threshold THEN 'growth'
    ELSE 'return' END
"""
AT = f"CASE WHEN {LED} THEN w.held_since ELSE %(at)s END"
CHANGED = "SELECT bool_or(tier_before <> tier_id), bool_or(stage_before <> stage) FROM work_standing WHERE is_new"
TIER_CHANGES = """
INSERT INTO members_tierchange (member_id, before_id, after_id, why, at)
SELECT member_id, tier_before, tier_id, why, at FROM work_standing WHERE tier_before <> tier_id ORDER BY member_id
"""
TIER_CHANGED = """
SELECT member_id, NULL::bigint AS subject, at,
    jsonb_build_object('from', tier_before, 'to', tier_id, 'why', why) AS data
FROM work_standing WHERE tier_before <> tier_id ORDER BY member_id
"""
STAGE_CHANGED = """
SELECT member_id, NULL::bigint AS subject, %(at)s AS at,
    jsonb_build_object('from', stage_before, 'to', stage) AS data
FROM work_standing WHERE stage_before <> stage ORDER BY member_id
"""
WRITE = """
UPDATE members_member m SET growth = w.growth, points = w.points, points_owed = w.points_owed, tier_id = w.tier_id,
    tier_since = w.tier_since, stage = w.stage,
    stage_since = CASE WHEN w.stage_before <> w.stage THEN %(at)s ELSE m.stage_since END,
    updated_at = now()
FROM work_standing w WHERE m.id = w.member_id AND w.is_new
"""
STANDINGS = """
INSERT INTO members_tierstanding AS t (member_id, tier_id, since, review_on, grace_until, next_on)
SELECT member_id, tier_id, since, review_on, grace_until, next_on FROM work_tier
WHERE tier_id <> %(lowest)s OR held_id <> tier_id OR next_on IS NOT NULL ORDER BY member_id
ON CONFLICT (member_id) DO UPDATE SET tier_id = excluded.tier_id, since = excluded.since,
    review_on = excluded.review_on, grace_until = excluded.grace_until, next_on = excluded.next_on
WHERE (t.tier_id, t.since, t.review_on, t.grace_until, t.next_on)
    IS DISTINCT FROM (excluded.tier_id, excluded.since, excluded.review_on, excluded.grace_until, excluded.next_on)
"""
GONE = """
DELETE FROM members_tierstanding t USING work_tier w
WHERE t.member_id = w.member_id AND w.tier_id = %(lowest)s AND w.held_id = w.tier_id AND w.next_on IS NULL
"""
LOWEST = "SELECT id FROM members_tier ORDER BY threshold LIMIT 1"


def apply(params: Mapping[str, Any]) -> None:
    """Write growth, points, tier and stage of the members of work_facts and record what changed."""
    run(STANDING.format(stage=lifecycle.STAGE, why=WHY, at=AT), {**params, **lifecycle.params()})
    tiers_moved, stages_moved = rows(CHANGED)[0]
    if tiers_moved:
        run(TIER_CHANGES)
        timeline.record_rows("member.tier_changed", TIER_CHANGED)
    if stages_moved:
        timeline.record_rows("member.stage_changed", STAGE_CHANGED, params)
    run(WRITE, params)
    lowest = {"lowest": one(LOWEST)}
    run(STANDINGS, lowest)
    run(GONE, lowest)
