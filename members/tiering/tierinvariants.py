"""What must hold of tiers: the rules in force are those on the tiers, everybody stands where their path leads.

Members whose day has come since midnight are looked at by the nightly job first.
"""

from members.tiering.tierpaths import GATHERED, PATH, STORED

NOT_DUE = """m.state = 'active' AND NOT EXISTS (
    SELECT FROM members_memberfacts d WHERE d.member_id = m.id AND d.next_change_on <= %(today)s)"""
STANDING = "member_id IN (SELECT w.member_id FROM members_tierstanding w)"
PATHS = f"""
WITH {GATHERED.format(sales=STORED.format(mine=STANDING), mine=STANDING)}
SELECT m.id, (st.tier_id, st.review_on, st.grace_until, m.tier_id), (p.tier, p.review_on, p.grace_until, p.held)
FROM members_tierstanding st
JOIN members_member m ON m.id = st.member_id
LEFT JOIN gathered g ON g.member_id = m.id LEFT JOIN granted t ON t.member_id = m.id
CROSS JOIN LATERAL {PATH.format(until="%(today)s", tell="false")} AS p
WHERE {NOT_DUE} AND (st.tier_id, st.review_on, st.grace_until, m.tier_id)
    IS DISTINCT FROM (p.tier, p.review_on, p.grace_until, p.held)
"""

INVARIANTS: list[tuple[str, str, str]] = [
    (
        "tiers_mirror_their_rules",
        """
        SELECT t.id, t.threshold, n.need
        FROM members_tier t
        FULL JOIN unnest(%(in_force)s::bigint[], %(needed)s::bigint[]) AS n(tier_id, need) ON n.tier_id = t.id
        WHERE t.threshold IS DISTINCT FROM n.need
        """,
        "What a tier needs is what the rules in force say.",
    ),
    (
        "only_the_high_have_a_standing",
        """
        SELECT st.member_id, st.tier_id, %(lowest)s FROM members_tierstanding st
        WHERE st.tier_id = %(lowest)s AND NOT EXISTS (
            SELECT FROM members_tiergrant g WHERE g.member_id = st.member_id AND g.ends_on >= %(today)s - 1)
            AND EXISTS (SELECT FROM members_member m WHERE m.id = st.member_id AND m.state = 'active')
        """,
        "Only members above the lowest tier, or with one given by hand, have a standing.",
    ),
    (
        "nobody_is_high_without_a_standing",
        f"""
        SELECT m.id, m.tier_id, %(lowest)s FROM members_member m
        WHERE m.tier_id <> %(lowest)s AND {NOT_DUE}
            AND NOT EXISTS (SELECT FROM members_tierstanding st WHERE st.member_id = m.id)
            AND NOT EXISTS (SELECT FROM members_tiergrant g WHERE g.member_id = m.id AND g.ends_on >= %(today)s)
        """,
        "Whoever holds a tier above the lowest has a standing.",
    ),
    ("tier_follows_from_its_path", PATHS, "Tier, review and grace follow from the orders, the rules and the grants."),
    (
        "history_leads_to_the_tier",
        """
        SELECT m.id, c.after_id, m.tier_id
        FROM members_member m
        JOIN LATERAL (
            SELECT after_id FROM members_tierchange h WHERE h.member_id = m.id ORDER BY h.id DESC LIMIT 1
        ) AS c ON c.after_id <> m.tier_id
        WHERE m.state = 'active'
        """,
        "The last change in a member's history led to the tier that is held.",
    ),
]
