"""Every page, light and dark, Chinese and English: readable for all (axe), no wider than the window, without errors."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from campaigns.models import GuideTask
from coupons import topups
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.windows import windows
from tests.browser.conftest import PASSWORD, Device
from tests.makers import days_ago, make_coupon, make_marketer, make_member, make_order, make_task
from tests.workbench.scenery import Chain, a_tag, agree

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
OF_A_GUIDE = {
    "today": "/",
    "task": "/t/{task}/",
    "later": "/t/{task}/later/",
    "members": "/m/",
    "filters": "/m/?filters=1",
    "choosing": "/m/?select=1",
    "several": "/m/offer/?member={member}&member={mute}",
    "follow-up": "/m/tasks/?member={member}",
    "scan": "/m/scan/",
    "by value": "/?order=value",
    "nobody": "/m/?q=0000",
    "member": "/m/{member}/?full=1",
    "reveal": "/m/{member}/reveal/",
    "offer": "/offer/?m={member}",
    "offers": "/offers/",
    "more": "/offers/more/",
    "results": "/results/?period=month",
    "me": "/me/",
    "recruiting": "/me/recruiting/",
    "offline": "/offline/",
    "missing": "/m/2000000000/",
}
OF_A_MANAGER = {
    "team": "/team/",
    "requests": "/team/offers/",
    "sharing": "/team/?give=none",
    "list": "/team/give/none/",
    "guide": "/m/{member}/guide/",
    "insight": "/insight/",
    "matrix": "/insight/matrix/?measure=members",
    "repeat": "/insight/repeat/",
    "cohorts": "/insight/cohorts/",
}
OF_HEADQUARTERS = {
    "cockpit": "/hq/",
    "reports": "/hq/insight/",
    "migration": "/hq/insight/migration/",
    "lifecycle": "/hq/insight/stages/?days=90",
}
EXPECTED = {"missing": "404"}  # the browser itself reports the status


@pytest.fixture
def full_shop(shop: Chain) -> Chain:
    """Enough of everything to fill each page."""
    tag = a_tag()
    for nth in range(6):
        member = make_member(
            f"会员{nth}", guide=shop.lin, phone=f"1500000000{nth}", tier=("plain", "silver", "gold")[nth % 3]
        )
        agree(member)
        make_order("66.00", member=member, store=shop.store, paid_at=days_ago(10 + nth))
        member.member_tags.create(tag=tag)
    for days in (100, 93, 86, 20):
        make_order("40.00", member=shop.zihan, store=shop.store, paid_at=days_ago(days))
    make_coupon(shop.zihan)
    make_task(shop.zihan, template=shop.second)
    make_task(member, template=shop.second, reason="declining")
    make_member("没人管", home_store=shop.store)
    topups.ask(shop.lin, template=shop.second, count=5, reason="周末有试吃")
    for summary in SUMMARIES.values():
        rebuild(summary, windows().today)
    return shop


def visit(device: Device, pages: dict[str, str], values: dict[str, int]) -> Iterator[tuple[str, Page]]:
    """Each page in turn, with a picture."""
    for name, path in pages.items():
        device.errors.clear()
        page = device.open(path.format(**values))
        page.wait_for_load_state("networkidle")
        device.picture(name)
        yield name, page


def complaints(device: Device, name: str, page: Page) -> Iterator[str]:
    """What is wrong with the page as it stands."""
    for found in Axe().run(page, options=RULES).response["violations"]:
        places = [node["target"] for node in found["nodes"]][:3]
        yield f"{name}: {found['id']} at {places}"
    if device.overflow() > 0:
        yield f"{name}: {device.overflow()} pixels too wide"
    yield from (f"{name}: {error}" for error in device.errors if EXPECTED.get(name, "\0") not in error)


def look_around(device: Device, shop: Chain, themes: tuple[str, ...]) -> list[str]:
    """All pages of a guide, a manager and the first of headquarters in these themes."""
    mute = make_member("不同意", guide=shop.lin).pk
    values = {"member": shop.zihan.pk, "mute": mute, "task": GuideTask.objects.get(member=shop.zihan).pk}
    found: list[str] = []
    found += complaints(device, "sign-in", device.open("/login/"))
    chen = make_marketer("陈默", password=PASSWORD)
    for person, pages in ((shop.lin, OF_A_GUIDE), (shop.zhou, OF_A_MANAGER), (chen, OF_HEADQUARTERS)):
        device.sign_in(person)
        for name, page in visit(device, pages, values):
            for theme in themes:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                found += (f"{theme} {words}" for words in complaints(device, name, page))
        language = [one for one in device.page.context.cookies() if one["name"] == "changke_language"]
        device.page.context.clear_cookies()
        device.page.context.add_cookies(language)
    return found


@pytest.mark.parametrize("device", ["phone"], indirect=True)
def test_every_page_can_be_read_in_light_and_dark(device: Device, full_shop: Chain):
    assert look_around(device, full_shop, ("light", "dark")) == []


@pytest.mark.parametrize("device", ["desktop"], indirect=True)
def test_every_page_can_be_read_in_english_on_a_desk(device: Device, full_shop: Chain):
    cookie = {"name": "changke_language", "value": "en", "url": device.url}
    device.page.context.add_cookies([cookie])
    assert look_around(device, full_shop, ("light",)) == []


def test_the_check_finds_what_is_wrong(device: Device, full_shop: Chain):
    page = device.open("/login/")
    page.evaluate("document.querySelector('.login__f').style.color = '#ddd'")
    page.evaluate("document.querySelector('.login__f').style.width = '2000px'")
    found = list(complaints(device, "sign-in", page))
    assert [words.split(":")[1].split()[0] for words in found if "color-contrast" in words] == ["color-contrast"], found
    assert any("too wide" in words for words in found), found
