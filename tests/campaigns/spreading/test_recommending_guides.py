"""What headquarters recommends is a reason for guides to get in touch: for whom, with which words, and until when."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from campaigns import defaults, guidetasks, reasons, scripts
from campaigns.models import GuideTask, Reason, Recommendation, RecommendationState, TaskState
from campaigns.next_best import next_best_action
from campaigns.spreading import recommending
from members.models import Category, Product, Segment, SegmentSpan
from tests.campaigns.scenery import facts_of
from tests.campaigns.spreading.scenery import line, product
from tests.makers import days_ago, make_guide, make_member, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    """Lin Xiaoman, a guide."""
    return make_guide()


@pytest.fixture
def zihan(lin):
    """Zhou Zihan, who mostly buys grapes and came five days ago."""
    member = make_member("周子涵", guide=lin)
    facts_of(member, orders=6, last=5, usual_gap_days=9, category="葡萄")
    return member


def grapes(**fields) -> Recommendation:
    """A published recommendation of grapes that holds today, for everybody and nobody left alone unless told."""
    product()
    Product.objects.filter(sku="F001").update(name="阳光玫瑰", category=Category.objects.get_or_create(name="葡萄")[0])
    today = timezone.localdate()
    fields = {"name": "招牌葡萄", "skus": ["F001"], "starts_on": today - timedelta(days=3), "holdout": 0,
              "ends_on": today + timedelta(days=3), **fields}  # fmt: skip
    return recommending.publish(Recommendation.objects.create(**fields), by=None)


def planned() -> list[GuideTask]:
    """Plan today's tasks, and list the open ones that recommend something."""
    guidetasks.plan_tasks(timezone.localdate())
    return list(GuideTask.objects.filter(reason=Reason.RECOMMENDATION, state=TaskState.OPEN).order_by("pk"))


def test_who_usually_buys_such_goods_is_to_be_told_with_the_products_in_the_words(lin, zihan):
    grapes()
    facts_of(make_member("许静雯", guide=lin), orders=6, last=5, category="柑橘")
    defaults.ensure_defaults()
    [task] = planned()
    assert (task.member, task.guide, task.due_on) == (zihan, lin, timezone.localdate() + timedelta(days=3))
    assert reasons.words(task) == "阳光玫瑰 · 常买葡萄 · 平时 9 天一来，已 5 天"
    assert reasons.proposal(task) == "推荐阳光玫瑰"
    with translation.override("en"):
        assert reasons.words(task) == "阳光玫瑰 · Usually buys 葡萄 · usually every 9 days, now 5"
        assert reasons.proposal(task) == "Recommend 阳光玫瑰"
    said = scripts.render(scripts.scripts_of(task)[0], zihan, lin, product=scripts.product_of(task))
    assert "阳光玫瑰今天到店" in said
    assert not {"{", "券"} & set(said)


def test_it_is_the_next_best_action_where_nothing_else_speaks_and_says_no_fact_twice(lin, zihan):
    grapes()
    found = next_best_action(zihan, lin)
    assert (found.reason, found.title) == (Reason.RECOMMENDATION, "推荐阳光玫瑰")
    assert found.facts == ["阳光玫瑰 · 常买葡萄 · 平时 9 天一来，已 5 天"]
    assert not GuideTask.objects.exists()
    facts_of(zihan, orders=3, last=9, usual_gap_days=9, category="葡萄")
    assert next_best_action(zihan, lin).reason == Reason.NTH_ORDER


def test_one_for_a_segment_is_for_its_members_whatever_they_buy(lin, zihan):
    segment = Segment.objects.create(name="新客", rule={})
    inside = make_member("刘建国", guide=lin)
    SegmentSpan.objects.create(segment=segment, member=inside, since=days_ago(2))
    grapes(segment=segment)
    assert [task.member for task in planned()] == [inside]


def test_who_is_left_alone_on_purpose_is_never_named_to_a_guide(lin):
    one = grapes(holdout=50)
    members = [make_member(f"会员{nth}", guide=lin, bucket=nth * 97) for nth in range(20)]
    for member in members:
        facts_of(member, orders=6, last=5, category="葡萄")
    told = {task.member for task in planned()}
    left_alone = {member for member in members if recommending.is_held_out(one, member)}
    assert min(len(told), len(left_alone)) > 2
    assert not told & left_alone
    assert all(next_best_action(member, lin) is None for member in left_alone)


def test_of_several_the_most_important_comes_first_and_the_next_only_after_a_pause(lin, zihan):
    grapes(name="次要", priority=10)
    main = grapes(name="主推", priority=90)
    [task] = planned()
    assert task.occurrence == str(main.pk)
    guidetasks.dismiss(task, by=lin)
    assert planned() == []
    GuideTask.objects.update(created_at=days_ago(15), closed_at=days_ago(14))
    assert [task.why["name"] for task in planned()] == ["次要"]


def test_whoever_has_bought_it_since_is_not_told_of_it(lin, zihan):
    grapes()
    make_order(member=zihan, lines=[line("F001")], paid_at=days_ago(1))
    assert planned() == []


def test_ending_a_recommendation_takes_it_off_the_lists_of_guides_and_no_other(lin, zihan):
    one, other = grapes(priority=90), grapes(name="其他", priority=10)
    elsewhere = make_member("刘建国", guide=lin)
    [task] = planned()
    kept = GuideTask.objects.create(
        member=elsewhere, guide=lin, store=lin.store, reason=Reason.RECOMMENDATION, occurrence=str(other.pk),
        due_on=timezone.localdate(),
    )  # fmt: skip
    recommending.end(one, by=None)
    task.refresh_from_db()
    kept.refresh_from_db()
    assert (task.state, kept.state) == (TaskState.LAPSED, TaskState.OPEN)
    assert Recommendation.objects.get(pk=one.pk).state == RecommendationState.ENDED
