"""Nothing on a page moves while it loads; a page that moves would be noticed."""

import pytest

from tests.browser.conftest import Device
from tests.makers import days_ago, make_coupon, make_order
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser
WATCH = """
    window.moved = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.moved += entry.value; }))
        .observe({ type: "layout-shift", buffered: true });
"""
PUSH = (
    "document.querySelector('main').insertAdjacentHTML('afterbegin', '<p class=\"card card--pad\">late</p>'.repeat(6))"
)
PAGES = ("/", "/m/", "/m/{member}/", "/offer/?m={member}", "/offers/", "/results/", "/me/")


def moved(device: Device, path: str, then: str = "0") -> float:
    """The layout shift of a page, once everything that loads later is there."""
    page = device.open(path)
    page.wait_for_load_state("networkidle")
    page.evaluate(then)
    page.wait_for_timeout(600)  # longer than input excuses a shift
    return page.evaluate("window.moved")


@pytest.mark.parametrize("device", ["phone", "tablet", "desktop"], indirect=True)
def test_nothing_moves_while_a_page_loads(shop: Chain, device: Device):
    for days in (100, 93, 86, 20):
        make_order("40.00", member=shop.zihan, store=shop.store, paid_at=days_ago(days))
    make_coupon(shop.zihan)
    device.page.add_init_script(WATCH)
    device.sign_in(shop.lin)
    shifts = {path: moved(device, path.format(member=shop.zihan.pk)) for path in PAGES}
    assert max(shifts.values()) < 0.01, shifts
    assert moved(device, "/m/", then=PUSH) > 0.01  # control
