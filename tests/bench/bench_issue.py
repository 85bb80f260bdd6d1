"""Bulk issue: coupons with facts, stock, counters and progress, beside one chunked INSERT .. SELECT of the coupons.

The second limit is the same with the rows of the timeline, which are half of what a bulk issue writes.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

from django.db import connection, transaction

from coupons import bulk, catalogue
from coupons.drafts import TermsDraft
from coupons.models import Coupon, CouponTemplate, IssueRun
from members.models import TimelineFact
from stores import jobs
from stores.models import JobState
from tests.bench.harness import Measure, Scale, benchmark, medians

BARE = Path(__file__).with_name("bare_issue.sql").read_text()
BARE_FACTS = """
    INSERT INTO members_timelinefact (kind, member_id, subject, at, data, batch)
    SELECT 'coupon.issued', member_id, id, issued_at, '{"origin": "staff", "template": 1}', %(batch)s
      FROM coupons_coupon WHERE run_id = %(run)s AND NOT is_double AND member_id > %(after)s
     ORDER BY member_id LIMIT %(size)s
"""
EMPTIED = "TRUNCATE coupons_issuerun, coupons_coupon, members_timelinefact, stores_job RESTART IDENTITY CASCADE"
MEMBERS = """
    TRUNCATE members_member RESTART IDENTITY CASCADE;
    INSERT INTO members_member (code, name, initials, state, phone_last4, phone_masked, birthday_calendar, source,
           joined_at, tier_id, tier_since, growth, points, stage)
    SELECT lpad(n::text, 12, '0'), '', '', 'active', '', '', 'solar', '', now(),
           (SELECT id FROM members_tier ORDER BY threshold LIMIT 1), now(), 0, 0, 'introduction'
      FROM generate_series(1, {members}) n;
"""
GOAL = 0.8


@benchmark
def bulk_issue(scale: Scale) -> Iterator[Measure]:
    """Everybody gets one; each way begins with empty tables of coupons, facts and jobs."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS.format(members=scale.members))
        cursor.execute("VACUUM ANALYZE")
    free, limited = template("周年券"), template("限领券", limit=1)
    counted = partial(check, scale)  # a step of its own: every run is counted, and no clock pays for the counting
    (bare,), (both,), (ours, _free), (within, _limited) = medians(
        (partial(barely, free, scale, facts=False),),
        (partial(barely, free, scale, facts=True),),
        (partial(issue, free), counted),
        (partial(issue, limited), counted),
        before=empty,
    )
    what, per_second = f"{scale.members:,} coupons issued with facts", scale.members / ours
    yield Measure(f"{what}, beside the coupons alone", per_second, scale.members / bare, "coupons/s", GOAL)
    yield Measure(f"{what}, beside coupons and facts", per_second, scale.members / both, "coupons/s")
    yield Measure("... one at most for each member", scale.members / within, scale.members / both, "coupons/s")


def template(name: str, limit: int | None = None) -> CouponTemplate:
    """¥10 off ¥60 for 7 days, published; ``limit`` is how many a member may have."""
    terms = TermsDraft(kind="amount_off", threshold=Decimal(60), amount_off=Decimal(10), valid_days=7)
    return catalogue.publish(catalogue.create_template(name=name, terms=terms, by=None, member_limit=limit), None)


def empty() -> None:
    """No coupons, facts and jobs."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTIED)
    CouponTemplate.objects.update(issued=0)


def issue(what: CouponTemplate) -> None:
    """As headquarters do it."""
    job = jobs.run_to_end(bulk.start(what, {}, by=None).job_id or 0)
    if job.state != JobState.DONE:
        raise RuntimeError(f"The bulk issue that is measured went wrong: {job.error}")


def check(scale: Scale) -> None:
    """Raise unless everybody has a coupon and a fact."""
    if not Coupon.objects.count() == TimelineFact.objects.count() == scale.members:
        raise RuntimeError("The bulk issue that was measured leaves something out.")


def barely(what: CouponTemplate, scale: Scale, *, facts: bool) -> None:
    """The same rows, chunk by chunk, each in its transaction, and nothing else."""
    run = IssueRun.objects.create(template=what, terms=what.terms)
    params = {"template": what.pk, "terms": what.terms_id, "run": run.pk, "size": bulk.CHUNK, "prefix": "000"}
    for nth, after in enumerate(range(0, scale.members, bulk.CHUNK)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(BARE, {**params, "after": after})
            if facts:
                cursor.execute(BARE_FACTS, {**params, "after": after, "batch": nth})
