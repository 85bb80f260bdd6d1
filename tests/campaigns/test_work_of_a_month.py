"""What guides and stores did in a month is counted at night: once, exactly, with intervals that tell chance."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.utils import timezone

from campaigns.models import Attribution, Effect, Journey, Measure, Part, TaskState, Verdict, WorkMonth
from campaigns.work import counting, reading
from campaigns.work.rates import Compared, combined, shares_drawn
from coupons.models import CouponState, Offer, OfferState
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.windows import windows
from stores import jobs
from tests.makers import make_coupon, make_member, make_order, make_store, make_task, make_template, make_touch, number
from tests.workbench.scenery import make_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain():
    """Binhe Road and its neighbour."""
    return make_chain()


def send(member, guide, template, *, used=False, at=None) -> Offer:
    """An offer with a coupon that left, and was used or not."""
    at = at or timezone.now()
    coupon = make_coupon(member, template=template, guide=guide, origin="offer")
    if used:
        type(coupon).objects.filter(pk=coupon.pk).update(
            state=CouponState.USED, used_at=at, order_channel="pos", order_no=f"X{number()}", discount=8
        )
    return Offer.objects.create(
        member=member, guide=guide, store=guide.store, template=template, coupon=coupon, text="您好", channel="wecom",
        request_key=f"w{number()}", created_at=at, leaves_at=at, sent_at=at, state=OfferState.SENT,
    )  # fmt: skip


def owe(guide, member, amount: str, kind: str) -> None:
    """An order that counts for a guide."""
    order = make_order(amount, member=member, store=guide.store)
    Attribution.objects.filter(order=order).delete()
    Attribution.objects.create(
        order=order, member=member, kind=kind, guide=guide, store=guide.store, amount=amount, ordered_at=order.paid_at
    )


def counted() -> dict:
    """The night's count, guide (None: the store) of this month -> row."""
    job = counting.start()
    assert jobs.run_to_end(job.pk).state == "done"
    rows = WorkMonth.objects.filter(month=reading.this_month()).select_related("guide", "store")
    return {(row.store.name, row.guide and row.guide.name): row for row in rows}


@pytest.fixture
def worked(chain):
    """Lin Xiaoman had a busy month, He Jun hardly any."""
    template = make_template(member_limit=9)
    make_member("新来的", guide=chain.lin, joined_at=timezone.now())
    for nth in range(3):
        send(chain.zihan, chain.lin, template, used=nth == 0)
    send(chain.jianguo, chain.he, template)
    Offer.objects.filter(guide=chain.he).update(state=OfferState.RECALLED)
    make_task(chain.zihan, state=TaskState.DONE, outcome="reached")
    make_task(chain.zihan, occurrence="second")
    make_touch(chain.zihan)
    make_touch(chain.zihan)
    owe(chain.lin, chain.zihan, "80.00", "direct")
    owe(chain.lin, chain.zihan, "120.00", "last_touch")
    return chain


def test_a_month_is_counted_by_guide_and_the_store_is_their_sum(worked):
    rows = counted()
    lin = rows["滨河路店", "林小满"]
    assert (lin.members, lin.new_members, lin.tasks_done, lin.tasks_total, lin.reached) == (2, 1, 1, 2, 1)
    assert (lin.sent, lin.used, rows["滨河路店", "何俊"].sent) == (3, 1, 0), "what was recalled was no chance to redeem"
    assert (lin.direct, lin.direct_orders, lin.followed, lin.followed_orders) == (Decimal(80), 1, Decimal(120), 1)
    store = rows["滨河路店", None]
    assert (store.sent, store.used, store.direct, store.members) == (3, 1, Decimal(80), 3)
    assert rows["西溪店", None].sent == 0


def test_counting_again_changes_nothing_and_follows_what_changed(worked):
    first = counted()
    again = counted()
    assert {key: (row.pk, row.sent, row.members) for key, row in again.items()} == {
        key: (row.pk, row.sent, row.members) for key, row in first.items()
    }
    Offer.objects.filter(guide=worked.lin).update(state=OfferState.RECALLED)
    after = counted()["滨河路店", "林小满"]
    assert (after.sent, after.low, after.high) == (0, None, None)


