"""The lifecycle policy: who would move is exact; put into force, numbers move just them; all or nothing holds."""

from collections import Counter
from dataclasses import replace

import pytest
from django.urls import reverse

from members import lifecycle, lifecyclepolicy, refresh
from members.lifecyclepolicy import Numbers
from members.models import Member, MemberFacts, MemberState
from members.windows import windows
from stores import jobs, policy
from stores.errors import Conflict, Refusal
from stores.models import Job, Setting
from tests.insight.crowd import make_crowd
from tests.makers import days_ago, make_admin, make_marketer, make_member, make_order

pytestmark = pytest.mark.django_db
STRICT = Numbers(lost_after=200, declining_after=20, regular_orders=2, golden_days=30)


@pytest.fixture(autouse=True)
def _numbers_as_delivered():
    """What one test changed is forgotten before the next."""
    policy.forget()
    yield
    policy.forget()


def stages() -> dict:
    """The stage of each living member."""
    return dict(Member.objects.filter(state=MemberState.ACTIVE).values_list("pk", "stage"))


def put_into_force(numbers: Numbers, by=None) -> Job:
    """Looked at, put into force, and settled by the job."""
    token = lifecyclepolicy.preview(numbers).token
    job = lifecyclepolicy.apply(numbers, token=token, by=by or make_admin())
    Job.objects.filter(pk=job.pk).update(due_at=days_ago(0))
    return jobs.run_to_end(job.pk)


def test_the_preview_is_what_each_member_comes_to_one_by_one_and_moves_nobody():
    make_crowd(51)
    before = stages()
    seen = lifecyclepolicy.preview(STRICT)
    assert stages() == before
    for name, value in vars(STRICT).items():
        Setting.objects.create(name=lifecyclepolicy.POLICIES[name].name, value=value)
    policy.forget()
    facts = {one.member_id: one for one in MemberFacts.objects.all()}
    then = {pk: lifecycle.stage_of(facts.get(pk), windows().today) for pk in before}
    assert seen.moves == Counter((stage, str(then[pk])) for pk, stage in before.items())
    assert seen.moving > 3
    golden = [one for one in facts.values() if one.first_order_at and one.member_id in before]
    today = windows().today
    assert seen.golden[1] == sum(lifecycle.golden_until(one.first_order_at) >= today for one in golden)


def test_put_into_force_they_move_just_those_whom_the_preview_named():
    make_crowd(52)
    admin, before = make_admin(), stages()
    seen = lifecyclepolicy.preview(STRICT)
    job = put_into_force(STRICT, by=admin)
    assert job.state == "done"
    assert lifecyclepolicy.moves_of(job) == {key: count for key, count in seen.moves.items() if key[0] != key[1]}
    assert Counter((before[pk], stage) for pk, stage in stages().items()) == seen.moves
    assert lifecyclepolicy.current() == STRICT
    assert lifecyclepolicy.numbers_of(job)[1] == STRICT
    assert job.created_by == admin
    assert set(Setting.objects.filter(changed_by=admin).values_list("value", flat=True)) == set(vars(STRICT).values())
    assert lifecyclepolicy.preview(replace(STRICT, golden_days=31)).moving == 0


def test_the_next_night_does_not_settle_everybody_once_more():
    make_crowd(53, size=5)
    put_into_force(STRICT)
    night = jobs.plan("members.refresh_facts", params={})
    jobs.run_to_end(night.pk)
    night.refresh_from_db()
    assert night.cursor["all"] is False
    # the control: other numbers that nobody applied are noticed
    policy.change("lifecycle.lost_after_days", 300, by=None)
    night = jobs.plan("members.refresh_facts", params={})
    jobs.run_to_end(night.pk)
    night.refresh_from_db()
    assert night.cursor["all"] is True


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        (replace(STRICT, lost_after=0), "out_of_bounds"),
        (replace(STRICT, declining_after=200), "declining_after_lost"),
    ],
)
def test_numbers_without_sense_are_refused_and_change_nothing(numbers, code):
    with pytest.raises(Refusal) as refused:
        lifecyclepolicy.preview(numbers)
    assert refused.value.code == code
    with pytest.raises(Refusal):
        lifecyclepolicy.apply(numbers, token="", by=make_admin())
    assert not Setting.objects.filter(name__startswith="lifecycle").exists()
    assert not Job.objects.exists()


