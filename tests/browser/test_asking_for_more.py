"""A guide whose budget is spent asks from the page that refused, the manager agrees on the phone, the offer leaves."""

import time

import pytest
from playwright.sync_api import expect

from coupons.models import GuideBudget, Offer, TopUp, TopUpState
from stores import policy
from tests.browser.conftest import Device
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser


@pytest.fixture
def broke(shop: Chain) -> Chain:
    """Nobody may give away more than five yuan a month, and the coupon is worth eight; every process of the web server
    has read so: one may still remember what held in the test before."""
    policy.change("offers.guide_month_budget", 5, by=None)
    time.sleep(policy.FRESH_FOR)
    return shop


@pytest.mark.parametrize("device", ["phone"], indirect=True)
def test_asked_agreed_sent(device: Device, broke: Chain):
    offer = f"/offer/?m={broke.zihan.pk}"
    page = device.sign_in(broke.lin, offer)
    expect(page.locator("#preview .btn--primary")).to_be_enabled()  # words alone may go
    expect(page.locator(".cpn--pick.is-off")).to_have_count(1)
    device.picture("spent")
    page.click("#ask-budget a")
    expect(page.locator("dialog [name=value]")).to_be_visible()
    device.picture("asking")
    page.click("dialog .btn--primary")
    expect(page.locator("#ask-budget .meta")).to_be_visible()
    expect(page.locator("dialog")).to_have_count(0)
    device.picture("asked")
    assert TopUp.objects.get().state == TopUpState.ASKED

    page.context.clear_cookies()
    device.sign_in(broke.zhou)
    expect(page.locator("#nav-requests")).to_contain_text("1")
    device.picture("today-of-the-manager")
    page.click("a.banner")
    page.click("#requests form .btn--tonal")
    expect(page.locator("#requests .row")).to_have_count(0)
    expect(page.locator("#nav-requests")).to_be_hidden()
    device.picture("agreed")
    assert GuideBudget.objects.get().limit == 25

    page.context.clear_cookies()
    device.sign_in(broke.lin, offer)
    expect(page.locator(".note--accent").first).to_be_visible()
    device.picture("told")
    page.click("#preview .actbar .btn--primary")
    expect(page.locator(".sent h1")).to_be_visible()
    assert (Offer.objects.get().template, GuideBudget.objects.get().used) == (broke.second, 8)
    assert (device.errors, device.overflow()) == ([], 0)
