"""In a large house who would move is counted by a worker, range by range: to the same, and no request waits."""

import pytest
from django.urls import reverse

from members import lifecyclepolicy, lifecyclepreview
from members.lifecyclepolicy import Numbers
from members.models import Member
from stores import jobs, policy
from stores.models import Job, JobState
from tests.insight.crowd import make_crowd
from tests.makers import days_ago, make_admin

pytestmark = pytest.mark.django_db
STRICT = Numbers(lost_after=200, declining_after=20, regular_orders=2, golden_days=30)


@pytest.fixture(autouse=True)
def _numbers_as_delivered():
    """What one test changed is forgotten before the next."""
    policy.forget()
    yield
    policy.forget()


@pytest.fixture
def large(monkeypatch):
    """A house that is large by so few members already, seven of them a range."""
    make_crowd(40)
    monkeypatch.setattr(lifecyclepreview, "AT_ONCE", -1)
    monkeypatch.setattr(lifecyclepreview, "PER_CHUNK", 7)


@pytest.fixture
def jianguo(client):
    """He Jianguo, an administrator, at his desk."""
    admin = make_admin("何建国")
    client.force_login(admin)
    return admin


def test_range_by_range_comes_to_what_one_look_comes_to(large):
    whole = lifecyclepolicy.preview(STRICT)
    stages = dict(Member.objects.values_list("pk", "stage"))
    job = jobs.run_to_end(lifecyclepreview.begin(STRICT, by=make_admin()).pk)
    counted = lifecyclepreview.of(job)
    assert (counted.moves, counted.due, counted.golden) == (whole.moves, whole.due, whole.golden)
    assert counted.moving > 3
    assert job.done == sum(whole.moves.values())
    assert dict(Member.objects.values_list("pk", "stage")) == stages


def test_the_page_counts_in_the_background_and_what_was_counted_can_be_put_into_force(client, large, jianguo):
    page = reverse("lifecycle-policy")
    sent = client.post(page, vars(STRICT))
    job = Job.objects.get(kind=lifecyclepreview.JOB)
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{page}?counting={job.pk}")
    waits = client.get(sent.headers["Location"])
    assert waits.context["preview"] is None
    assert reverse("lifecycle-counting", args=[job.pk]) in waits.content.decode()
    client.post(page, vars(STRICT))
    assert Job.objects.filter(kind=lifecyclepreview.JOB).count() == 1
    Job.objects.update(due_at=days_ago(0))
    jobs.run_to_end(job.pk)
    part = client.get(reverse("lifecycle-counting", args=[job.pk]))
    assert part.headers["HX-Redirect"] == sent.headers["Location"]
    seen = client.get(sent.headers["Location"])
    preview = seen.context["preview"]
    assert 'value="200"' in seen.content.decode()
    assert client.post(page, {**vars(STRICT), "apply": "1", "token": preview.token}).status_code == 302
    policy.forget()
    assert lifecyclepolicy.current() == STRICT


def test_numbers_without_sense_are_refused_and_nothing_is_counted(client, large, jianguo):
    said = client.post(reverse("lifecycle-policy"), vars(STRICT) | {"declining_after": 300})
    assert said.context["form"].non_field_errors()
    assert not Job.objects.exists()


def test_a_counting_that_is_none_and_one_that_failed_show_the_numbers_that_hold(client, large, jianguo):
    page = reverse("lifecycle-policy")
    for address in (f"{page}?counting=77", f"{page}?counting=x", f"{page}?counting={'9' * 30}"):
        assert client.get(address).context["preview"] is None
    job = lifecyclepreview.begin(STRICT, by=jianguo)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, finished_at=days_ago(0))
    told = client.get(f"{page}?counting={job.pk}")
    assert told.context["preview"] is None
    assert "hx-get" not in told.context["counting"]


def test_a_small_house_counts_at_once(client, jianguo):
    """Control."""
    assert client.post(reverse("lifecycle-policy"), vars(STRICT)).context["preview"].moving == 0
    assert not Job.objects.exists()
