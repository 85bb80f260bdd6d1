"""Stock, limits, quotas and budgets when everybody wants the last one; and what read-check-write would make of them."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from coupons import bulk, issuing, offers, quotas
from coupons.codes import new_code
from coupons.models import Coupon, CouponTemplate, Offer, OfferQuota, OfferState, StoreBudget
from stores import jobs, policy
from stores.models import Job
from tests.concurrency.crowd import at_once, meeting
from tests.coupons.shop import agree, broken, open_shop
from tests.makers import days_ago, make_guide, make_member, make_template

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 32
D = Decimal


def giving(template: CouponTemplate, members) -> list[partial]:
    return [partial(issuing.issue_coupon, template, member, origin="staff") for member in members]


def unguarded(template: CouponTemplate, all_looked: Callable[[], None], member) -> Coupon | None:
    """Issuing as it is often written: read what is left, check, write."""
    row = CouponTemplate.objects.select_related("terms").get(pk=template.pk)
    had = Coupon.objects.filter(template=row, member=member).count()
    all_looked()
    if row.stock is not None and row.issued >= row.stock or row.member_limit is not None and had >= row.member_limit:
        return None
    CouponTemplate.objects.filter(pk=row.pk).update(issued=F("issued") + 1)
    return Coupon.objects.create(
        code=new_code(), template=row, terms=row.terms, member=member, origin="staff",
        valid_from=timezone.now(), valid_until=days_ago(-7),
    )  # fmt: skip


def test_a_stock_of_five_goes_to_five():
    template, members = make_template(stock=5), [make_member() for _ in range(CROWD)]
    outcome = at_once(giving(template, members))
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (5, {"stock_spent": CROWD - 5})
    assert Coupon.objects.count() == CouponTemplate.objects.get().issued == 5
    assert broken() == []


def test_without_the_guard_more_than_the_stock_is_given():
    """The control; the CHECK on the table, the last guard, is taken away too."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE coupons_coupontemplate DROP CONSTRAINT template_stock_holds")
    try:
        template, members = make_template(stock=5), [make_member() for _ in range(CROWD)]
        all_looked = meeting(CROWD)
        outcome = at_once([partial(unguarded, template, all_looked, member) for member in members])
        assert outcome.broken == []
        assert Coupon.objects.count() > 5
    finally:
        CouponTemplate.objects.update(stock=None)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE coupons_coupontemplate ADD CONSTRAINT template_stock_holds "
                "CHECK (stock IS NULL OR issued <= stock)"
            )


def test_a_member_gets_two_of_two_whoever_gives():
    template, xiaomei = make_template(member_limit=2), make_member()
    outcome = at_once(giving(template, [xiaomei] * CROWD))
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (2, {"limit_reached": CROWD - 2})
    assert broken() == []


def test_without_the_guard_a_member_gets_more():
    """The control."""
    template, xiaomei = make_template(member_limit=2), make_member()
    outcome = at_once([partial(unguarded, template, meeting(CROWD), xiaomei)] * CROWD)
    assert outcome.broken == []
    assert Coupon.objects.filter(member=xiaomei).count() > 2


