"""Two managers hand over the same members at the same moment: one does, the other is told, and nobody moves twice."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from members.assignments import move, reassign
from members.handover import hand_over, undo_hand_over
from members.handover.choosing import decision
from members.models import Assignment, HandedMember, HandOver, Member
from stores.errors import Refusal
from tests.makers import make_guide, make_member
from tests.members.shop import open_shop
from tests.members.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MEMBERS = 12


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def wulei(shop):
    """Wu Lei and his twelve members."""
    guide = make_guide("吴磊", store=shop.store)
    for nth in range(MEMBERS):
        make_member(f"会员{nth}", guide=guide)
    return guide


def changes() -> int:
    """How often a member got a guide other than the first."""
    return Assignment.objects.filter(batch__isnull=False).count()


def test_one_hands_over_and_the_other_is_told(shop, wulei):
    results = at_once(
        lambda: hand_over(wulei, rule="even", by=shop.zhoumin),
        lambda: hand_over(wulei, rule="latest_served", by=shop.guodong),
    )
    refused = [one for one in results if isinstance(one, Refusal)]
    assert [one for one in results if isinstance(one, Exception) and one not in refused] == []
    assert [one.code for one in refused] in (["handed_over_meanwhile"], []), "or the second came when all was over"
    assert changes() == MEMBERS
    assert sum(one.moved for one in results if not isinstance(one, Exception)) == MEMBERS
    assert HandedMember.objects.filter(state="moved").count() == MEMBERS


def test_without_looking_again_under_the_lock_both_would_move_them(shop, wulei):
    """The control: both decided by what they had seen before."""
    plans = [decision(wulei, "even", by=person).guides for person in (shop.zhoumin, shop.guodong)]
    plans[1] = {member: shop.hejun.pk if guide == shop.xiaoman.pk else shop.xiaoman.pk
                for member, guide in plans[1].items()}  # fmt: skip
    for plan in plans:
        with transaction.atomic():
            move(plan, reason="", by=None, batch=HandOver().batch)
    assert changes() == 2 * MEMBERS


def test_two_plans_for_later_promise_each_member_once(shop, wulei):
    later = timezone.now() + timedelta(days=1)
    at_once(
        lambda: hand_over(wulei, rule="even", by=shop.zhoumin, at=later),
        lambda: hand_over(wulei, rule="even", by=shop.guodong, at=later),
    )
    assert HandedMember.objects.filter(state="waiting").count() == MEMBERS
    assert changes() == 0


def test_a_hand_over_and_members_given_by_hand_leave_one_guide_each(shop, wulei):
    members = list(Member.objects.values_list("pk", flat=True))
    results = at_once(
        lambda: hand_over(wulei, rule="even", by=shop.zhoumin),
        lambda: reassign(members[::2], shop.xiaoman, by=shop.guodong, reason="老邻居"),
    )
    assert [one for one in results if isinstance(one, Exception)] == []
    open_now = dict(Assignment.objects.filter(ended_at=None).values_list("member_id", "guide_id"))
    assert open_now == dict(Member.objects.values_list("pk", "guide_id"))


def test_taken_back_twice_at_once_everybody_goes_back_once(shop, wulei):
    done = hand_over(wulei, rule="even", by=shop.zhoumin)
    results = at_once(*[lambda: undo_hand_over(done.batch, by=shop.zhoumin)] * 2)
    assert sorted(results) == [0, MEMBERS]
    assert set(Member.objects.values_list("guide__name", flat=True)) == {"吴磊"}
