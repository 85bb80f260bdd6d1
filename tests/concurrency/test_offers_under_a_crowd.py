"""Budgets of guides, requests for more and ways back, when everybody taps at once; with controls."""

from collections import Counter
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from coupons import offers, quotas, redemption, topups
from coupons.models import Coupon, GuideBudget, Offer, OfferQuota, OfferState, StoreBudget, TopUp
from stores import policy
from tests.concurrency.crowd import at_once, meeting
from tests.concurrency.test_limits_under_a_crowd import senders
from tests.coupons.shop import Shop, broken, open_shop
from tests.makers import days_ago, make_area_manager, make_template

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 16


@pytest.fixture
def shop() -> Shop:
    policy.change("offers.member_weekly_cap", 50, by=None)
    policy.change("contacts.per_day", 50, by=None)
    policy.change("contacts.per_month", 50, by=None)
    policy.forget()
    return open_shop()


def sent(shop: Shop, template, *, gone: bool = True) -> Offer:
    """An offer that has left, or is about to."""
    offer = offers.send(
        shop.xiaoman,
        shop.xiaomei,
        template=template,
        text="您好",
        channel="wecom",
        request_key=f"k{Offer.objects.count()}",
    )
    Offer.objects.filter(pk=offer.pk).update(leaves_at=days_ago(0.0001))
    return offers.leave(offer.pk) if gone else offer


def used() -> list[tuple]:
    rows = (GuideBudget, StoreBudget)
    return [model.objects.values_list("used", "count_used").get() for model in rows]


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("offers.guide_month_budget", 59, "guide_budget_spent"),
        ("offers.guide_month_count", 5, "guide_count_spent"),
        ("offers.store_month_count", 5, "store_count_spent"),
    ],
)
def test_a_budget_for_five_sends_five(shop, setting, value, code):
    policy.change(setting, value, by=None)
    policy.forget()
    outcome = at_once(senders(CROWD, make_template(open_to_guides=True), shop.xiaoman))
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (5, {code: CROWD - 5})
    assert used() == [(50, 5), (50, 5)]
    assert broken() == []


def test_without_the_guard_more_than_the_budget_is_taken(shop):
    """The control: the budget's row, taken by read, check, write."""
    month = quotas.month_of(shop.store, timezone.now())
    GuideBudget.objects.create(guide=shop.xiaoman, month=month, limit=Decimal(59))
    all_looked = meeting(CROWD)

    def take() -> bool:
        budget = GuideBudget.objects.get()
        all_looked()
        if budget.used + 10 > budget.limit:
            return False
        budget.used += 10
        budget.save()
        return True

    outcome = at_once([take] * CROWD)
    assert outcome.broken == []
    assert sum(outcome.done) > 5


@pytest.mark.parametrize("way", [offers.take_back, offers.recall])
def test_a_crowd_of_taps_gives_back_once(shop, way):
    template = make_template(open_to_guides=True)
    sent(shop, template)
    offer = sent(shop, template, gone=way is offers.recall)
    outcome = at_once([partial(way, offer, by=by) for by in (shop.xiaoman, shop.zhou_min)] * 6)
    assert (outcome.broken, outcome.refused) == ([], [])
    assert used() == [(10, 1), (10, 1)]
    assert OfferQuota.objects.get().used == 1
    assert broken() == []


def test_giving_back_without_the_lock_gives_back_too_much(shop):
    """The control: whoever finds the offer to be there returns what it took."""
    template = make_template(open_to_guides=True)
    for _others in range(CROWD):
        sent(shop, template)
    offer, all_looked = sent(shop, template), meeting(8)

    def careless() -> None:
        found = Offer.objects.select_related("store").get(pk=offer.pk)
        all_looked()
        if found.state == OfferState.SENT:
            quotas.give_back(found)
            Offer.objects.filter(pk=offer.pk).update(state=OfferState.RECALLED)

    assert at_once([careless] * 8).broken == []
    assert used()[0][1] < CROWD


def test_recalled_while_it_is_redeemed_is_one_or_the_other(shop):
    template = make_template(open_to_guides=True)
    for nth in range(8):
        offer = sent(shop, template)
        coupon = Coupon.objects.get(pk=offer.coupon_id)
        till = partial(redemption.redeem, coupon.code, channel="pos", order_no=f"R{nth}", amount=Decimal(100))
        outcome = at_once(
            [partial(offers.recall, offer, by=shop.xiaoman), till, partial(offers.recall, offer, by=shop.zhou_min)]
        )
        assert outcome.broken == []
        offer.refresh_from_db()
        coupon.refresh_from_db()
        assert (offer.state, coupon.state) in {("recalled", "voided"), ("sent", "used")}
    stay = Offer.objects.filter(state=OfferState.SENT).count()
    assert used() == [(stay * 10, stay)] * 2
    assert broken() == []


def test_a_crowd_of_yes_raises_once(shop):
    template = make_template(open_to_guides=True, guide_month_quota=1)
    asked = topups.ask(shop.xiaoman, template=template, count=5)
    area = make_area_manager(region=shop.store.region)
    outcome = at_once([partial(topups.grant, asked, by=by) for by in (shop.zhou_min, area)] * 6)
    assert (outcome.broken, outcome.refused) == ([], [])
    assert OfferQuota.objects.get().limit == 6


def test_yes_no_and_never_mind_at_once_end_as_one_of_them(shop):
    for nth in range(6):
        template = make_template(open_to_guides=True, guide_month_quota=1)
        asked = topups.ask(shop.xiaoman, template=template, count=5)
        calls = [
            partial(topups.grant, asked, by=shop.zhou_min),
            partial(topups.turn_down, asked, by=shop.zhou_min, reason="月底了"),
            partial(topups.withdraw, asked, by=shop.xiaoman),
        ]
        outcome = at_once(calls)
        assert (outcome.broken, len(outcome.done), set(outcome.refused)) == ([], 1, {"top_up_decided"}), nth
        asked.refresh_from_db()
        assert OfferQuota.objects.filter(template=template, limit=6).exists() == (asked.state == "granted")


def test_one_request_however_often_it_is_tapped(shop):
    template = make_template(open_to_guides=True)
    outcome = at_once([partial(topups.ask, shop.xiaoman, template=template, count=5)] * CROWD)
    outcome_of_budget = at_once([partial(topups.ask, shop.xiaoman, value=Decimal(50))] * CROWD)
    assert (outcome.broken, outcome_of_budget.broken) == ([], [])
    assert TopUp.objects.count() == 2


def test_raising_and_sending_at_once_keep_the_books(shop):
    template = make_template(open_to_guides=True, guide_month_quota=4)
    asked = topups.ask(shop.xiaoman, template=template, count=4)
    calls = senders(CROWD - 2, template, shop.xiaoman)
    outcome = at_once([*calls, *[partial(topups.grant, asked, by=shop.zhou_min)] * 2])
    assert outcome.broken == []
    quota = OfferQuota.objects.get()
    assert (quota.limit, quota.used) == (8, Offer.objects.count())
    assert 4 <= quota.used <= 8
    assert broken() == []
