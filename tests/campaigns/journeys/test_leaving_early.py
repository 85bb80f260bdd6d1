"""What ends a journey early: whoever it happens to leaves at once, even in a wait, the control group alike."""

import pytest
from django.utils import timezone

from campaigns.journeys import counts, differences, drafts, flows, sketching
from campaigns.journeys.entering import enter
from campaigns.journeys.rehearsal.replay import rehearse
from campaigns.models import Arm, GuideTask, Trip, TripState
from coupons.models import Coupon
from members.timeline import NewFact, record
from tests.campaigns.journeys.house import MANUAL, go_on, make_journey, trip_of
from tests.campaigns.scenery import deliver_all
from tests.makers import days_ago, make_guide, make_member, make_order, make_template

pytestmark = pytest.mark.django_db
LEFT_BY = {"event": "member.stage_changed"}


@pytest.fixture
def journey():
    """Wait a week, then a coupon; whoever comes into another stage is out, whoever buys has reached the goal."""
    coupon = {"key": "c", "kind": "coupon", "template": make_template().pk}
    return make_journey(
        {"key": "w", "kind": "wait", "days": 7},
        coupon,
        trigger=MANUAL,
        goal={"event": "order.recorded", "within_days": 60},
        leaving=LEFT_BY,
    )


def it_happens_to(member, kind="member.stage_changed") -> None:
    """A fact about the member, carried to whoever listens."""
    record(NewFact(kind, member.pk, at=timezone.now(), data={"old": "growing", "new": "declining"}))
    deliver_all()


def on_it(journey, *names):
    """Members on the way, standing in the wait."""
    found = [make_member(name) for name in names]
    enter(journey, {one.pk: "1" for one in found}, at=days_ago(1))
    go_on()
    return found


def test_xiaomei_leaves_in_the_middle_of_a_wait_and_gets_no_coupon(journey):
    mei, bo = on_it(journey, "张晓梅", "李波")
    it_happens_to(mei)
    left, stays = trip_of(mei), trip_of(bo)
    assert (left.state, left.why, left.due_at, left.waiting, bool(left.ended_at)) == ("left", "exit", None, False, True)
    assert (stays.state, stays.waiting) == (TripState.ACTIVE, True)  # control
    Trip.objects.filter(state=TripState.ACTIVE).update(due_at=timezone.now())
    go_on()
    assert list(Coupon.objects.values_list("member", flat=True)) == [bo.pk]


def test_what_else_happens_lets_nobody_out(journey):
    (mei,) = on_it(journey, "张晓梅")
    it_happens_to(mei, "member.tier_changed")
    assert trip_of(mei).state == TripState.ACTIVE


def test_the_task_of_her_guide_is_called_off_and_no_other(journey):
    task = {"key": "t", "kind": "task", "asks": "问候", "days": 7, "lanes": [[], [], [], []]}
    asked = make_journey(task, trigger=MANUAL, leaving=LEFT_BY)
    lin = make_guide("林晓曼")
    mei, bo = make_member("张晓梅", guide=lin), make_member("李波", guide=lin)
    enter(asked, {mei.pk: "1", bo.pk: "1"}, at=days_ago(1))
    go_on()
    it_happens_to(mei)
    assert dict(GuideTask.objects.values_list("member__name", "state")) == {"张晓梅": "lapsed", "李波": "open"}


def test_the_control_group_leaves_alike_and_whoever_left_reaches_no_goal(journey):
    yun = make_member("王云")
    Trip.objects.create(
        journey=journey, version=journey.version, member=yun, entry="1", arm=Arm.CONTROL, entered_at=days_ago(1)
    )
    it_happens_to(yun)
    make_order("66.00", member=yun)
    deliver_all()
    assert (trip_of(yun).state, trip_of(yun).why) == (TripState.LEFT, "exit")


def test_who_left_early_is_counted_at_the_step_where_they_stood(journey):
    mei, _bo = on_it(journey, "张晓梅", "李波")
    it_happens_to(mei)
    found = counts.fresh([journey.pk])[journey.pk]
    assert (found.left, found.of("w").left, found.of("w").now, found.of("w").came) == (1, 1, 1, 2)


def test_an_exit_is_read_written_told_as_a_change_and_taken_away():
    plain = {"trigger": MANUAL, "goal": None, "steps": [{"key": "l", "kind": "leave"}]}
    with_exit = sketching.put_part(plain, "exit", LEFT_BY)
    assert flows.write(flows.read(with_exit)) == with_exit
    assert flows.stored(with_exit).exit.told()
    assert [(one.key, one.what) for one in differences.between(plain, with_exit)] == [("exit", "changed")]
    assert sketching.put_part(with_exit, "exit", None) == plain
    with pytest.raises(flows.FlowInvalid) as wrong:
        flows.read({**plain, "exit": {"event": "weather"}})
    assert [place for place, _words in wrong.value.faults] == ["exit"]


def test_a_draft_shows_what_is_missing_of_an_exit(journey):
    def put(sketch, _keys):
        return sketching.put_part(sketch, "exit", {"event": "segment.left"}), "exit"

    draft, _key = drafts.change(journey, drafts.of(journey).token, put)
    assert "exit" in drafts.unfinished(draft)


def test_a_dry_run_lets_out_whoever_it_happened_to(journey):
    mei, bo = make_member("张晓梅"), make_member("李波")
    record(NewFact("member.stage_changed", mei.pk, at=days_ago(88), data={"old": "growing", "new": "declining"}))
    found = rehearse(journey.version)
    assert (found.steps["w"], found.steps["c"]) == (2, 1)
    assert bo.pk
