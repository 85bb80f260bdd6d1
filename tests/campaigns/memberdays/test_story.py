"""A member day from its draft to what it changed, through the doors that people and tills use, by a virtual clock:
entered and approved in HQ, coupon and message, the guide's invitation, redeemed at the till, ordered, measured."""

from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Attribution, Effect, GuideTask, MemberDay, MessageTemplate, TaskState, Touch, TouchState
from campaigns.touches import sending
from coupons.models import Coupon
from members.models import Member
from stores import jobs
from tests.api.callers import make_till
from tests.campaigns.memberdays.scenery import in_arm, run_due
from tests.campaigns.scenery import deliver_all, template
from tests.makers import make_guide, make_marketer, make_store, make_tiers

pytestmark = pytest.mark.django_db


def signed_in(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def entered(coupon, words) -> dict[str, object]:
    """What Su Wan enters: the 8th, a coupon and a message the day before, invitations two days before."""
    rows = {f"{rows}-{count}_FORMS": "0" for rows in ("occurrences", "early_access") for count in ("TOTAL", "INITIAL")}
    return {
        "name": "8 日会员日", "kind": "recurring", "pattern": "days", "month_days": "8", "starts_on": "2026-12-01",
        "growth_factor": "1", "points_factor": "3", "holdout_percent": "50", "coupon_template": coupon.pk,
        "issue_days_before": "2", "invite_days_before": "2", "invite_most": "5", **rows,
        "messages-TOTAL_FORMS": "1", "messages-INITIAL_FORMS": "0", "messages-0-message": words.pk,
        "messages-0-days_before": "1", "messages-0-at_hour": "10",
    }  # fmt: skip


@pytest.fixture
def clock():
    """It is noon of 22 November 2026 in Shanghai."""
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False) as clock:
        yield clock


def test_from_the_draft_to_the_gift_the_task_the_redemption_and_the_lift(clock):
    make_tiers()
    store = make_store("静安寺店")
    lin, su_wan, he_jun = make_guide(store=store), make_marketer("苏婉"), make_marketer("何俊")
    words = MessageTemplate.objects.create(name="会员日", channel="inbox", subject="会员日", text="{name}，明天会员日")

    # HQ: entered by one, approved by another.
    answer = signed_in(su_wan).post(reverse("admin:campaigns_memberday_add"), entered(template(), words))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    day = MemberDay.objects.get()
    for person, verb in ((su_wan, "submit"), (he_jun, "approve")):
        signed_in(person).post(reverse("admin:campaigns_memberday_do", args=[day.pk, verb]))
    day.refresh_from_db()
    assert (day.state, day.decided_by) == ("published", he_jun)
    zihan, alone = (
        in_arm(day, held_out=held, name=name, guide=lin, home_store=store)
        for name, held in (("周子涵", False), ("孙悦", True))
    )

    # Two days before: members are fixed, the coupon lands in the wallet, Lin Xiaoman is asked to invite.
    clock.move_to("2026-12-06T00:10:00+08:00")
    run_due()
    coupon = Coupon.objects.get()
    task = GuideTask.objects.get()
    assert (coupon.member, task.member, task.guide) == (zihan, zihan, lin)
    clock.move_to("2026-12-06T10:00:00+08:00")
    page = signed_in(lin).get("/").content.decode()
    assert "8 日会员日" in page
    assert "孙悦" not in page
    signed_in(lin).post(f"/t/{task.pk}/done/")
    task.refresh_from_db()
    assert task.state == TaskState.DONE

    # The day before: the message waits for its hour, then it is in the member's inbox.
    clock.move_to("2026-12-07T00:10:00+08:00")
    run_due()
    assert sending.send_due() == 0
    clock.move_to("2026-12-07T10:00:00+08:00")
    sending.send_due()
    touch = Touch.objects.get(source="campaign")
    assert (touch.member, touch.state, touch.coupon_id) == (zihan, TouchState.ACCEPTED, coupon.pk)
    till = make_till()
    letters = till.read(f"/members/{zihan.public_id}/inbox/").json()
    assert "明天会员日" in str(letters)
    assert till.read(f"/members/{alone.public_id}/inbox/").json()["results"] == []

    # The day: redeemed and bought at the till, with three times the points; the control group buys for itself.
    clock.move_to("2026-12-08T15:00:00+08:00")
    receipt = {"order_no": "N-1", "store": store.code, "amount": "120.00"}
    redeemed = till.send("POST", f"/coupons/{coupon.code}/redeem/", receipt)
    assert redeemed.status_code == 200, redeemed.content
    for number, member, price in (("N-1", zihan, "120.00"), ("N-2", alone, "30.00")):
        order = bought(till, store, number, member, price, coupon if member == zihan else None)
        assert order.status_code == 201, order.content
    deliver_all()
    zihan.refresh_from_db()
    assert zihan.points == 3 * int(Decimal("120.00") - coupon_discount(redeemed))
    assert Attribution.objects.get(coupon_id=coupon.pk).kind == "direct"

    # Afterwards: one row of what it changed, by who was to get it.
    clock.move_to("2026-12-21T04:00:00+08:00")
    job = jobs.plan("campaigns.measure", params={"day": "2026-12-21"})
    jobs.run_to_end(job.pk)
    effects = Effect.objects.filter(occurrence__member_day=day, part="whole")
    told = {(one.measure, one.treated, one.control, one.verdict) for one in effects}
    assert told == {("bought", 1, 1, "cannot_tell"), ("spend", 1, 1, "cannot_tell")}


def bought(till, store, number: str, member: Member, price: str, coupon: Coupon | None):
    """The till sends the order, net of the coupon."""
    line = {"sku": "F001", "name": "阳光玫瑰", "quantity": 1, "unit_price": price}
    if coupon is not None:
        coupon.refresh_from_db()
        line["amount"] = f"{Decimal(price) - coupon.discount}"
    body = {"order_no": number, "paid_at": timezone.localtime().isoformat(), "store": store.code, "lines": [line],
            "member": member.public_id, "coupons": [coupon.code] if coupon else []}  # fmt: skip
    return till.send("POST", "/orders/", body)


def coupon_discount(redeemed) -> Decimal:
    """What the till took off, in yuan."""
    return Decimal(redeemed.json()["discount"])
