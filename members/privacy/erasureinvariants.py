"""What must always hold of those who were erased: nothing on their rows leads to anybody, and there is a proof."""

ERASED = """(
    WITH RECURSIVE gone (id) AS (
        SELECT m.id FROM members_member m WHERE m.state = 'erased'
        UNION ALL
        SELECT m.id FROM gone g JOIN members_member m ON m.merged_into_id = g.id
    ) SELECT id FROM gone
)"""

INVARIANTS: list[tuple[str, str, str]] = [
    (
        "erased_is_blank",
        f"""
        SELECT m.id FROM members_member m
        WHERE m.id IN {ERASED} AND (m.name, m.initials, m.phone_last4, m.phone_masked, m.source) <> ('', '', '', '', '')
            OR m.id IN {ERASED} AND num_nonnulls(m.birthday, m.feast_month, m.feast_day) > 0
        """,
        "Nothing stands on the row of somebody who was erased.",
    ),
    (
        "erased_has_nothing_left",
        f"""
        SELECT i.member_id FROM members_identity i WHERE i.member_id IN {ERASED}
        UNION ALL SELECT n.member_id FROM members_note n WHERE n.member_id IN {ERASED}
        UNION ALL SELECT t.member_id FROM members_membertag t WHERE t.member_id IN {ERASED}
        UNION ALL SELECT h.pgh_obj_id FROM members_memberhistory h WHERE h.pgh_obj_id IN {ERASED} AND h.name <> ''
        """,
        "No identity, note, tag or former name of somebody who was erased is left.",
    ),
    (
        "erased_with_proof",
        """
        SELECT m.id FROM members_member m LEFT JOIN members_erasure e ON e.member_id = m.id
        WHERE (m.state = 'erased') <> (e.id IS NOT NULL)
        """,
        "Who was erased has a proof, and who has a proof was erased.",
    ),
]
