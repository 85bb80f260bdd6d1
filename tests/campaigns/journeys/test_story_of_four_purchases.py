"""The first four purchases as it goes in a shop: headquarters installs the playbook, the till sells, the mini-program
shows what arrived, Lin Xiaoman does her tasks, and at the end it is measured. All through the real doors."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.journeys import drafts
from campaigns.models import Effect, GuideTask, Journey, TripState
from campaigns.touches.sending import send_due
from coupons import catalogue
from coupons.models import Coupon, CouponState, CouponTemplate
from members.models import Member
from stores import jobs
from tests.api.callers import make_till
from tests.campaigns.journeys.house import go_on, story_of, trip_of
from tests.makers import make_admin, make_guide, make_tiers, number

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture(autouse=True)
def _eleven_in_the_morning(time_machine):
    time_machine.move_to("2026-09-01T03:00:00Z", tick=False)
    make_tiers()


def browser_of(staff):
    browser = Client()
    browser.force_login(staff)
    return browser


def the_playbook_runs():
    """Su Wan installs it, publishes its coupons and the journey."""
    wan = browser_of(make_admin())
    wan.post(reverse("admin:campaigns_journey_playbooks"), {"playbook": "first_four"})
    journey = Journey.objects.get()
    for coupon in CouponTemplate.objects.all():
        catalogue.publish(coupon, None)
    Journey.objects.update(holdout_percent=0)
    journey.refresh_from_db()
    page = reverse("admin:campaigns_journey_publish", args=[journey.pk])
    answer = wan.post(page, {"standing": "stay", "token": drafts.of(journey).token})
    assert answer.status_code == 302, answer.content.decode()[-500:]
    return journey


def joins(till, guide):
    body = {"identities": [f"phone:{PHONE}"], "name": "张晓梅", "guide": guide.employee_no, "store": guide.store.code}
    answer = till.send("POST", "/members/", body)
    assert answer.status_code == 201, answer.content
    return Member.objects.get()


def buys(till, store, time_machine):
    """The till sells, and redeems the tasting that is in the wallet; a moment later everything has followed."""
    time_machine.shift(timedelta(minutes=5))
    receipt = f"N-{number()}"
    lines = [{"sku": "F001", "name": "阳光玫瑰", "quantity": 1, "unit_price": "60.00"}]
    order = {"order_no": receipt, "paid_at": timezone.now().isoformat(), "store": store.code, "lines": lines}
    tasting = Coupon.objects.get(state=CouponState.ISSUED)
    answer = till.send("POST", f"/coupons/{tasting.code}/redeem/", {
        "order_no": receipt, "store": store.code, "amount": "60.00", "identity": f"phone:{PHONE}",
    })  # fmt: skip
    assert answer.status_code == 200, answer.content
    answer = till.send("POST", "/orders/", {**order, "identity": f"phone:{PHONE}"})
    assert answer.status_code == 201, answer.content
    go_on()
    send_due()


def test_where_the_next_order_does_not_come_lin_xiaoman_is_asked_and_what_she_heard_is_known(time_machine):
    the_playbook_runs()
    lin, till = make_guide(), make_till()
    mei = joins(till, lin)
    go_on()
    send_due()
    inbox = till.read(f"/members/{mei.public_id}/inbox/").json()["results"]
    assert "当季水果试吃一份" in inbox[0]["text"]
    assert story_of(mei) == ["c1: issued", "m1: planned"]

    buys(till, lin.store, time_machine)
    assert story_of(mei)[2:] == ["u1: came", "c2: issued", "m2: planned"]

    time_machine.shift(timedelta(days=22))  # the second order does not come: Lin Xiaoman is asked
    go_on()
    task = GuideTask.objects.get(reason="journey")
    assert (task.guide, task.why["coupon"]) == (lin, Coupon.objects.latest("pk").pk)
    hers = browser_of(lin)
    assert "前四单养成" in hers.get(reverse("workbench:today")).content.decode()
    time_machine.shift(timedelta(minutes=1))
    answer = hers.post(reverse("workbench:task-done", args=[task.pk]), {"outcome": "reached"})
    assert answer.status_code in (200, 302), answer.content
    go_on()
    time_machine.shift(timedelta(seconds=30))
    go_on()
    assert story_of(mei)[-2:] == ["u2: timed_out", "t2: reached"]


def test_whoever_buys_four_times_has_tasted_four_things_and_reached_the_goal(time_machine):
    journey, lin, till = the_playbook_runs(), make_guide(), make_till()
    mei = joins(till, lin)
    go_on()
    for _nth in range(4):
        time_machine.shift(timedelta(days=3))
        buys(till, lin.store, time_machine)
    assert trip_of(mei).state == TripState.GOAL
    names = Coupon.objects.order_by("pk").values_list("template__name", "state")
    assert [name[:2] for name, state in names if state == CouponState.USED] == ["首单", "二单", "三单", "四单"]
    time_machine.shift(timedelta(days=91))  # the goal has its time
    jobs.run_to_end(jobs.plan("campaigns.measure", params={"day": f"{timezone.localdate()}"}).pk)
    rows = Effect.objects.filter(journey=journey, part="whole")
    assert {row.measure for row in rows} >= {"goal", "spend"}
    assert {(row.treated, row.verdict) for row in rows} == {(1, "cannot_tell")}  # one member proves nothing
