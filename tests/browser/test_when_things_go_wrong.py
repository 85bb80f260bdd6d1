"""No network, a server that fails, a session that ended, a double tap, the back button, somebody quicker: said in
words, nothing lost, nothing sent twice."""

import re

import pytest
from playwright.sync_api import expect

from campaigns.models import GuideTask, TaskState
from coupons.models import CouponTemplate, Offer
from members import assignments
from members.models import Note
from tests.browser.conftest import Device
from tests.makers import make_task
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser


@pytest.fixture
def task(shop: Chain) -> GuideTask:
    """Zhou Zihan's task."""
    return make_task(shop.zihan, template=shop.second)


def test_without_network_reading_goes_on_and_sending_waits(device: Device, shop: Chain, task: GuideTask):
    page = device.sign_in(shop.lin)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.click(".task__ck")
    expect(page.locator("#toasts .toast")).to_have_count(1)
    expect(page.locator(".task__name")).to_have_text("周子涵")
    device.picture("offline")
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    page.click(".task__ck")
    expect(page.locator(".task")).to_have_count(0)
    task.refresh_from_db()
    assert task.state == TaskState.DONE


def test_a_failing_server_brings_the_row_back_and_offers_another_try(device: Device, shop: Chain, task: GuideTask):
    page = device.sign_in(shop.lin)
    page.route("**/done/", lambda route: route.fulfill(status=500, body="broken"))
    page.click(".task__ck")
    expect(page.locator("#toasts [data-retry]")).to_be_visible()
    expect(page.locator(".task")).not_to_have_class(re.compile("is-leaving"))
    device.picture("failed")
    page.unroute("**/done/")
    page.click("#toasts [data-retry]")
    expect(page.locator(".task")).to_have_count(0)
    task.refresh_from_db()
    assert task.state == TaskState.DONE


def test_a_session_that_ended_leads_to_the_door_and_back_with_the_words_kept(device: Device, shop: Chain):
    page = device.sign_in(shop.lin, f"/m/{shop.zihan.pk}/")
    page.locator("#notes [name=text]").fill("周末才有空来")
    page.context.clear_cookies(name="changke_session")
    page.click("#notes .btn")
    page.wait_for_url("**/login/?next=**")
    page.fill("[name=username]", shop.lin.username)
    page.fill("[name=password]", "sweet-melon-7")
    page.click("form.login .btn--primary")
    page.wait_for_url(f"**/m/{shop.zihan.pk}/")
    expect(page.locator("#notes [name=text]")).to_have_value("周末才有空来")
    page.click("#notes .btn")
    expect(page.locator("#notes .notes li")).to_contain_text("周末才有空来")
    assert Note.objects.count() == 1


def written_offer(device: Device, shop: Chain) -> None:
    """Lin Xiaoman has opened an offer to Zhou Zihan and written her own words; the preview shows them."""
    page = device.sign_in(shop.lin, f"/offer/?m={shop.zihan.pk}")
    page.fill("#message", "周末的葡萄给您留着")
    expect(page.locator("#preview .bubble")).to_contain_text("周末的葡萄给您留着")
    expect(page.locator("#preview.htmx-request")).to_have_count(0)


def test_a_double_tap_sends_once_and_the_way_back_sends_nothing(device: Device, shop: Chain):
    written_offer(device, shop)
    page = device.page
    page.locator("#preview .btn--primary").dblclick()
    expect(page.locator(".sent h1")).to_be_visible()
    assert Offer.objects.count() == 1
    page.reload()  # the browser sends the form once more
    expect(page.locator(".sent h1")).to_be_visible()
    page.go_back()
    expect(page.locator("#preview .btn--primary")).to_be_visible()
    assert Offer.objects.get().text == "周末的葡萄给您留着"


def test_a_coupon_that_others_took_meanwhile_is_said_and_the_words_stay(device: Device, shop: Chain):
    written_offer(device, shop)
    page = device.page
    page.click(".cpn--pick")
    expect(page.locator("#preview .mini")).to_be_visible()
    CouponTemplate.objects.filter(pk=shop.second.pk).update(stock=7, issued=7)
    page.click("#preview .btn--primary")
    expect(page.locator(".note--danger").first).to_be_visible()
    device.picture("taken-by-others")
    expect(page.locator("#message")).to_have_value("周末的葡萄给您留着")
    assert Offer.objects.count() == 0


def test_a_member_given_to_a_colleague_meanwhile_is_said_and_the_words_are_kept(device: Device, shop: Chain):
    written_offer(device, shop)
    page = device.page
    assignments.assign(shop.zihan, guide=shop.he, by=shop.zhou, reason="换班")
    page.click("#preview .btn--primary")
    expect(page.locator("h1")).to_have_text("这里没有东西")
    expect(page.locator("#main p").first).to_contain_text("同事")
    expect(page.locator("#kept-words")).to_have_value("周末的葡萄给您留着")
    device.picture("given-to-a-colleague")
    assert Offer.objects.count() == 0
    device.open("/m/")  # a page that went well forgets them
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => /^(draft|sent):/.test(key))") == []


def test_a_note_about_a_member_given_away_is_refused_in_words_on_the_spot(device: Device, shop: Chain):
    page = device.sign_in(shop.lin, f"/m/{shop.zihan.pk}/")
    page.locator("#notes [name=text]").fill("周末才有空来")
    assignments.assign(shop.zihan, guide=shop.he, by=shop.zhou, reason="换班")
    page.click("#notes .btn")
    expect(page.locator("#toasts .toast")).to_contain_text("同事")
    expect(page.locator("#notes [name=text]")).to_have_value("周末才有空来")
    assert Note.objects.count() == 0


def test_a_session_that_ended_before_sending_comes_back_to_the_offer_with_its_words(device: Device, shop: Chain):
    written_offer(device, shop)
    page = device.page
    page.context.clear_cookies(name="changke_session")
    page.click("#preview .btn--primary")
    page.wait_for_url("**/login/?next=**")
    page.fill("[name=username]", shop.lin.username)
    page.fill("[name=password]", "sweet-melon-7")
    page.click("form.login .btn--primary")
    page.wait_for_url(f"**/offer/?m={shop.zihan.pk}")
    expect(page.locator("#message")).to_have_value("周末的葡萄给您留着")
    assert Offer.objects.count() == 0


def test_a_sent_offer_is_taken_back_from_the_toast(device: Device, shop: Chain, task: GuideTask):
    device.page.set_viewport_size({"width": 1280, "height": 832})
    page = device.sign_in(shop.lin)
    page.click("#detail [name=send][value=coupon]")
    page.click("#toasts .toast--timed .toast__a")
    page.wait_for_url("**/?task=*")
    expect(page.locator(".task__name").first).to_have_text("周子涵")
    assert device.errors == []


def test_the_whole_list_works_from_the_keyboard(device: Device, shop: Chain, task: GuideTask):
    page = device.sign_in(shop.lin)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator(".task__acts a[href$='/later/']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".task__acts a[href$='/later/']")).to_be_focused()