def test_a_store_counts_members_without_a_guide_once_insight_has_counted_them(worked):
    make_member("没人管", home_store=worked.store)
    for name in ("headcount", "sources"):
        rebuild(SUMMARIES[name], windows().today if name == "headcount" else SUMMARIES[name].due(windows().today)[-1])
    assert counted()["滨河路店", None].members == 4


def test_one_used_of_three_says_little_and_three_hundred_of_a_thousand_much(worked):
    rows = counted()
    few = rows["滨河路店", "林小满"]
    assert few.low < 0.1
    assert few.high > 0.7
    used, sent = [1, 300, 290, 310], [3, 1000, 1000, 1000]
    drawn, low, high = shares_drawn(*(np.array(one) for one in (used, sent)))
    assert abs(drawn[0] - 0.3) < 0.02, "three coupons are drawn to what all others show"
    assert high[0] - low[0] > high[1] - low[1]


def test_effects_of_several_comparisons_weigh_by_how_sure_they_are():
    rows = [
        ("spring", Compared(1, 900, 100, 0.30, 0.10)),
        ("spring", Compared(2, 900, 100, 0.10, 0.10)),
        ("autumn", Compared(1, 9, 1, 0.0, 1.0)),
        ("autumn", Compared(2, 9, 1, 1.0, 0.0)),
    ]
    found = combined(rows)
    assert found[1][0] == pytest.approx(0.2, abs=0.03), "ten members do not undo what a thousand show"
    assert found[1][2:] == (909, 101)


def an_effect(store, treated_value: float, control_value: float = 0.1) -> None:
    """What a journey changed in a store with six hundred members."""
    journey = Journey.objects.get_or_create(name="回店")[0]
    now = timezone.now()
    Effect.objects.create(
        journey=journey, part=Part.STORE, key=f"{store.pk}", measure=Measure.BOUGHT, treated=500, control=100,
        treated_value=treated_value, control_value=control_value, verdict=Verdict.CANNOT_TELL, since=now, until=now,
        as_of=now,
    )  # fmt: skip


def test_a_store_whose_effect_lies_clear_of_zero_is_told_and_one_around_zero_is_not(worked):
    third = make_store("三店", region=worked.store.region)
    for store, share in ((worked.store, 0.40), (worked.elsewhere, 0.12), (third, 0.10)):
        an_effect(store, share)
    rows = counted()
    assert rows["滨河路店", None].verdict == Verdict.BETTER
    assert rows["滨河路店", None].effect < 0.30, "drawn to the others"
    around = rows["三店", None]
    assert around.effect_low < 0 < around.effect_high
    assert around.verdict == Verdict.CANNOT_TELL
    Effect.objects.all().delete()
    assert counted()["滨河路店", None].verdict == Verdict.CANNOT_TELL, "what is no longer known is no longer told"


def test_where_nobody_was_left_alone_nothing_can_be_told(worked):
    assert {row.verdict for row in counted().values()} == {Verdict.CANNOT_TELL}


def test_a_guide_reads_only_their_own_months(worked):
    counted()
    seen = WorkMonth.objects.visible_to(worked.lin)
    assert {row.guide for row in seen} == {worked.lin}
    assert {row.store.name for row in reading.of_stores(worked.zhou, reading.this_month())} == {"滨河路店"}
    mine = reading.own_year(worked.lin)
    assert [(row.sent, row.used) for row in mine if row.sent] == [(3, 1)]


def test_last_months_offers_do_not_count_in_this_month(worked):
    Offer.objects.filter(guide=worked.lin).update(
        sent_at=timezone.now() - timedelta(days=35), created_at=timezone.now() - timedelta(days=35)
    )
    rows = counted()
    assert rows["滨河路店", "林小满"].sent == 0
    assert WorkMonth.objects.filter(guide=worked.lin).exclude(month=reading.this_month()).get(sent=3)
