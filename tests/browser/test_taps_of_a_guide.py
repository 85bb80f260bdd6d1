"""Taps of a guide's daily work, in each width: open a member 2, set a tag 2, send an offer 2, finish a task 1."""

import pytest
from playwright.sync_api import expect

from campaigns.models import GuideTask, Outcome, Reason, TaskState
from coupons.models import Offer
from members import shortcodes
from members.models import MemberTag
from tests.browser.conftest import SIZES, Device
from tests.makers import make_member, make_order, make_task
from tests.workbench.scenery import Chain, a_tag, agree

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("device", SIZES, indirect=True)]
COUNT = """addEventListener("click", (event) => {
    if (event.isTrusted) sessionStorage.setItem("taps", Number(sessionStorage.getItem("taps") || 0) + 1);
}, true);"""
TAKE = "() => { const n = sessionStorage.getItem('taps') || 0; sessionStorage.removeItem('taps'); return n; }"
# a browser that reads codes: its camera sees what the test holds in front of it
CAMERA = """
    navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
    window.BarcodeDetector = class {
        static async getSupportedFormats() { return ["qr_code"]; }
        async detect() { return window.held ? [{ rawValue: window.held }] : []; }
    };
"""


def taps(device: Device) -> int:
    """How often a finger came down since the last question."""
    return int(device.page.evaluate(TAKE))


def test_the_days_work_takes_as_many_taps_as_promised(device: Device, shop: Chain):
    a_tag("住附近")
    make_order("58.00", member=shop.zihan, store=shop.store)
    golden = make_task(shop.zihan, template=shop.second, reason=Reason.GOLDEN_WINDOW)
    other = make_task(make_member("许静雯", guide=shop.lin), reason=Reason.DECLINING)
    device.page.add_init_script(COUNT)
    page = device.sign_in(shop.lin)
    taps(device)

    page.click("header .iconbtn[href*='focus=1']")
    page.locator("[name=q]").press_sequentially("1234")
    expect(page.locator("#results .mrow")).to_have_count(1)
    page.click("#results .mrow__n")
    expect(page.locator("#detail .bar__title, .who360 h1").filter(has_text="周子涵").first).to_be_visible()
    assert taps(device) == 2
    device.picture("member")

    device.open(f"/m/{shop.zihan.pk}/")
    expect(page.locator("#tags")).to_be_visible()
    page.click("#tags [name=q]")
    page.click("#tag-options .suggest__o >> text=住附近")
    expect(page.locator("#tags .tag >> text=住附近")).to_be_visible()
    assert taps(device) == 2
    assert MemberTag.objects.get().set_by == shop.lin

    device.open("/")
    page.click(f"#task-{golden.pk} .task__acts .btn--tonal")
    expect(page.locator("#preview .bubble")).to_contain_text("子涵您好")
    page.click("#preview .actbar .btn--primary")
    expect(page.locator(".sent h1")).to_be_visible()
    assert taps(device) == 2
    assert Offer.objects.get().reason == Reason.GOLDEN_WINDOW

    device.open("/")
    taps(device)
    page.click(f"#task-{other.pk} .task__ck")
    expect(page.locator(f"#task-{other.pk}")).to_have_count(0)
    assert taps(device) == 1
    other.refresh_from_db()
    assert (other.state, other.outcome) == (TaskState.DONE, Outcome.REACHED)
    assert device.errors == []


def test_new_tasks_arrive_without_loading_and_a_camera_opens_the_member(device: Device, shop: Chain):
    device.page.add_init_script(COUNT + CAMERA)
    page = device.sign_in(shop.lin)
    page.evaluate("window.still = true")
    make_task(shop.zihan, template=shop.second)
    page.click("[data-refresh]")
    expect(page.locator(".task__name")).to_have_text("周子涵")
    assert page.evaluate("window.still")
    device.picture("arrived")

    taps(device)
    page.click("header .iconbtn[href$='/m/scan/']")
    expect(page.locator("#camera")).to_be_visible()
    device.picture("scanning")
    page.evaluate("code => { window.held = code; }", shortcodes.issue(shop.zihan).code)
    page.wait_for_url(f"**/m/{shop.zihan.pk}/")
    assert taps(device) == 1
    assert device.errors == []


def test_several_members_get_an_offer_and_a_task(device: Device, shop: Chain):
    for name in ("许静雯", "何美玲"):
        make_member(name, guide=shop.lin)
    agree(make_member("吴晓峰", guide=shop.lin))
    page = device.sign_in(shop.lin)
    device.open("/m/?select=1")
    page.click("[data-select-all]")
    expect(page.locator("[data-muted]")).to_contain_text("2")
    device.picture("chosen")
    page.click("#selection .btn--line[formaction$='/m/tasks/']")
    page.click("#modal dialog .btn--primary")
    expect(page.locator(".toast")).to_be_visible()
    assert GuideTask.objects.filter(reason=Reason.FOLLOW_UP).count() == 4
    page.click("#selection .btn--primary")
    expect(page.locator("#preview .many__out")).to_be_visible()
    device.picture("preview")
    assert device.overflow() <= 0
    page.dblclick("#preview .actbar .btn--primary")
    expect(page.locator(".sent h1")).to_be_visible()
    device.picture("sent")
    assert {offer.member.name for offer in Offer.objects.all()} == {"周子涵", "吴晓峰"}
    assert device.errors == []
