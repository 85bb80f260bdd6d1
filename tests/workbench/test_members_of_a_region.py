"""Members of many stores: listed together by what an index keeps in order, filtered store by store, and counted by
night."""

import pytest
from django.utils import timezone

from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.insight.summaries.headcounts import NAME
from members.models import Member
from members.windows import windows
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


def test_all_are_listed_together_and_a_store_can_be_chosen(area, chain):
    page = area.get("/m/")
    assert {"周子涵", "顾安", "周一鸣"} <= names(page)
    assert len(current(page)) == 1
    assert len(page.context["stores"]) == 3  # all of them, and each of two
    only = area.get("/m/", {"store": chain.elsewhere.pk})
    assert current(only) == ["西溪店"]
    assert "顾安" in names(only)
    assert "周一鸣" not in names(only)


def test_filters_are_of_one_store_and_say_which(area, chain):
    gold = Member.objects.get(name="顾安").tier_id
    first = area.get("/m/", {"tier": gold})
    (store,) = current(first)
    other = chain.elsewhere if store == chain.store.name else chain.store
    assert len(first.context["stores"]) == 2
    second = area.get("/m/", {"tier": gold, "store": other.pk})
    assert current(second) == [other.name]
    assert names(first) | names(second) >= {"顾安", "周一鸣"}
    assert not names(first) & names(second)


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


def test_the_number_in_all_is_of_the_last_count_and_says_so(area, chain):
    before = area.get("/m/").context
    assert before["counted_at"] is None  # nothing was counted yet: of now
    rebuild(SUMMARIES[NAME], windows().today)
    make_member("后来", guide=chain.lin)
    after = area.get("/m/").context
    assert after["total"] == before["total"]
    assert timezone.now() >= after["counted_at"]
    assert area.get("/m/", {"store": chain.store.pk}).context["counted_at"] is None
    assert signed_in(chain.zhou).get("/m/").context["counted_at"] is None


def test_a_region_beyond_their_gap_finds_them_store_by_store(area, chain):
    for days in (90, 83, 76):
        make_order("40.00", member=chain.zihan, store=chain.store, paid_at=days_ago(days))
    assert names(area.get("/m/", {"last": "beyond", "store": chain.store.pk})) == {"周子涵"}
    assert names(area.get("/m/", {"last": "beyond", "store": chain.elsewhere.pk})) == set()
