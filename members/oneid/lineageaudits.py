"""What must always hold of merged members: nothing is with them that should be with the living one.

Read when the audit asks, when every app has announced its tables (members.oneid.lineage).
"""

from members.oneid.lineage import MOVING, Moving

STRAYS = """
SELECT t.{key}, '{table}', g.kept_id FROM members_membermerge g
JOIN {table} t ON t.{column} = g.absorbed_id
WHERE g.undone_at IS NULL AND g.made_at < clock_timestamp() - interval '{grace}'
"""


def _strays() -> str:
    """SQL for the rows of all apps that are still with an absorbed member: the apps above get an hour to follow.

    Tables in which some rows stay by rule are left out.
    """
    strict = {moving.model: moving for moving in MOVING if not moving.unless}
    return " UNION ALL ".join(moving.fill(STRAYS, grace=_grace(moving)) for moving in strict.values())


def _grace(moving: Moving) -> str:
    return "0" if moving.model._meta.app_label == __name__.partition(".")[0] else "1 hour"


INVARIANTS: list[tuple[str, str, str]] = [
    ("nothing_stays_with_the_absorbed", _strays(), "Rows of a merged member are with the one they became."),
    (
        "merged_by_a_merge_that_stands",
        """
        SELECT coalesce(m.id, g.absorbed_id), m.merged_into_id, g.kept_id
        FROM (SELECT id, merged_into_id FROM members_member WHERE merged_into_id IS NOT NULL) AS m
        FULL JOIN (SELECT absorbed_id, kept_id FROM members_membermerge WHERE undone_at IS NULL) AS g
            ON g.absorbed_id = m.id
        WHERE m.merged_into_id IS DISTINCT FROM g.kept_id
        """,
        "A member is merged exactly while one merge of it stands.",
    ),
    (
        "lineage_ends_with_somebody",
        """
        WITH RECURSIVE up (start, id) AS (
            SELECT id, merged_into_id FROM members_member WHERE merged_into_id IS NOT NULL
            UNION
            SELECT up.start, m.merged_into_id FROM up JOIN members_member m ON m.id = up.id
            WHERE m.merged_into_id IS NOT NULL
        )
        SELECT up.start FROM up JOIN members_member m ON m.id = up.id
        GROUP BY up.start HAVING NOT bool_or(m.merged_into_id IS NULL)
        """,
        "Whoever was merged leads to a member who was not.",
    ),
    (
        "absorbed_members_come_to_nothing",
        """
        SELECT m.id, (m.growth, m.points, m.points_owed, f.member_id, s.member_id), NULL
        FROM members_member m
        LEFT JOIN members_memberfacts f ON f.member_id = m.id
        LEFT JOIN members_tierstanding s ON s.member_id = m.id
        WHERE m.merged_into_id IS NOT NULL
            AND (m.growth <> 0 OR m.points <> 0 OR m.points_owed <> 0 OR f.member_id IS NOT NULL
                 OR s.member_id IS NOT NULL)
        """,
        "What is computed of a merged member is computed of the one they became.",
    ),
]
