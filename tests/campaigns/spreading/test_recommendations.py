"""Product recommendations: for whom, in which order, who is left alone, and what they brought."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Recommendation, RecommendationView
from campaigns.spreading import recommending, weighing
from members.models import Segment, SegmentSpan
from stores.errors import Refusal
from tests.campaigns.spreading.scenery import line, product
from tests.makers import days_ago, make_member, make_order

pytestmark = pytest.mark.django_db


def recommended(name: str = "招牌葡萄", **fields) -> Recommendation:
    """A published recommendation of the product F001 that holds today, nobody left alone unless told otherwise."""
    product()
    today = timezone.localdate()
    fields = {"skus": ["F001"], "words": "今年最甜的一批", "starts_on": today - timedelta(days=3), "holdout": 0,
              "ends_on": today + timedelta(days=10), **fields}  # fmt: skip
    return recommending.publish(Recommendation.objects.create(name=name, **fields), by=None)


def names(member) -> list[str]:
    return [one.recommendation.name for one in recommending.show_to(member)]


def test_a_member_is_shown_what_holds_and_is_for_them_the_most_important_first():
    inside, outside = make_member(), make_member("刘建国")
    segment = Segment.objects.create(name="老客", rule={})
    SegmentSpan.objects.create(segment=segment, member=inside, since=days_ago(2))
    recommended("大家的", priority=10)
    recommended("老客的", priority=90, segment=segment)
    recommended("过去的", ends_on=timezone.localdate() - timedelta(days=1))
    assert (names(inside), names(outside)) == (["老客的", "大家的"], ["大家的"])


def test_who_is_left_alone_is_shown_nothing_and_counted_all_the_same():
    one = recommended(holdout=50)
    members = [make_member(f"会员{nth}", bucket=nth * 97) for nth in range(40)]
    shown = [member for member in members if names(member)]
    assert 5 < len(shown) < 35
    assert RecommendationView.objects.filter(held_out=True).count() == 40 - len(shown)
    assert [names(member) for member in members] == [names(member) for member in members]
    assert RecommendationView.objects.count() == 40
    assert all(recommending.is_held_out(one, member) for member in members if member not in shown)


def test_what_was_bought_after_it_was_shown_is_counted_against_who_was_left_alone():
    one = recommended(holdout=50)
    members = [make_member(f"会员{nth}", bucket=nth * 97) for nth in range(20)]
    shown = [member for member in members if names(member)]
    for member in shown[:4]:
        make_order(member=member, lines=[line("F001")], paid_at=timezone.now())
    make_order(member=shown[5], lines=[line("F002")])
    make_order(member=shown[6], lines=[line("F001")], paid_at=days_ago(2))
    counted = weighing.count(one)
    assert (counted.shown, counted.bought, counted.held_bought) == (len(shown), 4, 0)
    assert counted.held == 20 - len(shown)
    assert counted.low < counted.bought / counted.shown < counted.high


def test_a_recommendation_of_nothing_that_is_sold_is_not_published():
    with pytest.raises(Refusal) as refusal:
        recommended(skus=["GONE"])
    assert refusal.value.code == "products_missing"
    assert Recommendation.objects.get().state == "draft"


def test_asking_twice_for_a_guide_writes_nothing():
    recommended()
    member = make_member()
    assert [list(one.names) for one in recommending.suggested(member)] == [["F001"]]
    assert not RecommendationView.objects.exists()
