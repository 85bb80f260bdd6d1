"""A member's standing: the growth, points, tier and stage on the member row, and the facts about their changes.

The rule of tiers. Upgrade at once: whoever has the growth value of a higher tier holds it from that moment. The tier
then stays although growth leaves the window; it is looked at again on its review date. One thing takes it away at
once: when returns take back the very growth it was reached with, so that the growth value which counted on the day of
the upgrade no longer reaches it. The member then falls to the best tier that either that day or today still earns. A
tier given by hand never rested on growth and is not touched by returns.
"""

from members import lifecycle, timeline
from members.orders.worktables import one, run
from members.windows import Windows

# Growth may be negative where a correction by hand outlives the growth it corrected, points where they were spent and
# the order then came back. The row shows zero; the ledger remembers the debt.
POINTS = """
UPDATE work_member m SET points = e.points
FROM (
    SELECT m.member_id, sum(e.delta) AS points
    FROM work_member m JOIN members_pointsentry e ON e.member_id = m.member_id GROUP BY m.member_id
) AS e
WHERE e.member_id = m.member_id
"""
# Growth as it counted on the day of the present tier (a day more, for clocks that are ahead), and what this
# settlement took from it.
KEPT = """
UPDATE work_member w SET kept_growth = k.growth, taken = k.taken
FROM (
    SELECT m.id,
        coalesce((SELECT sum(e.delta) FROM members_growthentry e WHERE e.member_id = m.id AND {then}), 0) AS growth,
        coalesce((SELECT sum(e.delta) FROM work_taken e WHERE e.member_id = m.id AND {then}), 0) AS taken
    FROM members_member m WHERE m.id IN (SELECT member_id FROM work_taken)
) AS k
WHERE k.id = w.member_id
""".format(
    then="e.at > m.tier_since - make_interval(days => %(growth_days)s) AND e.at < m.tier_since + interval '1 day'"
)
TIER = """
UPDATE work_member w SET tier_id = n.tier_id, why = n.why
FROM (
    SELECT m.id, coalesce(CASE
            WHEN earned.threshold > held.threshold OR fallen.is_so AND earned.threshold >= kept.threshold THEN earned.id
            WHEN fallen.is_so THEN kept.id END, held.id) AS tier_id,
        CASE WHEN earned.threshold > held.threshold THEN 'growth' WHEN fallen.is_so THEN 'return' END AS why
    FROM work_member w
    JOIN members_member m ON m.id = w.member_id
    JOIN members_tier held ON held.id = m.tier_id
    CROSS JOIN LATERAL (
        SELECT w.kept_growth < held.threshold AND w.kept_growth - w.taken >= held.threshold AS is_so
    ) AS fallen
    LEFT JOIN LATERAL (
        SELECT t.id, t.threshold FROM members_tier t
        WHERE t.threshold <= greatest(w.growth, 0) ORDER BY t.threshold DESC LIMIT 1
    ) AS earned ON true
    LEFT JOIN LATERAL (
        SELECT t.id, t.threshold FROM members_tier t
        WHERE fallen.is_so AND t.threshold <= greatest(w.kept_growth, 0) ORDER BY t.threshold DESC LIMIT 1
    ) AS kept ON true
) AS n
WHERE n.id = w.member_id
"""
STAGE = """
UPDATE work_member w SET stage = {stage} FROM work_facts f WHERE f.member_id = w.member_id
"""
TIER_CHANGED = """
SELECT m.id AS member_id, NULL::bigint AS subject, %(at)s AS at,
    jsonb_build_object('from', m.tier_id, 'to', w.tier_id, 'why', w.why) AS data
FROM work_member w JOIN members_member m ON m.id = w.member_id WHERE m.tier_id <> w.tier_id
"""
STAGE_CHANGED = """
SELECT m.id AS member_id, NULL::bigint AS subject, %(at)s AS at,
    jsonb_build_object('from', m.stage, 'to', w.stage) AS data
FROM work_member w JOIN members_member m ON m.id = w.member_id WHERE m.stage <> w.stage
"""
WRITE = """
UPDATE members_member m SET growth = w.growth_shown, points = w.points_shown, tier_id = w.tier_id, stage = w.stage,
    tier_since = CASE WHEN m.tier_id <> w.tier_id THEN %(at)s ELSE m.tier_since END,
    stage_since = CASE WHEN m.stage <> w.stage THEN %(at)s ELSE m.stage_since END,
    updated_at = now()
FROM (
    SELECT *, greatest(0, coalesce(growth, 0)) AS growth_shown, greatest(0, coalesce(points, 0)) AS points_shown
    FROM work_member
) AS w
WHERE m.id = w.member_id AND (m.growth, m.points, m.tier_id, m.stage)
    IS DISTINCT FROM (w.growth_shown, w.points_shown, w.tier_id, w.stage)
"""


def apply(now: Windows) -> None:
    """Write growth, points, tier and stage of the members of work_member and record what changed.

    Their growth and facts must have been computed (members.facts).
    """
    run(POINTS)
    if one("SELECT 1 FROM work_taken LIMIT 1"):
        run(KEPT, now.params)
    run(TIER)
    run(STAGE.format(stage=lifecycle.STAGE), {**now.params, **lifecycle.params()})
    timeline.record_rows("member.tier_changed", TIER_CHANGED, now.params)
    timeline.record_rows("member.stage_changed", STAGE_CHANGED, now.params)
    run(WRITE, now.params)
