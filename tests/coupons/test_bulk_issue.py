"""Bulk issue: previewed, then issued in chunks; who gets none and why; what nobody used can be withdrawn."""

from decimal import Decimal

import pytest
from django.utils import timezone

from coupons import bulk, catalogue
from coupons.audience import leaf, together
from coupons.codes import normalise
from coupons.errors import CouponRefused
from coupons.models import Coupon, CouponEvent, CouponTemplate, IssueRun
from members.models import Member, Tier
from stores import jobs
from stores.errors import Refusal
from stores.models import Job, JobState
from tests.coupons.shop import broken, redeem, told
from tests.makers import make_coupon, make_marketer, make_member, make_store, make_template

pytestmark = pytest.mark.django_db


def members(count: int, **fields) -> list[Member]:
    return [make_member(f"会员{number}", **fields) for number in range(count)]


def carried_out(run: IssueRun) -> Job:
    """The job after a worker has run it."""
    assert jobs.run(run.job_id)
    return Job.objects.get(pk=run.job_id)


def holders(template: CouponTemplate) -> list[int]:
    return list(Coupon.objects.filter(template=template).order_by("member_id").values_list("member_id", flat=True))


def test_everybody_of_the_audience_gets_one_coupon_and_a_fact(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 3)
    template, people = make_template(), members(8)
    run = bulk.start(template, {}, by=make_marketer())
    job = carried_out(run)
    assert (job.state, job.done, job.total, job.result) == (JobState.DONE, 8, 8, {"issued": 8, "skipped": {}})
    assert holders(template) == [member.pk for member in people]
    assert [fact.subject for fact in told("coupon.issued")] == list(
        Coupon.objects.order_by("pk").values_list("pk", flat=True)
    )
    coupon = Coupon.objects.first()
    assert normalise(coupon.code) == coupon.code
    assert (timezone.localdate(coupon.valid_until) - timezone.localdate()).days == 7
    run.refresh_from_db()
    assert (run.issued, run.skipped) == (8, 0)
    assert redeem(coupon).discount == Decimal(10)
    assert broken() == []


def test_an_audience_is_tiers_stores_and_lists_and_never_the_dead():
    river, mall = make_store("滨河路店"), make_store("静安寺店")
    gold = members(2, tier="gold", home_store=river)
    members(1, tier="gold", home_store=mall)
    members(1, tier="plain", home_store=river)
    gone = make_member(tier="gold", home_store=river, state="erased")
    tier = Tier.objects.get(code="gold").pk
    template = make_template()
    audience = together(*leaf("tier", "in", [tier]), *leaf("home_store", "not_in", [mall.pk]))
    preview = bulk.preview(template, audience)
    assert (preview.count, preview.cost, preview.dropped) == (2, Decimal(20), {"merged_or_erased": 1})
    carried_out(bulk.start(template, audience, by=None))
    assert holders(template) == [member.pk for member in gold]
    listed = make_template()
    carried_out(bulk.start(listed, together(*leaf("people", "in", [gone.pk, gold[0].pk])), by=None))
    assert holders(listed) == [gold[0].pk]


