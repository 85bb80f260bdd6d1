"""A journey pauses by itself when it is certain that it brings less than it costs, and is not judged more often than
was agreed."""

import pytest

from campaigns.lift import measuring, stoprules
from campaigns.lift.stopping import decide
from campaigns.models import Arm, JourneyState, StopRule
from stores.errors import Refusal
from tests.campaigns.journeys.house import make_journey
from tests.campaigns.lift.people import buy, crowd, travel
from tests.makers import days_ago

pytestmark = pytest.mark.django_db
WAIT = {"key": "w", "kind": "wait", "days": 2}


def win_back(*, brings: bool, control: int = 100):
    """A journey whose treated members buy, or do not."""
    journey = make_journey(WAIT, name="赢回", holdout_percent=50)
    members = crowd(2 * control)
    travel(journey, members[:control], Arm.TREATED, at=days_ago(60))
    travel(journey, members[control:], Arm.CONTROL, at=days_ago(60))
    buy([*members[: control if brings else 4], *members[control : control + 5]], at=days_ago(50))
    return journey


def test_a_journey_that_certainly_brings_less_than_it_costs_is_paused_with_the_reason():
    journey = win_back(brings=False)
    rule = stoprules.set_rule(journey, least_gain=20, look_every=100, looks=5)
    measuring.measure_journey(journey)
    journey.refresh_from_db()
    rule.refresh_from_db()
    assert (journey.state, rule.decision, rule.looked) == (JourneyState.PAUSED, "stop", 1)
    assert "20" in journey.problem


def test_a_journey_that_is_worth_it_runs_on():
    journey = win_back(brings=True)
    rule = stoprules.set_rule(journey, least_gain=20, look_every=100, looks=5)
    measuring.measure_journey(journey)
    journey.refresh_from_db()
    rule.refresh_from_db()
    assert (journey.state, rule.decision) == (JourneyState.RUNNING, "worth")


def test_without_a_rule_and_before_the_first_look_nothing_is_judged():
    journey = win_back(brings=False)
    measuring.measure_journey(journey)
    rule = stoprules.set_rule(journey, least_gain=20, look_every=101, looks=5)
    measuring.measure_journey(journey)
    journey.refresh_from_db()
    rule.refresh_from_db()
    assert (journey.state, rule.looked, rule.decision) == (JourneyState.RUNNING, 0, "")


def test_it_is_not_judged_twice_on_the_same_members():
    journey = win_back(brings=True)
    stoprules.set_rule(journey, least_gain=20, look_every=100, looks=5)
    for _night in range(3):
        measuring.measure_journey(journey)
    assert StopRule.objects.get().looked == 1


def test_many_looks_share_the_certainty_so_that_what_one_look_would_stop_goes_on():
    treated, control = _arm(400, 25.0), _arm(400, 21.0)
    assert decide(treated, control, least_gain=8.0, looks=1) == "stop"
    assert decide(treated, control, least_gain=8.0, looks=20) == "go_on"


def test_a_journey_without_a_control_group_takes_no_rule():
    journey = make_journey(WAIT, holdout_percent=0)
    with pytest.raises(Refusal):
        stoprules.set_rule(journey, least_gain=1)
    assert not StopRule.objects.exists()


def _arm(members: int, mean: float):
    from_mean = 28.0
    return measuring.arms.Arm(members, members, members * mean, members * (mean**2 + from_mean**2))
