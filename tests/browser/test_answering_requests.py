"""A guide's request for more offers, as the manager answers it: refused in words that the guide reads; withdrawn
meanwhile."""

import pytest
from playwright.sync_api import expect

from coupons import topups
from coupons.models import TopUp, TopUpState
from tests.browser.conftest import PHONE_FIRST, Device
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser
in_each_width = pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)
REASON = "先用完手上的"


@in_each_width
def test_a_request_is_refused_in_words_that_the_guide_reads(device: Device, shop: Chain):
    topups.ask(shop.lin, template=shop.second, count=5)
    page = device.sign_in(shop.zhou, "/team/offers/")
    page.click("#requests a.btn--ghost")
    page.click("#modal dialog [data-close]")  # to think once more
    expect(page.locator("#modal dialog")).to_have_count(0)
    page.click("#requests a.btn--ghost")
    expect(page.locator("#modal dialog .chip").first).to_be_visible()
    page.click("#modal dialog .btn--primary")
    expect(page.locator("#modal dialog .note--danger")).to_be_visible()  # a reason is needed
    assert TopUp.objects.get().state == TopUpState.ASKED
    page.fill("#modal dialog [name=reason]", REASON)
    device.picture("why-not")
    page.locator("#modal dialog .btn--primary").dblclick()
    expect(page.locator("#requests .row")).to_have_count(0)
    expect(page.locator("#modal dialog")).to_have_count(0)
    assert (TopUp.objects.get().state, TopUp.objects.get().answer) == (TopUpState.REFUSED, REASON)

    page.context.clear_cookies()
    device.sign_in(shop.lin)
    expect(page.locator(".note--warn")).to_contain_text(REASON)
    device.picture("the-guide-reads-it")


def test_a_request_withdrawn_meanwhile_is_said_and_nothing_is_granted(device: Device, shop: Chain):
    asked = topups.ask(shop.lin, template=shop.second, count=5)
    page = device.sign_in(shop.zhou, "/team/offers/")
    topups.withdraw(asked, by=shop.lin)
    page.click("#requests form .btn--tonal")
    expect(page.locator("#toasts .toast")).to_be_visible()
    expect(page.locator("#requests .row")).to_have_count(0)
    device.picture("withdrawn-meanwhile")
    assert TopUp.objects.get().state != TopUpState.GRANTED
