"""The list of today, in each width: put off, not today, the way back, pulled down; and a code that somebody types."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import GuideTask, Outcome, TaskState
from members import assignments
from tests.browser.conftest import PHONE_FIRST, Device
from tests.makers import make_member, make_task
from tests.recruiting.people import news_arrives
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser


@pytest.fixture
def day(shop: Chain) -> tuple[GuideTask, GuideTask]:
    """Two tasks with days left: Zhou Zihan's and Xu Jingwen's."""
    later = timezone.localdate() + timedelta(days=5)
    jingwen = make_member("许静雯", guide=shop.lin, phone="13600002222")
    return make_task(shop.zihan, template=shop.second, due_on=later), make_task(jingwen, due_on=later)


def later(page: Page, task: GuideTask, answer: str) -> None:
    """Open the sheet of a task and tap an answer in it."""
    page.click(f"#task-{task.pk} a[href$='/later/']")
    page.click(f"#modal dialog [value={answer}]")
    expect(page.locator(f"#task-{task.pk}")).to_have_count(0)
    expect(page.locator("#modal dialog")).to_have_count(0)


def pulled(device: Device, far: int = 220) -> None:
    """A finger pulls the page down and lets go."""
    wire = device.page.context.new_cdp_session(device.page)
    points = [("touchStart", 200), *(("touchMove", 200 + step) for step in range(20, far, 40)), ("touchEnd", None)]
    for kind, y in points:
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if y is None else [{"x": 180, "y": y}]})


@pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)
def test_put_off_not_today_and_taken_back(device: Device, shop: Chain, day: tuple[GuideTask, GuideTask]):
    zihan, jingwen = day
    page = device.sign_in(shop.lin)
    page.evaluate("window.still = true")
    page.click(f"#task-{jingwen.pk} a[href$='/later/']")
    expect(page.locator("#modal dialog .rows .row").first).to_be_visible()
    device.picture("later")
    page.keyboard.press("Escape")
    expect(page.locator("#modal dialog")).to_have_count(0)
    expect(page.locator(".task")).to_have_count(2)  # nothing was chosen

    later(page, jingwen, "tomorrow")
    expect(page.locator("#toasts .toast")).to_contain_text("许静雯")
    jingwen.refresh_from_db()
    assert (jingwen.state, jingwen.snoozed_until > timezone.now()) == (TaskState.OPEN, True)
    later(page, zihan, "no_answer")
    expect(page.locator("#done")).to_contain_text("周子涵")
    zihan.refresh_from_db()
    assert (zihan.state, zihan.outcome) == (TaskState.DONE, Outcome.NO_ANSWER)
    assert page.evaluate("window.still")
    page.locator("#toasts .toast__a").last.click()
    expect(page.locator(f"#task-{zihan.pk}")).to_be_visible()
    zihan.refresh_from_db()
    assert (zihan.state, zihan.outcome) == (TaskState.OPEN, "")
    later(page, zihan, "unsuitable")
    device.picture("nothing-left")
    zihan.refresh_from_db()
    assert zihan.state != TaskState.OPEN
    assert (device.errors, device.overflow()) == ([], 0)


def test_pulling_the_list_down_brings_what_is_new_without_a_reload(device: Device, shop: Chain):
    page = device.sign_in(shop.lin)
    page.evaluate("window.still = true")
    expect(page.locator("html.pulls")).to_have_count(1)
    make_task(shop.zihan, template=shop.second)
    pulled(device, far=80)  # too short: nothing is asked
    expect(page.locator("#pull.is-pulled")).to_have_count(0)
    expect(page.locator(".task")).to_have_count(0)
    pulled(device)
    expect(page.locator(".task__name")).to_have_text("周子涵")
    expect(page.locator("#toasts .toast")).to_be_visible()
    expect(page.locator("#pull.is-pulled")).to_have_count(0)
    device.picture("pulled")
    page.click("[data-refresh]")
    expect(page.locator("#toasts .toast")).to_have_count(2)
    expect(page.locator(".is-turning")).to_have_count(0)
    assert page.evaluate("window.still")


def test_a_task_whose_member_went_to_a_colleague_meanwhile_says_so(
    device: Device, shop: Chain, day: tuple[GuideTask, GuideTask]
):
    zihan, _jingwen = day
    page = device.sign_in(shop.lin)
    assignments.assign(shop.zihan, guide=shop.he, by=shop.zhou, reason="换班")
    page.click(f"#task-{zihan.pk} .task__ck")
    expect(page.locator("#toasts .toast")).to_contain_text("同事")
    device.picture("given-away")
    news_arrives()  # the task follows the member
    page.click("[data-refresh]")
    expect(page.locator(f"#task-{zihan.pk}")).to_have_count(0)
    zihan.refresh_from_db()
    assert zihan.outcome == ""


@pytest.mark.parametrize("device", PHONE_FIRST, indirect=True)
def test_a_typed_code_opens_the_member_and_a_wrong_one_stays_to_be_mended(device: Device, shop: Chain):
    page = device.sign_in(shop.lin)
    page.click("header .iconbtn[href$='/m/scan/']")
    expect(page.locator("#scan-says.note--warn")).to_be_visible()  # this browser reads no codes
    page.fill("#code", shop.jianguo.code)  # He Jun's
    page.click("#scan .btn--primary")
    expect(page.locator("#code-error")).to_be_visible()
    expect(page.locator("#code")).to_have_value(shop.jianguo.code)
    expect(page.locator("#code")).to_be_focused()
    device.picture("not-mine")
    page.fill("#code", f"{shop.zihan.code[:4]} {shop.zihan.code[4:]}")
    page.locator("#scan .btn--primary").dblclick()
    page.wait_for_url(f"**/m/{shop.zihan.pk}/")
    assert device.overflow() == 0
