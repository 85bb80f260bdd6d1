"""The main job, from end to end: a guide finds a member by four digits, tags and sends in two taps; the till redeems
over HTTP; the guide sees the redemption and the sale; headquarters sees it too."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from coupons.models import Coupon, Offer, OfferState
from members.models import MemberTag
from stores import partners
from stores.models import Partner, Scope
from tests.browser.conftest import PASSWORD, Device
from tests.makers import make_admin, make_order, make_task
from tests.workbench.scenery import Chain, a_tag

pytestmark = pytest.mark.browser
PATIENCE = 40  # seconds


def wait_for(what: Callable[[], Any]) -> Any:
    """What another process brings about sooner or later."""
    late = time.monotonic() + PATIENCE
    while time.monotonic() < late:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


def till(url: str, key: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the till says to the product and hears back."""
    request = urllib.request.Request(
        f"{url}/api/v1{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": path + "-1"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def find_by_four_digits(device: Device, digits: str) -> None:
    """From today to the member: the glass, four digits, the name."""
    page = device.page
    page.click("header .iconbtn[href*='focus=1']")
    device.picture("members")
    page.locator("[name=q]").press_sequentially(digits)
    expect(page.locator("#results .mrow")).to_have_count(1)
    device.picture("found")
    page.click("#results .mrow__n")
    if "desktop" in device.name:
        page.click("#detail .brief__hd .btn")
    page.wait_for_url("**/m/*/")
    expect(page.locator("#tags")).to_be_visible()


def set_a_tag(device: Device) -> None:
    """Two taps: into the field, on the word."""
    page = device.page
    page.click("#tags [name=q]")
    page.click("#tag-options .suggest__o >> text=住附近")
    expect(page.locator("#tags .tag >> text=住附近")).to_be_visible()
    device.picture("tagged")


def send_in_two_taps(device: Device) -> None:
    """One tap opens the offer, ready with words, coupon and channel; the next one sends what is seen."""
    page = device.page
    page.locator("a[href*='/offer/?m=']:visible", has_text="券").first.click()
    expect(page.locator("#preview .bubble")).to_contain_text("子涵您好")
    device.picture("offer")
    page.click("#preview .actbar .btn--primary")
    expect(page.locator(".sent h1")).to_be_visible()
    device.picture("sent")


def redeem_at_the_till(url: str, shop: Chain) -> None:
    """The coupon comes off a bill of ¥86, and the receipt arrives."""
    partner = Partner.objects.create(code="pos", name="收银系统", budget=10_000)
    _key, text = partners.create_key(partner, scopes=Scope.values)
    coupon = Coupon.objects.get(member=shop.zihan)
    receipt = {"channel": "pos", "order_no": "B-0001", "store": shop.store.code, "amount": "94.00"}
    answer = till(url, text, f"/coupons/{coupon.code}/redeem/", receipt)
    assert answer["discount"] == "8.00"
    lines = [{"sku": "F001", "name": "阳光玫瑰", "quantity": 1, "unit_price": "94.00", "amount": "86.00"}]
    order = {
        "channel": "pos",
        "order_no": "B-0001",
        "store": shop.store.code,
        "paid_at": timezone.now().isoformat(),
        "identity": "phone:13800001234",
        "coupons": [coupon.code],
        "lines": lines,
    }
    assert till(url, text, "/orders/", order)["status"] == "created"


@pytest.mark.parametrize("device", ["phone", "desktop"], indirect=True)
def test_the_main_job_of_a_guide(device: Device, shop: Chain):
    tag = a_tag("住附近")
    make_task(shop.zihan, template=shop.second)
    make_order("58.00", member=shop.zihan, store=shop.store)
    page = device.sign_in(shop.lin)
    expect(page.locator(".task__name").first).to_have_text("周子涵")
    device.picture("today")

    find_by_four_digits(device, "1234")
    set_a_tag(device)
    assert MemberTag.objects.get(tag=tag).set_by == shop.lin
    send_in_two_taps(device)
    wait_for(lambda: Offer.objects.filter(state=OfferState.SENT).first())

    redeem_at_the_till(device.url, shop)
    device.open("/results/")
    wait_for(lambda: page.reload() and page.locator("aside .row__n >> text=周子涵").count())
    expect(page.locator("aside .row", has_text="周子涵").first).to_contain_text("¥86")
    device.picture("results")
    device.open("/offers/")
    expect(page.locator(".orow").first).to_contain_text("¥86")
    device.picture("offers")
    assert device.errors == []

    head_office_sees_it(device)


def head_office_sees_it(device: Device) -> None:
    """The same coupon in the admin: used, by this receipt."""
    admin = make_admin("何建国", username="hejg", password=PASSWORD)
    page = device.page
    page.context.clear_cookies()
    device.sign_in(admin)
    assert "/hq/" in page.url
    device.picture("hq")
    coupon = Coupon.objects.get()
    device.open(f"/hq/coupons/coupon/{coupon.pk}/change/")
    expect(page.locator("body")).to_contain_text("B-0001")
    device.picture("hq-coupon")
