"""When a guide leaves, the members go to colleagues by rule, with a preview before and a way back after."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from members.assignments import assign
from members.handover import hand_over, share_out, split_preview, undo_hand_over
from members.models import Member
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from stores.staff import leave, transfer
from tests.makers import days_ago, make_guide, make_manager, make_member, make_order
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def wulei(shop):
    """Wu Lei leaves; he looks after four, two of whom He Jun and Lin Xiaoman served last."""
    guide = make_guide("吴磊", store=shop.store)
    people = [make_member(name, guide=guide) for name in ("郑可欣", "罗志远", "周子涵", "谢婉婷")]
    make_order(member=people[0], store=shop.store, guide_no=shop.xiaoman.employee_no, paid_at=days_ago(20))
    make_order(member=people[0], store=shop.store, guide_no=shop.hejun.employee_no, paid_at=days_ago(3))
    make_order(member=people[1], store=shop.store, guide_no=shop.xiaoman.employee_no, paid_at=days_ago(9))
    make_order(member=people[2], store=shop.store, guide_no=guide.employee_no, paid_at=days_ago(1))
    return guide


def counted(rows) -> dict:
    """Successor's name -> (now, plus, after, served)."""
    return {row.guide.name: (row.now, row.plus, row.after, row.served) for row in rows}


def guides() -> dict:
    """Member's name -> name of the guide."""
    return dict(Member.objects.values_list("name", "guide__name"))


def test_the_preview_says_who_gets_how_many_and_changes_nothing(shop, wulei):
    make_member("张晓梅", guide=shop.xiaoman)
    before = guides()
    rows = split_preview(wulei, by=shop.zhoumin, rule="latest_served")
    assert counted(rows) == {"何俊": (0, 2, 2, 1), "林小满": (1, 2, 3, 1)}
    assert [row.guide.name for row in rows] == sorted(counted(rows))
    assert guides() == before


def test_those_served_by_a_colleague_go_there_and_the_rest_is_shared(shop, wulei):
    expected = counted(split_preview(wulei, by=shop.zhoumin))
    done = hand_over(wulei, by=shop.zhoumin)
    assert (done.moved, counted(done.rows)) == (4, expected)
    assert guides()["郑可欣"] == "何俊"
    assert guides()["罗志远"] == "林小满"
    assert set(guides().values()) == {"何俊", "林小满"}
    moved = Member.objects.get(name="郑可欣")
    assert told(moved, "member.assigned") == [{"guide": shop.hejun.pk, "from": wulei.pk, "by": shop.zhoumin.pk}]


def test_an_even_split_fills_up_whoever_has_fewest(shop, wulei):
    for name in ("甲", "乙", "丙"):
        make_member(name, guide=shop.hejun)
    rows = hand_over(wulei, rule="even", by=shop.zhoumin).rows
    assert {row.guide.name: row.after for row in rows} == {"何俊": 3, "林小满": 4}


def test_a_hand_over_can_be_taken_back_as_a_whole(shop, wulei):
    before = guides()
    done = hand_over(wulei, by=shop.zhoumin)
    leave(wulei)
    assert undo_hand_over(done.batch, by=shop.zhoumin) == 4
    assert guides() == before
    assert undo_hand_over(done.batch, by=shop.zhoumin) == 0, "a second time there is nothing left to take back"


def test_members_who_moved_on_meanwhile_stay_where_they_are(shop, wulei):
    done = hand_over(wulei, by=shop.zhoumin)
    kexin = Member.objects.get(name="郑可欣")
    assign(kexin, shop.xiaoman, by=shop.zhoumin)
    assert undo_hand_over(done.batch, by=shop.zhoumin) == 3
    assert guides()["郑可欣"] == "林小满"


def test_after_a_day_it_is_too_late_to_take_back(shop, wulei):
    done = hand_over(wulei, by=shop.zhoumin)
    after = guides()
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True), pytest.raises(Conflict) as refusal:
        undo_hand_over(done.batch, by=shop.zhoumin)
    assert refusal.value.code == "undo_too_late"
    assert guides() == after


def test_only_leaders_of_the_store_hand_over_and_take_back(shop, wulei):
    manager_next_door = make_manager("方晴", store=shop.next_door)
    before = guides()
    for person, refusal in ((shop.xiaoman, NotAllowed), (wulei, NotAllowed), (manager_next_door, NotFound)):
        with pytest.raises(refusal):
            split_preview(wulei, by=person)
        with pytest.raises(refusal):
            hand_over(wulei, by=person)
    assert guides() == before
    done = hand_over(wulei, by=shop.guodong)
    for person, refusal in ((shop.xiaoman, NotAllowed), (manager_next_door, NotFound)):
        with pytest.raises(refusal):
            undo_hand_over(done.batch, by=person)
    with pytest.raises(NotFound):
        undo_hand_over(uuid.uuid4(), by=shop.zhoumin)
    assert undo_hand_over(done.batch, by=shop.jianguo) == 4


def test_with_nobody_else_in_the_store_nothing_moves(shop):
    make_member("独苗", guide=shop.tangwei)
    with pytest.raises(Refusal) as refusal:
        hand_over(shop.tangwei, by=shop.jianguo)
    assert refusal.value.code == "no_successor"
    with pytest.raises(Refusal) as refusal:
        hand_over(shop.xiaoman, rule="by_height", by=shop.jianguo)
    assert refusal.value.code == "unknown_rule"
    assert guides() == {"独苗": "唐薇"}


def test_a_guide_who_moved_to_another_store_hands_over_what_stays_behind(shop, wulei):
    transfer(wulei, store=shop.next_door)
    done = hand_over(wulei, by=shop.zhoumin)
    assert done.moved == 4
    assert set(guides().values()) == {"何俊", "林小满"}
    assert undo_hand_over(done.batch, by=shop.zhoumin) == 4
    assert set(Member.objects.values_list("home_store", flat=True)) == {shop.store.pk}


def test_members_without_a_guide_are_shared_out(shop):
    make_member("甲", home_store=shop.store)
    make_member("乙", home_store=shop.store)
    with pytest.raises(NotFound):
        share_out(shop.next_door, by=shop.zhoumin)
    assert share_out(shop.store, rule="even", by=shop.zhoumin).moved == 2
    assert sorted(guides().values()) == ["何俊", "林小满"]
