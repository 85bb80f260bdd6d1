"""From a figure or a segment into a journey: those whom a rule means come in by a job, and nobody else."""

import json
from html import unescape
from urllib.parse import unquote

import pytest
from django.urls import reverse

from campaigns.journeys import letting, versions
from campaigns.models import Journey, JourneyState, Trip
from members.segments import compiling, trees
from stores import jobs
from stores.models import Job

pytestmark = pytest.mark.django_db
REGULARS = {"all": [{"fact": "orders", "op": "gte", "value": "4"}]}
FOUR_ORDERS = {
    "node": ["n0", "n0.0"], "n0-how": "all",
    "n0.0-fact": "orders", "n0.0-was": "orders", "n0.0-op": "gte", "n0.0-value": "4",
}  # fmt: skip
STEPS = [{"key": "w", "kind": "wait", "days": 9}]


def page(rule=REGULARS) -> str:
    return f"{reverse('admin:campaigns_journey_invite')}?rule={json.dumps(rule)}"


def journey(name="手工旅程", trigger=None) -> Journey:
    flow = {"trigger": trigger or {"on": "manual"}, "goal": None, "steps": STEPS}
    made = Journey.objects.create(name=name, holdout_percent=0)
    return versions.publish(versions.save_draft(made, flow), by=None)


def test_those_whom_the_rule_means_come_in_by_a_job(as_staff):
    wan, one = as_staff("hq"), journey()
    expected = compiling.count(trees.parse(REGULARS))
    assert expected > 10
    shown = wan.get(page())
    assert shown.context["count"] == expected
    assert f"{expected:,}" in shown.content.decode()
    answer = wan.post(page(), {"journey": one.pk})
    job = Job.objects.get(kind=letting.LET_IN)
    assert answer["Location"] == reverse("admin:stores_job_change", args=[job.pk])
    assert jobs.run_to_end(job.pk).result["entered"] == Trip.objects.filter(journey=one).count() == expected


def test_the_count_of_a_rule_leads_there(as_staff):
    answer = as_staff("hq").post(reverse("admin:members_segment_live"), FOUR_ORDERS)
    found = [one for one in unescape(answer.content.decode()).split('"') if "/journey/let-in/" in one]
    assert [json.loads(unquote(one.partition("?rule=")[2])) for one in found] == [REGULARS]


@pytest.mark.parametrize("rule", ["", "{", '{"fact": "nonsense", "op": "eq", "value": 1}'])
def test_without_a_rule_that_means_anything_nobody_comes_in(as_staff, rule):
    wan, one = as_staff("hq"), journey()
    answer = wan.post(reverse("admin:campaigns_journey_invite") + f"?rule={rule}", {"journey": one.pk})
    assert answer.context["refusal"]
    assert not Job.objects.filter(kind=letting.LET_IN).exists()


def test_only_running_journeys_by_hand_are_offered_and_the_page_says_what_to_do_without_any(as_staff):
    wan = as_staff("hq")
    by_event = journey("按事件", {"on": "event", "event": "order.recorded"})
    paused = journey("停着")
    Journey.objects.filter(pk=paused.pk).update(state=JourneyState.PAUSED)
    shown = wan.get(page())
    assert shown.context["journeys"] == []
    assert reverse("admin:campaigns_journey_add") in shown.content.decode()
    for one in (by_event, paused):
        assert wan.post(page(), {"journey": one.pk}).status_code == 200
    assert not Job.objects.filter(kind=letting.LET_IN).exists()


@pytest.mark.parametrize("username", ["guide", "manager", "area"])
def test_nobody_of_a_store_lets_anybody_in(as_staff, username):
    one = journey()
    assert as_staff(username).post(page(), {"journey": one.pk}).status_code in (302, 403)
    assert not Job.objects.filter(kind=letting.LET_IN).exists()
