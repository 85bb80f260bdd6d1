"""Reminders of coupons about to end: the fact ``coupon.expiring``, once per coupon, told by a nightly job.

The job goes through the coupons in the order of their ends and keeps, in the transaction of each chunk, how far it has
come (``ReminderMark``); a coupon behind the mark is never told of again, and what an outage left out is made up for. A
coupon whose whole life is shorter than the time of the reminder needs none.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons.models import ReminderMark
from members.timeline import record_rows
from stores.models import Job, Store
from stores.places import end_of_day
from stores.policy import define

DAYS = define(
    "coupons.remind_days", 3, _("Days before its end at which members are reminded of a coupon"), minimum=0, maximum=60
)
CHUNK = 20_000
BEHIND_THE_MARK = """
    state = 'issued' AND valid_until > %(now)s AND valid_until <= %(horizon)s
       AND (valid_until, id) > (%(until)s, %(coupon)s)
"""
LAST_OF_NEXT = f"""
    SELECT valid_until, id, count(*) OVER () FROM (
        SELECT valid_until, id FROM coupons_coupon WHERE {BEHIND_THE_MARK} ORDER BY valid_until, id LIMIT %(size)s
    ) AS next ORDER BY valid_until DESC, id DESC LIMIT 1
"""
# Given when its reminder was due already, or usable only since: its life is too short to be reminded of it. New terms
# may have put off an end that was told of before.
FACTS = f"""
    SELECT member_id, id AS subject, %(now)s::timestamptz AS at, jsonb_build_object('template', template_id) AS data
      FROM coupons_coupon c WHERE {BEHIND_THE_MARK} AND (valid_until, id) <= (%(last_until)s, %(last)s)
       AND greatest(issued_at, valid_from) < valid_until - %(ahead)s::interval
       AND NOT EXISTS (SELECT FROM members_timelinefact f WHERE f.member_id = c.member_id AND f.subject = c.id
                          AND f.kind = 'coupon.expiring')
     ORDER BY valid_until, id
"""


def remind_chunk(job: Job) -> bool:
    """Tell of the next coupons that end soon (config/jobs.py); True when all were told. The caller's transaction."""
    now, days = timezone.now(), DAYS.value
    if not days:
        return True
    mark = _mark(now)
    params: dict[str, Any] = {
        "now": now,
        "horizon": horizon(now, days),
        "until": mark.until,
        "coupon": mark.coupon,
        "size": CHUNK,
        "ahead": timedelta(days=days + 1),
    }
    with connection.cursor() as cursor:
        cursor.execute(LAST_OF_NEXT, params)
        row = cursor.fetchone()
    if row is None:
        return True
    job.done += record_rows("coupon.expiring", FACTS, {**params, "last_until": row[0], "last": row[1]})
    job.total = job.done
    job.result = {"reminded": job.done}
    mark.until, mark.coupon = row[0], row[1]
    mark.save(update_fields=["until", "coupon"])
    return row[2] < CHUNK


def horizon(now: datetime, days: int) -> datetime:
    """The end of the day up to which a coupon may end to be told of today, where that day ends last."""
    homes = [None, *Store.objects.order_by("time_zone").distinct("time_zone")]
    last = timezone.localdate(now) + timedelta(days=days)
    return max(end_of_day(store, last) for store in homes)


def _mark(now: datetime) -> ReminderMark:
    """The row that says how far it has come, locked; the first time it begins with what ends from now on."""
    ReminderMark.objects.bulk_create([ReminderMark(pk=1, until=now)], ignore_conflicts=True)
    return ReminderMark.objects.select_for_update().get(pk=1)
