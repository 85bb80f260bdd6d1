"""Bulk issues in the admin: chosen, looked at, let go or approved by somebody else, watched, ended, withdrawn."""

import json
import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext

from coupons import packcatalogue
from coupons.models import Coupon, CouponPack, GivenPack, IssueRun, RunState
from stores import jobs, policy
from stores.models import JobState, Staff
from tests.makers import make_guide, make_marketer, make_member, make_template

pytestmark = pytest.mark.django_db
ADD = "admin:coupons_issuerun_add"


def browser_of(person: Staff) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def su_wan() -> Client:
    return browser_of(make_marketer("苏婉"))


@pytest.fixture
def he_li() -> Client:
    return browser_of(make_marketer("何丽"))


@pytest.fixture
def template():
    """A coupon, and three members to give it to, one of them mature."""
    for name, stage in (("张晓梅", "mature"), ("周子涵", "growing"), ("许静雯", "growing")):
        make_member(name, stage=stage)
    return make_template("周年券")


@pytest.fixture
def low_limit():
    policy.change("coupons.bulk_approval_above", 20, by=None)
    policy.forget()
    yield
    policy.forget()


def enter(browser: Client, template, **given):
    return browser.post(reverse(ADD), {"what": f"template:{template.pk}", **given})


def do(browser: Client, run: IssueRun, verb: str, **given):
    return browser.post(reverse("admin:coupons_issuerun_do", args=[run.pk, verb]), given)


def page_of(browser: Client, run: IssueRun) -> str:
    return browser.get(reverse("admin:coupons_issuerun_change", args=[run.pk])).content.decode()


def test_without_any_coupon_to_issue_the_page_says_what_to_do_first(su_wan):
    answer = su_wan.get(reverse(ADD))
    assert answer.context["nothing_to_issue"]
    assert reverse("admin:coupons_coupontemplate_changelist") in answer.content.decode()


def test_the_preview_counts_and_issues_nothing(su_wan, template):
    assert enter(su_wan, template, stages=["growing"]).context["look"].count == 2
    assert IssueRun.objects.count() == 0


def test_below_the_limit_it_begins_at_once_and_shows_how_far_it_is(su_wan, template):
    answer = enter(su_wan, template, go="1", stages=["growing"])
    run = IssueRun.objects.get()
    assert answer["Location"] == reverse("admin:coupons_issuerun_change", args=[run.pk])
    jobs.run(run.job_id)
    assert Coupon.objects.count() == 2
    page = page_of(su_wan, run)
    assert "成长期" in page
    live = su_wan.get(reverse("admin:coupons_issuerun_live", args=[run.pk]))
    assert "hx-get" not in live.content.decode()
    assert live["HX-Refresh"] == "true"  # other things may be done now
    assert su_wan.get(reverse("admin:coupons_issuerun_changelist")).status_code == 200


def test_kept_for_later_changed_and_thrown_away(su_wan, template):
    enter(su_wan, template, keep="1", stages=["growing"])
    run = IssueRun.objects.get()
    assert "selected" in su_wan.get(f"{reverse(ADD)}?of={run.pk}").content.decode()
    su_wan.post(f"{reverse(ADD)}?of={run.pk}", {"what": f"template:{template.pk}", "keep": "1"})
    run = IssueRun.objects.get()
    assert run.expected == 3
    assert do(su_wan, run, "discard")["Location"] == reverse("admin:coupons_issuerun_changelist")
    assert IssueRun.objects.count() == 0


def test_above_the_limit_somebody_else_approves_what_they_saw(su_wan, he_li, template, low_limit):
    enter(su_wan, template, go="1")
    run = IssueRun.objects.get()
    assert run.state == RunState.PENDING
    assert "do/approve" not in page_of(su_wan, run)
    page = page_of(he_li, run)
    assert "do/approve" in page
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    do(su_wan, run, "approve", seen=seen, terms=template.terms_id)
    make_member("后来")
    do(he_li, run, "approve", seen=seen, terms=template.terms_id)
    run.refresh_from_db()
    assert run.state == RunState.PENDING  # neither its maker, nor on numbers that are no more
    assert he_li.get(reverse("admin:coupons_issuerun_change", args=[run.pk])).context["moved"]
    do(he_li, run, "approve", seen="4", terms=template.terms_id)
    run.refresh_from_db()
    assert (run.state, run.approved_by.name) == (RunState.APPROVED, "何丽")


