"""Regions as a tree, the business day of a store, public ids, and who sees which rows."""

from datetime import date

import pytest
from django.apps import apps

from members.models import Member
from stores.errors import NotFound, Refusal
from stores.ids import parse_public_id, public_id
from stores.models import Region, Staff, Store
from stores.places import business_day, end_of_day, place_region, start_of_day
from stores.scope import Reference
from tests.makers import (
    make_admin,
    make_area_manager,
    make_guide,
    make_manager,
    make_marketer,
    make_member,
    make_region,
    make_store,
    moment,
)

pytestmark = pytest.mark.django_db


def path_of(region: Region) -> list[str]:
    """The names from the top to the region."""
    ids = Region.objects.get(pk=region.pk).path.strip("/").split("/")
    return [Region.objects.get(pk=pk).name for pk in ids]


def test_a_region_that_moves_takes_everything_below_along():
    china, east = make_region("中国"), make_region("华东")
    shanghai = make_region("上海", parent=east)
    jingan = make_region("静安", parent=shanghai)
    east.parent = china
    place_region(east)
    assert path_of(jingan) == ["中国", "华东", "上海", "静安"]
    shanghai.parent = None
    place_region(shanghai)
    assert path_of(jingan) == ["上海", "静安"]
    assert path_of(east) == ["中国", "华东"]


def test_a_region_cannot_come_to_lie_below_itself():
    east = make_region("华东")
    shanghai = make_region("上海", parent=east)
    for parent in (east, shanghai):
        east.parent = parent
        with pytest.raises(Refusal) as refused:
            place_region(east)
        assert refused.value.code == "region_circle"
    assert (path_of(east), path_of(shanghai)) == (["华东"], ["华东", "上海"])


def test_the_business_day_is_that_of_the_store():
    shanghai, london = make_store(), make_store("London", time_zone="Europe/London")
    late = moment("2026-03-28", "17:00")
    assert business_day(shanghai, late) == date(2026, 3, 29)
    assert business_day(london, late) == date(2026, 3, 28)
    assert business_day(None, late) == business_day(shanghai, late)
    assert start_of_day(shanghai, date(2026, 3, 29)) == moment("2026-03-28", "16:00")
    hours = end_of_day(london, date(2026, 3, 29)) - moment("2026-03-29", "00:00")
    assert hours.total_seconds() == 23 * 3600, "the clocks go forward that night"


def test_a_public_id_reads_back_in_its_one_spelling_only():
    text = public_id("mem", 42)
    assert parse_public_id("mem", text) == 42
    assert public_id("ord", 42)[4:] != text[4:]
    longer = text + text[-1]
    for wrong in (
        text.replace("mem", "ord"),
        text.upper(),
        longer,
        "mem_",
        "",
        "mem_" + "a" * 5000,
        "mem_\0",
        text + " ",
    ):
        with pytest.raises(NotFound):
            parse_public_id("mem", wrong)


@pytest.fixture
def people() -> dict[str, Staff]:
    """A chain of two regions: a guide and a manager in each store, area manager, HQ."""
    east, north = make_region("华东"), make_region("华北")
    jingan, xuhui = (make_store(name, region=make_region(name, parent=east)) for name in ("静安店", "徐汇店"))
    beijing = make_store("朝阳店", region=north)
    staff = {
        "xiaoman": make_guide("林小满", store=jingan),
        "hejun": make_guide("何俊", store=jingan),
        "zhoumin": make_manager("周敏", store=jingan),
        "tangwei": make_guide("唐薇", store=xuhui),
        "liuyang": make_guide("刘洋", store=beijing),
        "guodong": make_area_manager("陈国栋", region=east),
        "suwan": make_marketer("苏婉"),
        "jianguo": make_admin("何建国"),
    }
    for guide in ("xiaoman", "hejun", "tangwei", "liuyang"):
        make_member(f"{guide}的顾客", guide=staff[guide])
    make_member("静安的散客", home_store=jingan)
    return staff


@pytest.mark.parametrize(
    ("who", "members", "stores"),
    [("xiaoman", 1, 1), ("zhoumin", 3, 1), ("guodong", 4, 2), ("suwan", 5, 3), ("jianguo", 5, 3), ("liuyang", 1, 1)],
)
def test_everybody_sees_the_members_and_stores_they_answer_for(people, who, members, stores):
    assert Member.objects.visible_to(people[who]).count() == members
    assert Store.objects.visible_to(people[who]).count() == stores


def test_who_has_left_sees_nothing_at_all(people):
    for who in people.values():
        who.is_active = False
        for model in apps.get_models():
            if hasattr(model, "scope"):
                assert not model.objects.visible_to(who).exists()


def test_every_model_of_the_house_says_who_may_see_its_rows(people):
    bands = ("stores", "members", "coupons", "campaigns")
    ours = [model for band in bands for model in apps.get_app_config(band).get_models()]
    assert len(ours) > 40
    for model in ours:
        assert hasattr(model, "scope"), model
        seen = {name: model.objects.visible_to(who).count() for name, who in people.items()}
        assert seen["xiaoman"] <= seen["suwan"], model
        assert isinstance(model.scope, Reference) or seen["suwan"] == model.objects.count(), model
