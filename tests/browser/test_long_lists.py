"""Lists longer than what is shown, in each width: the rest comes as one scrolls, the numbers stay those of all;
filters are fetched when the sheet is opened; whoever leads several stores looks at one at a time."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, PHONE_FIRST, Device
from tests.makers import make_area_manager, make_member, make_task
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser
BIRTHDAYS, DECLINING = 18, 22


@pytest.fixture
def busy_store(shop: Chain) -> Chain:
    """More tasks than a first look shows."""
    for nth in range(BIRTHDAYS + DECLINING):
        make_task(make_member(f"会员{nth}", guide=shop.lin), reason="birthday" if nth < BIRTHDAYS else "declining")
    return shop


@pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)
def test_the_rest_of_today_comes_as_one_scrolls(device: Device, busy_store: Chain):
    page = device.sign_in(busy_store.zhou)
    birthdays, declining = page.locator("#reason-birthday"), page.locator("#reason-declining")
    expect(birthdays.locator(".sect__n")).to_have_text(str(BIRTHDAYS))
    expect(declining.locator(".sect__n")).to_have_text(str(DECLINING))
    device.picture("first")
    for _nth in range(8):
        if page.locator("#todo .more").count():
            page.locator("#todo .more").first.scroll_into_view_if_needed()
            page.wait_for_timeout(300)
    expect(page.locator("#todo .more")).to_have_count(0)
    expect(birthdays.locator(".task")).to_have_count(BIRTHDAYS)
    expect(declining.locator(".task")).to_have_count(DECLINING)
    last = declining.locator(".task").last
    last.locator(".task__ck").click()
    expect(declining.locator(".task")).to_have_count(DECLINING - 1)
    expect(declining.locator(".sect__n")).to_have_text(str(DECLINING - 1))
    page.click("[data-refresh]")
    expect(page.locator(".is-turning")).to_have_count(0)
    expect(declining.locator(".task")).to_have_count(DECLINING - 1)  # as long as it was
    device.picture("all")
    assert (device.errors, device.overflow()) == ([], 0)


@pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)
def test_the_filters_come_when_they_are_opened(device: Device, shop: Chain):
    make_member("许静雯", guide=shop.lin, tier="gold")
    page = device.sign_in(shop.lin, "/m/")
    expect(page.locator("#filters")).to_have_count(0)
    page.locator("#finder .chip").first.click()
    sheet = page.locator("#filters")
    expect(sheet).to_be_visible()
    device.picture("filters")
    sheet.locator("[name=tier]").last.check(force=True)
    expect(sheet.locator("#match")).to_contain_text("1")
    page.keyboard.press("Escape")
    expect(page.locator("#filters")).to_have_count(0)
    expect(page.locator("#finder .chip").first).to_be_focused()
    page.locator("#finder .chip").first.click()
    sheet.locator("[name=tier]").last.check(force=True)
    sheet.locator("#match").click()
    expect(page.locator(".mrow")).to_have_count(1)
    expect(page.locator("#finder .chip[aria-current]")).to_have_count(1)
    assert (device.errors, device.overflow()) == ([], 0)


@pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)
def test_an_area_manager_looks_at_a_store_and_searches_all(device: Device, shop: Chain):
    make_member("顾安", guide=shop.gu)
    page = device.sign_in(make_area_manager("陈国栋", region=shop.store.region, password=PASSWORD), "/m/")
    chips = page.locator("#results .chips .chip")
    expect(chips).to_have_count(2)
    page.click(f"#results .chip >> text={shop.elsewhere.name}")
    expect(page.locator("#results .chip[aria-current]")).to_have_text(shop.elsewhere.name)
    expect(page.locator(".mrow__n >> text=顾安")).to_be_visible()
    device.picture("a-store")
    page.fill("#finder [name=q]", "周")
    expect(page.locator("#results .empty")).to_be_visible()
    page.fill("#finder [name=q]", "周子")
    expect(page.locator(".mrow__n >> text=周子涵")).to_be_visible()
    expect(page.locator("#results .chips .chip")).to_have_count(3)
    device.picture("found")
    assert (device.errors, device.overflow()) == ([], 0)
