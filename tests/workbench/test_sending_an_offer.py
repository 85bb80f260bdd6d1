"""An offer: seen before it is sent, sent once, taken back in time, recalled while unused, refused in words."""

import pytest
from django.utils import timezone

from coupons import offers
from coupons.models import Coupon, CouponTemplate, Offer, OfferQuota, OfferState
from tests.makers import days_ago, make_coupon, make_task, make_template
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(chain):
    """Lin Xiaoman's browser."""
    return signed_in(chain.lin)


def filled(page, **changes) -> dict:
    """The form as the page shows it."""
    preview = page.context["preview"]
    ways = [way.key for way in page.context["channels"] if way.is_on]
    form = {
        "member": page.context["member"].pk,
        "task": "",
        "template": page.context["chosen"] or "",
        "message": page.context["message"],
        "channel": ways[0] if ways else "",
        "request_key": page.context["request_key"],
        "seen": preview.mark,
    }
    return {key: value for key, value in (form | changes).items() if value is not None}


def open_page(phone, chain, **query):
    return phone.get("/offer/", {"m": chain.zihan.pk, **query})


def leave_all() -> None:
    Offer.objects.update(leaves_at=timezone.now())
    offers.leave_due()


def test_the_page_is_ready_to_send_and_costs_are_seen_first(chain, phone):
    page = open_page(phone, chain)
    seen = page.context["preview"]
    assert page.context["can_send"]
    assert seen.bubble.startswith("子涵您好，我是滨河路店的小满")
    assert "¥8" in seen.cost
    assert "{" not in seen.bubble


def test_what_was_seen_is_what_is_sent_word_for_word(chain, phone):
    page = open_page(phone, chain)
    answer = phone.post("/offer/", filled(page))
    sent = Offer.objects.get()
    assert answer.status_code == 200
    assert sent.text == page.context["preview"].bubble
    assert (sent.state, sent.channel, sent.template) == (OfferState.QUEUED, "wecom", chain.second)
    leave_all()
    assert Coupon.objects.get().member == chain.zihan


def test_words_changed_after_the_preview_are_shown_again_before_they_leave(chain, phone):
    page = open_page(phone, chain)
    again = phone.post("/offer/", filled(page, message="换一句话"))
    assert again.status_code == 422
    assert not Offer.objects.exists()
    assert again.context["preview"].bubble == "换一句话"
    assert phone.post("/offer/", filled(again)).status_code == 200
    assert Offer.objects.get().text == "换一句话"


def test_the_preview_follows_what_is_chosen(chain, phone):
    gift = make_template("尝鲜券", kind="gift", gift_name="车厘子", gift_value=20, open_to_guides=True)
    page = open_page(phone, chain)
    form = filled(page, template=gift.pk, message="来尝尝{coupon}", seen=None)
    answer = phone.post("/offer/preview/", form, headers=part("preview"))
    assert answer.context["preview"].card["title"] == "尝鲜券"
    assert "{" not in answer.context["preview"].bubble
    assert not Offer.objects.exists()


def test_pressing_twice_sends_once(chain, phone):
    form = filled(open_page(phone, chain))
    assert [phone.post("/offer/", form).status_code for _press in range(3)] == [200] * 3
    assert Offer.objects.count() == 1
    assert OfferQuota.objects.get().used == 1


def test_it_can_be_taken_back_and_nothing_was_used_up(chain, phone):
    phone.post("/offer/", filled(open_page(phone, chain)))
    offer = Offer.objects.get()
    answer = phone.post(f"/offers/{offer.pk}/undo/", headers=part())
    offer.refresh_from_db()
    assert answer.headers["HX-Redirect"] == f"/m/{chain.zihan.pk}/"
    assert offer.state == OfferState.TAKEN_BACK
    assert OfferQuota.objects.get().used == 0
    leave_all()
    assert not Coupon.objects.exists()


def test_what_has_left_can_be_recalled_while_unused_but_not_taken_back(chain, phone):
    phone.post("/offer/", filled(open_page(phone, chain)))
    leave_all()
    offer = Offer.objects.get()
    late = phone.post(f"/offers/{offer.pk}/undo/", headers=part())
    assert late.status_code in (409, 422)
    phone.post(f"/offers/{offer.pk}/recall/")
    offer.refresh_from_db()
    assert offer.state == OfferState.RECALLED
    assert Coupon.objects.get().state == "voided"


def test_a_channel_without_consent_cannot_be_chosen_by_hand(chain, phone):
    page = open_page(phone, chain)
    refused = phone.post("/offer/", filled(page, channel="sms", seen=None))
    assert refused.status_code == 422
    assert not Offer.objects.exists()


def test_a_spent_quota_is_greyed_out_and_refused(chain, phone):
    CouponTemplate.objects.update(guide_month_quota=0)
    page = open_page(phone, chain)
    [card] = page.context["cards"]
    assert card.is_off
    assert card.why_off
    assert phone.post("/offer/", filled(page, template=chain.second.pk, seen=None)).status_code == 422
    assert not Offer.objects.exists()


