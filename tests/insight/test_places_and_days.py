"""Whose figures somebody may ask for, and of which days."""

from datetime import date

import pytest

from members.insight.scope import Range, Scope, places
from stores.errors import NotAllowed, NotFound
from stores.models import Role
from tests.makers import make_guide, make_manager, make_region, make_staff, make_store

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


@pytest.fixture
def east():
    """East with Shanghai below it, each with a store."""
    region = make_region("华东")
    city = make_region("上海", parent=region)
    return region, city, make_store("江边店", region=region), make_store("静安寺店", region=city)


def test_headquarters_ask_for_the_chain_a_region_with_all_below_or_a_store(east):
    region, city, river, temple = east
    chen = make_staff("陈默", role=Role.HQ_MARKETER)
    assert Scope.of(chen).stores is None
    assert Scope.of(chen, f"region-{region.pk}").stores == {river.pk, temple.pk}
    assert Scope.of(chen, f"region-{city.pk}").stores == {temple.pk}
    assert Scope.of(chen, f"store-{river.pk}").stores == {river.pk}
    assert set(Scope.of(chen, f"region-{region.pk}").region_ids()) == {region.pk, city.pk}


def test_an_area_manager_begins_with_the_own_region_and_goes_down_but_not_out(east):
    region, city, river, temple = east
    elsewhere = make_store("广州店")
    zhao = make_staff("赵岚", role=Role.AREA_MANAGER, region=region)
    assert Scope.of(zhao).region == region
    assert Scope.of(zhao, f"region-{city.pk}").stores == {temple.pk}
    assert Scope.of(zhao, f"store-{river.pk}").stores == {river.pk}
    for asked in (f"region-{elsewhere.region_id}", f"store-{elsewhere.pk}"):
        with pytest.raises(NotFound):
            Scope.of(zhao, asked)


def test_a_store_manager_has_the_own_store_and_no_other(east):
    region, _city, river, temple = east
    zhou = make_manager("周敏", store=temple)
    assert Scope.of(zhou).stores == {temple.pk}
    for asked in (f"store-{river.pk}", f"region-{region.pk}"):
        with pytest.raises(NotFound):
            Scope.of(zhou, asked)


def test_a_guide_and_somebody_who_left_ask_for_nothing(east):
    *_regions, temple = east
    gone = make_manager("何叔", store=temple, is_active=False)
    for person in (make_guide(store=temple), gone):
        with pytest.raises(NotAllowed):
            Scope.of(person)


@pytest.mark.parametrize("asked", ["region", "region-", "store-0x1", "city-3", "store-" + "9" * 30, "store-0"])
def test_a_place_that_nothing_is_called_by_is_not_there(asked):
    with pytest.raises(NotFound):
        Scope.of(make_staff("陈默", role=Role.HQ_MARKETER), asked)


def test_places_are_offered_by_name_within_what_somebody_leads(east):
    _region, city, _river, temple = east
    zhao = make_staff("赵岚", role=Role.AREA_MANAGER, region=city)
    assert places(zhao, "") == [(f"region-{city.pk}", "上海"), (f"store-{temple.pk}", "静安寺店")]
    assert places(make_staff("陈默", role=Role.HQ_ADMIN), "静安") == [(f"store-{temple.pk}", "静安寺店")]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({}, date(2026, 8, 25), TODAY),
        ({"days": "7"}, date(2026, 11, 16), TODAY),
        ({"days": "8"}, date(2026, 8, 25), TODAY),
        ({"from": "2026-11-01", "to": "2026-11-10"}, date(2026, 11, 1), date(2026, 11, 10)),
        ({"from": "2026-11-10", "to": "2026-11-01"}, date(2026, 11, 1), date(2026, 11, 1)),
        ({"from": "2026-11-20", "to": "2030-01-01"}, date(2026, 11, 20), TODAY),
        ({"from": "2026-02-31"}, date(2026, 8, 25), TODAY),
        ({"from": "0001-01-01"}, date(2021, 11, 19), TODAY),
    ],
)
def test_the_days_asked_for_never_leave_what_can_be_counted(asked, first, last):
    assert Range.of(asked, TODAY) == Range(first, last)


def test_a_span_knows_its_length_its_months_and_what_was_before():
    span = Range(date(2026, 1, 30), date(2026, 3, 1))
    assert span.days == 31
    assert span.months() == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
    assert span.before == Range(date(2025, 12, 30), date(2026, 1, 29))
