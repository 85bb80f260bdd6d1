"""Touches: a message planned for everybody, beside one bare INSERT .. SELECT of the same rows; and the gate."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from campaigns.models import Touch
from campaigns.touches.claiming import claim
from campaigns.touches.planning import plan, plan_rows
from stores import policy
from tests.bench.bench_issue import MEMBERS
from tests.bench.harness import Measure, Scale, benchmark, medians
from tests.campaigns.touches.post import make_message, make_occurrence

GOAL = 0.8  # of the bare statement
PER_SECOND = 50_000
CHUNK = 50_000
WHO = "SELECT id, 1::bigint, 1.0, NULL::bigint FROM members_member WHERE id > %(after)s AND id <= %(last)s"
BARE = """
    INSERT INTO campaigns_touch
        (member_id, guide_id, store_id, source, source_id, step, occurrence, channel, message_id, coupon_id, value,
         due_at, stale_at, at)
    SELECT m.id, NULL, m.home_store_id, 'campaign', 1, 'notice', '', 'inbox', %(message)s, NULL, 1.0,
           %(due)s, %(stale)s, %(due)s
      FROM members_member m WHERE m.id > %(after)s AND m.id <= %(last)s ORDER BY m.id
"""
EMPTIED = "TRUNCATE campaigns_touch CASCADE"
LATER = timedelta(days=1)


@benchmark
def touches(scale: Scale) -> Iterator[Measure]:
    """Everybody gets one in-app message; each way begins with an empty ledger."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS.format(members=scale.members))
        cursor.execute("VACUUM ANALYZE")
    message, occurrence, due = make_message(channel="inbox", subject="会员日"), make_occurrence(), timezone.now()
    (bare,), (rows,), (listed,) = medians(
        (lambda: barely(scale, message.pk, due),),
        (lambda: by_rows(scale, message.pk, due),),
        (lambda: by_list(scale, message.pk, due, occurrence.pk),),
        before=empty,
    )
    what = f"{scale.members:,} touches planned"
    limit = scale.members / bare
    yield Measure(f"{what} by a statement, beside the bare INSERT", scale.members / rows, limit, "touches/s", GOAL)
    yield Measure("... from lists of members", scale.members / listed, limit, "touches/s")
    yield Measure("... by a statement, beside the goal", scale.members / rows, PER_SECOND, "touches/s", 1)
    yield gate(scale)


def barely(scale: Scale, message: int, due: datetime) -> None:
    """The limit: the same rows without asking whether they are there."""
    with connection.cursor() as cursor:
        for part in parts(scale):
            cursor.execute(BARE, {**part, "message": message, "due": due, "stale": due + LATER})


def by_rows(scale: Scale, message: int, due: datetime) -> None:
    """As a member day plans them."""
    for part in parts(scale):
        plan_rows(WHO, part, "campaign", "inbox", message, step="notice", due_at=due)


def by_list(scale: Scale, message: int, due: datetime, occurrence: int) -> None:
    """As a step of a journey plans them."""
    for part in parts(scale):
        members = range(part["after"] + 1, part["last"] + 1)
        sources = [occurrence] * len(members)
        plan(
            "campaign", "inbox", message, members=members, source_ids=sources, step="notice", due_at=due,
            value=Decimal(1),
        )  # fmt: skip


def gate(scale: Scale) -> Measure:
    """How many touches a second pass the gate and are claimed, whatever comes after."""
    policy.forget()
    planned, begun, passed = Touch.objects.count(), time.perf_counter(), 0
    most = min(planned, 50_000)
    while passed < most and (claimed := claim()).decided:
        passed += claimed.decided
    return Measure("touches through the gate", passed / (time.perf_counter() - begun), PER_SECOND, "touches/s")


def parts(scale: Scale) -> list[dict[str, int]]:
    """The ranges of members."""
    return [{"after": first, "last": min(first + CHUNK, scale.members)} for first in range(0, scale.members, CHUNK)]


def empty() -> None:
    """An empty ledger."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTIED)
