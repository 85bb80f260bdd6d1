"""So many in a day, week, month or year of the member's home store; whoever gives, one by one or to many."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from coupons import batches, bulk, catalogue, exchange, limits
from coupons.errors import CouponRefused
from coupons.models import Coupon, CouponState, CouponTemplate
from coupons.moves import Move, move_one
from coupons.offeroptions import options_among
from members.models import Member
from stores import jobs
from stores.errors import Refusal
from stores.models import Job, Store
from tests.coupons.shop import open_shop
from tests.makers import make_coupon, make_member, make_store, make_template, moment

pytestmark = pytest.mark.django_db


def refused(template: CouponTemplate, member: Member, at: datetime) -> CouponRefused:
    before = Coupon.objects.count(), CouponTemplate.objects.get(pk=template.pk).issued
    with pytest.raises(CouponRefused) as caught:
        make_coupon(member, template=template, at=at)
    assert (Coupon.objects.count(), CouponTemplate.objects.get(pk=template.pk).issued) == before
    return caught.value


@pytest.mark.parametrize(
    ("period", "first", "still", "again"),
    [
        ("day", "2026-11-18T00:10", "2026-11-18T23:50", "2026-11-19T00:10"),
        ("week", "2026-11-16T00:10", "2026-11-22T23:50", "2026-11-23T00:10"),
        ("month", "2026-11-01T00:10", "2026-11-30T23:50", "2026-12-01T00:10"),
        ("year", "2026-01-01T00:10", "2026-12-31T23:50", "2027-01-01T00:10"),
    ],
)
def test_one_in_a_period_and_the_refusal_says_from_when_there_is_another(period, first, still, again):
    """Times of the store in Shanghai: each of them lies on another day in UTC than its neighbour of the same day."""
    at = [datetime.fromisoformat(text + "+08:00") for text in (first, still, again)]
    xiaomei = make_member(home_store=make_store())
    template = make_template(member_period_limit=1, member_period=period)
    make_coupon(xiaomei, template=template, at=at[0])
    refusal = refused(template, xiaomei, at[1])
    assert (refusal.code, refusal.extra["from_day"], refusal.extra["period"]) == ("limit_reached", at[2].date(), period)
    assert f"{at[2]:%Y-%m-%d}" in str(refusal)
    make_coupon(make_member("吴晓峰"), template=template, at=at[1])
    make_coupon(xiaomei, template=template, at=at[2])


def test_the_day_is_that_of_the_members_home_store():
    """23:30 in Shanghai is 00:30 of the next day in Tokyo."""
    evening = moment("2026-11-18", "15:30")
    template = make_template(member_period_limit=1, member_period="day")
    tokyo = make_member("佐藤", home_store=make_store("银座店", time_zone="Asia/Tokyo"))
    for member, expected in ((make_member("张晓梅"), "refused"), (tokyo, "given")):
        make_coupon(member, template=template, at=evening - timedelta(hours=1))
        if expected == "refused":
            refused(template, member, evening)
        else:
            make_coupon(member, template=template, at=evening)


def test_a_withdrawn_coupon_does_not_count_and_the_limit_for_ever_holds_beside():
    xiaomei, now = make_member(), timezone.now()
    template = make_template(member_limit=2, member_period_limit=1, member_period="day")
    withdrawn = make_coupon(xiaomei, template=template, at=now)
    move_one(withdrawn, Move.VOIDED, CouponState.VOIDED, at=now)
    make_coupon(xiaomei, template=template, at=now)
    assert refused(template, xiaomei, now).extra["period"] == "day"
    make_coupon(xiaomei, template=template, at=now + timedelta(days=1))
    assert "period" not in refused(template, xiaomei, now + timedelta(days=2)).extra


def test_what_a_member_brought_along_counts_for_both_ways_of_giving():
    xiaomei, app, now = make_member(), make_member("小程序会员"), timezone.now()
    template = make_template(member_period_limit=1, member_period="month")
    make_coupon(app, template=template, at=now)
    assert batches.under_limit(template, [xiaomei.pk], at=now) == [xiaomei.pk]
    Member.objects.filter(pk=app.pk).update(state="merged", merged_into=xiaomei)
    refused(template, xiaomei, now)
    assert batches.under_limit(template, [xiaomei.pk], at=now) == []


def test_a_bulk_issue_leaves_out_whoever_had_theirs_in_the_period():
    template = make_template(member_period_limit=1, member_period="day")
    people = [make_member(f"会员{nth}") for nth in range(4)]
    make_coupon(people[0], template=template)
    make_coupon(people[1], template=template, at=timezone.now() - timedelta(days=3))
    preview = bulk.preview(template, {})
    assert (preview.count, preview.dropped) == (3, {"limit_reached": 1})
    run = bulk.start(template, {}, by=None)
    assert jobs.run(run.job_id)
    assert Job.objects.get(pk=run.job_id).result == {"issued": 3, "skipped": {"limit_reached": 1}}
    assert batches.under_limit(template, [member.pk for member in people]) == []


def test_a_guide_and_a_member_with_points_are_told_before_they_ask():
    shop = open_shop()
    template = make_template(member_period_limit=1, member_period="week", open_to_guides=True, points_price=10)
    make_coupon(shop.xiaomei, template=template)
    [option] = options_among(shop.xiaoman, shop.xiaomei, [template])
    assert option.refusal.code == "limit_reached"
    [swap] = exchange.options_for(shop.xiaomei)
    assert (swap.refusal.code, swap.refusal.extra["period"]) == ("limit_reached", "week")


def test_a_period_without_a_number_is_refused():
    for wrong in (
        {"member_period": "day"},
        {"member_period_limit": 2},
        {"member_period": "day", "member_period_limit": 0},
    ):
        with pytest.raises(Refusal):
            make_template(**wrong)
    assert not CouponTemplate.objects.exists()
    template = make_template()
    with pytest.raises(Refusal):
        catalogue.change_template(template, by=None, member_period="day")


BEGAN = datetime(2025, 12, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 430 * 24 * 60).map(lambda minutes: BEGAN + timedelta(minutes=minutes))


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(list(limits.LENGTHS)), MOMENTS, st.sampled_from(["Asia/Shanghai", "Asia/Tokyo", "Europe/Paris"]))
def test_the_database_and_the_sentence_mean_the_same_days(period, at, zone):
    store = Store(time_zone=zone)
    with connection.cursor() as cursor:
        cursor.execute("SELECT (date_trunc(%s, %s::timestamptz, %s) AT TIME ZONE %s)::date", [period, at, zone, zone])
        began = cursor.fetchone()[0]
    assert limits.next_first_day(period, store, at) - limits.LENGTHS[period] == began
    assert isinstance(began, date)
