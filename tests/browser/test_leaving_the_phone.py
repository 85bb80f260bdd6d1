"""Whoever takes the phone after somebody has logged out finds nothing of members on it: not by the back button, not
without network, not in what the browser keeps."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import CHROMIUM, Device, window
from tests.live import LiveServer
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser
KEPT = """async () => {
    const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) texts.push(request.url, await (await cache.match(request)).text());
    }
    return texts.join("\\n");
}"""
CONTROLLED = """new Promise((done) => {
    const look = () => (navigator.serviceWorker.controller ? done(true) : setTimeout(look, 50));
    look();
})"""
PERSONAL = ("周子涵", "1234", "林小满", "周末才有空来")


@pytest.fixture
def remembering(chromium: Browser, live_product: LiveServer):
    """A phone whose browser keeps whole pages for the back button, as real ones do."""
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=["--no-sandbox"], ignore_default_args=["--disable-back-forward-cache"]
    )
    page = window(browser, "phone").new_page()
    yield Device(page, live_product.url, "leaving-the-phone")
    browser.close()


def seen(page: Page) -> str:
    """All words in the window."""
    return page.evaluate("document.body.innerText")


def personal(words: str) -> list[str]:
    """What of the member or the guide can be read."""
    return [one for one in PERSONAL if one in words]


def test_after_log_out_nothing_personal_is_left_on_the_phone(remembering: Device, shop: Chain):
    page = remembering.sign_in(shop.lin)
    page.evaluate(CONTROLLED)
    remembering.open(f"/m/{shop.zihan.pk}/")
    page.locator("#notes [name=text]").fill("周末才有空来")
    page.evaluate("sessionStorage.setItem('draft:0:note', '周末才有空来')")
    assert personal(seen(page)) == ["周子涵", "1234"]  # control: here it can be read
    assert "周末才有空来" in page.evaluate(KEPT)

    remembering.open("/me/")
    page.click("form[action='/logout/'] button")
    page.wait_for_url("**/login/")
    page.evaluate(CONTROLLED)
    assert personal(page.evaluate(KEPT)) == []
    assert "/offline/" in page.evaluate(KEPT)  # what is kept belongs to nobody

    page.context.set_offline(True)
    for _steps in range(3):
        page.evaluate("history.back()")
        page.wait_for_timeout(400)
        assert personal(seen(page)) == [], page.url
    expect(page.locator("[data-reload]").first).to_be_visible()
    remembering.picture("offline-afterwards")
    page.context.set_offline(False)
    remembering.open(f"/m/{shop.zihan.pk}/")
    assert "/login/" in page.url
    assert personal(seen(page)) == []


def test_the_next_person_on_the_phone_gets_no_draft_of_the_one_before(device: Device, shop: Chain):
    page = device.sign_in(shop.he)
    page.evaluate(f"sessionStorage.setItem('draft:{shop.lin.pk}:note-1', '周末才有空来')")
    page.evaluate(f"sessionStorage.setItem('draft:{shop.he.pk}:note-1', '我自己的')")
    device.open("/missing/page/")  # a page that keeps one's own words
    drafts = "Object.entries(sessionStorage).filter(([key]) => key.startsWith('draft'))"
    kept = page.evaluate(f"{drafts}.map((one) => one[1])")
    assert kept == ["我自己的"]
    expect(page.locator("#kept-words")).to_have_value("我自己的")
