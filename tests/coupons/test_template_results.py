"""What a template brought about: counted by day of issue, home store and guide, against figures added up by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from coupons import results
from coupons.models import Coupon, CouponState
from coupons.moves import Move, move_one
from coupons.results import results_of
from stores.errors import Refusal
from tests.coupons.shop import open_shop, redeem
from tests.makers import days_ago, make_coupon, make_member, make_order, make_return, make_store, make_template

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture(autouse=True)
def _counted_anew():
    cache.clear()


def month(template):
    today = timezone.localdate()
    return results_of(template, today - timedelta(days=29), today)


def test_nothing_given_is_nothing():
    found = month(make_template())
    assert found.total == results.NOTHING
    assert (len(found.days), found.stores, found.guides) == (30, [], [])
    assert found.total.rate is None


def test_the_figures_are_those_of_a_day_that_somebody_kept_by_hand():
    """Five coupons: two used (one order of ¥80 with ¥30 returned, one order not heard of), one withdrawn, one over."""
    shop = open_shop()
    mall = make_store("静安寺店")
    other, xiaomei = make_member("吴晓峰", home_store=mall), shop.xiaomei
    template = make_template()
    first = make_coupon(xiaomei, template=template, at=days_ago(3), guide=shop.xiaoman)
    second = make_coupon(xiaomei, template=template, at=days_ago(3), guide=shop.xiaoman)
    gone = make_coupon(other, template=template, at=days_ago(1))
    over = make_coupon(other, template=template, at=days_ago(1))
    make_coupon(make_member("何文"), template=template, at=days_ago(1))
    make_coupon(xiaomei, template=template, at=days_ago(45))
    make_coupon(xiaomei, template=make_template("别的券"))
    sale = make_order("80.00", member=xiaomei, order_no="R1", store=shop.store)
    redeem(first, "R1", "80.00")
    redeem(second, "R2", "70.00")
    make_return("30.00", sale=sale)
    move_one(gone, Move.VOIDED, CouponState.VOIDED, at=timezone.now())
    Coupon.objects.filter(pk=over.pk).update(valid_from=days_ago(9), valid_until=days_ago(0.5))

    found = month(template)
    total = found.total
    assert (total.issued, total.used, total.voided, total.live, total.over) == (5, 2, 1, 1, 1)
    assert (total.sales, total.orders, total.cost, total.rate) == (D(50), 1, D(20), 50.0)
    assert [(name, row.issued, row.used, row.sales) for name, row in found.stores] == [
        ("滨河路店", 2, 2, D(50)), ("静安寺店", 2, 0, 0), ("", 1, 0, 0),
    ]  # fmt: skip
    assert [(name, row.issued, row.used) for name, row in found.guides] == [("林小满", 2, 2), ("", 3, 0)]
    days = {day: row.issued for day, row in found.days if row.issued}
    assert days == {timezone.localdate(days_ago(3)): 2, timezone.localdate(days_ago(1)): 3}


def test_two_coupons_on_one_receipt_are_one_order():
    shop, template = open_shop(), make_template()
    coupons = [make_coupon(shop.xiaomei, template=template) for _ in range(2)]
    make_order("200.00", member=shop.xiaomei, order_no="R1", store=shop.store)
    for coupon in coupons:
        redeem(coupon, "R1", "200.00")
    Coupon.objects.filter(pk=coupons[0].pk).update(given_back=D(4))
    total = month(template).total
    assert (total.used, total.orders, total.sales, total.cost) == (2, 1, D(200), D(16))


def test_the_figures_are_kept_for_some_minutes_and_say_as_of_when():
    template = make_template()
    before = month(template)
    make_coupon(template=template)
    assert month(template) == before
    cache.clear()
    assert month(template).total.issued == 1


def test_days_in_the_wrong_order_and_more_than_a_year_are_refused():
    template, today = make_template(), timezone.localdate()
    for first, last in ((today, today - timedelta(days=1)), (today - timedelta(days=366), today)):
        with pytest.raises(Refusal):
            results_of(template, first, last)


def test_the_coupons_of_a_template_are_found_by_its_days_not_by_reading_all():
    """The plan for a table that is not small; the control is the same question about a column without an index."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for column, expected in (("template_id", True), ("terms_id", False)):
            cursor.execute(
                f"EXPLAIN SELECT id FROM coupons_coupon WHERE {column} = 7 AND issued_at >= now() - interval '30 days'"
            )
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert ("Index Cond: ((template_id = 7) AND (issued_at >=" in plan) == expected, plan
