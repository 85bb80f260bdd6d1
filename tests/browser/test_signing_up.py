"""A poster in the store makes a member: the customer's page, four digits shown to a guide, the welcome, the guide's own
list; the friend who invited them is rewarded."""

import pytest
from playwright.sync_api import expect

from campaigns.models import JoinRequest, Referral
from campaigns.recruiting import codes, joining, referring
from coupons.models import Coupon
from members.models import Consent, Member
from members.privacy import wordings
from tests.browser.conftest import PHONE_FIRST, Device
from tests.makers import make_order, make_store
from tests.recruiting.people import campaign_code, make_programme, news_arrives
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser
WORDS = "我同意滨河路店用企业微信联系我"


def fill_in(page, **typed: str) -> None:
    """What somebody types into the page behind the code."""
    for name, text in typed.items():
        page.fill(f"[name={name}]", text)


@pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)
def test_from_the_poster_to_the_guides_list_and_the_friends_reward(device: Device, customer: Device, shop: Chain):
    make_programme()
    wordings.add("wecom", "2026-9", WORDS)
    invite = referring.code_of(shop.jianguo).code
    page = device.sign_in(shop.lin, "/me/recruiting/")
    expect(page.locator(".qr svg")).to_be_visible()
    device.picture("my-code")
    page.click("a[href$='/poster/']")
    expect(page.locator(".poster__qr svg")).to_be_visible()
    expect(page.locator("[data-print]")).to_be_visible()
    device.picture("poster")
    address = page.locator(".poster__url").inner_text()

    theirs = customer.page
    theirs.goto(address)
    expect(theirs.locator("h1")).to_contain_text("滨河路店")
    expect(theirs.locator("#main")).to_contain_text(WORDS)
    expect(theirs.locator("[name=agree_wecom]")).not_to_be_checked()  # nobody agrees by leaving it as it is
    fill_in(theirs, phone="13900001111", name="吴晓峰", invite="RABCDEFG")
    theirs.locator(".join__ck").first.click()
    theirs.click("form.join__form .btn--primary")
    expect(theirs.locator(".note--danger")).to_be_visible()  # nobody has this invite code; what was typed stays
    expect(theirs.locator("[name=phone]")).to_have_value("13900001111")
    expect(theirs.locator("[name=agree_wecom]")).to_be_checked()
    customer.picture("form")
    theirs.fill("[name=invite]", invite)
    theirs.locator("form.join__form .btn--primary").dblclick()
    expect(theirs.locator(".join__spoken")).to_be_visible()
    customer.picture("four-digits")
    assert JoinRequest.objects.count() == 1

    device.open("/me/recruiting/")
    expect(page.locator("section[aria-labelledby=waiting-h] .row")).to_contain_text("139****1111")
    device.picture("waiting")
    page.fill("[name=digits]", theirs.locator(".join__spoken").inner_text())
    page.locator("form[action$='/confirm/'] .btn--primary").dblclick()
    expect(page.locator("#toasts .toast")).to_contain_text("吴晓峰")
    expect(page.locator("section[aria-labelledby=waiting-h] .row")).to_have_count(1)  # nobody waits, it says
    theirs.click("#main .btn--primary")
    expect(theirs.locator("h1")).to_contain_text("吴晓峰")
    expect(theirs.locator(".join__qr svg")).to_be_visible()
    customer.picture("welcome")

    friend = Member.objects.get(phone_last4="1111")
    assert (friend.guide, friend.source) == (shop.lin, "guide_code")
    assert Consent.objects.get(member=friend, channel="wecom").wording_version == "2026-9"
    device.open("/m/?q=1111")
    expect(page.locator("#results .mrow__n")).to_have_text("吴晓峰")
    make_order("66.00", member=friend, store=shop.store)
    news_arrives()
    assert Referral.objects.get().state == "rewarded"
    assert Coupon.objects.filter(member=shop.jianguo, origin="referral").count() == 1
    page.context.clear_cookies()
    device.sign_in(shop.he, f"/m/{shop.jianguo.pk}/?full=1")
    expect(page.locator("#wallet")).to_contain_text("老友券")
    assert (device.errors, device.overflow(), customer.errors, customer.overflow()) == ([], 0, [], 0)


def test_the_nearest_store_is_offered_where_the_phone_says_where_it_is(device: Device, customer: Device, shop: Chain):
    for store, place in ((shop.store, (30.25, 120.16)), (make_store("西溪湿地店", city="杭州"), (31.9, 121.9))):
        store.latitude, store.longitude = place
        store.save()
    page = customer.page
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 30.2501, "longitude": 120.1601})
    customer.open(f"/join/{campaign_code().code}/")
    page.fill("[name=phone]", "13900001111")
    page.click("form.join__form .btn--primary")
    expect(page.locator(".note--danger")).to_be_visible()  # a store must be chosen
    page.click("#near")
    expect(page.locator(".join__near li")).to_have_count(1)
    expect(page.locator(".join__near")).to_contain_text("滨河路店")
    expect(page.locator("[name=phone]")).to_have_value("13900001111")
    customer.picture("near")
    page.click("form.join__form > .btn--primary")
    expect(page.locator(".join__spoken")).to_be_visible()
    assert JoinRequest.objects.get().store == shop.store
    page.go_back()
    expect(page.locator("form.join__form > .btn--primary")).to_be_visible()
    assert JoinRequest.objects.count() == 1
    assert (customer.errors, customer.overflow()) == ([], 0)


def test_what_a_colleague_confirmed_meanwhile_is_said_and_there_is_one_member(
    device: Device, customer: Device, shop: Chain
):
    page = customer.open(f"/join/{codes.of_guide(shop.lin).code}/")
    fill_in(page, phone="13900001111", name="吴晓峰")
    page.click("form.join__form .btn--primary")
    digits = page.locator(".join__spoken").inner_text()
    desk = device.sign_in(shop.lin, "/me/recruiting/")
    desk.fill("[name=digits]", digits)
    joining.confirm_in_store(JoinRequest.objects.get(), by=shop.he)
    desk.click("form[action$='/confirm/'] .btn--primary")
    expect(desk.locator("#toasts .toast")).to_contain_text("四位数")
    device.picture("confirmed-by-a-colleague")
    assert Member.objects.filter(phone_last4="1111").count() == 1
    page.click("#main .btn--primary")
    expect(page.locator("h1")).to_contain_text("吴晓峰")
