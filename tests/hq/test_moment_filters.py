"""Lists narrowed by moments: in the chain's time, a day without a clock is a whole day, on every page the same."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from unfold.contrib.filters.admin import RangeDateTimeFilter

from coupons.models import Coupon
from stores.admin.filters import MomentFilter
from tests.makers import make_admin, make_coupon, make_member, moment

pytestmark = pytest.mark.django_db


def filters() -> list[tuple[str, type, str]]:
    """Every filter by a column, as (address of the list, filter, column)."""
    found = []
    for model, page in admin.site._registry.items():
        for entry in page.list_filter:
            if isinstance(entry, tuple) and issubclass(entry[1], RangeDateTimeFilter):
                found.append((f"/hq/{model._meta.app_label}/{model._meta.model_name}/", entry[1], entry[0]))
    return found


def test_every_filter_by_moments_is_ours_and_none_compares_times_without_a_zone():
    """Warnings are errors here: a naive moment would raise."""
    assert len(filters()) >= 12
    browser = Client()
    browser.force_login(make_admin())
    for address, kind, column in filters():
        assert issubclass(kind, MomentFilter), address
        given = {f"{column}_from_0": "2026-11-01", f"{column}_to_0": "2026-11-21", f"{column}_to_1": "23:59:59"}
        assert browser.get(address, given).status_code == 200, address


def test_a_day_is_a_whole_day_of_the_chain():
    coupon = make_coupon(make_member("张晓梅"))
    browser = Client()
    browser.force_login(make_admin())
    midnight = moment("2026-11-19", "16:00")
    for hours, seen in ((0, 1), (23.9, 1), (24, 0), (-0.1, 0)):
        used_at = midnight + timedelta(hours=hours)
        Coupon.objects.filter(pk=coupon.pk).update(state="used", used_at=used_at, discount=1, order_no="R1")
        given = {"used_at_from_0": "2026-11-20", "used_at_to_0": "2026-11-20"}
        found = browser.get("/hq/coupons/coupon/", given).context["cl"].queryset
        assert found.count() == seen, hours
