"""A journey that a whole crowd goes through in a database of its own, and what it must have come to at the end."""

from dataclasses import dataclass

import psycopg

from campaigns.audits import INVARIANTS
from tests.faults.bulkissue import PEOPLE
from tests.faults.scratch import Scratch

STEPS = 8
START = """
from decimal import Decimal
from campaigns.journeys import versions
from campaigns.models import Journey, MessageTemplate
from coupons import approvals, catalogue
from members.models import Tag, TagGroup
terms = catalogue.TermsDraft(kind="amount_off", threshold=Decimal(60), amount_off=Decimal(10), valid_days=7)
template = approvals.publish(catalogue.create_template(name="旅程券", terms=terms, by=None), None)
message = MessageTemplate.objects.create(name="到账", channel="inbox", subject="到账", text="{name}您好")
tag = Tag.objects.create(name="在旅程中", group=TagGroup.objects.create(name="旅程", kind="multiple"))
loyal = {"all": [{"fact": "growth", "op": "gte", "value": "1"}]}
journey = Journey.objects.create(name="折磨", holdout_percent=0)
draft = versions.save_draft(journey, {"trigger": {"on": "manual"}, "goal": None, "steps": [
    {"key": "a", "kind": "split", "percents": [50, 50], "lanes": [[], []]},
    {"key": "b", "kind": "coupon", "template": template.pk},
    {"key": "c", "kind": "branch", "rule": loyal, "lanes": [[], []]},
    {"key": "d", "kind": "message", "message": message.pk},
    {"key": "e", "kind": "wait", "days": 0, "hours": 1},
    {"key": "f", "kind": "tag", "tag": tag.pk},
    {"key": "g", "kind": "coupon", "template": template.pk},
    {"key": "h", "kind": "split", "percents": [10, 90], "lanes": [[], []]},
]})
versions.publish(draft, by=None)
"""
ENTER = """
    INSERT INTO campaigns_trip (journey_id, version_id, member_id, entry, arm, state, step, due_at, entered_at)
    SELECT j.id, j.version_id, m.id, 'hand:1', 'treated', 'active', 'a', now(), now()
      FROM campaigns_journey j, members_member m ORDER BY m.id
"""
OVER = "UPDATE campaigns_trip SET due_at = now() WHERE state = 'active' AND waiting AND due_at > now()"


@dataclass(frozen=True)
class Count:
    """What is there: visits, different (trip, step) pairs among them, trips that are through, coupons, messages, tags,
    and what the tallies say."""

    visits: int
    different: int
    through: int
    coupons: int
    messages: int
    tags: int
    tallied: int


def right(members: int) -> Count:
    """What must be there when everybody is through."""
    return Count(members * STEPS, members * STEPS, members, members * 2, members, members, members * STEPS)


def prepare(scratch: Scratch, members: int) -> None:
    """Members, the journey, and everybody at its first step."""
    scratch.rows(PEOPLE, [members])
    scratch.manage("shell", "-c", START)
    scratch.rows(ENTER)


def counted(scratch: Scratch) -> Count:
    """Count everything anew."""
    [row] = scratch.rows("""
        SELECT (SELECT count(*) FROM campaigns_visit),
               (SELECT count(*) FROM (SELECT DISTINCT trip_id, step FROM campaigns_visit) AS v),
               (SELECT count(*) FROM campaigns_trip WHERE state = 'through'),
               (SELECT count(*) FROM coupons_coupon), (SELECT count(*) FROM campaigns_touch),
               (SELECT count(*) FROM members_membertag), (SELECT coalesce(sum(trips), 0) FROM campaigns_steptally)
    """)
    return Count(*row)


def visits(scratch: Scratch) -> int:
    """How many steps were taken so far."""
    return scratch.rows("SELECT coalesce(sum(trips), 0) FROM campaigns_steptally")[0][0]


def is_over(scratch: Scratch) -> bool:
    """Whether nobody is on the way any more; once nobody is due, those who wait are let go on."""
    if scratch.rows("SELECT 1 FROM campaigns_trip WHERE state = 'active' AND due_at <= now() LIMIT 1"):
        return False
    scratch.rows(OVER)
    return not scratch.rows("SELECT 1 FROM campaigns_trip WHERE state = 'active' LIMIT 1")


def broken(scratch: Scratch) -> list[str]:
    """The rules of campaigns that do not hold."""
    found = []
    for name, sql, _rule in INVARIANTS:
        try:
            found += [f"{name}: {row}" for row in scratch.rows(sql)[:3]]
        except psycopg.Error as error:
            found.append(f"{name}: {error}")
    return found
