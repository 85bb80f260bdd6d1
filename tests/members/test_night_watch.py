"""The daily audit speaks up, and what is over is cleared away."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from members.models import Delivery, DeliveryState, Member, OrderImport, StagedLine
from stores import jobs
from stores.models import JobState
from tests.makers import days_ago, make_member

pytestmark = pytest.mark.django_db


def run(kind: str):
    """The job of tonight, run to its end."""
    return jobs.run_to_end(jobs.plan(kind, params={}).pk)


def test_the_audit_of_a_sound_house_is_done():
    make_member("吴晓峰")
    assert run("members.audit").state == JobState.DONE


def test_an_audit_that_finds_something_fails_and_names_it():
    member = make_member("吴晓峰")
    Member.objects.filter(pk=member.pk).update(points=7)
    job = run("members.audit")
    assert job.state == JobState.FAILED
    assert "points" in job.error


def test_old_deliveries_and_ended_sessions_go_and_young_ones_stay():
    old = Delivery.objects.create(batch=1, reaction="a", state=DeliveryState.DONE, done_at=days_ago(31))
    young = Delivery.objects.create(batch=2, reaction="a", state=DeliveryState.DONE, done_at=days_ago(2))
    aside = Delivery.objects.create(batch=3, reaction="a", state=DeliveryState.QUARANTINED, done_at=days_ago(99))
    Session.objects.create(session_key="over", session_data="", expire_date=days_ago(1))
    Session.objects.create(session_key="open", session_data="", expire_date=timezone.now() + timedelta(days=1))
    assert run("members.tidy").state == JobState.DONE
    assert set(Delivery.objects.values_list("pk", flat=True)) == {young.pk, aside.pk} - {old.pk}
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]


def test_lines_of_a_cancelled_import_go_and_those_of_a_running_one_stay():
    cancelled, running = (
        OrderImport.objects.create(job=jobs.plan("members.import_orders", params={}), file_name="a.csv", digest="d")
        for _number in range(2)
    )
    for one in (cancelled, running):
        StagedLine.objects.create(
            stage=-one.job_id, line=1, channel="web", order_no="1", kind="sale", paid_at=timezone.now(), sku="F1",
            store_code="S1", quantity=1, unit_price=1, amount=1,
        )  # fmt: skip
    jobs.cancel(cancelled.job)
    run("members.tidy")
    assert list(StagedLine.objects.values_list("stage", flat=True)) == [-running.job_id]