def test_those_who_have_had_theirs_are_counted_and_left_out(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK_WITH_LIMIT", 2)
    template, people = make_template(member_limit=1), members(5)
    make_coupon(people[1], template=template)
    preview = bulk.preview(template, {})
    assert (preview.count, preview.dropped) == (4, {"limit_reached": 1})
    job = carried_out(bulk.start(template, {}, by=None))
    assert job.result == {"issued": 4, "skipped": {"limit_reached": 1}}
    assert holders(template) == [member.pk for member in people]
    assert broken() == []


def test_the_stock_ends_the_run_and_is_named(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 2)
    template, people = make_template(stock=3), members(7)
    preview = bulk.preview(template, {})
    assert (preview.count, preview.stock_left, preview.dropped) == (3, 3, {"out_of_stock": 4})
    job = carried_out(bulk.start(template, {}, by=None))
    assert (job.state, job.result) == (JobState.DONE, {"issued": 3, "skipped": {"out_of_stock": 4}})
    assert holders(template) == [member.pk for member in people[:3]]
    assert CouponTemplate.objects.get(pk=template.pk).issued == 3
    assert broken() == []


def test_the_same_occasion_is_issued_once():
    template = make_template()
    members(2)
    first = bulk.start(template, {}, by=None, natural_key="day:7", origin="campaign", origin_id=7)
    again = bulk.start(template, {}, by=None, natural_key="day:7", origin="campaign", origin_id=7)
    assert first == again
    carried_out(first)
    assert not jobs.run(again.job_id)
    assert Coupon.objects.filter(origin="campaign", origin_id=7).count() == 2


def test_a_run_keeps_the_terms_it_was_started_with():
    template = make_template()
    members(1)
    run = bulk.start(template, {}, by=None)
    draft = catalogue.TermsDraft(kind="gift", gift_name="草莓", valid_days=1)
    catalogue.revise_terms(template, draft, by=None)
    carried_out(run)
    assert Coupon.objects.get().terms.kind == "amount_off"


def test_a_template_that_is_not_open_starts_nothing():
    template = make_template()
    catalogue.stop(template, None)
    with pytest.raises(CouponRefused):
        bulk.start(template, {}, by=None)
    assert (IssueRun.objects.count(), Job.objects.count()) == (0, 0)


def test_a_template_stopped_on_the_way_stops_the_run_which_may_go_on_later(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 2)
    template = make_template()
    members(4)
    run = bulk.start(template, {}, by=None)
    bulk.issue_chunk(job := run.job)
    job.save()
    catalogue.stop(template, None)
    failed = carried_out(run)
    assert (failed.state, failed.error) == (JobState.FAILED, "这张券没有在发放。")
    assert Coupon.objects.count() == 2
    catalogue.publish(template, None)
    jobs.resume(failed)
    assert carried_out(run).state == JobState.DONE
    assert Coupon.objects.count() == 4
    assert broken() == []


def test_members_of_a_store_in_another_time_zone_get_its_days():
    west = make_member(home_store=make_store(time_zone="Asia/Urumqi"))
    east = make_member(home_store=make_store())
    carried_out(bulk.start(make_template(), {}, by=None))
    ends = {coupon.member_id: coupon.valid_until for coupon in Coupon.objects.all()}
    assert (ends[west.pk] - ends[east.pk]).total_seconds() in (2 * 3600, -22 * 3600)


def test_what_nobody_used_is_withdrawn_and_the_rest_stays():
    template, people = make_template(), members(4)
    run = bulk.start(template, {}, by=None)
    carried_out(run)
    used = redeem(Coupon.objects.get(member=people[0]))
    other = make_coupon(people[1], template=template)
    job = bulk.void_unused(run, by=make_marketer("苏婉"))
    assert bulk.void_unused(run, by=None) == job
    jobs.run(job.pk)
    assert Job.objects.get(pk=job.pk).result == {"voided": 3}
    states = dict(Coupon.objects.values_list("pk", "state"))
    assert (states.pop(used.pk), states.pop(other.pk), set(states.values())) == ("used", "issued", {"voided"})
    assert set(CouponEvent.objects.filter(move="voided").values_list("actor", flat=True)) == {"苏婉"}
    assert len(told("coupon.voided")) == 3
    assert broken() == []


def test_a_rule_that_means_nothing_is_refused_and_starts_nothing():
    for rule in ({"segment": [1]}, {"all": []}, {"fact": "shoe_size", "op": "gte", "value": 40}):
        with pytest.raises(Refusal) as refused:
            bulk.start(make_template(), rule, by=None)
        assert refused.value.code == "audience_gone"
    assert (IssueRun.objects.count(), Job.objects.count()) == (0, 0)


def test_ranges_in_which_nobody_belongs_to_the_audience_are_passed_over(monkeypatch):
    monkeypatch.setattr(bulk, "RANGE", 2)
    monkeypatch.setattr(bulk, "CHUNK", 3)
    people = members(9)
    chosen = [people[0].pk, people[7].pk, people[8].pk]
    for template in (make_template(), make_template(member_limit=1)):
        job = carried_out(bulk.start(template, together(*leaf("people", "in", chosen)), by=None))
        assert (job.done, job.total, job.result["issued"]) == (3, 3, 3)
        assert holders(template) == chosen
