"""A split comes to an end: everybody goes the way that did better, and where one cannot tell the pages say so."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.journeys import drafts, sketching
from campaigns.journeys.entering import enter
from campaigns.lift import bysteps, contests
from campaigns.models import Doubt, Effect, Journey, Measure, Part, StepTally, Trip, Verdict
from tests.campaigns.journeys.house import MANUAL, make_journey
from tests.makers import make_manager, make_marketer, make_member, make_template

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "jr-way"}


@pytest.fixture
def su():
    """Su Wan of headquarters at her browser, in English."""
    browser = Client()
    browser.force_login(make_marketer("苏婉"))
    browser.cookies["changke_language"] = "en"
    return browser


@pytest.fixture
def journey():
    """Way A gives a coupon, way B waits; then everybody gets another one."""
    lanes = [
        [{"key": "s2", "kind": "coupon", "template": make_template("快的券").pk}],
        [{"key": "s3", "kind": "wait", "days": 5, "hours": 0}],
    ]
    split = {"key": "s1", "kind": "split", "percents": [50, 50], "lanes": lanes}
    last = {"key": "s4", "kind": "coupon", "template": make_template("都有的券").pk}
    goal = {"event": "order.recorded", "within_days": 60}
    return make_journey(split, last, trigger=MANUAL, goal=goal, name="前四单", holdout_percent=10)


def measured(journey: Journey, low: float, high: float, *, key: str = "s1:b", **more) -> Effect:
    """What the nights found of a way beside A."""
    verdict = Verdict.BETTER if low > 0 else Verdict.WORSE if high < 0 else Verdict.CANNOT_TELL
    now, middle = timezone.now(), (low + high) / 2
    return Effect.objects.create(
        journey=journey, part=Part.LANE, key=key, measure=Measure.BOUGHT, treated=900, control=900, treated_value=0.3,
        control_value=0.3 - middle, effect=middle, low=low, high=high, verdict=more.pop("verdict", verdict), since=now,
        until=now, as_of=now, **more,
    )  # fmt: skip


def at(journey, page="change"):
    return reverse(f"admin:campaigns_journey_{page}", args=[journey.pk])


def win(browser, journey, what, **headers):
    token = drafts.of(Journey.objects.get(pk=journey.pk)).token
    return browser.post(at(journey, "edit"), {"act": f"win:{what}", "token": token}, headers=headers)


def contest(journey):
    return contests.of_journey(journey, journey.version.flow)[0]


def test_su_wan_makes_a_the_winner_sees_the_effect_beside_it_and_publishes_it(su, journey):
    measured(journey, -0.06, -0.01)
    page = su.get(at(journey)).content.decode()
    assert "fewer bought on way B than on A" in page
    assert 'jr-btn--main" name="act" value="win:s1@0"' in page
    answer = win(su, journey, "s1@0", **HTMX)
    assert answer["HX-Redirect"] == at(journey, "publish")
    page = su.get(at(journey, "publish")).content.decode()
    assert "fewer bought on way B than on A" in page
    journey.refresh_from_db()
    assert journey.version.number == 1  # nothing is in force before she publishes it
    su.post(at(journey, "publish"), {"standing": "stay", "token": drafts.of(journey).token})
    journey.refresh_from_db()
    assert journey.version.number == 2
    assert [node["key"] for node in sketching.walk(journey.version.flow["steps"])] == ["s2", "s4"]


def test_those_on_the_losing_way_finish_it_and_who_enters_goes_the_winners(su, journey):
    Journey.objects.filter(pk=journey.pk).update(holdout_percent=0)
    bo = make_member("李波")
    journey.refresh_from_db()
    enter(journey, {bo.pk: "1"}, at=timezone.now())
    Trip.objects.update(step="s3")
    measured(journey, 0.01, 0.06)
    win(su, journey, "s1@0")
    page = su.get(at(journey, "publish"))
    assert (page.context["along"], page.context["stuck"]) == (0, 1)
    su.post(at(journey, "publish"), {"standing": "along", "token": drafts.of(journey).token})
    assert Trip.objects.get().version.number == 1
    mei = make_member("张晓梅")
    journey = Journey.objects.select_related("version").get(pk=journey.pk)
    enter(journey, {mei.pk: "2"}, at=timezone.now())
    assert Trip.objects.get(member=mei).step == "s2"


def test_where_the_interval_spans_zero_nobody_has_won(su, journey):
    measured(journey, -0.02, 0.03)
    assert contest(journey).winner is None
    page = su.get(at(journey)).content.decode()
    assert "One cannot tell whether B or A does better" in page
    assert 'jr-btn--main" name="act" value="win:' not in page
    Effect.objects.update(low=0.01, high=0.03, effect=0.02, verdict=Verdict.BETTER)  # control
    assert contest(journey).winner_letter == "B"


def test_a_doubtful_figure_names_no_winner_and_says_why(su, journey):
    measured(journey, 0.01, 0.06, verdict=Verdict.CANNOT_TELL, doubt=Doubt.TOO_FEW)
    assert contest(journey).winner is None
    assert "too few members yet" in su.get(at(journey)).content.decode()


def test_nothing_measured_names_no_winner_and_of_three_ways_the_best_that_beat_a_has_won(su, journey):
    assert contest(journey).winner is None
    assert "one cannot tell" in su.get(f"{at(journey)}?at=s1").content.decode()
    three = contests.Contest("s1", 3, {})
    assert three.winner is None
    measured(journey, 0.01, 0.06)
    assert contests.Contest("s1", 3, contest(journey).beside_a).winner == 1


@pytest.mark.parametrize("what", ["s1@7", "s2@0", "s9@0", "s1@x", "s1@", "s1"])
def test_a_winner_that_is_no_way_changes_nothing(su, journey, what):
    answer = win(su, journey, what, **HTMX)
    assert 'role="alert"' in answer.content.decode()
    assert drafts.of(journey).is_draft is False


def test_zhou_min_of_a_store_makes_nobody_the_winner(journey):
    zhou = Client()
    zhou.force_login(make_manager("周敏"))
    assert win(zhou, journey, "s1@0").status_code == 302
    assert drafts.of(journey).is_draft is False


def test_each_step_says_its_effect_where_somebody_went_without_and_else_why_not(su, journey):
    measured(journey, -0.06, -0.01)
    alone, everybody = bysteps.of_journey(journey)
    assert (round(alone.line.effect.low, 2), round(alone.line.effect.high, 2)) == (0.01, 0.06)
    assert alone.line.effect.verdict == Verdict.BETTER  # seen from A
    assert everybody.line is None
    page = su.get(reverse("lift-journey", args=[journey.pk])).content.decode()
    assert "Alone on way A" in page
    assert "only the journey as a whole is compared" in page


def test_who_came_to_a_step_by_what_they_did_is_compared_with_nobody():
    gift = {"key": "s2", "kind": "coupon", "template": make_template().pk}
    wait = {"key": "s1", "kind": "wait_until", "event": "order.recorded", "days": 5, "lanes": [[gift], []]}
    (one,) = bysteps.of_journey(make_journey(wait, trigger=MANUAL))
    assert one.line is None
    assert one.words == bysteps._without(chosen=True, has_control=False)


def test_the_panel_of_a_step_shows_its_last_days_and_what_was_used(su, journey):
    Journey.objects.filter(pk=journey.pk).update(holdout_percent=0)
    tallies, today = StepTally.objects, timezone.localdate()
    tallies.create(version=journey.version, step="s4", outcome="issued", day=today, trips=3)
    tallies.create(version=journey.version, step="s4", outcome="issued", day=today - timedelta(days=13), trips=5)
    tallies.create(version=journey.version, step="s4", outcome="stock_spent", day=today, trips=9)
    tallies.create(version=journey.version, step="s4", outcome="issued", day=today - timedelta(days=14), trips=7)
    panel = su.get(f"{at(journey)}?at=s4").context["panel"]
    assert (panel.bars.total, panel.bars.most, panel.bars.least, len(panel.bars.bars)) == (8, 5, 0, 14)
    assert (panel.given, panel.used_share) == (15, "0%")
