"""Facts and lifecycle: what orders say about a member, in windows of business days, and when that changes by itself."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from members import lifecycle, moneycuts
from members.audit import audit
from members.models import Member, MemberFacts, MoneyCuts, Stage, TimelineFact
from members.orders.drafts import LineDraft
from members.orders.settlement import settle
from stores import jobs, policy
from tests.makers import make_member, make_order, make_return, make_store, moment

pytestmark = pytest.mark.django_db

TODAY = moment("2026-03-01", "04:00")  # noon in Shanghai


def ago(days: float):
    """That many days before noon of the day of the story."""
    return TODAY - timedelta(days=days)


def bought(member: Member, *days: float, amount: str = "100.00", **fields) -> None:
    """Orders so many days ago, each settled as of today."""
    for count in days:
        make_order(amount, member=member, paid_at=ago(count), at=TODAY, **fields)


@pytest.fixture
def mei():
    """Zhang Xiaomei."""
    return make_member("张晓梅", joined_at=ago(900))


def stage_on(member: Member, at) -> str:
    """The stage after a settlement at that moment."""
    settle([member.pk], at=at)
    return Member.objects.get(pk=member.pk).stage


def test_facts_count_sales_and_subtract_what_came_back(mei):
    bought(mei, 400, 100, 40, amount="100.00")
    make_return("30.00", member=mei, returned_at=ago(30), at=TODAY)
    facts = MemberFacts.objects.get(member=mei)
    assert (facts.orders, facts.spend, facts.average_basket) == (3, Decimal("270.00"), Decimal("90.00"))
    assert (facts.orders_365d, facts.spend_365d) == (2, Decimal("200.00"))
    assert (facts.first_order_at, facts.last_order_at) == (ago(400), ago(40))


def test_the_usual_gap_is_the_median_and_needs_three_orders(mei):
    bought(mei, 100, 90)
    assert MemberFacts.objects.get(member=mei).usual_gap_days is None
    bought(mei, 80, 20)
    assert MemberFacts.objects.get(member=mei).usual_gap_days == 10


def test_the_favourites_are_the_store_most_visited_and_the_category_most_spent_on(mei):
    often, seldom = make_store(), make_store()
    bought(mei, 50, 40, store=often, amount="10.00")
    costly = [LineDraft("C1", Decimal(1), Decimal("300.00"), name="车厘子", category="樱桃")]
    bought(mei, 30, store=seldom, lines=costly)
    facts = MemberFacts.objects.get(member=mei)
    assert (facts.favourite_store, facts.favourite_category.name) == (often, "樱桃")


@pytest.mark.parametrize(("days", "score"), [(0, 5), (29, 5), (30, 4), (59, 4), (60, 3), (120, 2), (239, 2), (240, 1)])
def test_recency_scores_by_days_and_a_tie_gets_the_lower_one(mei, days, score):
    bought(mei, days)
    assert MemberFacts.objects.get(member=mei).recency_score == score


@pytest.mark.parametrize(("spend", "score"), [("100.00", 1), ("100.01", 2), ("300.00", 2), ("800.01", 4), ("2001", 5)])
def test_money_scores_by_cut_points_and_a_tie_gets_the_lower_one(mei, spend, score):
    bought(mei, 5, amount=spend)
    facts = MemberFacts.objects.get(member=mei)
    assert (facts.money_score, facts.frequency_score) == (score, 1)


def test_four_orders_or_more_are_the_highest_frequency(mei):
    bought(mei, 5, 4, 3)
    assert MemberFacts.objects.get(member=mei).frequency_score == 3
    bought(mei, 2, 1)
    assert MemberFacts.objects.get(member=mei).frequency_score == 4


def test_an_order_of_365_days_ago_has_just_left_the_window(mei):
    bought(mei, 365, 364)
    assert MemberFacts.objects.get(member=mei).orders_365d == 1
    mei.refresh_from_db()
    assert mei.growth == 100


def test_the_window_turns_at_midnight_of_the_chain_and_not_in_the_middle_of_a_day(mei):
    make_order("100.00", member=mei, paid_at=moment("2025-03-01", "15:00"), at=TODAY)  # 23:00 of 1 March there
    for clock, count in (("2026-02-28T15:59", 1), ("2026-02-28T16:01", 0)):
        day, time = clock.split("T")
        settle([mei.pk], at=moment(day, time))
        assert MemberFacts.objects.get(member=mei).orders_365d == count


def test_stages_follow_one_another_as_time_passes(mei):
    assert mei.stage == Stage.INTRODUCTION
    bought(mei, 100)
    assert stage_on(mei, TODAY) == Stage.GROWING
    bought(mei, 50, 40, 30)
    assert stage_on(mei, TODAY) == Stage.MATURE
    assert stage_on(mei, ago(-30)) == Stage.MATURE
    assert stage_on(mei, ago(-31)) == Stage.DECLINING
    assert stage_on(mei, ago(-266)) == Stage.GROWING  # the oldest of the four has left the window
    assert stage_on(mei, ago(-335)) == Stage.GROWING
    assert stage_on(mei, ago(-336)) == Stage.LOST
    told = TimelineFact.objects.filter(kind="member.stage_changed").order_by("pk").values_list("data__to", flat=True)
    assert list(told) == ["growing", "mature", "declining", "growing", "lost"]


def test_the_stage_in_memory_is_the_stage_in_the_database(mei):
    bought(mei, 100, 50, 40, 30)
    for days in (0, -30, -31, -270, -335, -336):
        stage = stage_on(mei, ago(days))
        facts = MemberFacts.objects.get(member=mei)
        assert lifecycle.stage_of(facts, (TODAY + timedelta(days=-days)).date()) == stage
    assert lifecycle.stage_of(None, TODAY.date()) == Stage.INTRODUCTION


def test_the_golden_window_lasts_fourteen_days():
    assert lifecycle.golden_until(TODAY) == date(2026, 3, 15)
    assert lifecycle.golden_until(None) is None


@pytest.mark.parametrize("days", [0, 10, 29, 30, 45, 61, 119, 200, 300, 363])
def test_nothing_changes_before_the_day_that_was_foretold_and_something_does_on_it(mei, days):
    bought(mei, days, days + 1, days + 3, days + 30)
    for _turn in range(12):
        before = snapshot(mei)
        on = MemberFacts.objects.get(member=mei).next_change_on
        if on is None:
            break
        assert on > date(2026, 3, 1)
        settle([mei.pk], at=moment(f"{on - timedelta(days=1)}", "15:59"))
        assert snapshot(mei) == before
        settle([mei.pk], at=moment(f"{on}", "00:00"))
        assert snapshot(mei) != before
    assert snapshot(mei)[1:] == (0, "lost")


def snapshot(member: Member) -> tuple:
    """Facts, growth and stage without the moment they were computed."""
    facts = MemberFacts.objects.filter(member=member).values().get()
    facts.pop("computed_at")
    member = Member.objects.get(pk=member.pk)
    return facts, member.growth, member.stage


def refresh_on(day: str) -> jobs.Job:
    """The nightly job of that day, worked to its end."""
    with time_machine.travel(moment(day, "00:30"), tick=False):
        return jobs.run_to_end(jobs.plan("members.refresh_facts", params={"day": day}, natural_key=day).pk)


def test_the_nightly_refresh_touches_only_those_whose_windows_moved(mei):
    zihan = make_member("李子涵", joined_at=ago(900))
    bought(mei, 100)
    bought(zihan, 5)
    refresh_on("2026-03-01")
    seen = MemberFacts.objects.get(member=zihan).computed_at
    due = MemberFacts.objects.get(member=mei).next_change_on
    assert (due, refresh_on("2026-03-20").done) == (date(2026, 3, 21), 0)
    with time_machine.travel(moment("2026-03-21", "06:00"), tick=False):
        assert audit() == []  # members who are due tonight are not held against it
    assert refresh_on("2026-03-21").done == 1
    assert MemberFacts.objects.get(member=mei).recency_score == 2
    assert MemberFacts.objects.get(member=zihan).computed_at == seen


def test_a_refresh_that_never_came_is_noticed(mei):
    bought(mei, 100)
    assert [difference.name for difference in audit(at=ago(-30))] == ["refresh_not_overdue"]


def test_a_number_that_headquarters_changes_reaches_everybody_the_next_night(mei):
    bought(mei, 50, 40, 30, 20)
    refresh_on("2026-03-01")
    policy.change("lifecycle.regular_orders", 5, by=None)
    assert refresh_on("2026-03-02").done == 1
    mei.refresh_from_db()
    assert mei.stage == Stage.GROWING
    assert refresh_on("2026-03-03").done == 0


def test_the_money_cut_points_are_frozen_in_the_first_night_of_a_month_and_kept(mei, monkeypatch):
    monkeypatch.setattr("members.moneycuts.ENOUGH", 5)
    for nth in range(1, 6):
        bought(make_member(f"顾客{nth}", joined_at=ago(900)), 5, amount=f"{nth * 10}.00")
    refresh_on("2026-03-01")
    assert MoneyCuts.objects.get(month="2026-03-01").cuts == [10, 20, 30, 40]
    scores = MemberFacts.objects.order_by("spend").values_list("money_score", flat=True)
    assert list(scores) == [1, 2, 3, 4, 5]
    bought(mei, 1, amount="25.00")
    assert MemberFacts.objects.get(member=mei).money_score == 3
    refresh_on("2026-03-02")
    assert MoneyCuts.objects.get().buyers == 5
    refresh_on("2026-04-01")
    kept = [(f"{row.month:%m}", row.cuts, row.buyers) for row in MoneyCuts.objects.order_by("month")]
    assert kept == [("03", [10, 20, 30, 40], 5), ("04", [20, 25, 30, 40], 6)]
    assert moneycuts.current(date(2026, 3, 31)) == [10, 20, 30, 40]
    assert moneycuts.current(date(2026, 2, 28)) == [100, 300, 800, 2000]
    assert MemberFacts.objects.get(member=mei).money_score == 2


def test_without_enough_buyers_the_cut_points_of_the_beginning_hold(mei):
    bought(mei, 5, amount="150.00")
    refresh_on("2026-03-01")
    assert not MoneyCuts.objects.exists()
    assert MemberFacts.objects.get(member=mei).money_score == 2
