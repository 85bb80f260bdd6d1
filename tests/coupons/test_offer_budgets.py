"""Budgets of guides and stores, in yuan and in coupons: taken by every send, given back by every way back."""

from decimal import Decimal

import pytest
from django.utils import timezone

from coupons import offers, quotas
from coupons.errors import CouponRefused
from coupons.models import GuideBudget, Offer, OfferQuota, OfferState, StoreBudget
from members.models import Consent
from stores import policy
from tests.coupons.shop import Shop, agree, broken, open_shop, redeem
from tests.makers import days_ago, make_guide, make_member, make_template

pytestmark = pytest.mark.django_db
ROWS = (OfferQuota, GuideBudget, StoreBudget)


@pytest.fixture
def shop() -> Shop:
    policy.change("offers.member_weekly_cap", 50, by=None)
    policy.change("contacts.per_day", 50, by=None)
    policy.change("contacts.per_month", 50, by=None)
    return open_shop()


def send(shop: Shop, template, key: str = "k1", guide=None) -> Offer:
    return offers.send(
        guide or shop.xiaoman, shop.xiaomei, template=template, text="您好", channel="wecom", request_key=key
    )


def gone(offer: Offer) -> Offer | None:
    Offer.objects.filter(pk=offer.pk).update(leaves_at=days_ago(0.0001))
    return offers.leave(offer.pk)


def refused(shop: Shop, template, guide=None) -> CouponRefused:
    """The refusal of a send; nothing was taken by it."""
    before = [list(model.objects.values()) for model in ROWS]
    with pytest.raises(CouponRefused) as caught:
        send(shop, template, "refused", guide)
    assert [list(model.objects.values()) for model in ROWS] == before
    assert offers.pre_send_check(guide or shop.xiaoman, shop.xiaomei, template).refusal.code == caught.value.code
    return caught.value


def used() -> list[tuple]:
    """What the rows of the guide and of the store say was given."""
    return [model.objects.values_list("used", "count_used").get() for model in (GuideBudget, StoreBudget)]


def open_to_guides(**fields):
    return make_template(open_to_guides=True, **fields)


def test_a_send_takes_face_value_and_one_coupon_from_both(shop):
    send(shop, open_to_guides())
    assert used() == [(10, 1), (10, 1)]
    room = quotas.room_of(shop.xiaoman, shop.store, quotas.month_of(shop.store, timezone.now()))
    assert (room.guide.left, room.guide.count_left, room.store.left, room.store.count_left) == (1990, None, 4990, None)
    assert broken() == []


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("offers.guide_month_budget", 15, "guide_budget_spent"),
        ("offers.guide_month_count", 1, "guide_count_spent"),
        ("offers.store_month_budget", 15, "store_budget_spent"),
        ("offers.store_month_count", 1, "store_count_spent"),
    ],
)
def test_each_bound_lets_the_first_go_and_stops_the_second(shop, setting, value, code):
    policy.change(setting, value, by=None)
    template = open_to_guides()
    send(shop, template)
    refusal = refused(shop, template)
    month = quotas.month_of(shop.store, timezone.now())
    assert (refusal.code, refusal.extra["from_day"]) == (code, quotas.next_month(month))
    assert refusal.extra["left"] == (5 if "budget" in setting else 0)
    assert offers.pre_send_check(shop.xiaoman, shop.xiaomei, None, "wecom").refusal is None


def test_one_guides_budget_does_not_bind_another(shop):
    policy.change("offers.guide_month_budget", 15, by=None)
    template = open_to_guides()
    send(shop, template)
    assert refused(shop, template).code == "guide_budget_spent"
    assert send(shop, template, "k2", shop.zhou_min).state == OfferState.QUEUED


def test_nought_is_no_limit_for_a_guide(shop):
    policy.change("offers.guide_month_budget", 0, by=None)
    send(shop, open_to_guides(threshold=900, amount_off=Decimal(800)))
    assert GuideBudget.objects.values_list("limit", "used").get() == (None, 800)


@pytest.mark.parametrize("way", ["taken back", "failed", "recalled"])
def test_every_way_back_returns_everything_once(shop, way):
    template = open_to_guides()
    offer = send(shop, template)
    for _twice in range(2):
        if way == "taken back":
            offers.take_back(offer, by=shop.xiaoman)
        elif way == "failed":
            Consent.objects.all().delete()
            gone(offer)
        else:
            gone(offer)
            offers.recall(offer, by=shop.xiaoman)
    assert used() == [(0, 0), (0, 0)]
    assert OfferQuota.objects.get().used == 0
    assert broken() == []


def test_what_was_used_stays_given(shop):
    offer = gone(send(shop, open_to_guides()))
    redeem(offer.coupon)
    with pytest.raises(CouponRefused, match="撤不回"):
        offers.recall(offer, by=shop.xiaoman)
    assert used() == [(10, 1), (10, 1)]


def test_words_alone_take_nothing(shop):
    offers.send(shop.xiaoman, shop.xiaomei, template=None, text="您好", channel="wecom", request_key="k")
    assert not any(model.objects.exists() for model in ROWS)


def test_the_check_says_all_in_one_call_in_eight_queries(shop, django_assert_max_num_queries):
    template = open_to_guides(member_limit=3)
    kexin = make_guide("郑可欣", store=shop.store)
    member = make_member("吴晓峰", guide=kexin, phone="13612345678")
    agree(member)
    offers.send(kexin, member, template=template, text="您好", channel="wecom", request_key="k")
    with django_assert_max_num_queries(8):
        check = offers.pre_send_check(kexin, member, template, "wecom")
    assert (check.refusal, check.cost, check.quota_left, check.works_here) == (None, 10, 19, False)
    assert (check.room.guide.left, check.room.store.left) == (1990, 4990)
    assert (check.contacts.used, check.contacts.last.by) == (1, kexin.pk)
    assert [one.key for one in check.channels if one.allowed] == ["wecom"]
