"""What a guide does on a member's page, in each width: reads why the tier is held, writes down what the member allows,
looks at the whole number for a reason, copies and dials it, and exchanges points for a coupon."""

import pytest
from playwright.sync_api import expect

from campaigns.models import Touch
from coupons.models import Coupon, CouponTemplate, PointsExchange
from members.ledgers import points
from members.models import Consent, Member, TimelineFact
from tests.browser.conftest import PHONE_FIRST, Device
from tests.consenting import make_wording
from tests.makers import days_ago, make_template
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser
DIALLED = "document.addEventListener('click', (e) => e.target.closest('a[href^=tel]') && e.preventDefault())"


@pytest.fixture
def rich(shop: Chain) -> Chain:
    """Zhou Zihan has 500 points that may be spent, and there is a coupon for 300."""
    make_template("满60减10", points_price=300)
    points.adjust(shop.zihan, 500, note="开卡礼", by=None, at=days_ago(20))
    return shop


@pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)
def test_tier_consent_and_the_number_that_is_dialled(device: Device, shop: Chain):
    make_wording("phone_call", text="我同意接到滨河路店的电话")
    page = device.page
    page.add_init_script(DIALLED)  # no telephone here
    device.sign_in(shop.lin, f"/m/{shop.zihan.pk}/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("a[href$='/tier/']")
    expect(page.locator("#modal dialog h2")).to_contain_text("周子涵")
    device.picture("tier")
    page.click("#modal dialog [data-close]")
    page.click("#consent a[href$='/consent/phone_call/']")
    expect(page.locator("#modal dialog")).to_contain_text("滨河路店的电话")
    device.picture("the-words")
    page.locator("#modal dialog [value=yes]").dblclick()
    expect(page.locator("#consent .yes")).to_have_count(2)
    assert Consent.objects.filter(member=shop.zihan, channel="phone_call").count() == 1

    page.click("#phone a[href$='/reveal/']")
    page.locator("#modal dialog .pick").last.click()
    page.click("#modal dialog .btn--primary")
    expect(page.locator("#phone a[href='tel:13800001234']")).to_be_focused()
    device.picture("the-number")
    assert TimelineFact.objects.filter(kind="member.revealed").count() == 1
    page.click("#phone [data-copy]")
    expect(page.locator("[data-said='#toast-copied']")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "13800001234"
    with page.expect_response("**/called/"):
        page.click("#phone a[href^='tel:']")
    assert Touch.objects.get().source == "call"
    assert (device.errors, device.overflow()) == ([], 0)


@pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)
def test_points_become_a_coupon_once_and_come_back(device: Device, rich: Chain):
    page = device.sign_in(rich.lin, f"/m/{rich.zihan.pk}/")
    page.click("#wallet a[href$='/exchange/']")
    device.picture("for-points")
    page.click("#modal dialog .btn--primary")
    expect(page.locator("#modal form[method=post] .btn--primary")).to_be_visible()
    page.locator("#modal form[method=post] .btn--primary").dblclick()
    expect(page.locator("#wallet .card__foot")).to_contain_text("200")
    expect(page.locator("#wallet .wallet")).to_contain_text("满60减10")
    device.picture("exchanged")
    assert (PointsExchange.objects.count(), Member.objects.get(pk=rich.zihan.pk).points) == (1, 200)
    page.click("#wallet a[href$='/exchange/']")
    page.click("#modal .rows .btn--ghost")
    expect(page.locator("#wallet .card__foot")).to_contain_text("500")
    assert Member.objects.get(pk=rich.zihan.pk).points == 500
    assert (device.errors, device.overflow()) == ([], 0)


def test_the_last_coupon_for_points_that_another_took_is_said_and_the_points_stay(device: Device, rich: Chain):
    page = device.sign_in(rich.lin, f"/m/{rich.zihan.pk}/")
    page.click("#wallet a[href$='/exchange/']")
    page.click("#modal dialog .btn--primary")
    expect(page.locator("#modal form[method=post] .btn--primary")).to_be_visible()
    CouponTemplate.objects.filter(name="满60减10").update(stock=1, issued=1)
    page.click("#modal form[method=post] .btn--primary")
    expect(page.locator("#modal .note--danger")).to_be_visible()
    device.picture("taken-by-another")
    assert (Coupon.objects.count(), Member.objects.get(pk=rich.zihan.pk).points) == (0, 500)
