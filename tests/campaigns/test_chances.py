"""What acting on an occasion brings: measured from what came of it, assumed where little is known."""

from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns import guidetasks
from campaigns.models import Attribution, GuideTask, Reason, ReasonSetting, Touch, TouchState
from campaigns.reasons import chances
from stores import jobs, policy
from tests.campaigns.scenery import facts_of
from tests.makers import days_ago, make_guide, make_member, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _policy():
    policy.forget()
    yield
    policy.forget()


@pytest.fixture
def golden() -> ReasonSetting:
    return ReasonSetting.objects.create(reason=Reason.GOLDEN_WINDOW, uplift_percent=8)


def contact(guide, *, days: int, bought: bool = False, state=TouchState.ACCEPTED) -> Touch:
    """Somebody was reached in the golden window, and perhaps bought after it."""
    member = make_member(guide=guide)
    touch = Touch.objects.create(
        member=member,
        guide=guide,
        store=guide.store,
        source="offer",
        source_id=member.pk,
        step=Reason.GOLDEN_WINDOW,
        channel="wecom",
        state=state,
        at=days_ago(days),
    )
    if bought:
        order = make_order("60.00", member=member, store=guide.store, paid_at=days_ago(days - 1))
        Attribution.objects.update_or_create(
            order=order, defaults={"member": member, "kind": "last_touch", "touch": touch, "source": "offer",
                                   "guide": guide, "amount": Decimal(60), "ordered_at": order.paid_at})  # fmt: skip
    return touch


def test_what_guides_reached_and_what_was_bought_after_it_is_counted(golden):
    lin = make_guide()
    for nth in range(5):
        contact(lin, days=30 + nth, bought=nth < 2)
    contact(lin, days=3)  # their week is not over
    contact(lin, days=200, bought=True)  # too long ago
    contact(lin, days=30, state=TouchState.SUPPRESSED)
    chances.measure(timezone.localdate())
    golden.refresh_from_db()
    assert (golden.contacted, golden.bought, golden.measured_on) == (5, 2, timezone.localdate())
    chances.measure(timezone.localdate())
    golden.refresh_from_db()
    assert (golden.contacted, golden.bought) == (5, 2)


def test_little_knowledge_moves_the_assumption_little_and_much_replaces_it(golden):
    assert chances.chance_of(golden).percent == Decimal("8.0")
    golden.contacted, golden.bought = 5, 2
    few = chances.chance_of(golden)
    assert (few.percent, few.is_measured) == (Decimal("10.9"), False)  # (2 + 50 x 8 %) / 55
    golden.contacted, golden.bought = 4950, 1980
    much = chances.chance_of(golden)
    assert (much.percent, much.is_measured) == (Decimal("39.7"), True)


def test_tasks_are_worth_the_basket_times_the_chance(golden):
    lin = make_guide()
    facts_of(make_member("周子涵", guide=lin), orders=1, last=12)
    guidetasks.plan_tasks(timezone.localdate())
    assert GuideTask.objects.get().value == Decimal("4.80")  # 60 yuan x 8 %
    for nth in range(10):
        contact(lin, days=30 + nth, bought=True)
    GuideTask.objects.all().delete()
    job = jobs.plan("campaigns.plan_tasks", params={"day": timezone.localdate().isoformat()})
    while not guidetasks.plan_chunk(job):
        assert job.cursor["after"]
    task = GuideTask.objects.get(reason=Reason.GOLDEN_WINDOW, member__name="周子涵")
    assert task.value == Decimal("13.98")  # (10 + 50 x 8 %) / 60 = 23.3 %
