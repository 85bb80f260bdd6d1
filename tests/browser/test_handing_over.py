"""A leaver's members are handed over in four taps with their split, and a top-up is approved in one, at every size."""

import pytest
from playwright.sync_api import Page, expect

from coupons import topups
from coupons.models import TopUp, TopUpState
from members.models import HandedMember, HandOver, Member
from stores import policy, staff
from tests.browser.conftest import SIZES, Device
from tests.makers import make_guide, make_member
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser


class Taps:
    """Counts the taps of a person."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def tap(self, selector: str) -> None:
        """One tap on what a person sees."""
        self.count += 1
        self.page.locator(selector).first.click()


@pytest.mark.parametrize("device", SIZES, indirect=True)
def test_hand_over_in_four_taps_and_a_top_up_in_one(device: Device, shop: Chain):
    make_guide("郑好", store=shop.store)
    for nth in range(5):
        make_member(f"老客{nth}", guide=shop.lin)
    policy.change("offers.guide_month_budget", 50, by=None)
    topups.ask(shop.he, template=shop.second, count=3)
    staff.leave(shop.lin)

    page = device.sign_in(shop.zhou, "/")
    hand = Taps(page)
    hand.tap(".nav__item[href='/team/']")
    hand.tap("section[aria-labelledby=gone] .btn--tonal")
    expect(page.locator("#handover")).to_be_visible()
    device.picture("plan")
    hand.tap("#handover .chip[href*='rule=tier']")
    expect(page.locator("#handover [name=strategy]")).to_have_value("tier")
    hand.tap("#handover .btn--primary")
    expect(page.locator(".note--accent")).to_be_visible()
    device.picture("handed-over")
    assert hand.count == 4
    made = HandOver.objects.get()
    assert (made.rule, made.moved) == ("tier", 6)
    assert set(Member.objects.filter(home_store=shop.store).values_list("guide__name", flat=True)) == {"何俊", "郑好"}

    page.click(".note--accent a.link")
    expect(page.locator(".rows .badge--accent")).to_have_count(6)
    device.picture("member-by-member")
    assert HandedMember.objects.filter(state="moved").count() == 6

    device.open("/team/offers/")
    answer = Taps(page)
    answer.tap("#requests form .btn--tonal")
    expect(page.locator("#requests .row")).to_have_count(0)
    assert (answer.count, TopUp.objects.get().state) == (1, TopUpState.GRANTED)
    assert (device.errors, device.overflow()) == ([], 0)