def test_a_bulk_issue_and_single_issues_share_stock_and_limit(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK_WITH_LIMIT", 3)
    template, members = make_template(stock=30, member_limit=1), [make_member() for _ in range(40)]
    run = bulk.start(template, {}, by=None)
    outcome = at_once([partial(jobs.run, run.job_id), *giving(template, members[:20] + members[:11])])
    assert outcome.broken == []
    held = Counter(Coupon.objects.values_list("member", flat=True))
    assert (sum(held.values()), max(held.values())) == (30, 1)
    assert Job.objects.get(pk=run.job_id).state == "done"
    assert broken() == []


def senders(count: int, template: CouponTemplate, guide, prefix: str = "k") -> list[partial]:
    """One guide sending to as many members at once."""
    calls = []
    for number in range(count):
        member = make_member(f"会员{number}", guide=guide)
        agree(member)
        calls.append(
            partial(offers.send, guide, member, template=template, text="您好", channel="wecom",
                    request_key=f"{prefix}{number}")
        )  # fmt: skip
    return calls


def test_a_quota_of_five_sends_five():
    shop, template = open_shop(), make_template(open_to_guides=True, guide_month_quota=5)
    outcome = at_once(senders(CROWD, template, shop.xiaoman))
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (5, {"quota_spent": CROWD - 5})
    assert OfferQuota.objects.get().used == Offer.objects.count() == 5
    assert broken() == []


def test_without_the_guard_more_than_the_quota_is_taken():
    """The control: the quota row, taken by read, check, write."""
    shop, template = open_shop(), make_template(guide_month_quota=5)
    month = quotas.month_of(shop.store, timezone.now())
    OfferQuota.objects.create(guide=shop.xiaoman, template=template, month=month, limit=5)
    all_looked = meeting(CROWD)

    def take() -> bool:
        quota = OfferQuota.objects.get()
        all_looked()
        if quota.used >= quota.limit:
            return False
        quota.used += 1
        quota.save()
        return True

    outcome = at_once([take] * CROWD)
    assert outcome.broken == []
    assert sum(outcome.done) > 5


def test_guides_of_a_store_share_its_budget():
    shop, template = open_shop(), make_template(open_to_guides=True)
    policy.change("offers.store_month_budget", 59, by=None)
    policy.forget()
    kexin = make_guide("郑可欣", store=shop.store)
    outcome = at_once(senders(12, template, shop.xiaoman, "x") + senders(12, template, kexin, "y"))
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (5, {"store_budget_spent": 19})
    assert StoreBudget.objects.get().used == 50
    assert broken() == []


def test_one_tap_that_arrives_sixteen_times_is_one_offer():
    shop, template = open_shop(), make_template(open_to_guides=True)
    call = partial(
        offers.send, shop.xiaoman, shop.xiaomei, template=template, text="您好", channel="wecom", request_key="tap"
    )
    outcome = at_once([call] * 16)
    assert (outcome.broken, outcome.refused, len(set(outcome.done))) == ([], [], 1)
    assert OfferQuota.objects.get().used == 1


def test_one_form_that_arrives_for_sixteen_members_at_once_is_one_offer_and_the_others_hear_why():
    """Each of them is another member's row: no lock of one makes another wait."""
    shop, template = open_shop(), make_template(open_to_guides=True)
    members = [make_member(f"会员{nth}", guide=shop.xiaoman) for nth in range(16)]
    for member in members:
        agree(member, "wecom")
    calls = [
        partial(offers.send, shop.xiaoman, member, template=template, text="您好", channel="wecom", request_key="tap")
        for member in members
    ]
    outcome = at_once(calls)
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (1, {"request_key_reused": 15})
    assert (Offer.objects.count(), OfferQuota.objects.get().used) == (1, 1)
    assert broken() == []


def test_the_weekly_cap_holds_when_two_guides_write_at_once():
    shop = open_shop()
    calls = [
        partial(offers.send, guide, shop.xiaomei, template=None, text="您好", channel="wecom", request_key=f"k{number}")
        for number in range(8)
        for guide in (shop.xiaoman, shop.zhou_min)
    ]
    outcome = at_once(calls)
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (2, {"contact_cap": 14})


def test_taking_back_and_leaving_at_the_same_moment_is_one_or_the_other():
    shop, template = open_shop(), make_template(open_to_guides=True)
    policy.change("offers.member_weekly_cap", 12, by=None)
    policy.change("contacts.per_day", 12, by=None)
    seen = set()
    for number in range(12):
        with transaction.atomic():
            offer = offers.send(
                shop.xiaoman, shop.xiaomei, template=template, text="您好", channel="wecom", request_key=f"k{number}"
            )
            Offer.objects.filter(pk=offer.pk).update(leaves_at=days_ago(0.001))
        back = partial(offers.take_back, offer, by=shop.xiaoman)
        outcome = at_once([back, partial(offers.leave, offer.pk), offers.leave_due])
        assert outcome.broken == []
        offer.refresh_from_db()
        seen.add(offer.state)
        assert (offer.coupon_id is not None) == (offer.state == OfferState.SENT)
        assert broken() == []
    assert seen <= {OfferState.SENT, OfferState.TAKEN_BACK}
