"""Members of many stores: looked at store by store, found over all of them."""

import pytest

from members.models import Member
from tests.makers import days_ago, make_area_manager, make_member, make_order, make_region, make_store
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def area(chain):
    """The browser of Chen Guodong, who leads the region of Binhe Road and Xixi."""
    make_member("顾安", guide=chain.gu, tier="gold")
    make_member("周一鸣", guide=chain.lin, tier="gold")
    return signed_in(make_area_manager("陈国栋", region=chain.store.region))


def names(page) -> set[str]:
    return {str(row) for row in page.context["page"].rows}


def current(page) -> list[str]:
    return [one.label for one in page.context["stores"] if one.is_current]


def test_the_list_is_of_one_store_and_says_which(area, chain):
    first = area.get("/m/")
    (store,) = current(first)
    assert len(first.context["stores"]) == 2
    other = chain.elsewhere if store == chain.store.name else chain.store
    second = area.get("/m/", {"store": other.pk})
    assert current(second) == [other.name]
    assert names(first) | names(second) >= {"周子涵", "顾安", "周一鸣"}
    assert not names(first) & names(second)
    assert first.context["total"] == len(names(first))


@pytest.mark.parametrize("filters", [{"tier": "gold"}, {"sort": "name"}, {"sort": "spend"}, {"stage": "introduction"}])
def test_filters_and_orders_are_of_the_store(area, chain, filters):
    asked = {name: Member.objects.get(name="顾安").tier_id if name == "tier" else filters[name] for name in filters}
    found = names(area.get("/m/", {**asked, "store": chain.store.pk}))
    assert "周一鸣" in found
    assert "顾安" not in found
    assert "顾安" in names(area.get("/m/", {**asked, "store": chain.elsewhere.pk}))


def test_a_search_goes_over_all_stores_and_can_be_narrowed(area, chain):
    make_member("周一一", guide=chain.gu)
    page = area.get("/m/", {"q": "周一"})
    assert names(page) == {"周一鸣", "周一一"}
    assert len(current(page)) == 1  # all of them
    assert len(page.context["stores"]) == 3
    assert page.context["total"] is None
    url = next(one.url for one in page.context["stores"] if one.label == chain.elsewhere.name)
    assert names(area.get(url)) == {"周一一"}
    asked = [name for name, _value in area.get("/m/", {"store": chain.store.pk}).context["kept"]]
    assert "store" not in asked  # whoever types searches everywhere again


def test_a_store_of_another_region_is_not_shown(area):
    far = make_store("外滩店", region=make_region("上海"))
    make_member("旁人", home_store=far)
    page = area.get("/m/", {"store": far.pk})
    assert "旁人" not in names(page)
    assert far.name not in [one.label for one in page.context["stores"]]


def test_the_sheet_counts_the_store_and_keeps_it(area, chain):
    text = area.get("/m/", {"filters": 1, "store": chain.elsewhere.pk}, headers=part("modal")).content.decode()
    assert f'name="store" value="{chain.elsewhere.pk}"' in text
    assert "<!doctype" not in text


def test_one_character_is_no_search_among_all_stores_but_in_one(area, chain):
    none = area.get("/m/", {"q": "周"}).context
    assert none["page"].rows == []
    assert none["none"]["url"] == ""
    assert names(area.get("/m/", {"q": "周一"})) == {"周一鸣"}
    assert names(area.get("/m/", {"q": "周", "store": chain.store.pk})) == {"周子涵", "周一鸣"}
    assert names(signed_in(chain.zhou).get("/m/", {"q": "周"})) == {
        "周子涵",
        "周一鸣",
    }  # the control: a store's manager


def test_a_region_beyond_their_gap_finds_them_store_by_store(area, chain):
    for days in (90, 83, 76):
        make_order("40.00", member=chain.zihan, store=chain.store, paid_at=days_ago(days))
    assert names(area.get("/m/", {"last": "beyond", "store": chain.store.pk})) == {"周子涵"}
    assert names(area.get("/m/", {"last": "beyond", "store": chain.elsewhere.pk})) == set()
