"""Assigning a member to a guide: history, the member row and the news agree, and only leaders decide."""

import pytest

from members.assignments import assign, reassign, unassigned
from members.models import Assignment, Member
from stores.errors import NotAllowed, NotFound, Refusal
from tests.makers import make_guide, make_member
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def meimei(shop):
    return make_member("张晓梅", guide=shop.xiaoman)


def stays_with(member, guide) -> bool:
    """Whether nothing changed: the guide, the open assignment and the timeline."""
    member.refresh_from_db()
    history = list(member.assignments.values_list("guide", "ended_at"))
    return member.guide == guide and history == [(guide.pk, None)] and told(member, "member.assigned") == []


def test_the_manager_gives_a_member_to_a_colleague(shop, meimei):
    assert assign(meimei, shop.hejun, reason="轮岗", by=shop.zhoumin) is True
    meimei.refresh_from_db()
    assert (meimei.guide, meimei.home_store) == (shop.hejun, shop.store)
    now, before = meimei.assignments.order_by("-started_at", "-pk")
    assert (now.guide, now.store, now.reason, now.changed_by) == (shop.hejun, shop.store, "轮岗", shop.zhoumin)
    assert (before.guide, before.ended_at) == (shop.xiaoman, now.started_at)
    assert told(meimei, "member.assigned") == [{"guide": shop.hejun.pk, "from": shop.xiaoman.pk, "by": shop.zhoumin.pk}]


def test_the_same_guide_again_changes_nothing(shop, meimei):
    assert assign(meimei, shop.xiaoman, by=shop.zhoumin) is False
    assert stays_with(meimei, shop.xiaoman)


def test_a_member_can_be_left_without_a_guide(shop, meimei):
    assign(meimei, None, by=shop.zhoumin)
    meimei.refresh_from_db()
    assert (meimei.guide, meimei.home_store) == (None, shop.store)
    assert told(meimei, "member.assigned") == [{"guide": None, "from": shop.xiaoman.pk, "by": shop.zhoumin.pk}]
    assert list(unassigned(shop.store, viewer=shop.zhoumin)) == [meimei]


def test_a_guide_decides_about_nobody(shop, meimei):
    for guide in (shop.xiaoman, shop.hejun, shop.tangwei):
        with pytest.raises(NotAllowed):
            assign(meimei, guide, by=guide)
    assert stays_with(meimei, shop.xiaoman)


def test_a_leader_moves_only_members_and_guides_of_their_own(shop, meimei):
    other = make_member("吴晓峰", guide=shop.tangwei)
    with pytest.raises(NotFound):
        assign(other, shop.xiaoman, by=shop.zhoumin)
    with pytest.raises(NotFound):
        assign(meimei, shop.tangwei, by=shop.zhoumin)
    with pytest.raises(NotFound):
        assign(meimei, shop.tangwei, by=shop.guodong)
    assert stays_with(meimei, shop.xiaoman)
    assert stays_with(other, shop.tangwei)


def test_one_member_out_of_reach_stops_the_whole_move(shop, meimei):
    other = make_member("吴晓峰", guide=shop.tangwei)
    with pytest.raises(NotFound):
        reassign([meimei.pk, other.pk], shop.hejun, by=shop.zhoumin)
    with pytest.raises(NotFound):
        reassign([meimei.pk, 987654321], shop.hejun, by=shop.zhoumin)
    assert stays_with(meimei, shop.xiaoman)


def test_nobody_is_given_to_somebody_who_left_or_does_not_serve(shop, meimei):
    gone = make_guide("吴磊", store=shop.store, is_active=False)
    with pytest.raises(Refusal) as refusal:
        assign(meimei, gone, by=shop.zhoumin)
    assert refusal.value.code == "guide_left"
    with pytest.raises(Refusal) as refusal:
        assign(meimei, shop.suwan, by=shop.jianguo)
    assert refusal.value.code == "not_a_guide"
    assert stays_with(meimei, shop.xiaoman)


def test_headquarters_moves_a_member_to_another_store_and_the_home_moves_along(shop, meimei):
    assign(meimei, shop.tangwei, by=shop.suwan)
    meimei.refresh_from_db()
    assert meimei.home_store == shop.next_door
    assert Assignment.objects.get(member=meimei, ended_at=None).store == shop.next_door
    assert not Member.objects.visible_to(shop.zhoumin).exists()


def test_many_members_move_in_a_fixed_number_of_statements(shop, django_assert_num_queries):
    some = [make_member(f"会员{n}", guide=shop.xiaoman).pk for n in range(30)]
    known = make_member("早就在何俊名下", guide=shop.hejun).pk
    with django_assert_num_queries(8) as few:
        assert reassign(some[:2], shop.hejun, by=shop.zhoumin) == 2
    with django_assert_num_queries(len(few)):
        assert reassign([*some, known], shop.hejun, by=shop.zhoumin) == 28
    assert Member.objects.filter(guide=shop.hejun).count() == 31
    assert Assignment.objects.filter(ended_at=None).values("member").distinct().count() == 31


def test_members_of_somebody_who_left_or_moved_away_are_waiting(shop, meimei):
    gone = make_guide("吴磊", store=shop.store)
    feng = make_member("吴晓峰", guide=gone)
    alone = make_member("罗志远", home_store=shop.store)
    assert list(unassigned(shop.store)) == [alone]
    gone.is_active = False
    gone.save()
    assert set(unassigned(shop.store, viewer=shop.zhoumin)) == {feng, alone}
    assert not unassigned(shop.store, viewer=shop.tangwei).exists()
