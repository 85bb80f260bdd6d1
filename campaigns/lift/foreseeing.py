"""What a campaign would be able to show, reckoned from what its members did lately (config/jobs.py)."""

from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

from campaigns.lift.power import least_effect, members_needed
from coupons.audience import Audience
from members.segments.registry import Binder
from stores.models import Job
from stores.places import start_of_day

PERCENTS = (5, 10, 20, 30)
POINTS = (1, 2, 5)
LATELY = """
    SELECT count(*), count(*) FILTER (WHERE EXISTS (
               SELECT FROM members_order o WHERE o.member_id = m.id AND o.paid_at >= %(since)s AND o.paid_at < %(until)s
                  AND o.net_amount > o.returned_amount))
      FROM members_member m WHERE {who}
"""


def foresee_chunk(job: Job) -> bool:
    """Count the members and who of them bought in as many days until today, then reckon; all in one."""
    until = date.fromisoformat(job.params["until"])
    members, bought = _lately(job.params["rule"], until, job.params["days"])
    usual, percent = (bought / members if members else 0.0), job.params["percent"]
    job.result = {
        "members": members,
        "usual": usual,
        "least": least_effect(members, percent / 100, usual),
        "at": {one: least_effect(members, one / 100, usual) for one in PERCENTS},
        "needed": {points: members_needed(points / 100, percent / 100, usual) for points in POINTS},
    }
    return True


def _lately(rule: dict, until: date, days: int) -> tuple[int, int]:
    binder = Binder(timezone.now())
    who = Audience.of(rule).living(binder)
    span = {"since": start_of_day(None, until - timedelta(days=days)), "until": start_of_day(None, until)}
    with connection.cursor() as cursor:
        cursor.execute(LATELY.format(who=who), {**binder.values, **span})
        members, bought = cursor.fetchone()
    return members, bought
