"""Several members chosen in the list, in each width: tagged in one tap, offered a coupon after a look at who is left
out; somebody given away or a coupon gone meanwhile is said before anything leaves."""

import pytest
from playwright.sync_api import Page, expect

from coupons.models import CouponTemplate, Offer
from members import assignments
from members.models import Member, MemberTag
from tests.browser.conftest import PHONE_FIRST, Device
from tests.makers import make_member
from tests.workbench.scenery import Chain, a_tag, agree

pytestmark = pytest.mark.browser
WORDS = "{称呼}您好，周末的葡萄给您留着"


@pytest.fixture
def three(shop: Chain) -> tuple[Member, Member, Member]:
    """Zhou Zihan and Wu Xiaofeng agreed to messages, Xu Jingwen did not."""
    wu = make_member("吴晓峰", guide=shop.lin)
    agree(wu)
    return shop.zihan, wu, make_member("许静雯", guide=shop.lin)


def ready(page: Page) -> None:
    """The preview is that of what stands in the form."""
    expect(page.locator("#preview .bubble")).to_contain_text("周末的葡萄给您留着")
    expect(page.locator("#preview.htmx-request")).to_have_count(0)


@pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)
def test_chosen_tagged_and_offered(device: Device, shop: Chain, three: tuple[Member, Member, Member]):
    a_tag("住附近")
    page = device.sign_in(shop.lin, "/m/?select=1")
    expect(page.locator("#selection .btn--primary")).to_be_disabled()  # nobody is chosen
    page.click("[data-select-all]")
    expect(page.locator("#selection [data-selected]")).to_contain_text("3")
    page.click("#selection [formaction$='/m/tag/']")
    device.picture("which-tag")
    page.locator("#modal dialog .chip >> text=住附近").dblclick()
    expect(page.locator("#toasts .toast")).to_be_visible()
    expect(page.locator(".mrow .tag >> text=住附近")).to_have_count(3)
    assert MemberTag.objects.count() == 3

    page.click("[data-select-all]")
    page.click("#selection .btn--primary")
    expect(page.locator("#preview .many__out")).to_contain_text("许静雯")
    expect(page.locator("#preview .many__names")).not_to_contain_text("许静雯")
    page.fill("[name=message]", WORDS)
    ready(page)
    device.picture("who-gets-it")
    page.click("#preview .actbar .btn--primary")
    expect(page.locator(".sent h1")).to_contain_text("2")
    device.picture("sent")
    assert set(Offer.objects.values_list("member__name", flat=True)) == {"周子涵", "吴晓峰"}
    assert (device.errors, device.overflow()) == ([], 0)


def test_what_changed_since_the_preview_is_said_and_the_words_stay(
    device: Device, shop: Chain, three: tuple[Member, Member, Member]
):
    zihan, wu, _xu = three
    page = device.sign_in(shop.lin, f"/m/offer/?member={zihan.pk}&member={wu.pk}")
    page.fill("[name=message]", WORDS)
    ready(page)
    CouponTemplate.objects.filter(pk=shop.second.pk).update(stock=7, issued=7)
    page.click("#preview .actbar .btn--primary")
    expect(page.locator(".note--danger, .note--warn").first).to_be_visible()
    expect(page.locator("[name=message]")).to_have_value(WORDS)
    device.picture("coupon-gone")
    assert not Offer.objects.exists()

    CouponTemplate.objects.filter(pk=shop.second.pk).update(stock=None, issued=0)
    page = device.open(f"/m/offer/?member={zihan.pk}&member={wu.pk}")
    page.fill("[name=message]", WORDS)
    ready(page)
    assignments.assign(wu, guide=shop.he, by=shop.zhou, reason="换班")
    page.click("#preview .actbar .btn--primary")
    expect(page.locator(".sent h1")).to_contain_text("1")
    expect(page.locator(".many__left")).to_be_visible()  # one is not mine any more
    device.picture("one-given-away")
    assert list(Offer.objects.values_list("member__name", flat=True)) == ["周子涵"]
