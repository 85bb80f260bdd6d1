"""A bulk issue to everybody in a database of its own: made, counted anew, and its workers killed in the middle."""

import time
from dataclasses import dataclass

from tests.faults.scratch import Scratch, wait_until

PEOPLE = """
    INSERT INTO members_member (code, name, initials, state, phone_last4, phone_masked, birthday_calendar, source,
           joined_at, tier_id, tier_since, growth, points, stage)
    SELECT lpad(n::text, 12, '0'), '会员' || n, '', 'active', '', '', 'solar', '', now(),
           (SELECT id FROM members_tier ORDER BY threshold LIMIT 1), now(), 0, 0, 'introduction'
      FROM generate_series(1, %s) n
"""
START = """
from decimal import Decimal
from coupons import approvals, bulk, catalogue
terms = catalogue.TermsDraft(kind="amount_off", threshold=Decimal(60), amount_off=Decimal(10), valid_days=7)
template = approvals.publish(catalogue.create_template(name="周年券", terms=terms, stock=2_000_000, by=None), None)
bulk.start(template, {}, by=None)
"""


START_PACK = """
from decimal import Decimal
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from coupons import approvals, catalogue, packcatalogue, packs
from coupons.models import IssueRun, PackStep
from members.models import Member
terms = catalogue.TermsDraft(kind="amount_off", threshold=Decimal(60), amount_off=Decimal(10), valid_days=7)
template = approvals.publish(catalogue.create_template(name="周年券", terms=terms, stock=2_000_000, by=None), None)
items = [packcatalogue.ItemDraft(template, 1, 1)]
pack = packcatalogue.publish(packcatalogue.create_pack(name="新人礼包", items=items, by=None), None)
people = list(Member.objects.order_by("pk").values_list("pk", flat=True)[:{people}])
with transaction.atomic():
    packs.give_to_many(pack, people, run=IssueRun.objects.create(pack=pack))
PackStep.objects.update(due_at=timezone.now() - timedelta(hours=1))
"""


@dataclass(frozen=True)
class Count:
    """What is there: coupons, members who have one, codes, facts told, and what the counters say."""

    coupons: int
    holders: int
    codes: int
    told: int
    stock_taken: int
    run: int


def counted(scratch: Scratch) -> Count:
    """Count everything anew."""
    [(coupons, holders, codes)] = scratch.rows(
        "SELECT count(*), count(DISTINCT member_id), count(DISTINCT code) FROM coupons_coupon"
    )
    [(told,)] = scratch.rows("SELECT count(*) FROM members_timelinefact WHERE kind = 'coupon.issued'")
    [(taken,)] = scratch.rows("SELECT sum(issued) FROM coupons_coupontemplate")
    [(run,)] = scratch.rows("SELECT sum(issued) FROM coupons_issuerun")
    return Count(coupons, holders, codes, told, taken, run)


def issued(scratch: Scratch) -> int:
    return scratch.rows("SELECT count(*) FROM coupons_coupon")[0][0]


def state(scratch: Scratch) -> str:
    return scratch.rows("SELECT state FROM stores_job WHERE kind = 'coupons.issue'")[0][0]


def kill_in_the_middle(scratch: Scratch, wait: float, *, more: int = 1) -> tuple[int, int]:
    """When the workers have issued some, wait, kill -9 and empty the broker; issued before and at the kill."""
    before = issued(scratch)
    assert wait_until(lambda: issued(scratch) >= before + more, 90), scratch.log()
    time.sleep(wait)
    scratch.kill()
    scratch.empty_the_broker()
    return before, issued(scratch)
