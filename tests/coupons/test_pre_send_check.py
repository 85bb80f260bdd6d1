"""What the guide sees before the tap: consent, caps, quotas, budgets, colleagues; and sending refuses the same."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from coupons import offers
from coupons.errors import CouponRefused
from coupons.models import Offer, OfferQuota, StoreBudget
from stores import policy
from stores.models import Staff
from tests.coupons.shop import Shop, agree, open_shop
from tests.makers import days_ago, make_coupon, make_guide, make_marketer, make_member, make_template, make_tiers

pytestmark = pytest.mark.django_db


def sent(shop: Shop, key: str, at=None, guide: Staff | None = None, template=None) -> Offer:
    return offers.send(
        guide or shop.xiaoman, shop.xiaomei, template=template, text="您好", channel="wecom", request_key=key, at=at
    )


def refusal(shop: Shop, template=None, channel: str = "wecom", member=None) -> str:
    """The code of what stands against it; sending says the same and changes nothing."""
    member = member or shop.xiaomei
    found = offers.pre_send_check(shop.xiaoman, member, template, channel).refusal
    before = (
        Offer.objects.count(),
        list(OfferQuota.objects.values_list("used")),
        list(StoreBudget.objects.values_list("used")),
    )
    if found is None:
        return ""
    with pytest.raises(CouponRefused) as caught:
        offers.send(shop.xiaoman, member, template=template, text="您好", channel=channel, request_key="new")
    assert (caught.value.code, str(caught.value)) == (found.code, str(found))
    after = (
        Offer.objects.count(),
        list(OfferQuota.objects.values_list("used")),
        list(StoreBudget.objects.values_list("used")),
    )
    assert before == after
    return found.code


def test_each_channel_says_since_when_it_is_allowed_or_not():
    shop = open_shop()
    agree(shop.xiaomei, "sms", granted=False)
    found = offers.pre_send_check(shop.xiaoman, shop.xiaomei, None)
    day = f"{timezone.localdate(days_ago(1)):%Y-%m-%d}"
    assert [(one.key, one.note, one.allowed) for one in found.channels] == [
        ("wecom", f"{day} 已同意", True),
        ("wechat_subscribe", "没有问过", False),
        ("sms", f"{day} 已退订", False),
    ]
    assert (found.refusal, found.quota_left, found.budget_left) == (None, None, 5000)


@pytest.mark.parametrize("channel", ["sms", "wechat_subscribe"])
def test_without_consent_nothing_is_sent(channel):
    assert refusal(open_shop(), channel=channel) == "consent_missing"


def test_a_channel_that_is_none_is_refused():
    shop = open_shop()
    with pytest.raises(CouponRefused) as caught:
        offers.send(shop.xiaoman, shop.xiaomei, template=None, text="您好", channel="pigeon", request_key="k")
    assert caught.value.code == "channel_unknown"


def test_the_weekly_cap_counts_what_anybody_sent_and_says_when_it_is_free():
    shop = open_shop()
    sent(shop, "k1", at=timezone.now() - timedelta(days=8))
    sent(shop, "k2", at=(first := timezone.now() - timedelta(days=5)), guide=shop.zhou_min)
    free = f"{timezone.localtime(first + timedelta(days=7)):%m-%d}"
    with time_machine.travel(timezone.localtime().replace(hour=12), tick=True):
        found = offers.pre_send_check(shop.xiaoman, shop.xiaomei, None, "wecom")
    assert found.refusal is None
    assert [(one.kind, one.text) for one in found.warnings] == [
        ("warn", f"发出后，本周触达到上限（2/2），{free} 之前不能再主动发。"),
        ("", f"周敏 {timezone.localtime(first):%m-%d} 联系过这位会员。"),
    ]
    sent(shop, "k3")
    assert refusal(shop) == "contact_cap"
    policy.change("offers.member_weekly_cap", 3, by=None)
    policy.change("contacts.per_day", 3, by=None)
    assert refusal(shop) == ""


def test_what_was_taken_back_or_failed_does_not_count():
    shop = open_shop()
    for key in ("k1", "k2"):
        offers.take_back(sent(shop, key), by=shop.xiaoman)
    assert refusal(shop) == ""


def test_late_in_the_evening_the_guide_is_warned():
    shop = open_shop()
    for clock, quiet in (("20:59", False), ("21:00", True), ("08:59", True), ("09:00", False)):
        with time_machine.travel(f"2026-11-20T{clock}:30+08:00", tick=True):
            words = [one.text for one in offers.pre_send_check(shop.xiaoman, shop.xiaomei, None, "wecom").warnings]
        assert any("静默时段" in text for text in words) == quiet, clock


def test_nobody_sends_to_themselves_or_to_a_colleague():
    shop, template = open_shop(), make_template(open_to_guides=True)
    colleague = make_guide("郑可欣", phone="13812345678")
    assert refusal(shop, template) == "member_is_staff"
    Staff.objects.filter(pk=shop.xiaoman.pk).update(phone="13812345679")
    Staff.objects.filter(pk=colleague.pk).update(phone=None)
    Staff.objects.filter(pk=shop.xiaoman.pk).update(phone="13812345678")
    assert refusal(shop, template) == "member_is_staff"
    policy.change("offers.to_staff", True, by=None)
    assert refusal(shop, template) == ""


def test_the_quota_of_the_month_ends_and_begins_anew():
    shop, template = open_shop(), make_template(open_to_guides=True, guide_month_quota=1)
    policy.change("offers.member_weekly_cap", 9, by=None)
    policy.change("contacts.per_day", 9, by=None)
    found = offers.pre_send_check(shop.xiaoman, shop.xiaomei, template, "wecom")
    assert (found.quota_left, found.quota_limit) == (1, 1)
    with time_machine.travel("2026-11-20T12:00:00+08:00", tick=True):
        sent(shop, "k1", template=template)
        assert refusal(shop, template) == "quota_spent"
        [option] = offers.options_for(shop.xiaoman, shop.xiaomei)
        assert (option.left, option.limit, str(option.refusal)) == (0, 1, "额度用完，12-01 恢复")
    with time_machine.travel("2026-12-01T12:00:00+08:00", tick=True):
        assert refusal(shop, template) == ""


def test_the_budget_of_the_store_bounds_all_its_guides():
    shop, template = open_shop(), make_template(open_to_guides=True)
    policy.change("offers.store_month_budget", 15, by=None)
    sent(shop, "k1", guide=shop.zhou_min, template=template)
    assert offers.pre_send_check(shop.xiaoman, shop.xiaomei, None).budget_left == Decimal(5)
    assert refusal(shop, template) == "store_budget_spent"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"open_to_guides": False}, "not_open_to_guides"),
        ({"stock": 1}, "stock_spent"),
        ({"member_limit": 1}, "limit_reached"),
        ({"tier_ids": [0]}, "tier_not_in_scope"),
    ],
)
def test_a_coupon_that_cannot_go_says_why(fields, code):
    shop = open_shop()
    if "tier_ids" in fields:
        fields = {"tier_ids": [make_tiers()["gold"].pk]}
    template = make_template(**{"open_to_guides": True, **fields})
    if code in ("stock_spent", "limit_reached"):
        make_coupon(shop.xiaomei, template=template)
        template.refresh_from_db()
    assert refusal(shop, template) == code


def test_options_put_what_can_be_sent_first_in_few_queries(django_assert_max_num_queries):
    shop = open_shop()
    good = [make_template(f"券{n}", open_to_guides=True) for n in range(6)]
    spent = make_template("发完的券", open_to_guides=True, stock=1)
    make_coupon(make_member("吴晓峰"), template=spent)
    make_template("总部自用")
    with django_assert_max_num_queries(8):
        options = offers.options_for(shop.xiaoman, shop.xiaomei)
    assert [option.template for option in options] == [*reversed(good), spent]
    first = options[0]
    assert (first.face, first.condition, first.left, first.limit, first.refusal) == ("¥10", "满60可用", 20, 20, None)
    assert str(options[-1].refusal) == "这张券已发完。"


def test_somebody_without_a_store_sends_nothing():
    shop = open_shop()
    with pytest.raises(CouponRefused) as caught:
        offers.send(make_marketer(), shop.xiaomei, template=None, text="您好", channel="wecom", request_key="k")
    assert caught.value.code == "no_store"
