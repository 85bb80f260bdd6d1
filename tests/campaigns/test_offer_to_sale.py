"""From the task to the sale, through the verbs of every band: planned, sent, left, redeemed, ordered, returned."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import audits, guidetasks, next_best, results, touches
from campaigns.models import Attribution, GuideTask, Outcome, TaskState
from coupons import offers, redemption
from stores.places import business_day
from tests.campaigns.scenery import deliver_all, new_batch, sent_offer
from tests.consenting import agree
from tests.makers import (
    days_ago,
    make_guide,
    make_member,
    make_order,
    make_return,
    make_store,
    make_task,
    make_template,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    """Lin Xiaoman of Binhe Road."""
    return make_guide(store=make_store("滨河路店"))


@pytest.fixture
def zihan(lin):
    """Zhou Zihan, who bought for the first time twelve days ago and may be written to."""
    member = make_member("周子涵", guide=lin)
    make_order("58.00", member=member, store=lin.store, paid_at=days_ago(12))
    agree(member)
    deliver_all()
    return member


def send(lin, task: GuideTask, template):
    """Send an offer from the task; its seconds to take it back are over, and it leaves."""
    new_batch()
    offer = offers.send(
        lin,
        task.member,
        template=template,
        text="子涵您好",
        channel="wecom",
        request_key=f"k{task.pk}",
        reason=task.reason,
        task_id=task.pk,
        at=timezone.now() - timedelta(minutes=1),
    )
    return offers.leave(offer.pk)


def test_a_task_becomes_an_offer_a_touch_a_redemption_and_a_sale(lin, zihan):
    today = business_day(lin.store, timezone.now())
    guidetasks.plan_tasks(today)
    (task,) = guidetasks.todays_tasks(lin)
    assert task.reason == "golden_window"
    assert next_best.next_best_action(zihan, lin).task == task

    offer = send(lin, task, make_template("第 2 单专属券", open_to_guides=True))
    deliver_all()
    assert guidetasks.todays_tasks(lin) == []
    assert touches.last_contact(zihan).guide == lin

    new_batch()
    redemption.redeem(offer.coupon.code, member_id=zihan.pk, store=lin.store, amount=Decimal(86), channel="pos",
                      order_no="R-2", at=timezone.now())  # fmt: skip
    deliver_all()
    new_batch()
    order = make_order("76.00", member=zihan, store=lin.store, order_no="R-2", coupon_codes=[offer.coupon.code])
    deliver_all()
    owed = Attribution.objects.get()
    assert (owed.order, owed.kind, owed.guide, owed.amount) == (order, "direct", lin, Decimal("76.00"))
    going = guidetasks.day_of(lin).progress
    assert (going.done, going.total, going.sent, going.redeemed, going.sales) == (1, 1, 1, 1, Decimal("76.00"))

    new_batch()
    make_return("26.00", sale=order)
    deliver_all()
    assert results.results_of(lin, days_ago(1), timezone.now() + timedelta(hours=1)).sales == Decimal("50.00")
    assert broken() == []


def test_a_coupon_that_only_the_order_names_counts_as_redeemed_too(lin, zihan):
    offer = send(lin, make_task(zihan), make_template(open_to_guides=True))
    deliver_all()
    new_batch()
    make_order("76.00", member=zihan, store=lin.store, order_no="R-9", coupon_codes=[offer.coupon.code])
    deliver_all()
    assert Attribution.objects.get().kind == "direct"
    assert broken() == []


def test_an_offer_recalled_unused_opens_its_task_again(lin, zihan):
    task = make_task(zihan)
    offer = send(lin, task, make_template(open_to_guides=True))
    other = make_task(make_member("许静雯", guide=lin), state=TaskState.DONE, outcome=Outcome.SENT)
    sent_offer(lin, other.member, task_id=other.pk)
    deliver_all()
    new_batch()
    offers.recall(offer, by=lin)
    deliver_all()
    assert guidetasks.todays_tasks(lin) == [task]
    assert results.results_of(lin, days_ago(1), timezone.now() + timedelta(hours=1)).sent == 0


def broken() -> list[str]:
    """The names of the invariants that do not hold."""
    found = []
    for name, sql, _why in audits.INVARIANTS:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            if cursor.fetchall():
                found.append(name)
    return found
