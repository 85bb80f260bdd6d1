"""A real Chromium against the running product. Without one the tests are skipped, and say so.

Screenshots are kept below var/test-artefacts.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from coupons.offers import UNDO_SECONDS
from stores import policy
from stores.models import Staff
from tests.live import ROOT, LiveServer
from tests.workbench.scenery import Chain, make_chain

ARTEFACTS = ROOT / "var" / "test-artefacts"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
SIZES = {"phone": (390, 844), "tablet": (834, 1112), "desktop": (1280, 832)}
# A phone in every run, the other widths in those that take their time (make test-wide).
PHONE_FIRST = ["phone", *(pytest.param(size, marks=pytest.mark.wide) for size in SIZES if size != "phone")]
PASSWORD = "sweet-melon-7"
PATIENCE = 15_000  # milliseconds: a busy machine is slow, not wrong


@pytest.fixture(scope="session", autouse=True)
def _beside_playwright() -> Iterator[None]:
    """Playwright's own loop runs in this thread; Django would otherwise refuse to speak to the database beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@dataclass
class Device:
    """One browser window: where it is, what went wrong in it, and where its pictures go."""

    page: Page
    url: str
    name: str
    errors: list[str] = field(default_factory=list)
    pictures: int = 0

    def open(self, path: str) -> Page:
        """Go to a page of the product."""
        self.page.goto(self.url + path)
        return self.page

    def sign_in(self, person: Staff, path: str = "/") -> Page:
        """Come in by the door, as people do."""
        self.open(f"/login/?next={path}")
        self.page.fill("[name=username]", person.username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("form.login .btn--primary")
        self.page.wait_for_url(lambda url: "/login/" not in url)
        return self.page

    def picture(self, what: str) -> Path:
        """Keep what the window shows now."""
        self.pictures += 1
        path = ARTEFACTS / self.name / f"{self.pictures:02d}-{what}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)
        return path

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine: install chromium, or set CHROMIUM to its path")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def shop(live_product: LiveServer) -> Chain:
    """Binhe Road, where everybody has a password and offers leave after two seconds."""
    chain = make_chain()
    for person in (chain.lin, chain.he, chain.zhou, chain.gu):
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    policy.change(UNDO_SECONDS.name, 2, by=None)
    return chain


@pytest.fixture
def device(request: pytest.FixtureRequest, chromium: Browser, live_product: LiveServer) -> Iterator[Device]:
    """A window; its size comes from the parameter (phone, tablet or desktop; phone without one)."""
    size = getattr(request, "param", "phone")
    context = window(chromium, size)
    page = context.new_page()
    found = Device(page, live_product.url, f"{request.node.originalname.removeprefix('test_')[:40]}-{size}")
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
    yield found
    context.close()


@pytest.fixture
def customer(request: pytest.FixtureRequest, chromium: Browser, device: Device) -> Iterator[Device]:
    """The window of somebody who does not work here, as wide as the other one; its pictures lie beside."""
    size = device.name.rpartition("-")[2]
    context = window(chromium, size)
    page = context.new_page()
    found = Device(page, device.url, f"{device.name}-customer")
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    yield found
    context.close()


def window(chromium: Browser, size: str) -> BrowserContext:
    """A fresh window without cookies, as wide as the device."""
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=size == "phone",
    )
    context.set_default_timeout(PATIENCE)
    return context
