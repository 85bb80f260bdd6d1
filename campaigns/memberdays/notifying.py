"""The messages of a date of a campaign: one touch for each of its members but for the control group, in one statement a
chunk. Whether each may leave is asked when it does (campaigns.touches)."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.memberdays.carrying import is_issuing, leaves_at
from campaigns.models import CampaignMessage, MemberDayOccurrence, Touch
from campaigns.reasons.planning import BASKET
from campaigns.touches import planning
from stores.jobs import NotYet
from stores.models import Job
from stores.places import end_of_day
from stores.policy import define

STEP = "notice"
SIZE = 50_000
WAIT = timedelta(seconds=20)
UPLIFT = define(
    "campaigns.notice_uplift_percent",
    3,
    _("Percent of the usual basket that a message of a campaign is expected to bring"),
    minimum=0,
    maximum=100,
)
LAST = """
    SELECT max(member_id) FROM (SELECT member_id FROM campaigns_participant
     WHERE occurrence_id = %(occurrence)s AND member_id > %(after)s ORDER BY member_id LIMIT %(size)s) AS next
"""
PARTICIPANTS = """
    campaigns_participant p
      JOIN members_member m ON m.id = p.member_id AND m.state = 'active'
           AND (m.home_store_id IS NULL OR m.home_store_id <> ALL (%(opted_out)s::bigint[]))
      LEFT JOIN coupons_coupon c ON c.run_id = %(run)s AND c.member_id = p.member_id AND NOT c.is_double
           AND c.state = 'issued'
"""
WHO = f"""
    SELECT p.member_id, p.occurrence_id, round(coalesce(f.average_basket, %(basket)s) * %(uplift)s / 100.0, 2), c.id
      FROM {PARTICIPANTS} LEFT JOIN members_memberfacts f ON f.member_id = p.member_id
     WHERE p.occurrence_id = %(occurrence)s AND NOT p.held_out
       AND p.member_id > %(after)s AND p.member_id <= %(last)s
"""


def notify_chunk(job: Job) -> bool:
    """Plan the message for the next members; True at the end. Waits for the coupons that it may name."""
    rows = MemberDayOccurrence.objects.select_related("member_day", "issue_run__job")
    occurrence = rows.filter(pk=job.params["occurrence"], withdrawn_at=None).first()
    message = CampaignMessage.objects.filter(pk=job.params["message"]).first()
    now = timezone.now()
    if occurrence is None or message is None or end_of_day(None, occurrence.until) <= now:
        return True
    if is_issuing(occurrence):
        raise NotYet(WAIT)
    job.total = occurrence.members - occurrence.held_out
    if not job.cursor:
        _see_the_coupons()
    params = parameters(occurrence, after=job.cursor.get("after", 0), size=SIZE)
    if params["last"] is None:
        return True
    job.done += planning.plan_rows(
        WHO,
        {**params, "basket": BASKET.value, "uplift": UPLIFT.value},
        Touch.Source.CAMPAIGN,
        message.channel,
        message.message_id,
        step=STEP,
        due_at=max(leaves_at(occurrence, message), now),
        stale_at=end_of_day(None, occurrence.until),
    )
    job.cursor = {"after": params["last"]}
    return False


def _see_the_coupons() -> None:
    """Let the planner know of the coupons that have just been issued; else it may read all of them for each chunk."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE coupons_coupon")


def parameters(occurrence: MemberDayOccurrence, *, after: int, size: int) -> dict[str, Any]:
    """What PARTICIPANTS asks for, for the next members of a date; ``last`` is None when there are none any more."""
    params = {
        "occurrence": occurrence.pk,
        "run": occurrence.issue_run_id,
        "opted_out": list(occurrence.member_day.opted_out.values_list("pk", flat=True)),
        "after": after,
        "size": size,
    }
    with connection.cursor() as cursor:
        cursor.execute(LAST, params)
        return {**params, "last": cursor.fetchone()[0]}
