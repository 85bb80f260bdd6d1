"""The pages of effects: what they say, who may see them, and the stop rule of a journey."""

from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from campaigns.cockpit.effects import by_template
from campaigns.cockpit.results import CouponResult, Results
from campaigns.lift import measuring
from campaigns.lift.boards import steps_of
from campaigns.models import Arm, Attribution, Journey, StopRule
from members.insight.scope import Scope
from stores import jobs
from stores.models import Job, Staff
from tests.campaigns.journeys.house import make_journey
from tests.campaigns.lift.people import a_date, buy, crowd, take_part, travel
from tests.makers import days_ago, make_area_manager, make_guide, make_marketer, make_order, make_template

pytestmark = pytest.mark.django_db
WAIT = {"key": "w", "kind": "wait", "days": 2}


@pytest.fixture(autouse=True)
def _round_percents(monkeypatch):
    """Arms of round sizes, as in the tests of measuring."""
    monkeypatch.setattr(measuring.arms, "held_out_share", lambda _salt, percent: percent / 100)


def signed_in(person: Staff) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def read(browser: Client, name: str, *args: int, **narrowed: int) -> str:
    browser.cookies["changke_language"] = "en"
    answer = browser.get(reverse(name, args=args), narrowed)
    assert answer.status_code == 200
    return answer.content.decode()


def measured_day(*, bought: int = 80):
    """A member day whose effect is known."""
    occurrence, members = a_date(on=days_ago(1), percent=20), crowd(200)
    take_part(occurrence, members[:160], members[160:])
    buy([*members[:bought], *members[160:168]])
    measuring.measure_occurrence(occurrence)
    return occurrence


def measured_journey(**fields) -> Journey:
    journey = make_journey(WAIT, holdout_percent=20, **fields)
    members = crowd(200)
    travel(journey, members[:160], Arm.TREATED, at=days_ago(60), entry="day:2026-09-23")
    travel(journey, members[160:], Arm.CONTROL, at=days_ago(60), entry="day:2026-09-23")
    buy(members[:30], at=days_ago(50))
    measuring.measure_journey(journey)
    return journey


def test_a_campaigns_board_says_what_it_changed_with_the_interval_and_how_it_was_counted():
    occurrence = measured_day()
    page = read(signed_in(make_marketer("苏婉")), "lift-campaign", occurrence.member_day_id)
    assert "Of 100 members, 30.0 more bought because of it" in page
    assert "Better" in page
    assert "Newcombe" in page
    assert f"{occurrence.on:%Y-%m-%d}" in page
    assert 'role="img"' in page


def test_where_zero_lies_within_the_board_says_that_one_cannot_tell():
    occurrence = measured_day(bought=36)
    page = read(signed_in(make_marketer("苏婉")), "lift-campaign", occurrence.member_day_id)
    assert "One cannot tell whether more members bought than would have anyway" in page
    assert "because of it" not in page


def test_nothing_measured_yet_is_said_in_so_many_words():
    browser, day = signed_in(make_marketer()), a_date().member_day
    assert "Nothing was measured yet." in read(browser, "lift")
    assert "Nothing was measured yet." in read(browser, "lift-campaign", day.pk)
    assert "Nothing was measured yet." in read(browser, "lift-journey", make_journey(WAIT).pk)


def test_the_list_and_a_journeys_board_show_waves_and_the_orders_that_followed():
    journey = measured_journey(name="赢回老朋友")
    order = make_order("66.00", member=crowd(1)[0], at=days_ago(3))
    Attribution.objects.create(
        order=order, member=order.member, kind="last_touch", source="journey", journey=journey, step="w",
        amount="66.00", ordered_at=order.paid_at,
    )  # fmt: skip
    browser = signed_in(make_marketer())
    assert "赢回老朋友" in read(browser, "lift")
    page = read(browser, "lift-journey", journey.pk)
    assert "2026-09-23" in page
    assert "¥66" in page


