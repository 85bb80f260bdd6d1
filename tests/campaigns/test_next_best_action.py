"""The one thing to do about a member: from the open task, or from the facts of the moment, with its reasons."""

import pytest
import time_machine

from campaigns import next_best
from campaigns.models import GuideTask, Reason
from campaigns.next_best import next_best_action
from members.models import Stage
from tests.campaigns.scenery import deliver_all, facts_of, sent_offer, template
from tests.makers import days_ago, make_guide, make_member, make_task, make_touch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    """It is noon of 20 November 2026 in Shanghai."""
    with time_machine.travel("2026-11-20T12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def lin():
    """Lin Xiaoman, a guide."""
    return make_guide()


def test_without_a_task_the_facts_of_the_moment_speak_and_nothing_is_written(lin):
    wu = make_member("吴晓峰", guide=lin, stage=Stage.DECLINING)
    facts_of(wu, orders=22, last=70, usual_gap_days=14, category="车厘子")
    make_touch(wu, guide=lin, at=days_ago(11))
    suggestion = next_best_action(wu, lin)
    assert suggestion.reason == Reason.DECLINING
    assert suggestion.title == "问候一声，给个回来的理由"
    assert suggestion.facts == ["70 天没来，平时 14 天一次", "林小满 11 天前联系过", "常买车厘子"]
    assert suggestion.task is None
    assert not GuideTask.objects.exists()


def test_the_open_task_that_is_worth_most_wins_and_brings_its_coupon(lin):
    zihan = make_member("周子涵", guide=lin)
    make_task(zihan, reason=Reason.BIRTHDAY, occurrence="2026", value=1)
    task = make_task(zihan, template=template(), value=9)
    suggestion = next_best_action(zihan, lin)
    assert (suggestion.task, suggestion.template) == (task, task.template)
    assert len(suggestion.facts) <= 3


def test_nothing_to_say_is_none_and_another_guides_task_is_not_hers(lin):
    zihan = make_member("周子涵", guide=lin)
    assert next_best_action(zihan, lin) is None
    make_task(zihan, guide=make_guide("何俊"))
    assert next_best_action(zihan, lin) is None
    assert next_best_action(make_member("散客"), lin) is None


def test_evidence_is_given_only_when_there_is_enough_of_it(lin):
    zihan = make_member("周子涵", guide=lin)
    assert next_best.evidence(lin, Reason.GOLDEN_WINDOW) == "这类券发得还少，看不出效果"
    for _nth in range(5):
        sent_offer(lin, zihan, from_template=template(), reason=Reason.GOLDEN_WINDOW)
    deliver_all()
    assert next_best.evidence(lin, Reason.GOLDEN_WINDOW) == "你最近发的 5 张这类券：用了 0 张，带来 ¥0"
