"""Tasks, touches and attributed orders follow a merge, tasks to the guide who now looks after the member."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.guidetasks import day_of, todays_tasks
from campaigns.models import Attribution, GuideTask, TaskState, Touch
from campaigns.touches import touches_in_week
from members.audit import audit
from members.models import TimelineFact
from stores.models import Staff
from tests.campaigns.scenery import deliver_all, new_batch
from tests.makers import days_ago, make_admin, make_guide, make_member, make_order, make_task, make_touch
from tests.members.merges import differences, merged, parted, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def jianguo() -> Staff:
    return make_admin("何建国")


@pytest.fixture
def pair():
    """One woman, known to Lin Xiaoman and, under another number, to Tang Wei of another store."""
    return (
        make_member("张晓梅", guide=make_guide("林小满"), phone="13812345678"),
        make_member("张小梅", guide=make_guide("唐薇"), phone="13987654321"),
    )


def test_open_tasks_go_to_the_guide_of_the_kept_member_and_back(pair, jianguo):
    kept, absorbed = pair
    task = make_task(absorbed, reason="declining", occurrence="2026-11")
    done = make_task(absorbed, reason="birthday", occurrence="2026", state=TaskState.DONE, outcome="reached")
    before = snapshot(*pair)
    made = merged(kept, absorbed, jianguo)
    task.refresh_from_db()
    done.refresh_from_db()
    assert (task.member, task.guide, task.store) == (kept, kept.guide, kept.guide.store)
    assert (done.member, done.guide) == (kept, absorbed.guide), "who did it stays"
    assert todays_tasks(kept.guide) == [task]
    assert todays_tasks(absorbed.guide) == []
    parted(made, jianguo)
    assert differences(before, snapshot(*pair)) == {}
    assert audit() == []


def test_a_task_for_the_same_occasion_waits_for_an_unmerge_unseen(pair, jianguo):
    kept, absorbed = pair
    mine, theirs = (
        make_task(kept, reason="birthday", occurrence="2026"),
        make_task(absorbed, reason="birthday", occurrence="2026"),
    )
    before = snapshot(*pair)
    made = merged(kept, absorbed, jianguo)
    assert GuideTask.objects.get(pk=theirs.pk).member == absorbed
    assert todays_tasks(absorbed.guide) == day_of(absorbed.guide).open == []
    assert todays_tasks(kept.guide) == [mine]
    parted(made, jianguo)
    assert todays_tasks(absorbed.guide) == [theirs]
    assert differences(before, snapshot(*pair)) == {}


def test_touches_count_together(pair, jianguo):
    kept, absorbed = pair
    make_touch(kept, at=days_ago(1))
    make_touch(absorbed, at=days_ago(2))
    made = merged(kept, absorbed, jianguo)
    assert touches_in_week(kept) == 2
    parted(made, jianguo)
    assert touches_in_week(kept) == touches_in_week(absorbed) == 1


def test_an_order_owed_to_a_touch_of_the_other_is_looked_at_again_when_they_part(pair, jianguo):
    """He Jun's message went to the kept record; the order came by the absorbed one's number while they were one."""
    kept, absorbed = pair
    made = merged(kept, absorbed, jianguo)
    touch = make_touch(kept, at=days_ago(1))
    new_batch()
    order = make_order("80.00", identity=("phone", "13987654321"), store=kept.home_store)
    deliver_all()
    assert Attribution.objects.get(order=order).touch == touch
    parted(made, jianguo)
    assert not Attribution.objects.exists()
    order.refresh_from_db()
    assert order.member == absorbed
    assert audit() == []


def test_attributed_orders_go_along_with_their_touch(pair, jianguo):
    kept, absorbed = pair
    make_touch(absorbed, at=timezone.now() - timedelta(days=2))
    new_batch()
    make_order("80.00", member=absorbed, store=absorbed.home_store)
    deliver_all()
    before = snapshot(*pair)
    made = merged(kept, absorbed, jianguo)
    assert Attribution.objects.get().member == Touch.objects.get().member == kept
    assert audit() == []
    parted(made, jianguo)
    assert differences(before, snapshot(*pair)) == {}


def test_what_the_timeline_tells_of_a_task_goes_home_with_it(pair, jianguo):
    kept, absorbed = pair
    make_task(absorbed, reason="golden_window")
    made = merged(kept, absorbed, jianguo)
    new_batch()
    make_order("80.00", member=kept, store=kept.home_store)
    deliver_all()
    assert TimelineFact.objects.get(kind="task.closed").member == kept
    parted(made, jianguo)
    assert TimelineFact.objects.get(kind="task.closed").member == absorbed