def test_the_list_of_orders_names_the_step_and_can_be_narrowed_to_a_guide():
    journey, lin, he = make_journey(WAIT), make_guide("林小满"), make_guide("何俊")
    for member, guide in zip(crowd(2), (lin, he), strict=True):
        order = make_order("66.00", member=member, at=days_ago(3))
        Attribution.objects.create(
            order=order, member=member, kind="last_touch", source="journey", journey=journey, step="w", guide=guide,
            amount="66.00", ordered_at=order.paid_at,
        )  # fmt: skip
    browser = signed_in(make_marketer("苏婉"))
    page = read(browser, "admin:campaigns_attribution_changelist", guide__id__exact=lin.pk)
    with override("en"):
        assert f">{steps_of(journey)['w']}<" in page
    assert ("林小满" in page, "何俊" in page) == (True, False)


def test_before_a_launch_the_page_says_what_would_show_once_it_is_reckoned():
    day, members = a_date(percent=20).member_day, crowd(300)
    buy(members[:60], at=days_ago(3))
    browser = signed_in(make_marketer())
    assert "Being reckoned" in read(browser, "lift-before", day.pk)
    jobs.run_to_end(Job.objects.get(kind="campaigns.foresee").pk)
    page = read(browser, "lift-before", day.pk)
    assert "300 members; 20.0% of them buy" in page
    assert "is found four times in five" in page
    assert Job.objects.filter(kind="campaigns.foresee").count() == 1


def test_a_marketer_sets_a_stop_rule_and_takes_it_away():
    journey, browser = measured_journey(), signed_in(make_marketer("苏婉"))
    there = reverse("lift-rule", args=[journey.pk])
    browser.post(there, {"least_gain": "2.50", "look_every": "200", "looks": "5"})
    assert str(StopRule.objects.get(journey=journey).least_gain) == "2.50"
    assert "2.50" in read(browser, "lift-journey", journey.pk)
    browser.post(there, {"least_gain": "-1", "look_every": "200", "looks": "5"})
    assert str(StopRule.objects.get(journey=journey).least_gain) == "2.50"
    browser.post(there, {"drop": "1"})
    assert not StopRule.objects.exists()


@pytest.mark.parametrize("maker", [make_guide, make_area_manager])
def test_nobody_of_the_stores_sees_effects_or_sets_rules(maker):
    journey, browser = measured_journey(), signed_in(maker())
    for name in ("lift", "lift-journey"):
        args = [] if name == "lift" else [journey.pk]
        assert browser.get(reverse(name, args=args)).status_code in (302, 403)
    browser.post(reverse("lift-rule", args=[journey.pk]), {"least_gain": "2.50", "look_every": "200", "looks": "5"})
    assert not StopRule.objects.exists()
    control = signed_in(make_marketer())
    control.post(reverse("lift-rule", args=[journey.pk]), {"least_gain": "2.50", "look_every": "200", "looks": "5"})
    assert StopRule.objects.exists()


def test_the_cockpit_shows_the_effect_of_the_coupons_campaign():
    from_template = make_template("会员日券")
    occurrence = measured_day()
    occurrence.member_day.coupon_template = from_template
    occurrence.member_day.save()
    found = by_template([from_template.pk], Scope())
    assert found[from_template.pk].verdict == "better"
    assert by_template([from_template.pk], Scope(frozenset((1,)))) == {}
    row = CouponResult(from_template, 3, Decimal("24.00"), found[from_template.pk])
    results = Results([row], 1, 3, Decimal("24.00"), Decimal(0), 0, 0)
    page = render_to_string("campaigns/hq/cockpit/_results.html", {"results": results, "span": None})
    assert "in-ci--pos" in page
    assert "in-badge--good" in page
    bare = render_to_string("campaigns/hq/cockpit/_results.html", {
        "results": Results([CouponResult(from_template, 3, Decimal("24.00"))], 1, 3, Decimal(0), Decimal(0), 0, 0)
    })  # fmt: skip
    assert "in-ci" not in bare
