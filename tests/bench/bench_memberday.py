"""A member day published for everybody: members fixed, coupons with their facts, a message each; beside bare inserts.

The limit is the same rows by chunked INSERT .. SELECT and nothing else.
"""

from collections.abc import Iterator
from functools import partial

from django.db import connection, transaction
from django.utils import timezone

from campaigns import memberdays
from campaigns.models import CampaignMessage, Channel, MemberDay, MessageTemplate, Participant, Touch
from coupons.models import Coupon, CouponTemplate
from stores import jobs
from stores.models import Job, JobState
from tests.bench.bench_issue import MEMBERS, barely, template
from tests.bench.harness import Measure, Scale, benchmark, medians

GOAL = 0.5
MOST_SECONDS = 60.0
MILLION = 1_000_000
CHUNK = 50_000
EMPTIED = """
    TRUNCATE campaigns_touch, campaigns_participant, campaigns_campaignmessage, campaigns_memberdayoccurrence,
             campaigns_memberday, campaigns_messagetemplate, coupons_issuerun, coupons_coupon, members_timelinefact,
             members_earningrule, stores_job RESTART IDENTITY CASCADE
"""
BARE_PARTICIPANTS = """
    INSERT INTO campaigns_participant (occurrence_id, member_id, held_out)
    SELECT %(occurrence)s, id, false FROM members_member WHERE id > %(after)s AND id <= %(last)s ORDER BY id
"""
BARE_TOUCHES = """
    INSERT INTO campaigns_touch (member_id, source, source_id, step, occurrence, channel, message_id, coupon_id, value,
                                 due_at, stale_at, at)
    SELECT member_id, 'campaign', %(occurrence)s, 'notice', '', 'inbox', %(message)s, id, 1, now(), now(), now()
      FROM coupons_coupon WHERE member_id > %(after)s AND member_id <= %(last)s ORDER BY member_id
"""


@benchmark
def memberday(scale: Scale) -> Iterator[Measure]:
    """Each way begins with empty tables; ours is what the workers do after a second person has approved it."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS.format(members=scale.members))
        cursor.execute("VACUUM ANALYZE")
    coupon = template("会员日券")
    (bare,), (ours,) = medians((partial(bare_rows, coupon, scale),), (partial(published, coupon, scale),), before=empty)
    what = f"member day for {scale.members:,} members, coupons and messages included"
    yield Measure(what, scale.members / ours, scale.members / bare, "members/s", GOAL)
    yield Measure("... seconds for a million", ours * MILLION / scale.members, MOST_SECONDS, "s", 1, False)


def empty() -> None:
    """Nothing published, given or planned."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTIED)
    CouponTemplate.objects.update(issued=0)


def draft(coupon: CouponTemplate) -> MemberDay:
    """A member day of today with a coupon and a message, without a control group."""
    today = timezone.localdate()
    day = MemberDay.objects.create(
        name="会员日", recurrence=f"FREQ=MONTHLY;BYMONTHDAY={today.day}", starts_on=today, ends_on=today,
        coupon_template=coupon, holdout_percent=0,
    )  # fmt: skip
    words = MessageTemplate.objects.create(name="会员日", channel=Channel.INBOX, subject="会员日", text="今天会员日")
    CampaignMessage.objects.create(member_day=day, channel=Channel.INBOX, message=words, days_before=0)
    return day


def published(coupon: CouponTemplate, scale: Scale) -> None:
    """Published, and every job that follows run to its end."""
    memberdays.publish(draft(coupon))
    ran = set()
    while following := Job.objects.filter(state=JobState.WAITING).exclude(pk__in=ran).order_by("pk").first():
        ran.add(following.pk)
        if jobs.run_to_end(following.pk).state != JobState.DONE:
            raise RuntimeError(f"{following.kind} went wrong.")
    counts = [rows.objects.count() for rows in (Participant, Coupon, Touch)]
    if counts != [scale.members] * 3 or Touch.objects.filter(coupon_id=None).exists():
        raise RuntimeError(f"Not everybody got everything: {counts}")


def bare_rows(coupon: CouponTemplate, scale: Scale) -> None:
    """The same rows, chunk by chunk, each in its transaction, and nothing else."""
    day = draft(coupon)
    occurrence = day.occurrences.create(on=day.starts_on, until=day.starts_on)
    message = day.messages.get().message_id
    for statement in (BARE_PARTICIPANTS, None, BARE_TOUCHES):
        if statement is None:
            barely(coupon, scale, facts=True)
            continue
        for after in range(0, scale.members, CHUNK):
            params = {"occurrence": occurrence.pk, "message": message, "after": after, "last": after + CHUNK}
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, params)
