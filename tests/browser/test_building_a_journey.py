"""Headquarters builds a journey in the browser: steps come, move and go without a page reload; published, it runs."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from campaigns.journeys import drafts
from campaigns.models import Journey, JourneyState
from tests.browser.conftest import PASSWORD, Device
from tests.browser.looking import RULES
from tests.makers import make_marketer, make_template
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser


def add(page: Page, place: str, kind: str) -> None:
    """Open the menu at a place and choose a kind of step."""
    page.click(f".jl[data-place='{place}'] summary")
    page.click(f".jl[data-place='{place}'] button[value^='add:{kind}@']")


def readable(page: Page) -> None:
    """Nothing that axe objects to."""
    found = Axe().run(page, options=RULES).response["violations"]
    assert found == [], [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


def kinds_of(journey: Journey) -> list[str]:
    """The kinds of the steps as they are kept."""
    return [node["kind"] for node in drafts.of(journey).sketch["steps"]]


@pytest.mark.parametrize("device", ["desktop"], indirect=True)
def test_su_wan_builds_a_journey_and_publishes_it(device: Device, shop: Chain):
    make_template("第 2 单专属券")
    page = device.sign_in(make_marketer("苏婉", username="suwan", password=PASSWORD), "/hq/campaigns/journey/add/")
    page.fill("[name=name]", "新客前四单旅程")
    page.locator("[name=_save]").first.click()
    expect(page.locator("#jr-panel h2")).to_be_visible()
    journey = Journey.objects.get()
    page.evaluate("window.notReloaded = true")

    add(page, "start", "wait")
    page.fill("[name=f-days]", "2")
    page.click("#jr-panel [value='put:s1']")
    expect(page.locator("[data-at=s1] .jn__t")).to_contain_text("2")
    add(page, "after.s1", "branch")
    expect(page.locator("[data-at=s2]")).to_have_attribute("aria-current", "true")
    page.fill("[name='n0.0-value']", "3")
    page.click("#jr-panel [value='put:s2']")
    expect(page.locator("[data-at=s2] .jn__t")).to_contain_text("3")
    add(page, "in.s2.0", "coupon")
    expect(page.locator("[data-at=s3] .jn__f")).to_be_visible()  # which coupon is still to be said
    device.picture("unfinished")
    readable(page)
    page.select_option("[name=f-template]", label="第 2 单专属券")
    page.click("#jr-panel [value='put:s3']")
    expect(page.locator("[data-at=s3] .jn__t")).to_have_text("第 2 单专属券")

    page.click("[data-carry=s3]")
    page.click(".jl[data-place='after.s1'] .jl__d")
    expect(page.locator(".jlanes .jlanes [data-at=s3]")).to_have_count(0)
    assert kinds_of(journey) == ["wait", "coupon", "branch"]
    page.click("#jr-panel [value='down:s3']")
    expect(page.locator("article[data-move]").last).to_have_attribute("data-at", "s3")
    page.locator("[data-at=s3] .jn__ic").drag_to(page.locator(".jl[data-place='after.s1']"))
    expect(page.locator("article[data-move]").nth(1)).to_have_attribute("data-at", "s3")
    page.click("[data-at=s2] .jn__m")
    page.click("#jr-panel [value='remove:s2']")
    expect(page.locator("[data-at=s2]")).to_have_count(0)
    assert kinds_of(journey) == ["wait", "coupon"]
    assert page.evaluate("window.notReloaded")

    device.picture("built")
    readable(page)
    page.click(".jr-head .jr-btn--main")
    device.picture("publishing")
    readable(page)
    page.click(".jp .jr-btn--main")
    expect(page.locator(".jr-head .jr-badge--on")).to_be_visible()
    journey.refresh_from_db()
    assert (journey.state, journey.version.number) == (JourneyState.RUNNING, 1)
    assert device.overflow() <= 0
    assert device.errors == []
