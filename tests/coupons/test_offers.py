"""One-to-one offers: sent, taken back, gone, recalled; quota and budget follow every turn."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coupons import catalogue, offers
from coupons.errors import CouponRefused
from coupons.models import Coupon, Offer, OfferQuota, OfferState, StoreBudget
from members.assignments import assign
from stores.errors import NotFound
from stores.staff import leave as leave_the_firm
from tests.coupons.shop import Shop, agree, broken, lock, open_shop, redeem, told
from tests.makers import days_ago, make_guide, make_member, make_template

pytestmark = pytest.mark.django_db


def send(shop: Shop, template=None, key: str = "k1", **given) -> Offer:
    """Xiaoman sends Xiaomei something."""
    given = {"text": "车厘子到了，给您留了一盒", "channel": "wecom", **given}
    member = given.pop("member", shop.xiaomei)
    guide = given.pop("guide", shop.xiaoman)
    return offers.send(guide, member, template=template, request_key=key, **given)


def for_guides(**fields):
    return make_template(open_to_guides=True, **fields)


def gone(offer: Offer) -> Offer:
    """The offer after its seconds are over."""
    Offer.objects.filter(pk=offer.pk).update(leaves_at=days_ago(0.0001))
    return offers.leave(offer.pk)


def taken() -> tuple[int, Decimal]:
    """What all quotas and all store budgets say is used."""
    used = sum(OfferQuota.objects.values_list("used", flat=True))
    return used, sum(StoreBudget.objects.values_list("used", flat=True), Decimal(0))


def refused(call, *arguments, **given) -> CouponRefused:
    with pytest.raises(CouponRefused) as caught:
        call(*arguments, **given)
    return caught.value


def test_an_offer_waits_ten_seconds_and_takes_quota_and_budget_at_once():
    shop, template = open_shop(), for_guides()
    offer = send(shop, template)
    assert (offer.state, offer.coupon, offer.face_value) == (OfferState.QUEUED, None, 10)
    assert timedelta(seconds=9) < offer.leaves_at - timezone.now() <= timedelta(seconds=10)
    assert taken() == (1, 10)
    assert offers.leave(offer.pk) is None
    assert broken() == []


def test_when_it_leaves_the_member_has_the_coupon_and_the_guide_is_named_on_it():
    shop, template = open_shop(), for_guides()
    offer = gone(send(shop, template, reason="golden_window", task_id=5))
    coupon = Coupon.objects.get(member=shop.xiaomei)
    assert (offer.state, offer.coupon) == (OfferState.SENT, coupon)
    assert (coupon.origin, coupon.origin_id, coupon.guide) == ("offer", offer.pk, shop.xiaoman)
    [fact] = told("offer.sent")
    assert (fact.subject, fact.data["coupon"], fact.data["task"]) == (offer.pk, coupon.pk, 5)
    assert offers.leave(offer.pk) is None
    assert Coupon.objects.count() == 1
    assert broken() == []


def test_the_member_gets_what_was_previewed_though_the_terms_changed_meanwhile():
    shop, template = open_shop(), for_guides()
    offer = send(shop, template, text="  满60减10，今天就能用  ")
    catalogue.revise_terms(template, catalogue.TermsDraft(kind="gift", gift_name="梨", valid_days=1), by=None)
    offer = gone(offer)
    assert (offer.text, offer.coupon.terms.version) == ("满60减10，今天就能用", 1)


def test_words_may_go_alone():
    shop = open_shop()
    offer = gone(send(shop))
    assert (offer.state, offer.coupon, taken()) == (OfferState.SENT, None, (0, 0))
    assert refused(send, shop, key="k2", text="  ").code == "text_missing"


def test_the_same_form_twice_is_one_offer():
    shop, template = open_shop(), for_guides()
    assert send(shop, template) == send(shop, template)
    assert taken() == (1, 10)
    other = make_member("吴晓峰", guide=shop.xiaoman)
    agree(other)
    assert refused(send, shop, template, member=other).code == "request_key_reused"


def test_taken_back_before_it_leaves_it_never_was():
    shop, template = open_shop(), for_guides()
    offer = send(shop, template)
    assert offers.take_back(offer, by=shop.xiaoman).state == OfferState.TAKEN_BACK
    assert offers.take_back(offer, by=shop.xiaoman).state == OfferState.TAKEN_BACK
    assert gone(offer) is None
    assert (taken(), Coupon.objects.count(), len(told("offer.taken_back"))) == ((0, 0), 0, 1)
    assert send(shop, template, "k2").state == OfferState.QUEUED
    assert broken() == []


def test_what_has_left_cannot_be_taken_back_but_recalled_while_unused():
    shop, template = open_shop(), for_guides()
    offer = gone(send(shop, template))
    assert refused(offers.take_back, offer, by=shop.xiaoman).code == "offer_left"
    recalled = offers.recall(offer, by=shop.xiaoman)
    assert offers.recall(offer, by=shop.xiaoman) == recalled
    coupon = Coupon.objects.get()
    assert (recalled.state, coupon.state, taken()) == (OfferState.RECALLED, "voided", (0, 0))
    assert len(told("offer.recalled")) == len(told("coupon.voided")) == 1
    assert broken() == []


def test_nothing_is_recalled_too_late_or_once_used():
    shop, template = open_shop(), for_guides()
    assert refused(offers.recall, send(shop, template), by=shop.xiaoman).code == "offer_not_sent"
    late = gone(Offer.objects.get())
    Offer.objects.update(sent_at=days_ago(0.01))
    assert refused(offers.recall, late, by=shop.xiaoman).code == "recall_too_late"
    Offer.objects.update(sent_at=timezone.now())
    lock(late.coupon)
    assert refused(offers.recall, late, by=shop.xiaoman).code == "recall_used"
    redeem(late.coupon)
    assert refused(offers.recall, late, by=shop.xiaoman).code == "recall_used"
    words = gone(send(shop, key="k2"))
    assert refused(offers.recall, words, by=shop.xiaoman).code == "nothing_to_recall"
    assert taken() == (1, 10)


def test_only_who_may_see_an_offer_touches_it():
    shop = open_shop()
    offer = send(shop, for_guides())
    with pytest.raises(NotFound):
        offers.take_back(offer, by=make_guide("郑可欣"))
    assert offers.take_back(offer, by=shop.zhou_min).state == OfferState.TAKEN_BACK


@pytest.mark.parametrize("why", ["reassigned", "guide left", "consent withdrawn", "stopped"])
def test_what_stands_against_it_meanwhile_fails_it_with_a_sentence_and_returns_everything(why):
    shop, template = open_shop(), for_guides()
    offer = send(shop, template)
    if why == "reassigned":
        assign(shop.xiaomei, make_guide("郑可欣", store=shop.store), reason="换班", by=shop.zhou_min)
    elif why == "guide left":
        leave_the_firm(shop.xiaoman)
    elif why == "consent withdrawn":
        agree(shop.xiaomei, granted=False)
    else:
        catalogue.stop(template, None)
    offer = gone(offer)
    offer.refresh_from_db()
    assert (offer.state, offer.coupon, taken()) == (OfferState.FAILED, None, (0, 0))
    assert offer.refusal.endswith("。")
    assert (Coupon.objects.count(), told("offer.sent")) == (0, [])
    assert broken() == []


def test_a_lost_bell_is_made_up_for_by_the_sweep():
    shop, template = open_shop(), for_guides()
    offer = send(shop, template)
    assert offers.leave_due() == 0
    Offer.objects.update(leaves_at=days_ago(0.001))
    assert offers.leave_due() == 1
    offer.refresh_from_db()
    assert offer.state == OfferState.SENT
    assert offers.leave_due() == 0


def test_nobody_writes_to_a_member_they_do_not_look_after():
    shop = open_shop()
    with pytest.raises(NotFound):
        send(shop, guide=make_guide("郑可欣", store=shop.store))
    assert send(shop, guide=shop.zhou_min).guide == shop.zhou_min
    assert Offer.objects.count() == 1
