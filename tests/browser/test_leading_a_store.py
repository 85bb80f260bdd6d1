"""Whoever leads: the board by period, a campaign in which the store takes no part, a member who changes hands once; a
region's stores side by side and as a file, in each width."""

import csv
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns import memberdays
from campaigns.models import WorkMonth
from campaigns.work.reading import this_month
from members.models import Member
from tests.browser.conftest import PASSWORD, PHONE_FIRST, Device
from tests.makers import make_area_manager, make_member_day, make_touch
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser
in_each_width = pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)


def row_of(page: Page, name: str):
    """The row of a guide or a store on a board."""
    return page.locator(".board tbody tr", has_text=name)


@pytest.fixture
def counted(shop: Chain) -> Chain:
    """The night has counted this month: Lin Xiaoman's work, and both stores'."""
    now = timezone.now()
    months = [(shop.store, shop.lin, 8), (shop.store, None, 8), (shop.elsewhere, None, 5)]
    for store, guide, sent in months:
        WorkMonth.objects.create(store=store, guide=guide, month=this_month(), as_of=now, sent=sent, used=2, direct=86)
    make_touch(shop.zihan)
    return shop


@in_each_width
def test_the_board_the_campaigns_and_a_file(device: Device, counted: Chain):
    day = memberdays.publish(make_member_day("8 日会员日"))
    page = device.sign_in(counted.zhou, "/team/")
    page.evaluate("window.still = true")
    expect(row_of(page, "林小满")).to_have_count(1)
    page.click(".seg a[href*='month']")
    expect(page.locator(".seg a[href*='month']")).to_have_attribute("aria-current", "true")
    expect(row_of(page, "林小满").locator("td").nth(1)).to_have_text("1")  # reached
    assert page.evaluate("window.still")
    device.picture("board")

    page.click("a[href^='/team/days/']")
    page.locator(f"form[action^='/team/days/{day.pk}/'] button").dblclick()
    expect(page.locator("form[action^='/team/days/'] .btn--tonal")).to_be_visible()  # take part again
    device.picture("takes-no-part")
    assert list(day.opted_out.all()) == [counted.store]
    page.click("form[action^='/team/days/'] button")
    expect(page.locator("form[action^='/team/days/'] .btn--line")).to_be_visible()
    assert not day.opted_out.exists()

    page.click("header a.iconbtn")
    page.click("a[href^='/team/export/']")
    page.click("[name=kind][value=csv]")
    expect(page.locator("[name=reason]")).to_be_focused()  # nothing without what for
    page.fill("[name=reason]", "周会")
    with page.expect_download() as taken:
        page.click("[name=kind][value=csv]")
    device.picture("file")
    with Path(taken.value.path()).open(encoding="utf-8-sig", newline="") as file:
        assert {row[0] for row in list(csv.reader(file))[1:]} == {"林小满"}
    assert (device.errors, device.overflow()) == ([], 0)


def test_a_member_changes_hands_once_though_the_button_is_pressed_twice(device: Device, shop: Chain):
    page = device.sign_in(shop.zhou, f"/m/{shop.zihan.pk}/")
    page.click("details.pop summary")
    page.click("a[href$='/guide/']")
    page.click(f"#modal dialog label:has([value='{shop.he.pk}'])")
    page.fill("#modal dialog [name=reason]", "换班")
    device.picture("who-looks-after")
    page.locator("#modal dialog .btn--primary").dblclick()
    expect(page.locator("#toasts .toast")).to_contain_text("何俊")
    member = Member.objects.get(pk=shop.zihan.pk)
    assert (member.guide, member.assignments.count()) == (shop.he, 2)


@in_each_width
def test_an_area_manager_sees_the_stores_side_by_side(device: Device, counted: Chain):
    area = make_area_manager("陈国栋", region=counted.store.region, password=PASSWORD)
    page = device.sign_in(area, "/team/")
    page.click("a[href^='/team/region/']")
    for store, sent in (("滨河路店", "8"), ("西溪店", "5")):
        expect(row_of(page, store)).to_contain_text(sent)
    expect(page.locator(".stats--team")).to_contain_text("13")
    device.picture("region")
    page.click("a[href^='/team/export/']")
    page.click("label:has([name=what][value=stores])")
    page.fill("[name=reason]", "月会")
    with page.expect_download() as taken:
        page.click("[name=kind][value=csv]")
    assert "西溪店" in Path(taken.value.path()).read_text(encoding="utf-8-sig")
    device.open("/insight/")
    device.picture("insight")
    assert (device.errors, device.overflow()) == ([], 0)
