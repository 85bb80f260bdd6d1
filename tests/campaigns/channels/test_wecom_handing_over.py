"""Who gets another guide here gets them in WeCom too, once nobody takes it back any more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.channels.wecom import client, handingover
from members import assignments
from members.models import IdentityKind
from members.oneid import identities
from stores import jobs, policy
from stores.models import Job, JobState
from tests.campaigns.channels.provider import Reply, provider
from tests.campaigns.channels.test_wecom import WeCom
from tests.campaigns.scenery import deliver_all, new_batch
from tests.makers import make_guide, make_member, make_store

pytestmark = pytest.mark.django_db
TRANSFER, RESIGNED = (
    "/cgi-bin/externalcontact/transfer_customer",
    "/cgi-bin/externalcontact/resigned/transfer_customer",
)


@pytest.fixture(autouse=True)
def house(settings):
    """A house known to WeCom."""
    settings.PROVIDERS_MAY_BE_PRIVATE = True
    settings.WECOM_CORP_ID, settings.WECOM_SECRET = "corp", "secret"
    client.forget()
    yield settings
    client.forget()


@pytest.fixture
def people():
    """Lin Xiaoman and Song Yu of Binhe Road, and Zhou Zihan, Lin's customer."""
    store = make_store("滨河路店")
    lin, song = make_guide("林小满", store=store, employee_no="E1"), make_guide("宋雨", store=store, employee_no="E2")
    zihan = make_member("周子涵", guide=lin)
    identities.attach(zihan, IdentityKind.WECOM_EXTERNAL_ID, "wm-1")
    return lin, song, zihan


def reassign(member, guide) -> None:
    new_batch()
    assignments.assign(member, guide)
    deliver_all()


def work(house, job: Job, **replies) -> list:
    """Let the job run when its time has come; what WeCom was asked, the token apart."""
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    with provider(WeCom(**replies)) as wecom:
        house.WECOM_URL = wecom.url
        jobs.run(job.pk)
    job.refresh_from_db()
    return [call for call in wecom.calls if "transfer" in call.path]


def taken(*codes: int) -> Reply:
    return Reply(
        {"errcode": 0, "customer": [{"external_userid": f"wm-{n}", "errcode": c} for n, c in enumerate(codes, 1)]}
    )


def test_a_change_of_guide_is_handed_over_in_wecom_a_day_later(house, people):
    _lin, song, zihan = people
    reassign(zihan, song)
    job = Job.objects.get(kind=handingover.KIND)
    assert timedelta(hours=23) < job.due_at - timezone.now() < timedelta(hours=25)
    (call,) = work(house, job, **{TRANSFER: taken(0)})
    assert call.body == {"handover_userid": "E1", "takeover_userid": "E2", "external_userid": ["wm-1"]}
    assert (job.state, job.result) == (JobState.DONE, {"waits": 1})


def test_what_was_taken_back_by_then_is_not_handed_over(house, people):
    lin, song, zihan = people
    reassign(zihan, song)
    job = Job.objects.get(kind=handingover.KIND)
    reassign(zihan, lin)
    assert work(house, job, **{TRANSFER: taken(0)}) == []
    assert (job.state, job.result) == (JobState.DONE, {})


def test_the_customers_of_somebody_who_left_go_the_way_for_that(house, people):
    lin, song, zihan = people
    reassign(zihan, song)
    lin.is_active = False
    lin.save()
    (call,) = work(house, Job.objects.get(kind=handingover.KIND), **{RESIGNED: taken(0)})
    assert call.path == RESIGNED


def test_without_wecom_or_a_guide_before_nothing_is_planned(house, people):
    lin, song, zihan = people
    reassign(make_member("李娜"), song)
    house.WECOM_SECRET = ""
    reassign(zihan, song)
    assert not Job.objects.filter(kind=handingover.KIND).exists()
    house.WECOM_SECRET = "secret"  # the control
    reassign(zihan, lin)
    assert Job.objects.filter(kind=handingover.KIND).count() == 1


def test_the_same_news_twice_is_one_job(people):
    lin, song, zihan = people
    change = (7, zihan.pk, {"from": lin.pk, "guide": song.pk})
    handingover.plan_from([change])
    handingover.plan_from([change])
    assert Job.objects.filter(kind=handingover.KIND).count() == 1


@pytest.mark.parametrize("reply", [Reply({"errcode": 45009}), Reply(cut=True), Reply({}, status=500)])
def test_a_wecom_that_is_busy_or_away_is_asked_again_later_and_nobody_is_skipped(house, people, reply):
    _lin, song, zihan = people
    reassign(zihan, song)
    job = Job.objects.get(kind=handingover.KIND)
    assert len(work(house, job, **{TRANSFER: reply})) == 1
    assert (job.state, job.done, job.result) == (JobState.WAITING, 0, {})
    assert job.due_at > timezone.now() + timedelta(minutes=5)
    client.forget()
    work(house, job, **{TRANSFER: taken(0)})
    assert (job.state, job.result) == (JobState.DONE, {"waits": 1})


def test_what_wecom_turns_down_is_counted_by_its_reason(house, people):
    _lin, song, zihan = people
    reassign(zihan, song)
    job = Job.objects.get(kind=handingover.KIND)
    work(house, job, **{TRANSFER: Reply({"errcode": 60111})})
    assert (job.state, job.result) == (JobState.DONE, {"guide_unknown": 1})


def test_headquarters_switch_it_off(people):
    lin, song, zihan = people
    policy.change("wecom.hand_over", False, by=None)
    policy.forget()
    change = (7, zihan.pk, {"from": lin.pk, "guide": song.pk})
    assert handingover.plan_from([change]) == 0
    policy.change("wecom.hand_over", True, by=None)  # the control
    policy.forget()
    assert handingover.plan_from([change]) == 1