def test_a_template_that_hq_has_not_opened_cannot_be_sent_by_its_number(chain, phone):
    hidden = make_template("内部券")
    page = open_page(phone, chain)
    assert phone.post("/offer/", filled(page, template=hidden.pk, seen=None)).status_code == 422
    assert not Offer.objects.exists()


def test_words_alone_may_go_without_a_coupon(chain, phone):
    page = open_page(phone, chain, only="message")
    assert page.context["cards"] == []
    phone.post("/offer/", filled(page, send="message"))
    sent = Offer.objects.get()
    assert sent.template is None
    assert "减" not in sent.text


def test_the_third_message_of_a_week_is_stopped_before_the_tap(chain, phone):
    for _nth in range(2):
        assert phone.post("/offer/", filled(open_page(phone, chain))).status_code == 200
    page = open_page(phone, chain)
    assert not page.context["can_send"]
    assert phone.post("/offer/", filled(page)).status_code == 422
    assert Offer.objects.count() == 2


def test_sent_from_a_task_the_row_goes_and_the_next_one_is_named(chain, phone):
    task = make_task(chain.zihan, template=chain.second)
    pane = phone.get("/")
    form = {
        "member": chain.zihan.pk,
        "task": task.pk,
        "template": pane.context["template_id"],
        "channel": pane.context["channel"].key,
        "request_key": pane.context["request_key"],
        "message": pane.context["message"],
        "send": "coupon",
    }
    answer = phone.post("/offer/", form, headers=part("detail"))
    assert f'id="task-{task.pk}" hx-swap-oob="delete"' in answer.content.decode()
    assert Offer.objects.get().task_id == task.pk
    assert phone.get("/").context["groups"] == []


def test_a_refusal_in_the_pane_stands_above_the_button_and_keeps_the_words(chain, phone):
    task = make_task(chain.zihan, template=chain.second)
    form = {"member": chain.zihan.pk, "task": task.pk, "template": chain.second.pk, "channel": "sms",
            "request_key": "k" * 12, "message": "你好", "send": "coupon"}  # fmt: skip
    answer = phone.post("/offer/", form, headers=part("detail"))
    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#refusal"
    assert not Offer.objects.exists()


def test_a_reminder_speaks_of_the_coupon_in_the_wallet(chain, phone):
    held = make_coupon(chain.zihan)
    why = {"coupon": held.pk, "kind": "amount_off", "threshold": "60", "amount_off": "10"}
    make_task(chain.zihan, reason="coupon_expiring", why=why)
    page = phone.get("/")
    assert page.context["reminds_of"].title == "满60减10"
    assert "满60减10" in page.context["message"]


def test_nobody_sends_to_anothers_member_or_touches_anothers_offer(chain, phone):
    phone.post("/offer/", filled(open_page(phone, chain)))
    offer = Offer.objects.get()
    for person in (chain.he, chain.gu):
        stranger = signed_in(person)
        assert stranger.get("/offer/", {"m": chain.zihan.pk}).status_code == 404
        assert stranger.post(f"/offers/{offer.pk}/undo/").status_code == 404
        assert stranger.post(f"/offers/{offer.pk}/recall/").status_code == 404
    offer.refresh_from_db()
    assert offer.state == OfferState.QUEUED


def test_the_list_says_what_became_of_each(chain, phone):
    phone.post("/offer/", filled(open_page(phone, chain)))
    leave_all()
    page = phone.get("/offers/")
    [row] = page.context["offers"]
    assert (str(row.member), row.face) == ("周子涵", "¥8")
    assert row.recall_url
    assert phone.get("/offers/?state=used").context["offers"] == []
    assert page.context["quota"]["rows"][0] == {"title": "第 2 单专属券", "left": 4, "total": 5}


def test_the_member_reads_chinese_whatever_language_the_guide_works_in(chain, phone):
    phone.cookies["changke_language"] = "en"
    page = open_page(phone, chain)
    assert "Send to" in page.content.decode()
    assert "满39减8" in page.context["preview"].bubble
    phone.post("/offer/", filled(page))
    assert "满39减8" in Offer.objects.get().text


def test_older_offers_follow_by_cursor_newest_first(chain, phone):
    common = {"member": chain.zihan, "guide": chain.lin, "store": chain.store, "text": "您好", "channel": "wecom"}
    for nth in range(25):
        at = {"created_at": days_ago(nth), "leaves_at": days_ago(nth), "request_key": f"older-{nth}"}
        offer = Offer.objects.create(**common, **at)
    page = phone.get("/offers/")
    rest = phone.get(page.context["next_url"], headers=part())
    seen = [row.pk for row in [*page.context["offers"], *rest.context["offers"]]]
    assert len(seen) == len(set(seen)) == 25
    assert seen[-1] == offer.pk
    assert phone.get("/offers/?before=garbage", headers=part()).status_code == 422
