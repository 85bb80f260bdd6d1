"""What is one tap away: a benefit used at the counter and taken back, the member day that stands above today's tasks,
and the language and look of the device, which stay."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campaigns import memberdays
from members.models import Benefit, BenefitUse
from tests.browser.conftest import PHONE_FIRST, Device
from tests.makers import make_member_day
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser
in_each_width = pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)


@in_each_width
def test_a_benefit_is_used_once_and_can_be_taken_back(device: Device, shop: Chain):
    Benefit.objects.create(tier=shop.zihan.tier, kind="tasting", title="新品试吃", quota=2, period="month")
    page = device.sign_in(shop.lin, f"/m/{shop.zihan.pk}/")
    page.locator("#benefits .btn--tonal").first.dblclick()
    undo = page.locator("#benefits button[form^='bn-undo-']")
    expect(undo).to_have_count(1)
    device.picture("used")
    assert BenefitUse.objects.filter(member=shop.zihan).count() == 1
    undo.click()
    expect(undo).to_have_count(0)
    device.picture("taken-back")
    assert not BenefitUse.objects.filter(member=shop.zihan, taken_back_at=None).exists()
    assert (device.errors, device.overflow()) == ([], 0)


@in_each_width
def test_the_next_member_day_leads_to_those_who_can_be_invited(device: Device, shop: Chain):
    soon = timezone.localdate() + timedelta(days=2)
    memberdays.publish(make_member_day("会员日", recurrence=f"FREQ=MONTHLY;BYMONTHDAY={soon.day}"))
    page = device.sign_in(shop.lin)
    expect(page.locator("a.banner")).to_contain_text("会员日")
    device.picture("the-day")
    page.click("a.banner")
    expect(page.locator("#main, #results").first).to_be_visible()
    device.picture("whom-to-invite")
    assert (device.errors, device.overflow()) == ([], 0)


@in_each_width
def test_language_and_look_stay_with_the_device(device: Device, shop: Chain):
    page = device.sign_in(shop.lin, "/me/")
    page.click("[name=language][value=en]")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_text("Me")
    page.click("[name=theme][value=dark]")
    expect(page.locator("[name=theme][value=dark]")).to_have_attribute("aria-current", "true")
    device.picture("dark-and-english")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    device.open("/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.context.clear_cookies(name="sessionid")
    device.open("/login/")  # nobody is signed in, and the device is the same
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert (device.errors, device.overflow()) == ([], 0)