def test_nobody_puts_numbers_into_force_whose_effect_was_not_seen():
    make_crowd(54, size=5)
    admin = make_admin()
    other = lifecyclepolicy.preview(replace(STRICT, lost_after=201)).token
    for token in ("", "invented", other):
        with pytest.raises(Refusal) as refused:
            lifecyclepolicy.apply(STRICT, token=token, by=admin)
        assert refused.value.code == "not_previewed"
    assert lifecyclepolicy.current() != STRICT
    assert not Job.objects.exists()


def test_a_preview_is_out_of_date_once_other_numbers_hold_and_two_changes_never_cross():
    admin = make_admin()
    token = lifecyclepolicy.preview(STRICT).token
    gentle = replace(STRICT, lost_after=400)
    job = lifecyclepolicy.apply(gentle, token=lifecyclepolicy.preview(gentle).token, by=admin)
    with pytest.raises(Conflict) as refused:
        lifecyclepolicy.apply(STRICT, token=token, by=admin)
    assert refused.value.code == "still_applying"
    Job.objects.filter(pk=job.pk).update(due_at=days_ago(0))
    jobs.run_to_end(job.pk)
    with pytest.raises(Refusal) as refused:
        lifecyclepolicy.apply(STRICT, token=token, by=admin)
    assert refused.value.code == "not_previewed"
    with pytest.raises(Refusal) as refused:
        lifecyclepolicy.apply(gentle, token=token, by=admin)
    assert refused.value.code == "nothing_new"
    assert lifecyclepolicy.current() == gentle


def test_a_job_killed_between_two_ranges_goes_on_and_counts_nobody_twice(monkeypatch):
    monkeypatch.setattr(refresh, "PER_CHUNK", 3)
    make_crowd(55, size=10)
    seen = lifecyclepolicy.preview(STRICT)
    job = lifecyclepolicy.apply(STRICT, token=seen.token, by=make_admin())
    Job.objects.filter(pk=job.pk).update(due_at=days_ago(0))
    jobs.run(job.pk, seconds=0.005)
    job.refresh_from_db()
    assert 0 < job.done < MemberFacts.objects.count()
    job = jobs.run_to_end(job.pk)
    assert lifecyclepolicy.moves_of(job) == {key: count for key, count in seen.moves.items() if key[0] != key[1]}


def test_the_page_shows_who_would_move_then_who_moved_and_who_changed_it(client):
    regular = make_member("林小满")
    for ago in (90, 80, 70, 30):
        make_order(member=regular, paid_at=days_ago(ago))
    admin = make_admin("何建国")
    client.force_login(admin)
    page = reverse("lifecycle-policy")
    assert client.get(page).status_code == 200
    seen = client.post(page, vars(STRICT))
    token = seen.context["preview"].token
    assert seen.context["preview"].moving == 1
    assert token in seen.content.decode()
    assert client.post(page, {**vars(STRICT), "apply": "1", "token": token}).status_code == 302
    Job.objects.update(due_at=days_ago(0))
    jobs.run_to_end(Job.objects.get(kind=lifecyclepolicy.JOB).pk)
    told = client.get(reverse("lifecycle-changes")).content.decode()
    assert "何建国" in told
    assert "365 → <strong>200</strong>" in told
    regular.refresh_from_db()
    assert regular.stage == "declining"


def test_a_marketer_looks_but_does_not_put_into_force(client):
    client.force_login(make_marketer())
    page = reverse("lifecycle-policy")
    token = client.post(page, vars(STRICT)).context["preview"].token
    assert client.post(page, {**vars(STRICT), "apply": "1", "token": token}).status_code == 403
    assert lifecyclepolicy.current() != STRICT
    assert not Job.objects.exists()
