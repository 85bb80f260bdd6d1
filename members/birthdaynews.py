"""The nightly look at the coming birthdays: each is told once as the fact member.birthday_near, some days before.

What follows from it (a gift, a greeting) is for the apps above to know. A birthday counts once per member and year of
its calendar; whoever changes the birthday after the news of one waits half a year for the next.
"""

from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from members import timeline
from members.birthdays import DAYS_BEFORE, Key, keys_between
from members.locks import lock_members
from stores.models import Job

KIND = "member.birthday_near"
PER_CHUNK = 5000
LATE_DAYS = 1  # who joined on the day itself is not forgotten
APART = 180

UNTOLD = """
    m.state = 'active' AND m.birthday_calendar = %(calendar)s AND m.feast_month = %(month)s AND m.feast_day = %(day)s
    AND NOT EXISTS (
        SELECT FROM members_timelinefact t WHERE t.member_id = m.id AND t.kind = 'member.birthday_near'
        AND ((t.data ->> 'year')::int = %(year)s OR abs((t.data ->> 'on')::date - %(on)s::date) < %(apart)s))
"""
NEXT = f"SELECT m.id FROM members_member m WHERE m.id > %(after)s AND {UNTOLD} ORDER BY m.id LIMIT %(limit)s"
NEWS = f"""
    SELECT m.id AS member_id, NULL::bigint AS subject, now() AS at,
        jsonb_build_object('on', %(on)s::date, 'year', %(year)s::int, 'calendar', %(calendar)s::text) AS data
    FROM members_member m WHERE m.id = ANY(%(ids)s) AND {UNTOLD} ORDER BY m.id
"""


def plan_chunk(job: Job) -> bool:
    """One chunk of the nightly job (config/jobs.py): the next members who keep one of the coming birthdays."""
    if not job.cursor:
        job.cursor = {"today": f"{timezone.localdate()}", "key": 0, "after": 0}
    keys = coming(date.fromisoformat(job.cursor["today"]))
    told, last = tell(keys[job.cursor["key"]], job.cursor["after"])
    job.done += told
    job.result = {"told": job.done}
    if last is not None:
        job.cursor = {**job.cursor, "after": last}
        return False
    job.cursor = {**job.cursor, "key": job.cursor["key"] + 1, "after": 0}
    job.total = job.done
    return job.cursor["key"] >= len(keys)


def coming(today: date) -> list[Key]:
    """The birthdays that are due to be told on a business day of the chain."""
    first = date.fromordinal(today.toordinal() - LATE_DAYS)
    return keys_between(first, DAYS_BEFORE.value + LATE_DAYS)


def tell(key: Key, after: int) -> tuple[int, int | None]:
    """Record the next members who keep a birthday; how many, and where to go on (None: that were all).

    The members are locked before it is looked whether their birthday was told, so two runs never tell it twice.
    """
    params: dict[str, Any] = {**vars(key), "after": after, "limit": PER_CHUNK, "apart": APART}
    with connection.cursor() as cursor:
        cursor.execute(NEXT, params)
        ids = [row[0] for row in cursor.fetchall()]
    locked = lock_members(ids)
    told = timeline.record_rows(KIND, NEWS, {**params, "ids": locked}) if locked else 0
    return told, ids[-1] if len(ids) == PER_CHUNK else None
