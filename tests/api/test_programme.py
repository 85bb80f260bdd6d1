"""What partners read about the programme: tiers, coupon templates, campaigns."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import memberdays
from coupons import catalogue
from coupons.drafts import TermsDraft
from coupons.models import CouponTemplate
from stores.models import Scope
from tests.api.callers import is_problem, make_till
from tests.makers import make_coupon, make_member, make_member_day, make_store, make_template, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    return make_till(Scope.TIERS_READ, Scope.COUPONS_READ, Scope.CAMPAIGNS_READ)


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_tiers_come_from_the_lowest_to_the_highest(till):
    make_tiers()
    rows = till.read("/tiers/").json()["results"]
    assert [row["code"] for row in rows] == ["plain", "silver", "gold"]
    assert [row["threshold"] for row in rows] == [0, 1000, 5000]
    assert names(till.read("/tiers/", code="gold")) == ["金卡"]


def test_templates_show_their_terms_and_drafts_stay_at_headquarters(till):
    template = make_template("满60减10", stock=5)
    catalogue.create_template(name="草稿", terms=TermsDraft(kind="gift", gift_name="试吃", valid_days=3), by=None)
    rows = till.read("/coupon-templates/").json()["results"]
    assert [(row["id"], row["stock_left"]) for row in rows] == [(template.public_id, 5)]
    terms = rows[0]["terms"]
    assert (terms["kind"], terms["threshold"], terms["amount_off"]) == ("amount_off", "60.00", "10.00")
    assert names(till.read("/coupon-templates/", kind="gift")) == []
    assert names(till.read("/coupon-templates/", state="active")) == ["满60减10"]


def test_what_waits_for_its_first_approval_is_nobodys_business_and_what_was_in_use_stays(till):
    template = make_template("满60减10", member_period="month", member_period_limit=2)
    make_coupon(template=template)
    fresh = make_template("周年券")
    CouponTemplate.objects.update(state="pending")
    [row] = till.read("/coupon-templates/").json()["results"]
    assert (row["name"], row["member_period"], row["member_period_limit"]) == ("满60减10", "month", 2)
    CouponTemplate.objects.filter(pk=fresh.pk).update(state="stopped")
    assert len(till.read("/coupon-templates/").json()["results"]) == 2


@pytest.fixture
def day():
    day = make_member_day("每日会员日", recurrence="FREQ=DAILY;INTERVAL=2")
    return memberdays.publish(day, by=None)


def test_a_campaign_shows_its_next_dates_and_drafts_do_not_show(till, day):
    make_member_day("草稿")
    (row,) = till.read("/campaigns/").json()["results"]
    today = timezone.localdate()
    assert (row["id"], row["kind"]) == (day.public_id, "member_day")
    assert row["next_dates"][:2] == [f"{today}", f"{today + timedelta(days=2)}"]
    assert row["sentence"]


@pytest.mark.parametrize(("days", "runs"), [(0, True), (1, False), (2, True)])
def test_active_at_keeps_what_runs_on_that_business_day(till, day, days, runs):
    at = timezone.localtime() + timedelta(days=days)
    assert bool(names(till.read("/campaigns/", active_at=at.isoformat()))) is runs


def test_store_and_member_narrow_to_what_is_for_them(till):
    tiers, ours, other = make_tiers(), make_store(), make_store()
    gold, plain = make_member(tier="gold"), make_member()
    for name, fields in (("金卡日", {"tiers": [tiers["gold"]]}), ("本店日", {"stores": [ours]})):
        memberdays.publish(make_member_day(name, **fields), by=None)
    assert names(till.read("/campaigns/", store=ours.code)) == ["金卡日", "本店日"]
    assert names(till.read("/campaigns/", store=other.public_id)) == ["金卡日"]
    assert names(till.read("/campaigns/", member=plain.public_id)) == ["本店日"]
    assert names(till.read("/campaigns/", member=gold.public_id, store=other.code)) == ["金卡日"]
    is_problem(till.read("/campaigns/", store="nowhere"), 422, "store_not_found")


def test_a_store_that_opted_out_has_no_member_day(till, day):
    store = make_store()
    day.opted_out.add(store)
    assert names(till.read("/campaigns/", store=store.code)) == []
    assert names(make_till(stores=[store]).read("/campaigns/")) == []
    assert names(till.read("/campaigns/")) == ["每日会员日"]
