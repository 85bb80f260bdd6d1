"""Every page, light and dark, Chinese and English: readable for all (axe), no wider than the window, without errors;
on the phone also with text twice as large, and with room for a finger."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from stores.models import Staff
from tests.browser import looking
from tests.browser.conftest import SIZES, Device
from tests.browser.full_shop import FullShop, fill
from tests.browser.pages import OF_A_GUIDE, OF_A_MANAGER, OF_AN_AREA, OF_ANYBODY, OF_HEADQUARTERS, STATUS
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser


@pytest.fixture
def full_shop(shop: Chain) -> FullShop:
    """Binhe Road with enough of everything to fill each page."""
    return fill(shop)


def resized(page: Page, size: str) -> None:
    """Give the window another size, with nothing loaded anew."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})


def in_both_themes(page: Page, at_a_desk: bool) -> Iterator[str]:
    """What axe objects to. What does not hang on colours is looked at in light alone."""
    yield from (f"in light: {words}" for words in looking.objections(page))
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    if at_a_desk:  # headquarters' pages ask for the theme when they open
        page.reload()
        expect(page.locator("html.dark")).to_have_count(1)
    yield from (f"in dark: {words}" for words in looking.objections(page, looking.OF_COLOURS))
    page.emulate_media(color_scheme="light", reduced_motion="reduce")


def complaints(device: Device, pages: dict[str, str], shop: FullShop, size: str) -> Iterator[str]:
    """What is wrong with each of the pages, opened once, at this size and all smaller ones."""
    page, at_a_desk = device.page, pages is OF_HEADQUARTERS
    for name, path in pages.items():
        device.errors.clear()
        resized(page, size)
        device.open(path.format(**shop.keys))
        expect(page.locator(".htmx-request")).to_have_count(0)  # what comes a moment later is there
        device.picture(name)
        found = [*in_both_themes(page, at_a_desk), *looking.too_wide(page)]
        if not at_a_desk:
            for smaller in ("tablet", "phone") if size == "desktop" else ():
                resized(page, smaller)
                found += looking.too_wide(page)
            found += looking.large(page) + looking.small(page) + looking.misplaced(page)
        found += (error for error in device.errors if STATUS.get(name, "\0") not in error)
        yield from (f"{name} {words}" for words in found)


def look_around(device: Device, shop: FullShop, size: str) -> list[str]:
    """What is wrong with all pages, as a stranger, Lin, Zhou Min, Chen Guodong and Chen Mo of headquarters. An area
    manager's pages are those of a store manager with more on them: they are looked at on the phone alone."""
    device.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = list(complaints(device, OF_ANYBODY, shop, size))
    seen: list[tuple[Staff, dict[str, str]]] = [
        (shop.chain.lin, OF_A_GUIDE),
        (shop.chain.zhou, OF_A_MANAGER),
        (shop.area, OF_AN_AREA),
        (shop.marketer, OF_HEADQUARTERS),
    ]
    for person, pages in seen:
        if pages is OF_AN_AREA and size != "phone":
            continue
        device.sign_in(person)
        found += complaints(device, pages, shop, "desktop" if pages is OF_HEADQUARTERS else size)
        language = [one for one in device.page.context.cookies() if one["name"] == "changke_language"]
        device.page.context.clear_cookies()
        device.page.context.add_cookies(language)
    return found


@pytest.mark.parametrize("device", ["phone"], indirect=True)
def test_every_page_can_be_read_in_chinese_on_a_phone(device: Device, full_shop: FullShop):
    assert look_around(device, full_shop, "phone") == []


@pytest.mark.parametrize("device", ["desktop"], indirect=True)
def test_every_page_can_be_read_in_english_on_a_desk(device: Device, full_shop: FullShop):
    cookie = {"name": "changke_language", "value": "en", "url": device.url}
    device.page.context.add_cookies([cookie])
    assert look_around(device, full_shop, "desktop") == []
