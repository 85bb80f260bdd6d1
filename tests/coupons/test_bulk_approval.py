"""A bulk issue from its preview to its start: numbers kept, a second person above a limit, sent back, thrown away."""

import io
from decimal import Decimal

import pytest

from coupons import bulk, catalogue, issueruns
from coupons.audience import leaf, together
from coupons.issueruns import Seen
from coupons.models import Coupon, CouponTemplate, IssueRun, RunState
from members import memberlists
from members.models import Member, MemberList, Segment
from stores import jobs, policy
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Job, JobState
from tests.makers import make_coupon, make_marketer, make_member, make_store, make_template, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture
def su_wan():
    return make_marketer("苏婉")


@pytest.fixture
def he_li():
    return make_marketer("何丽")


@pytest.fixture
def people() -> list[Member]:
    """Five members, so that ten yuan each are fifty."""
    return [make_member(f"会员{number}") for number in range(5)]


@pytest.fixture
def low_limit():
    """Whatever costs more than ¥20 needs a second person."""
    policy.change("coupons.bulk_approval_above", 20, by=None)
    policy.forget()


def seen(run: IssueRun) -> Seen:
    """What somebody sees who looks at the page now."""
    run.refresh_from_db()
    now = issueruns.standing(run).now
    return Seen(now.count, run.template.terms_id if run.template else None)


def waiting(people, by, **fields) -> IssueRun:
    return issueruns.submit(issueruns.prepare(make_template(**fields), {}, by=by), by=by)


def test_below_the_limit_its_maker_lets_it_go_and_the_numbers_are_kept(people, su_wan):
    run = issueruns.prepare(make_template(), {}, by=su_wan)
    assert (run.state, run.expected, run.expected_cost, run.job) == (RunState.PREPARED, 5, Decimal(50), None)
    run = issueruns.submit(run, by=su_wan)
    assert (run.state, run.approved_by) == (RunState.APPROVED, su_wan)
    assert jobs.run(run.job_id)
    assert Coupon.objects.filter(run=run).count() == 5


def test_above_it_waits_for_somebody_else_and_its_maker_cannot_approve(people, su_wan, he_li, low_limit):
    run = waiting(people, su_wan)
    assert (run.state, run.job) == (RunState.PENDING, None)
    with pytest.raises(NotAllowed):
        issueruns.approve(run, by=su_wan, seen=seen(run))
    assert Job.objects.count() == 0
    run = issueruns.approve(run, by=he_li, seen=seen(run))
    assert (run.state, run.created_by, run.approved_by) == (RunState.APPROVED, su_wan, he_li)
    jobs.run(run.job_id)
    assert Coupon.objects.count() == 5
    with pytest.raises(Conflict):
        issueruns.approve(run, by=he_li, seen=Seen(5, run.terms_id))
    assert Job.objects.count() == 1


def test_whoever_approves_is_told_when_the_numbers_have_moved(people, su_wan, he_li, low_limit):
    run = waiting(people, su_wan)
    before = seen(run)
    make_member("后来")
    assert issueruns.standing(run).numbers_moved
    with pytest.raises(Conflict) as told:
        issueruns.approve(run, by=he_li, seen=before)
    assert told.value.code == "run_moved"
    assert Job.objects.count() == 0
    run = issueruns.approve(run, by=he_li, seen=seen(run))
    assert (run.expected, run.expected_cost) == (6, Decimal(60))


def test_a_move_of_five_in_a_hundred_is_no_move():
    assert not issueruns.has_moved(100, 105)
    assert issueruns.has_moved(100, 106)
    assert issueruns.has_moved(100, 94)


def test_new_terms_between_look_and_approval_are_told(people, su_wan, he_li, low_limit):
    run = waiting(people, su_wan)
    before = seen(run)
    gift = catalogue.TermsDraft(kind="gift", gift_name="草莓", gift_value=Decimal(9), valid_days=1)
    catalogue.revise_terms(run.template, gift, by=None)
    CouponTemplate.objects.update(state="active")
    assert issueruns.standing(IssueRun.objects.get(pk=run.pk)).terms_changed
    with pytest.raises(Conflict):
        issueruns.approve(run, by=he_li, seen=before)
    assert Job.objects.count() == 0


