"""Fixing who a date of a campaign is for: the members of its audience, each with the arm that their bucket gives them.

It happens when the first thing is due that the date does by itself, so that coupon, messages, invitations and the
measurement afterwards speak of the same people, whoever joins or leaves a segment meanwhile.
"""

from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.memberdays.audience import HELD_OUT, audience_of, holdout
from campaigns.memberdays.carrying import carry_on, source_of
from campaigns.memberdays.dates import lead_days
from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState, Participant
from coupons.audience import Audience
from coupons.batches import RANGE
from members.segments.registry import Binder
from stores import jobs
from stores.models import Job
from stores.places import start_of_day
from stores.policy import define

ENROL = "campaigns.enrol"
SIZE = 50_000  # members, of the audience or not, among whom a chunk looks
KEPT = define(
    "campaigns.members_kept_days",
    180,
    _("Days after a date of a campaign for which is kept who took part"),
    minimum=30,
    maximum=1100,
)
LAST = "SELECT max(id) FROM (SELECT id FROM members_member WHERE id > %s ORDER BY id LIMIT %s) AS next"
ENROLLED = """
    INSERT INTO campaigns_participant (occurrence_id, member_id, held_out)
    SELECT %(occurrence)s, m.id, {held_out} FROM members_member m WHERE {within} AND {who} ORDER BY m.id
    ON CONFLICT (occurrence_id, member_id) DO NOTHING
"""
FIXED = """
    UPDATE campaigns_memberdayoccurrence o
       SET enrolled_at = %(now)s, members = all_of_them.members, held_out = all_of_them.held_out
      FROM (SELECT count(*) AS members, count(*) FILTER (WHERE held_out) AS held_out
              FROM campaigns_participant WHERE occurrence_id = %(occurrence)s) AS all_of_them
     WHERE o.id = %(occurrence)s
"""
FORGOTTEN = """
    DELETE FROM campaigns_participant p
     WHERE p.occurrence_id = %(occurrence)s AND p.member_id <= (
           SELECT max(member_id) FROM (SELECT member_id FROM campaigns_participant WHERE occurrence_id = %(occurrence)s
                                        ORDER BY member_id LIMIT %(size)s) AS next)
"""


def plan(member_day: MemberDay, occurrence: MemberDayOccurrence) -> Job:
    """Write down when the members of a date are fixed, once; what follows from that is planned then."""
    first = occurrence.on - timedelta(days=lead_days(member_day))
    return jobs.plan(
        ENROL,
        params={"occurrence": occurrence.pk},
        title=f"{member_day.name} {occurrence.on:%Y-%m-%d}",
        natural_key=f"{source_of(member_day, occurrence.on)}:enrol",
        due_at=start_of_day(None, first),
    )


def enrol_chunk(job: Job) -> bool:
    """The members of the next range of keys; True at the end, when what follows has been planned, too."""
    occurrence = MemberDayOccurrence.objects.select_related("member_day").filter(pk=job.params["occurrence"]).first()
    if occurrence is None or occurrence.withdrawn_at or occurrence.member_day.state != MemberDayState.PUBLISHED:
        return True
    who, now, after = Audience.of(audience_of(occurrence.member_day)), timezone.now(), job.cursor.get("after", 0)
    if not after:
        job.total = who.count(at=now)
    last = _last_of_range(after)
    if last is None:
        _fix(occurrence, now)
        carry_on(occurrence)
        return True
    job.done += _enrol(occurrence, who, now, after, last)
    job.cursor = {"after": last}
    return False


def forget_chunk(day: date, size: int = SIZE) -> bool:
    """Delete some who took part in a date that was over long ago (``KEPT``); True when none is left."""
    over = MemberDayOccurrence.objects.filter(until__lt=day - timedelta(days=KEPT.value))
    kept = over.filter(Exists(Participant.objects.filter(occurrence=OuterRef("pk"))))
    occurrence = kept.order_by("until", "pk").first()
    if occurrence is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute(FORGOTTEN, {"occurrence": occurrence.pk, "size": size})
    return False


def _last_of_range(after: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(LAST, [after, SIZE])
        found: int | None = cursor.fetchone()[0]
    return found


def _enrol(occurrence: MemberDayOccurrence, who: Audience, now: datetime, after: int, last: int) -> int:
    """Enter the members of a range; returns how many are new."""
    binder = Binder(now, within=RANGE)
    text = ENROLLED.format(held_out=HELD_OUT, within=RANGE.format(id="m.id"), who=who.living(binder))
    params = {"occurrence": occurrence.pk, "after": after, "last": last, **holdout(occurrence.member_day)}
    with connection.cursor() as cursor:
        cursor.execute(text, {**binder.values, **params})
        return cursor.rowcount


def _fix(occurrence: MemberDayOccurrence, now: datetime) -> None:
    """All are there: note how many they are, and let the planner see them before coupons and messages go by them.

    Statistics taken while they were entered end at some member; whoever comes after would be planned for as nobody.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIXED, {"occurrence": occurrence.pk, "now": now})
        cursor.execute("ANALYZE campaigns_participant")
    occurrence.refresh_from_db()
