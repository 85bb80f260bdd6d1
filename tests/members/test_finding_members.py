"""What a guide types on a phone finds the member meant, among those they look after and nobody else."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Q
from django.utils import timezone

from members import profiles
from members.memberfilters import MemberFilters
from members.models import Birthday, Member, MemberFacts, Stage, Tag, TagGroup
from members.search import counts_by, counts_by_tag, matching, monthly_orders, monthly_spend, search_members
from members.tags import set_tag
from tests.makers import days_ago, make_member, make_order
from tests.members.shop import open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def people(shop) -> dict[str, Member]:
    """Three of Lin Xiaoman's, one of He Jun's, one next door with the same name and digits."""
    return {
        "meimei": make_member("张晓梅", guide=shop.xiaoman, phone="13812341830", tier="gold"),
        "feng": make_member("吴晓峰", guide=shop.xiaoman, phone="13987651234", stage=Stage.DECLINING),
        "alice": make_member("Alice Wong", guide=shop.xiaoman, phone="+85291234567"),
        "jianguo": make_member("刘建国", guide=shop.hejun, phone="13311119902"),
        "other": make_member("张晓梅", guide=shop.tangwei, phone="13712341830"),
    }


def found(viewer, query="", **options) -> list[str]:
    return [member.name for member in search_members(viewer, query, **options).rows]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("1830", ["张晓梅"]),
        ("138 1234 1830", ["张晓梅"]),
        ("+86 13812341830", ["张晓梅"]),
        ("+852 9123 4567", ["Alice Wong"]),
        ("zxm", ["张晓梅"]),
        ("ZX", ["张晓梅"]),
        ("ali", ["Alice Wong"]),
        ("张", ["张晓梅"]),
        ("晓峰", ["吴晓峰"]),
        ("９９０２", []),
        ("9902", []),
        ("lj", []),
        ("刘建国", []),
        ("13311119902", []),
        ("13712341830", []),
        ("%", []),
        ("_", []),
        ("'; --", []),
        ("\x00", []),
        ("\ud800", []),
        ("0" * 5000, []),
    ],
)
def test_a_guide_finds_their_members_by_what_they_remember(shop, people, query, names):
    assert found(shop.xiaoman, query) == names


def test_a_member_code_finds_exactly_that_member_within_reach(shop, people):
    assert found(shop.xiaoman, people["feng"].code) == ["吴晓峰"]
    assert found(shop.xiaoman, people["jianguo"].code) == []
    assert found(shop.zhoumin, people["jianguo"].code) == ["刘建国"]


def test_everybody_finds_their_own_and_only_their_own(shop, people):
    assert len(found(shop.xiaoman)) == 3
    assert len(found(shop.zhoumin)) == 4
    assert len(found(shop.guodong)) == 4
    assert len(found(shop.suwan)) == 5
    assert search_members(shop.tangwei, "1830").rows == [people["other"]]
    shop.xiaoman.is_active = False
    assert found(shop.xiaoman) == []


def test_somebody_who_was_merged_or_erased_is_not_listed(shop, people):
    Member.objects.filter(pk=people["feng"].pk).update(state="merged", merged_into=people["other"])
    assert "吴晓峰" not in found(shop.xiaoman)


def give_facts(member: Member, **facts) -> None:
    MemberFacts.objects.update_or_create(member=member, defaults={"computed_at": timezone.now(), **facts})


def test_filters_narrow_the_list(shop, people):
    give_facts(people["meimei"], last_order_at=days_ago(3), usual_gap_days=9)
    give_facts(people["feng"], last_order_at=days_ago(47), usual_gap_days=14)
    sweet = Tag.objects.create(group=TagGroup.objects.create(name="爱好"), name="爱吃甜")
    set_tag(people["alice"], sweet, by=shop.xiaoman)
    for filters, names in (
        ({"tier_ids": [people["meimei"].tier_id]}, ["张晓梅"]),
        ({"stages": ["declining"]}, ["吴晓峰"]),
        ({"tag_ids": [sweet.pk]}, ["Alice Wong"]),
        ({"ordered_within": 7}, ["张晓梅"]),
        ({"not_ordered_for": 40}, ["吴晓峰"]),
        ({"beyond_usual": True}, ["吴晓峰"]),
        ({"guide_id": shop.hejun.pk}, []),
        ({"joined_within": 1}, []),
        ({"stages": ["declining"], "ordered_within": 7}, []),
        ({"where": Q(name__startswith="A")}, ["Alice Wong"]),
    ):
        assert found(shop.xiaoman, filters=MemberFilters(**filters)) == names, filters
    assert counts_by(shop.xiaoman, "stage") == {"introduction": 2, "declining": 1}
    assert counts_by_tag(shop.xiaoman) == {sweet.pk: 1}
    assert matching(shop.xiaoman, "", MemberFilters(beyond_usual=True)).count() == 1


def test_a_tag_that_guides_do_not_see_does_not_filter_for_them(shop, people):
    hidden = Tag.objects.create(group=TagGroup.objects.create(name="内部", guides_see=False), name="风险")
    set_tag(people["feng"], hidden, by=shop.zhoumin)
    assert found(shop.xiaoman, filters=MemberFilters(tag_ids=[hidden.pk])) == []
    assert found(shop.zhoumin, filters=MemberFilters(tag_ids=[hidden.pk])) == ["吴晓峰"]
    assert counts_by_tag(shop.xiaoman) == {}


def test_members_without_a_guide_are_found_by_the_manager(shop, people):
    make_member("没人管", home_store=shop.store)
    assert found(shop.zhoumin, filters=MemberFilters(unassigned=True)) == ["没人管"]
    assert found(shop.xiaoman, filters=MemberFilters(unassigned=True)) == []


def test_birthdays_of_the_coming_days_are_found_across_the_turn_of_the_year(shop, people, time_machine):
    time_machine.move_to("2026-12-30T04:00:00Z")
    for key, birthday in (("meimei", date(1990, 1, 2)), ("feng", date(1985, 12, 30)), ("alice", date(1985, 12, 29))):
        profiles.update(people[key], birthday=birthday)
    near = MemberFilters(birthday_within=3)
    assert set(found(shop.xiaoman, filters=near)) == {"张晓梅", "吴晓峰"}
    time_machine.move_to("2027-02-28T04:00:00Z")
    profiles.update(people["alice"], birthday=date(2004, 2, 29))
    assert found(shop.xiaoman, filters=MemberFilters(birthday_within=0)) == ["Alice Wong"]
    profiles.update(people["alice"], birthday_calendar=Birthday.LUNAR)  # 二月初十
    assert found(shop.xiaoman, filters=MemberFilters(birthday_within=0)) == []
    time_machine.move_to("2027-03-17T04:00:00Z")
    assert found(shop.xiaoman, filters=MemberFilters(birthday_within=0)) == ["Alice Wong"]


def test_twelve_bars_per_member_come_in_one_query(shop, people, django_assert_num_queries, time_machine):
    time_machine.move_to("2026-11-22T04:00:00Z")
    meimei, feng = people["meimei"], people["feng"]
    for amount, days in (("40", 0), ("60", 1), ("25", 60), ("99", 400)):
        make_order(amount, member=meimei, store=shop.store, paid_at=timezone.now() - timedelta(days=days))
    with django_assert_num_queries(1):
        bars = monthly_orders([meimei.pk, feng.pk])
    assert bars == {meimei.pk: [0] * 9 + [1, 0, 2], feng.pk: [0] * 12}
    assert monthly_spend([meimei.pk])[meimei.pk][-3:] == [Decimal(25), Decimal(0), Decimal(100)]