def test_sent_back_with_a_note_changed_and_submitted_again(people, su_wan, he_li, low_limit):
    run = waiting(people, su_wan)
    with pytest.raises(Refusal):
        issueruns.send_back(run, by=he_li, note=" ")
    run = issueruns.send_back(run, by=he_li, note="只发金卡")
    assert (run.state, run.decision_note, run.approved_by) == (RunState.REJECTED, "只发金卡", he_li)
    with pytest.raises(Conflict):
        issueruns.approve(run, by=he_li, seen=Seen(5, run.terms_id))
    run = issueruns.submit(run, by=su_wan)
    assert (run.state, run.decision_note) == (RunState.PENDING, "")


def test_its_maker_takes_it_back_and_throws_it_away(people, su_wan, low_limit):
    run = waiting(people, su_wan)
    with pytest.raises(Conflict):
        issueruns.discard(run)
    issueruns.discard(issueruns.send_back(run, by=su_wan, note=""))
    assert (IssueRun.objects.count(), Job.objects.count()) == (0, 0)


def test_what_was_let_go_is_not_thrown_away(people, su_wan):
    run = issueruns.submit(issueruns.prepare(make_template(), {}, by=su_wan), by=su_wan)
    with pytest.raises(Conflict):
        issueruns.discard(run)
    assert IssueRun.objects.count() == 1


def test_nobody_to_give_to_or_a_coupon_that_is_not_open_begins_nothing(people, su_wan):
    template = make_template()
    with pytest.raises(Refusal, match="没有人|nobody"):
        issueruns.prepare(template, together(*leaf("home_store", "in", [make_store("空店").pk])), by=su_wan)
    run = issueruns.prepare(template, {}, by=su_wan)
    catalogue.stop(template, None)
    with pytest.raises(Refusal):
        issueruns.submit(run, by=su_wan)
    assert Job.objects.count() == 0


def on_the_list(kept: MemberList) -> dict:
    """Those on a list, by way of a segment."""
    rule = {"fact": "lists", "op": "any", "value": [kept.pk]}
    return together(*leaf("segments", "any", [Segment.objects.create(name="名单上的人", rule=rule).pk]))


def test_a_list_stays_while_a_bulk_issue_goes_by_it_and_is_missed_when_it_is_gone(people, su_wan, low_limit):
    kept = memberlists.take_in(io.BytesIO("\n".join(one.code for one in people[:3]).encode()), "名单")
    run = issueruns.submit(issueruns.prepare(make_template(), on_the_list(kept), by=su_wan), by=su_wan)
    with pytest.raises(Refusal) as refused:
        memberlists.delete(kept)
    assert refused.value.code == "list_needed"
    run = issueruns.send_back(run, by=su_wan, note="")
    with pytest.raises(Refusal) as refused:
        memberlists.delete(kept)
    assert (refused.value.code, "名单上的人" in str(refused.value)) == ("list_needed", True)
    Segment.objects.update(is_active=False)
    memberlists.delete(kept)
    with pytest.raises(Refusal) as refused:
        issueruns.submit(run, by=su_wan)
    assert refused.value.code == "audience_gone"


def test_the_preview_says_where_they_are_and_what_it_runs_into(people, su_wan, low_limit):
    tiers, river = make_tiers(), make_store("滨河路店", kind="mall")
    gold = [make_member(f"金{number}", tier="gold", home_store=river) for number in range(2)]
    template = make_template(tier_ids=[tiers["gold"].pk], budget=Decimal(30))
    make_coupon(gold[0], template=template)
    before = waiting(people, su_wan)
    run = issueruns.submit(issueruns.prepare(before.template, {}, by=su_wan), by=su_wan)
    look = bulk.preview(template, {})
    assert dict(look.by_tier) == {"普卡": 5, "金卡": 2}
    assert look.by_kind[-1] == ("", 5)
    assert look.by_kind[0][1] == 2
    assert look.warnings == {"hold_one": 1, "tier_cannot_use": 5, "over_budget": 4}
    assert list(bulk.preview(before.template, {}).others) == [run, before]


def test_a_paused_run_goes_on_and_a_cancelled_one_ends(people, su_wan, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 2)
    run = issueruns.submit(issueruns.prepare(make_template(), {}, by=su_wan), by=su_wan)
    jobs.pause(run.job)
    assert not jobs.run(run.job_id)
    jobs.resume(run.job)
    bulk.issue_chunk(run.job)
    run.job.save()
    jobs.cancel(run.job)
    assert not jobs.run(run.job_id)
    assert (Coupon.objects.count(), Job.objects.get(pk=run.job_id).state) == (2, JobState.CANCELLED)
