"""Which order is owed to which touch, and how late news corrects it. Through deliveries of recorded batches."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import attribution, audits
from campaigns.models import Attribution, Touch
from members import timeline
from members.timeline import NewFact
from tests.campaigns.scenery import (
    bought,
    brought_back,
    coupon_of,
    deliver_again,
    deliver_all,
    last_batch,
    new_batch,
    redemption_reversed,
    sent_offer,
    template,
    used_in,
)
from tests.makers import days_ago, make_guide, make_member, make_touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    """Lin Xiaoman, a guide."""
    return make_guide()


@pytest.fixture
def zihan(lin):
    """Zhou Zihan, one of her members."""
    return make_member("周子涵", guide=lin)


def only() -> tuple:
    """The one attribution there is."""
    row = Attribution.objects.get()
    return row.kind, row.guide, row.store, row.amount


def all_rows() -> list:
    """Everything attributed."""
    return list(Attribution.objects.order_by("order_id").values())


def test_an_order_with_the_guides_coupon_is_owed_to_the_guide_directly(lin, zihan):
    offer = sent_offer(lin, zihan, from_template=template(), at=days_ago(2))
    deliver_all()
    used_in(offer.coupon, "R-1", tell=False)
    order = bought(zihan, "86.00", order_no="R-1")
    deliver_all()
    assert only() == ("direct", lin, lin.store, Decimal("86.00"))
    row = Attribution.objects.get()
    assert (row.order, row.touch, row.coupon_id) == (order, Touch.objects.get(), offer.coupon_id)


def test_without_a_coupon_the_last_touch_of_the_week_before_counts(lin, zihan):
    he = make_guide("何俊")
    make_touch(zihan, guide=he, at=days_ago(5))
    last = make_touch(zihan, guide=lin, at=days_ago(2))
    make_touch(zihan, guide=he, at=days_ago(1), state="suppressed")
    make_touch(make_member("许静雯", guide=he), at=days_ago(1))
    bought(zihan, "60.00")
    make_touch(zihan, guide=he, at=timezone.now() + timedelta(hours=1))
    deliver_all()
    assert only() == ("last_touch", lin, lin.store, Decimal("60.00"))
    assert Attribution.objects.get().touch == last


def test_a_touch_eight_days_before_leads_to_nothing(lin, zihan):
    make_touch(zihan, at=days_ago(8))
    bought(zihan)
    deliver_all()
    assert all_rows() == []


def test_a_coupon_from_headquarters_is_nobodys_sale(zihan):
    coupon = coupon_of(zihan, template())
    used_in(coupon, "R-1", tell=False)
    bought(zihan, order_no="R-1")
    deliver_all()
    assert all_rows() == []


def test_goods_that_come_back_lower_the_amount(lin, zihan):
    make_touch(zihan, at=days_ago(1))
    order = bought(zihan, "60.00")
    deliver_all()
    brought_back(order, "25.50")
    deliver_all()
    assert only() == ("last_touch", lin, lin.store, Decimal("34.50"))


def test_a_return_that_was_known_before_the_attribution_counts_too(lin, zihan):
    make_touch(zihan, at=days_ago(1))
    order = bought(zihan, "60.00")
    brought_back(order, "60.00")
    deliver_all()
    assert only() == ("last_touch", lin, lin.store, Decimal("0.00"))


def test_a_redemption_told_later_turns_the_last_touch_into_the_direct_one(lin, zihan):
    he = make_guide("何俊")
    offer = sent_offer(he, zihan, from_template=template(), at=days_ago(5))
    deliver_all()
    make_touch(zihan, guide=lin, at=days_ago(1))
    bought(zihan, "70.00", order_no="R-1")
    deliver_all()
    assert only() == ("last_touch", lin, lin.store, Decimal("70.00"))
    used_in(offer.coupon, "R-1")
    deliver_all()
    assert only() == ("direct", he, he.store, Decimal("70.00"))


def test_a_redemption_told_before_its_order_is_attributed_when_the_order_comes(lin, zihan):
    offer = sent_offer(lin, zihan, from_template=template())
    used_in(offer.coupon, "R-1")
    deliver_all()
    assert all_rows() == []
    bought(zihan, "70.00", order_no="R-1")
    deliver_all()
    assert only()[:2] == ("direct", lin)


def test_a_reversed_redemption_takes_the_direct_link_away(lin, zihan):
    offer = sent_offer(lin, zihan, from_template=template(), at=days_ago(30))
    deliver_all()
    bought(zihan, "70.00", order_no="R-1")
    used_in(offer.coupon, "R-1")
    deliver_all()
    assert only()[0] == "direct"
    redemption_reversed(offer.coupon)
    deliver_all()
    assert all_rows() == []


def test_the_same_batch_twice_changes_nothing(lin, zihan):
    make_touch(zihan, at=days_ago(1))
    order = bought(zihan, "60.00")
    deliver_all()
    recorded, before = last_batch(), all_rows()
    deliver_again(recorded)
    assert all_rows() == before
    brought_back(order, "10.00")
    deliver_all()
    corrected = all_rows()
    deliver_again(recorded)
    deliver_again(last_batch())
    assert all_rows() == corrected


def test_one_batch_of_many_orders_is_attributed_with_two_statements(lin, django_assert_num_queries):
    orders = []
    for nth in range(500):
        member = make_member(f"会员{nth}", guide=lin)
        make_touch(member, at=days_ago(1))
        orders.append(bought(member, tell=False))
    _ = attribution.WINDOW.value
    with django_assert_num_queries(2):
        attribution.attribute([order.pk for order in orders[:1]])
    with django_assert_num_queries(2):
        attribution.attribute([order.pk for order in orders])
    assert Attribution.objects.filter(guide=lin).count() == 500


def test_a_whole_batch_reaches_the_reactions_at_once(lin):
    orders = []
    for nth in range(20):
        member = make_member(f"会员{nth}", guide=lin)
        make_touch(member, at=days_ago(1))
        orders.append(bought(member, tell=False))
    new_batch()
    timeline.record(*(NewFact("order.recorded", order.member_id, order.pk, order.paid_at) for order in orders))
    deliver_all()
    assert Attribution.objects.count() == 20


def test_the_audit_finds_nothing_after_all_this_and_finds_a_planted_error(lin, zihan):
    make_touch(zihan, at=days_ago(1))
    offer = sent_offer(lin, zihan, from_template=template())
    bought(zihan, "60.00", order_no="R-1")
    used_in(offer.coupon, "R-1")
    deliver_all()
    assert violations() == []
    Attribution.objects.update(amount=Decimal("61.00"))
    assert violations() == ["attribution_amount_is_net"]


def violations() -> list[str]:
    """The names of the invariants that do not hold."""
    found = []
    for name, sql, _why in audits.INVARIANTS:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            if cursor.fetchall():
                found.append(name)
    return found
