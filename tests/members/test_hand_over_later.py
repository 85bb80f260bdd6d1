"""A hand-over that takes effect later changes nothing until then, and then goes by how things stand."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from members.assignments import assign
from members.handover import (
    How,
    hand_over,
    leave_out,
    share_out,
    split_preview,
    take_in_again,
    undo_hand_over,
)
from members.models import HandedMember, HandOver, HandOverState, Member, MemberState
from stores import jobs
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from stores.models import Job, JobState
from stores.staff import leave
from tests.makers import days_ago, make_guide, make_manager, make_member, make_order
from tests.members.shop import open_shop

pytestmark = pytest.mark.django_db
TOMORROW = timedelta(days=1)


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def wulei(shop):
    """Wu Lei leaves on Sunday; he looks after six."""
    guide = make_guide("吴磊", store=shop.store)
    for nth in range(6):
        make_member(f"会员{nth}", guide=guide)
    return guide


def guides() -> dict:
    """Member's name -> name of the guide."""
    return dict(Member.objects.values_list("name", "guide__name"))


def states() -> dict:
    """Member's name -> what became of them in the hand-over."""
    return dict(HandedMember.objects.values_list("member__name", "state"))


def when_due(done) -> Job:
    """The job, run after its time has come."""
    with time_machine.travel(done.due_at + timedelta(minutes=1), tick=True):
        job = Job.objects.get(kind="members.hand_over", params__hand_over=done.pk)
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now() - timedelta(days=9))
        return jobs.run_to_end(job.pk)


def test_nothing_changes_before_its_time_and_all_go_when_it_has_come(shop, wulei):
    before = guides()
    done = hand_over(wulei, rule="even", by=shop.zhoumin, at=timezone.now() + TOMORROW)
    assert (guides(), done.moved) == (before, 6)
    assert set(states().values()) == {"waiting"}
    assert when_due(done).state == JobState.DONE
    assert set(guides().values()) == {"何俊", "林小满"}
    assert set(states().values()) == {"moved"}
    assert HandOver.objects.get().moved == 6


def test_a_job_that_comes_too_early_waits(shop, wulei):
    done = hand_over(wulei, by=shop.zhoumin, at=timezone.now() + TOMORROW)
    job = Job.objects.get(kind="members.hand_over")
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now() - TOMORROW)
    jobs.run(job.pk)
    assert set(guides().values()) == {"吴磊"}
    assert when_due(done).state == JobState.DONE


def test_taken_back_before_it_takes_effect_nobody_ever_moves(shop, wulei):
    done = hand_over(wulei, by=shop.zhoumin, at=timezone.now() + TOMORROW)
    assert undo_hand_over(done.batch, by=shop.zhoumin) == 6
    assert when_due(done).state == JobState.DONE
    assert set(guides().values()) == {"吴磊"}
    assert (HandOver.objects.get().state, set(states().values())) == (HandOverState.BACK, {"back"})
    again = hand_over(wulei, by=shop.zhoumin)
    assert again.moved == 6, "what was let be does not bind the members"


def test_one_can_be_left_out_and_taken_along_again(shop, wulei):
    done = hand_over(wulei, by=shop.zhoumin, at=timezone.now() + TOMORROW)
    made = HandOver.objects.get(pk=done.pk)
    first, second = Member.objects.filter(name__in=("会员0", "会员1")).order_by("name")
    leave_out(made, first.pk, by=shop.zhoumin)
    leave_out(made, second.pk, by=shop.guodong)
    take_in_again(made, second.pk, by=shop.zhoumin)
    when_due(done)
    assert (guides()["会员0"], states()["会员0"]) == ("吴磊", "left_out")
    assert guides()["会员1"] in ("何俊", "林小满")
    with pytest.raises(Conflict) as refusal:
        leave_out(made, second.pk, by=shop.zhoumin)
    assert refusal.value.code == "hand_over_over"


def test_who_got_another_guide_meanwhile_or_is_gone_stays_where_they_are(shop, wulei):
    done = hand_over(wulei, by=shop.zhoumin, at=timezone.now() + TOMORROW)
    assign(Member.objects.get(name="会员2"), shop.xiaoman, by=shop.guodong, reason="老邻居")
    Member.objects.filter(name="会员3").update(state=MemberState.ERASED)
    taker = HandedMember.objects.get(member__name="会员2")
    HandedMember.objects.filter(pk=taker.pk).update(guide=shop.hejun)
    when_due(done)
    assert (guides()["会员2"], states()["会员2"]) == ("林小满", "overtaken")
    assert (guides()["会员3"], states()["会员3"]) == ("吴磊", "gone")
    assert HandOver.objects.get().moved == 4


def test_a_successor_who_left_meanwhile_is_replaced(shop, wulei):
    done = hand_over(wulei, rule="even", by=shop.zhoumin, at=timezone.now() + TOMORROW)
    leave(shop.hejun)
    when_due(done)
    assert set(guides().values()) == {"林小满"}
    assert set(HandedMember.objects.values_list("guide__name", flat=True)) == {"林小满"}


def test_promised_members_are_not_promised_twice(shop, wulei):
    hand_over(wulei, by=shop.zhoumin, at=timezone.now() + TOMORROW)
    assert [row.plus for row in split_preview(wulei, by=shop.guodong)] == [0, 0]
    newcomer = make_member("后来的", guide=wulei)
    second = hand_over(wulei, by=shop.guodong)
    newcomer.refresh_from_db()
    assert second.moved == 1
    assert HandedMember.objects.filter(state="waiting").count() == 6


