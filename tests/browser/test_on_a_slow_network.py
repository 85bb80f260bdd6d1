"""A phone on a slow 3G network: the first page is small, there soon, and can be used as soon as it is seen."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Device
from tests.makers import make_task
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 400_000 // 8, "uploadThroughput": 400_000 // 8}
MOST_BYTES, SECONDS = 60_000, 8


def test_the_first_page_is_small_and_can_be_used_at_once(device: Device, shop: Chain):
    make_task(shop.zihan, template=shop.second)
    page = device.page
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[int] = []
    wire.on("Network.loadingFinished", lambda done: sizes.append(int(done["encodedDataLength"])))
    wire.send("Network.emulateNetworkConditions", SLOW_3G)
    started = time.monotonic()
    page.goto(f"{device.url}/login/", wait_until="domcontentloaded")
    page.fill("[name=username]", shop.lin.username)
    took = time.monotonic() - started
    page.wait_for_load_state("load")
    first = sum(sizes)
    assert 0 < first < MOST_BYTES, sizes
    assert took < SECONDS

    page.fill("[name=password]", "sweet-melon-7")
    page.click("form.login .btn--primary")
    expect(page.locator(".task__name")).to_have_text("周子涵", timeout=SECONDS * 1000)
    page.wait_for_load_state("load")
    assert sum(sizes) - first < 20_000, sizes  # the page alone: sheets and scripts are there already
    page.click(".task__ck")  # and it can be used
    expect(page.locator(".task")).to_have_count(0)
    assert device.errors == []
