"""What must hold for birthdays: the day that is kept is that of the date of birth, in the member's calendar.

Who told no year of birth has only the day that is kept; half of it is never there.
"""

from members.lunartables import kept_sql

MONTH, DAY = kept_sql("m.birthday", "m.birthday_calendar")

INVARIANTS: list[tuple[str, str, str]] = [
    (
        "birthday_is_kept_by_its_calendar",
        f"""
        SELECT * FROM (
            SELECT m.id, m.feast_month * 100 + m.feast_day AS kept, ({MONTH}) * 100 + ({DAY}) AS born
            FROM members_member m WHERE m.birthday IS NOT NULL
        ) AS b WHERE kept IS DISTINCT FROM born
        """,
        "A birthday is kept on the day of birth, by the solar or the lunar calendar.",
    ),
    (
        "birthday_has_month_and_day",
        "SELECT id, feast_month, feast_day FROM members_member WHERE (feast_month IS NULL) <> (feast_day IS NULL)",
        "A birthday that is kept has a month and a day.",
    ),
]