def test_the_second_tap_of_a_form_is_the_first(shop, wulei):
    first = hand_over(wulei, by=shop.zhoumin, key="tap")
    second = hand_over(wulei, by=shop.zhoumin, key="tap")
    assert (first.batch, second.moved) == (second.batch, 6)
    assert HandOver.objects.count() == 1


def test_only_those_who_lead_the_members_touch_a_planned_hand_over(shop, wulei):
    done = hand_over(wulei, by=shop.zhoumin, at=timezone.now() + TOMORROW)
    made, one = HandOver.objects.get(), Member.objects.get(name="会员0")
    next_door = make_manager("方晴", store=shop.next_door)
    for person, refusal in ((shop.xiaoman, NotAllowed), (next_door, NotFound)):
        with pytest.raises(refusal):
            leave_out(made, one.pk, by=person)
        with pytest.raises(refusal):
            undo_hand_over(done.batch, by=person)
    assert set(states().values()) == {"waiting"}


def dealt(rule, **fields) -> dict:
    """Successor -> names of the members that came, in order."""
    shop = fields["shop"]
    hand_over(fields["leaver"], rule=rule, by=fields.get("by", shop.guodong))
    found: dict = {}
    for name, guide in sorted(guides().items()):
        found.setdefault(guide, []).append(name)
    return found


def test_by_tier_everybody_gets_as_many_of_each(shop):
    leaver = make_guide("吴磊", store=shop.store)
    for tier, count in (("gold", 2), ("silver", 4), ("plain", 6)):
        for nth in range(count):
            make_member(f"{tier}{nth}", guide=leaver, tier=tier)
    found = dealt("tier", shop=shop, leaver=leaver)
    counts = {guide: [sum(tier in name for name in names) for tier in ("gold", "silver", "plain")]
              for guide, names in found.items()}  # fmt: skip
    assert counts == {"何俊": [1, 2, 3], "林小满": [1, 2, 3]}


def test_by_warmth_everybody_gets_as_many_warm_ones_however_many_they_have(shop):
    leaver = make_guide("吴磊", store=shop.store)
    for nth in range(4):
        make_order(member=make_member(f"warm{nth}", guide=leaver), store=shop.store, paid_at=days_ago(3 + nth))
        make_member(f"cold{nth}", guide=leaver)
    for nth in range(9):
        make_member(f"old{nth}", guide=shop.hejun)
    found = dealt("warmth", shop=shop, leaver=leaver)
    assert {guide: sum("warm" in name for name in names) for guide, names in found.items()} == {"何俊": 2, "林小满": 2}


def test_an_even_split_gives_all_warm_ones_to_whoever_has_fewest(shop):
    """The control: what the rule by warmth is there for."""
    leaver = make_guide("吴磊", store=shop.store)
    for nth in range(4):
        make_order(member=make_member(f"warm{nth}", guide=leaver), store=shop.store, paid_at=days_ago(3 + nth))
        make_member(f"cold{nth}", guide=leaver)
    for nth in range(9):
        make_member(f"old{nth}", guide=shop.hejun)
    found = dealt("even", shop=shop, leaver=leaver)
    assert sum("warm" in name for name in found["林小满"]) == 4


def test_by_store_members_go_where_they_buy_if_that_is_led_by_whoever_decides(shop):
    leaver = make_guide("吴磊", store=shop.store)
    branch = make_guide("孙丽", store=type(shop.store).objects.create(name="二店", code="B2", region=shop.region))
    here, there, away = (make_member(name, guide=leaver) for name in ("常来这里", "常去二店", "常去外区"))
    for member, store in ((here, shop.store), (there, branch.store), (away, shop.next_door)):
        make_order(member=member, store=store, paid_at=days_ago(5))
    how = How("store", stores={shop.store.pk, branch.store_id})
    found = dealt(how, shop=shop, leaver=leaver)
    assert found["孙丽"] == ["常去二店"]
    assert "常去外区" not in found.get("唐薇", []), "the store next door is not theirs to give to"


def test_by_number_as_many_as_was_said_and_the_others_stay(shop, wulei):
    how = How("manual", counts={shop.hejun.pk: 1, shop.xiaoman.pk: 3})
    assert hand_over(wulei, rule=how, by=shop.zhoumin).moved == 4
    assert sorted(guides().values()) == ["何俊", "吴磊", "吴磊", "林小满", "林小满", "林小满"]
    for counts, code in (({shop.hejun.pk: 9}, "too_many"), ({}, "nobody_chosen")):
        with pytest.raises(Refusal) as refusal:
            hand_over(wulei, rule=How("manual", counts=counts), by=shop.zhoumin)
        assert refusal.value.code == code


def test_one_by_one_those_chosen_go_and_nobody_else(shop):
    first, second = (make_member(name, home_store=shop.store) for name in ("甲", "乙"))
    taken = make_member("丙", guide=shop.hejun)
    how = How("by_hand", chosen={first.pk: shop.xiaoman.pk, taken.pk: shop.xiaoman.pk})
    assert share_out(shop.store, rule=how, by=shop.zhoumin).moved == 1
    assert guides() == {"甲": "林小满", "乙": None, "丙": "何俊"}
    with pytest.raises(Conflict):
        share_out(shop.store, rule=how, by=shop.zhoumin)
    assert HandedMember.objects.filter(member=second).count() == 0
