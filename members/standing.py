"""A member's standing: the growth, points, tier and stage on the member row, and the facts about their changes.

The rule of tiers. Upgrade at once: whoever has the growth value of a higher tier holds it from that moment. The tier
then stays although growth leaves the window; it is looked at again on its review date. One thing takes it away at
once: when returns take back the very growth it was reached with, so that the growth value which counted on the day of
the upgrade no longer reaches it. The member then falls to the best tier that either that day or today still earns. A
tier given by hand never rested on growth and is not touched by returns.
"""

from collections.abc import Mapping
from typing import Any

from members import lifecycle, timeline
from members.orders.worktables import rows, run

# Growth as it counted on the day of the present tier (to a day later, for clocks that are ahead), and what this
# settlement took from it.
KEPT = """
    SELECT m.id AS member_id,
        coalesce((SELECT sum(e.delta) FROM members_growthentry e WHERE e.member_id = m.id AND {then}), 0) AS growth,
        coalesce((SELECT sum(e.delta) FROM work_taken e WHERE e.member_id = m.id AND {then}), 0) AS taken
    FROM members_member m WHERE m.id IN (SELECT member_id FROM work_taken)
""".format(
    then="""e.at < m.tier_since + interval '1 day'
        AND e.at >= ((m.tier_since AT TIME ZONE %(zone)s)::date - %(growth_days)s + 1)::timestamp
            AT TIME ZONE %(zone)s"""
)
NOTHING_TAKEN = "SELECT NULL::bigint AS member_id, NULL::bigint AS growth, NULL::bigint AS taken WHERE false"
BEST = "SELECT t.id, t.threshold FROM members_tier t WHERE t.threshold <= {growth} ORDER BY t.threshold DESC LIMIT 1"
# Growth may be negative where a correction by hand outlives the growth it corrected, points where they were spent and
# the order then came back. The row shows zero; the ledger remembers the debt.
STANDING = f"""
INSERT INTO work_standing (member_id, growth, points, tier_before, tier_id, why, stage_before, stage, is_new)
SELECT s.*, (m.growth, m.points, m.tier_id, m.stage) IS DISTINCT FROM (s.growth, s.points, s.tier_id, s.stage)
FROM (
    SELECT m.id, greatest(0, f.growth) AS growth, greatest(0, coalesce(p.points, 0)) AS points,
        m.tier_id AS tier_before,
        CASE WHEN earned.threshold > held.threshold THEN earned.id
            WHEN fallen.is_so AND earned.threshold >= kept.threshold THEN earned.id
            WHEN fallen.is_so THEN kept.id ELSE held.id END AS tier_id,
        CASE WHEN earned.threshold > held.threshold THEN 'growth' WHEN fallen.is_so THEN 'return' END AS why,
        m.stage AS stage_before, {{stage}} AS stage
    FROM work_facts f
    JOIN members_member m ON m.id = f.member_id
    JOIN members_tier held ON held.id = m.tier_id
    LEFT JOIN (
        SELECT member_id, sum(delta) AS points FROM members_pointsentry
        WHERE member_id = ANY (%(ids)s::bigint[]) GROUP BY member_id
    ) AS p ON p.member_id = m.id
    LEFT JOIN ({{kept}}) AS k ON k.member_id = m.id
    CROSS JOIN LATERAL (SELECT k.growth < held.threshold AND k.growth - k.taken >= held.threshold AS is_so) AS fallen
    LEFT JOIN LATERAL ({BEST.format(growth="greatest(0, f.growth)")}) AS earned ON true
    LEFT JOIN LATERAL ({BEST.format(growth="greatest(0, k.growth)")}) AS kept ON fallen.is_so
) AS s JOIN members_member m ON m.id = s.id
"""
CHANGED = "SELECT bool_or(tier_before <> tier_id), bool_or(stage_before <> stage) FROM work_standing WHERE is_new"
TIER_CHANGED = """
SELECT member_id, NULL::bigint AS subject, %(at)s AS at,
    jsonb_build_object('from', tier_before, 'to', tier_id, 'why', why) AS data
FROM work_standing WHERE tier_before <> tier_id ORDER BY member_id
"""
STAGE_CHANGED = """
SELECT member_id, NULL::bigint AS subject, %(at)s AS at,
    jsonb_build_object('from', stage_before, 'to', stage) AS data
FROM work_standing WHERE stage_before <> stage ORDER BY member_id
"""
WRITE = """
UPDATE members_member m SET growth = w.growth, points = w.points, tier_id = w.tier_id, stage = w.stage,
    tier_since = CASE WHEN w.tier_before <> w.tier_id THEN %(at)s ELSE m.tier_since END,
    stage_since = CASE WHEN w.stage_before <> w.stage THEN %(at)s ELSE m.stage_since END,
    updated_at = now()
FROM work_standing w WHERE m.id = w.member_id AND w.is_new
"""


def apply(params: Mapping[str, Any], *, taken: bool) -> None:
    """Write growth, points, tier and stage of the members of work_facts and record what changed.

    ``taken`` says whether this settlement took growth back; without that no tier can fall.
    """
    sql = STANDING.format(stage=lifecycle.STAGE, kept=KEPT if taken else NOTHING_TAKEN)
    run(sql, {**params, **lifecycle.params()})
    tiers_moved, stages_moved = rows(CHANGED)[0]
    if tiers_moved:
        timeline.record_rows("member.tier_changed", TIER_CHANGED, params)
    if stages_moved:
        timeline.record_rows("member.stage_changed", STAGE_CHANGED, params)
    run(WRITE, params)
