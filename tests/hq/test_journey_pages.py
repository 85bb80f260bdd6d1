"""The editor of journeys: moves are kept at once, faults stand at the step, publishing says what becomes of whom."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.journeys import drafts, versions
from campaigns.journeys.entering import enter
from campaigns.models import Journey, JourneyState, JourneyVersion, Trip
from tests.campaigns.journeys.house import MANUAL, make_journey
from tests.makers import make_admin, make_manager, make_marketer, make_member, make_template

pytestmark = pytest.mark.django_db
WAIT = {"key": "s1", "kind": "wait", "days": 2, "hours": 0}
HTMX = {"HX-Request": "true", "HX-Target": "jr-way"}


@pytest.fixture
def su():
    """Su Wan of headquarters at her browser."""
    browser = Client()
    browser.force_login(make_marketer("苏婉"))
    return browser


@pytest.fixture
def journey():
    """One that waits, and is in force."""
    return make_journey(WAIT, trigger=MANUAL, name="前四单")


def at(journey, page="change"):
    return reverse(f"admin:campaigns_journey_{page}", args=[journey.pk])


def edit(browser, journey, act, **more):
    """A move, on what is there now."""
    token = more.pop("token", None) or drafts.of(Journey.objects.get(pk=journey.pk)).token
    return browser.post(at(journey, "edit"), {"act": act, "token": token, **more}, headers=HTMX)


def steps(journey):
    return drafts.of(Journey.objects.get(pk=journey.pk)).sketch["steps"]


def test_su_wan_begins_a_journey_and_comes_to_its_steps(su):
    fields = {"name": "前四单", "note": "", "reentry": "once", "reentry_days": 90, "holdout_percent": 10}
    answer = su.post(reverse("admin:campaigns_journey_add"), fields)
    journey = Journey.objects.get()
    assert answer["Location"] == at(journey) + "?at=trigger"
    assert (journey.state, journey.created_by.name) == (JourneyState.DRAFT, "苏婉")
    again = su.post(reverse("admin:campaigns_journey_add"), fields)
    assert Journey.objects.count() == 1
    assert again.status_code in (200, 302)


def test_a_move_answers_with_the_steps_and_the_panel_and_is_kept(su, journey):
    answer = edit(su, journey, "add:coupon@after.s1")
    page = answer.content.decode()
    assert answer["HX-Replace-Url"].endswith("?at=s2")
    assert 'data-at="s2"' in page
    assert 'data-of="s2"' in page
    assert "<html" not in page
    assert [node["key"] for node in steps(journey)] == ["s1", "s2"]
    journey.refresh_from_db()
    assert [node["key"] for node in journey.version.flow["steps"]] == ["s1"]  # what is in force stays


def test_without_scripts_a_move_leads_to_the_whole_page(su, journey):
    answer = su.post(at(journey, "edit"), {"act": "add:leave@after.s1", "token": drafts.of(journey).token})
    assert answer["Location"] == at(journey) + "?at=s2"
    assert "<html" in su.get(answer["Location"]).content.decode()


def test_a_fault_stands_at_its_step_until_it_is_mended(su, journey):
    template = make_template("第 2 单专属券")
    page = edit(su, journey, "add:coupon@after.s1").content.decode()
    assert len(re.findall(r'class="jn__f"', page)) == 1
    page = edit(su, journey, "put:s2", **{"f-template": template.pk}).content.decode()
    assert 'class="jn__f"' not in page
    assert steps(journey)[1]["template"] == template.pk


def test_the_fields_of_a_trigger_come_and_go_without_being_kept(su, journey):
    before = drafts.of(journey).sketch
    answer = su.post(at(journey, "edit"), {"act": "look:trigger", "f-on": "event", "f-event": "segment.entered"})
    assert "f-segment" in answer.content.decode()
    assert drafts.of(journey).sketch == before
    answer = su.post(at(journey, "edit"), {"act": "look:trigger", "f-on": "manual"})
    assert "f-segment" not in answer.content.decode()


def test_a_rule_is_put_together_in_the_editor_of_segments(su, journey):
    edit(su, journey, "add:branch@after.s1")
    rule = {"node": ["n0", "n0.0"], "n0-how": "all", "n0.0-fact": "orders", "n0.0-was": "orders", "n0.0-op": "gte",
            "n0.0-value": "4"}  # fmt: skip
    edit(su, journey, "put:s2", **rule)
    assert steps(journey)[1]["rule"] == {"all": [{"fact": "orders", "op": "gte", "value": "4"}]}
    assert drafts.unfinished(drafts.of(journey)) == {}


def test_a_move_on_steps_that_somebody_else_changed_is_refused_in_words(su, journey):
    seen = drafts.of(journey).token
    edit(su, journey, "add:leave@after.s1")
    page = edit(su, journey, "remove:s1", token=seen).content.decode()
    assert 'role="alert"' in page
    assert [node["key"] for node in steps(journey)] == ["s1", "s2"]
    assert 'role="alert"' not in edit(su, journey, "remove:s1").content.decode()  # control


@pytest.mark.parametrize("act", ["add:fly@start", "move:s9@start", "up:s9", "remove:s9", "put:s9", "dance:s1", ""])
def test_a_move_that_means_nothing_changes_nothing(su, journey, act):
    answer = edit(su, journey, act)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert not JourneyVersion.objects.filter(journey=journey, state="draft").exists()


def test_a_manager_and_whoever_may_only_look_change_nothing(journey):
    zhou = Client()
    zhou.force_login(make_manager("周敏"))
    for address in (at(journey), at(journey, "counts"), at(journey, "publish"), at(journey, "rows")):
        assert zhou.get(address).status_code == 302  # to the door
    assert zhou.post(at(journey, "edit"), {"act": "remove:s1", "token": drafts.of(journey).token}).status_code == 302
    assert zhou.post(at(journey, "turn"), {"verb": "end"}).status_code == 302
    journey.refresh_from_db()
    assert (journey.state, len(steps(journey))) == (JourneyState.RUNNING, 1)
    he = Client()  # control
    he.force_login(make_admin())
    he.post(at(journey, "turn"), {"verb": "pause"})
    journey.refresh_from_db()
    assert journey.state == JourneyState.PAUSED


def test_publishing_says_who_is_where_and_moves_them_along(su, journey):
    mei = make_member("张晓梅")
    enter(journey, {mei.pk: "1"}, at=timezone.now())
    edit(su, journey, "add:leave@after.s1")
    page = su.get(at(journey, "publish"))
    assert (page.context["all"], page.context["along"], page.context["stuck"]) == (1, 1, 0)
    token = drafts.of(journey).token
    assert su.post(at(journey, "publish"), {"standing": "along", "token": "stale"}).context["refusal"]
    assert Trip.objects.get().version.number == 1
    su.post(at(journey, "publish"), {"standing": "along", "token": token})
    assert Trip.objects.get().version.number == 2
    journey.refresh_from_db()
    assert journey.version.number == 2


def test_an_unfinished_draft_is_not_published_and_says_what_is_missing(su, journey):
    edit(su, journey, "add:coupon@after.s1")
    page = su.post(at(journey, "publish"), {"standing": "stay", "token": drafts.of(journey).token})
    assert page.context["faults"]
    journey.refresh_from_db()
    assert journey.version.number == 1


def test_the_control_group_stays_as_it_is_once_a_journey_ran(su, journey):
    edit(su, journey, "put:settings", **{"f-name": "前四单 2", "f-reentry": "always", "f-holdout_percent": "50"})
    journey.refresh_from_db()
    assert (journey.name, journey.reentry, journey.holdout_percent) == ("前四单 2", "always", 0)


def test_signs_that_the_database_cannot_hold_are_left_out(su, journey):
    edit(su, journey, "add:branch@after.s1")
    rule = {"node": ["n0", "n0.0"], "n0-how": "all", "n0.0-fact": "orders", "n0.0-op": "gte", "n0.0-value": "4\0x"}
    assert edit(su, journey, "put:s2", **rule).status_code == 200
    assert steps(journey)[1]["rule"]["all"][0]["value"] == "4x"
    assert drafts.unfinished(drafts.of(journey))
    edit(su, journey, "put:settings", **{"f-name": "前\0四单", "f-reentry": "once"})
    journey.refresh_from_db()
    assert journey.name == "前四单"


def test_numbers_come_alone_and_never_the_steps(su, journey):
    enter(journey, {make_member().pk: "1"}, at=timezone.now())
    page = su.get(at(journey, "counts")).content.decode()
    assert 'id="f-s1" hx-swap-oob="true"' in page
    assert "jn__m" not in page
    assert "csrf" not in page


def test_every_part_opens_and_one_that_is_gone_leads_to_the_settings(su, journey):
    edit(su, journey, "add:split@after.s1")
    for part in ("settings", "trigger", "goal", "control", "s1", "s2", "s77", "%00"):
        for tab in ("form", "people", "changes", "x"):
            assert su.get(f"{at(journey)}?at={part}&tab={tab}", headers={"HX-Target": "jr-panel"}).status_code == 200
    assert su.get(f"{at(journey, 'rows')}?at=s77&name=f-x").status_code == 404
    versions.end(journey)
    page = su.get(at(journey)).content.decode()
    assert 'value="add:' not in page
