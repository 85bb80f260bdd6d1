"""Headquarters installs a playbook, tries it on the past, publishes it, and lets members in by hand."""

import pytest
from django.urls import reverse

from campaigns.journeys import letting, versions
from campaigns.models import Journey, Trip
from campaigns.playbooks import PLAYBOOKS
from coupons.models import CouponTemplate
from members.models import SegmentKind
from members.segments import catalogue as segments
from members.segments import refreshing
from stores import jobs
from stores.models import Job

pytestmark = pytest.mark.django_db
PLAYBOOKS_PAGE = reverse("admin:campaigns_journey_playbooks")
EVERYBODY = {"all": [{"fact": "orders", "op": "gte", "value": "0"}]}


def installed(browser, key="first_four"):
    answer = browser.post(PLAYBOOKS_PAGE, {"playbook": key})
    journey = Journey.objects.latest("pk")
    assert answer["Location"] == reverse("admin:campaigns_journey_change", args=[journey.pk])
    return journey


def by_hand():
    journey = Journey.objects.create(name="手工旅程", holdout_percent=0)
    steps = [{"key": "w", "kind": "wait", "days": 9}]
    return versions.publish(
        versions.save_draft(journey, {"trigger": {"on": "manual"}, "goal": None, "steps": steps}), by=None
    )


def test_every_playbook_is_shown_with_what_it_is_for(as_staff):
    page = as_staff("hq").get(PLAYBOOKS_PAGE).content.decode()
    for one in PLAYBOOKS.values():
        assert str(one.title) in page
        assert str(one.explains)[:20] in page


def test_one_tap_installs_it_and_the_page_names_what_is_there_already(as_staff):
    wan = as_staff("hq")
    journey = installed(wan)
    assert (journey.name, journey.state) == ("前四单养成", "draft")
    assert wan.get(reverse("admin:campaigns_journey_change", args=[journey.pk])).status_code == 200
    assert "前四单养成" in wan.get(PLAYBOOKS_PAGE).content.decode()


def test_what_is_no_playbook_installs_nothing(as_staff):
    before = (Journey.objects.count(), CouponTemplate.objects.count())
    assert as_staff("hq").post(PLAYBOOKS_PAGE, {"playbook": "none"}).status_code == 404
    assert (Journey.objects.count(), CouponTemplate.objects.count()) == before


def test_nobody_of_a_store_installs_anything(as_staff):
    before = Journey.objects.count()
    answer = as_staff("guide").post(PLAYBOOKS_PAGE, {"playbook": "first_four"})
    assert answer.status_code in (302, 403)
    assert Journey.objects.count() == before


@pytest.mark.parametrize("key", ["golden_two_weeks", "win_back"])
def test_a_dry_run_shows_who_would_have_entered_and_what_it_would_have_cost(as_staff, key):
    wan = as_staff("hq")
    journey = installed(wan, key)
    answer = wan.get(reverse("admin:campaigns_journey_rehearse", args=[journey.pk]))
    assert answer.status_code == 200
    assert answer.context["told"].sampled > 100
    assert answer.context["steps"]
    assert not Trip.objects.filter(journey=journey).exists()


def test_members_of_a_segment_are_let_in_by_a_job(as_staff):
    wan, journey = as_staff("hq"), by_hand()
    segment = segments.keep(None, name="所有人", rule=EVERYBODY, kind=SegmentKind.DYNAMIC, by=None)
    jobs.run_to_end(refreshing.ask(segment, by=None).pk)
    page = reverse("admin:campaigns_journey_let_in", args=[journey.pk])
    assert wan.get(page).status_code == 200
    answer = wan.post(page, {"segment": segment.pk})
    job = Job.objects.get(kind=letting.LET_IN)
    assert answer["Location"] == reverse("admin:stores_job_change", args=[job.pk])
    assert jobs.run_to_end(job.pk).result["entered"] == Trip.objects.filter(journey=journey).count() == job.total > 100


def test_without_a_segment_or_into_another_journey_nobody_comes_in(as_staff):
    wan, journey = as_staff("hq"), by_hand()
    assert wan.post(reverse("admin:campaigns_journey_let_in", args=[journey.pk]), {}).status_code == 200
    other = installed(wan)
    segment = segments.keep(None, name="所有人", rule=EVERYBODY, kind=SegmentKind.DYNAMIC, by=None)
    answer = wan.post(reverse("admin:campaigns_journey_let_in", args=[other.pk]), {"segment": segment.pk})
    assert answer.context["form"].non_field_errors()
    assert not Job.objects.filter(kind=letting.LET_IN).exists()
