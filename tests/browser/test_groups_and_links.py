"""Spreading, in each width: a group, a post with a coupon and its claim at the counter; a link, its sale and its
commission; and what happens when somebody else was quicker, the session ended or the network is away."""

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import GroupClaim, GroupPost, ShareLink, StoreGroup
from campaigns.spreading import claims, groups
from members import assignments
from tests.browser.conftest import PASSWORD, PHONE_FIRST, Device
from tests.campaigns.spreading.scenery import group, post, product, rule, shared_coupon
from tests.makers import make_order, make_return
from tests.recruiting.people import news_arrives
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser
WORDS = "今晚八点，阳光玫瑰先到先得"
in_each_width = pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)


@pytest.fixture
def street(shop: Chain) -> GroupPost:
    """A post with one coupon for Lin Xiaoman's group, in which her Zihan and He Jun's Jianguo are."""
    ours = group(shop.lin)
    for member in (shop.zihan, shop.jianguo):
        groups.join(ours, member)
    return post(ours, stock=1)


def statement(device: Device) -> Page:
    """The commission of this month."""
    return device.open("/me/commission/")


@in_each_width
def test_a_group_a_post_and_a_claim_that_is_counted_once(device: Device, shop: Chain):
    shared_coupon()
    page = device.sign_in(shop.lin, "/me/")
    page.click("a[href='/groups/']")
    page.fill("[name=name]", "滨河路尝鲜群")
    page.locator("form[action='/groups/'] .btn--primary").dblclick()
    expect(page.locator("h1")).to_contain_text("滨河路尝鲜群")
    made = StoreGroup.objects.get()
    groups.join(made, shop.zihan)
    page.click("a[href$='/write/']")
    page.fill("[name=text]", WORDS)
    page.select_option("[name=template]", label="分享券")
    page.fill("[name=stock]", "10")
    page.click("#main form .btn--line")
    expect(page.locator("aside")).to_contain_text(WORDS)
    device.picture("how-it-will-look")
    page.locator("[name=save]").dblclick()
    expect(page.locator("[name=step][value=publish]")).to_be_visible()
    assert GroupPost.objects.count() == 1
    page.locator("[name=step]").dblclick()
    page.locator("form[action$='/claim/'] button").dblclick()
    expect(page.locator("#toasts .toast")).to_contain_text("周子涵")
    expect(page.locator("section .stat__v").first).to_have_text("1")
    device.picture("claimed")
    assert GroupClaim.objects.get().member == shop.zihan
    page.go_back()  # nothing is claimed by it
    device.open(f"/groups/{made.pk}/")
    expect(page.locator("section[aria-labelledby=posts-h] .right")).to_contain_text("1 / 10")
    device.open(f"/m/{shop.zihan.pk}/?full=1")
    expect(page.locator("#wallet")).to_contain_text("分享券")
    assert GroupClaim.objects.count() == 1
    assert (device.errors, device.overflow()) == ([], 0)


def test_the_last_one_that_a_colleague_gave_away_is_said_and_a_member_given_away_too(
    device: Device, shop: Chain, street: GroupPost
):
    page = device.sign_in(shop.lin, f"/groups/posts/{street.pk}/")
    claims.claim(street, shop.jianguo, guide=shop.he)
    page.click("form[action$='/claim/'] button")
    expect(page.locator("#toasts .toast")).to_be_visible()
    device.picture("taken-meanwhile")
    expect(page.locator("#main")).to_contain_text("0")
    assert list(GroupClaim.objects.values_list("member", flat=True)) == [shop.jianguo.pk]

    assignments.assign(shop.zihan, guide=shop.he, by=shop.zhou, reason="换班")
    page.click("form[action$='/claim/'] button")
    expect(page.locator("#main p").first).to_contain_text("同事")
    device.picture("given-away-meanwhile")
    assert GroupClaim.objects.count() == 1


def test_words_of_a_post_outlast_the_network_and_the_session(device: Device, shop: Chain, street: GroupPost):
    path = f"/groups/{street.group_id}/write/"
    page = device.sign_in(shop.lin, path)
    page.fill("[name=text]", WORDS)
    page.fill("[name=stock]", "3")
    page.context.set_offline(True)
    page.click("[name=save]")
    expect(page.locator("#toasts .toast")).to_be_visible()
    expect(page.locator("[name=text]")).to_have_value(WORDS)
    device.picture("offline")
    page.context.set_offline(False)
    page.context.clear_cookies(name="changke_session")
    page.click("[name=save]")
    page.wait_for_url("**/login/?next=**")
    page.fill("[name=username]", shop.lin.username)
    page.fill("[name=password]", PASSWORD)
    page.click("form.login .btn--primary")
    page.wait_for_url(f"**{path}")
    expect(page.locator("[name=text]")).to_have_value(WORDS)
    assert GroupPost.objects.count() == 1


@in_each_width
def test_a_link_is_shared_and_its_sale_stands_in_the_statement_until_it_comes_back(device: Device, shop: Chain):
    rule()
    product()
    page = device.sign_in(shop.lin, "/me/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("a[href='/me/links/']")
    page.fill("[name=sku]", "NO-SUCH")
    page.click("form .btn--primary")
    expect(page.locator("#toasts .toast")).to_be_visible()
    assert not ShareLink.objects.exists()
    page.fill("[name=sku]", "F001")
    page.locator("form .btn--primary").dblclick()
    expect(page.locator(".qr svg")).to_be_visible()
    made = ShareLink.objects.get()
    page.click("[data-copy]")
    expect(page.locator("[data-said='#toast-copied']")).to_be_visible()
    assert made.code in page.evaluate("navigator.clipboard.readText()")
    device.picture("my-link")

    sold = make_order("88.00", member=shop.jianguo, store=shop.store, share_code=made.code)
    news_arrives()
    statement(device)
    expect(page.locator("section[aria-labelledby=lines-h] .row")).to_contain_text("8.80")
    expect(page.locator("section[aria-labelledby=lines-h] .row")).to_contain_text(sold.order_no)
    device.picture("pending")
    make_return("88.00", sale=sold)
    news_arrives()
    statement(device)
    expect(page.locator(".stat__v").nth(2)).to_contain_text("0")
    device.picture("void")
    device.open("/me/links/")
    page.click("ul .row a[href^='/me/links/']")
    page.click("form[action$='/stop/'] button")
    expect(page.locator("#toasts .toast")).to_be_visible()
    expect(page.locator("ul .row a")).to_have_count(0)
    assert not ShareLink.objects.get().is_active
    assert (device.errors, device.overflow()) == ([], 0)
