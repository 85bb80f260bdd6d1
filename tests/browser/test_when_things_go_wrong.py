"""No network, a server that fails, a session that ended: said in words, nothing lost, nothing sent twice."""

import re

import pytest
from playwright.sync_api import expect

from campaigns.models import GuideTask, TaskState
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