def test_sent_back_it_shows_the_note(su_wan, he_li, template, low_limit):
    enter(su_wan, template, go="1")
    run = IssueRun.objects.get()
    do(he_li, run, "send-back", note="")
    run.refresh_from_db()
    assert run.state == RunState.PENDING
    do(he_li, run, "send-back", note="只发金卡")
    assert "只发金卡" in page_of(su_wan, run)


def test_paused_it_goes_on_ended_it_does_not_and_what_is_unused_is_withdrawn(su_wan, template):
    enter(su_wan, template, go="1")
    run = IssueRun.objects.get()
    do(su_wan, run, "pause")
    assert jobs.run(run.job_id) is False
    do(su_wan, run, "resume")
    jobs.run(run.job_id)
    do(su_wan, run, "cancel")  # too late: it is done
    do(su_wan, run, "void")
    run.refresh_from_db()
    assert run.job.state == JobState.DONE
    voiding = jobs.Job.objects.get(kind="coupons.void")
    jobs.run(voiding.pk)
    assert set(Coupon.objects.values_list("state", flat=True)) == {"voided"}
    assert gettext("Withdrawn unused") in page_of(su_wan, run)


def test_a_pack_is_issued_to_many_and_withdrawn(su_wan, template):
    pack = CouponPack.objects.create(name="迎新礼包")
    pack.items.create(template=template, count=2)
    pack.items.create(template=template, count=1, after_days=7)
    packcatalogue.publish(pack, None)
    su_wan.post(reverse(ADD), {"what": f"pack:{pack.pk}", "go": "1"})
    run = IssueRun.objects.get()
    jobs.run(run.job_id)
    run.refresh_from_db()
    assert (GivenPack.objects.count(), Coupon.objects.count(), run.issued, run.expected) == (3, 6, 3, 3)
    assert "迎新礼包" in page_of(su_wan, run)
    do(su_wan, run, "void")
    jobs.run(jobs.Job.objects.get(kind="coupons.void").pk)
    assert set(Coupon.objects.values_list("state", flat=True)) == {"voided"}
    assert set(GivenPack.objects.values_list("steps__refusal", flat=True)) == {"", "pack_stopped"}


def test_people_of_stores_and_unknown_verbs_get_nowhere(su_wan, template):
    enter(su_wan, template, keep="1")
    run = IssueRun.objects.get()
    assert do(browser_of(make_guide()), run, "submit").status_code == 302
    assert do(su_wan, run, "delete").status_code == 403
    for verb in ("pause", "resume", "cancel", "void"):  # there is no job yet
        assert do(su_wan, run, verb).status_code == 302
    assert su_wan.get(reverse("admin:coupons_issuerun_do", args=[run.pk, "submit"])).status_code == 405
    run.refresh_from_db()
    assert run.state == RunState.PREPARED


def test_begun_from_a_rule_it_goes_to_those_whom_the_rule_and_the_fields_mean(su_wan, template):
    rule = {"all": [{"fact": "stage", "op": "in", "value": ["growing"]}, {"fact": "orders", "op": "lte", "value": "0"}]}
    page = su_wan.get(reverse(ADD), {"rule": json.dumps(rule)})
    form = page.context["form"]
    assert form["stages"].value() == ["growing"], "what has a field is in it"
    assert form.beside in page.content.decode()
    beside = json.dumps({"all": rule["all"][1:]})
    enter(su_wan, template, keep="1", stages=["growing"], rule=beside)
    run = IssueRun.objects.get()
    assert (run.expected, run.audience["all"][:2]) == (2, [rule["all"][1], rule["all"][0]])
    assert form.beside in page_of(su_wan, run)
    again = su_wan.get(f"{reverse(ADD)}?of={run.pk}").context["form"]
    assert (again["stages"].value(), json.loads(again["rule"].value())) == (["growing"], json.loads(beside))


@pytest.mark.parametrize("rule", ["{", "[]", "7", '{"all":[]}', '{"fact":"people","op":"in","value":[1]}', "[" * 9999])
def test_a_rule_that_means_nothing_is_said_and_issues_nothing(su_wan, template, rule):
    page = su_wan.get(reverse(ADD), {"rule": rule})
    assert page.status_code == 200
    assert page.context["form"].beside == ""
    assert list(get_messages(page.wsgi_request))
    assert enter(su_wan, template, go="1", rule='{"all":[]}').context["form"].errors["rule"]
    assert IssueRun.objects.count() == 0
