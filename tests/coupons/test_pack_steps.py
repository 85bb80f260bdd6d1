"""Coupons of packs on their days: a job gives what is due, once; many at once; what is taken back is not given."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from coupons import catalogue, packcatalogue, packdue, packs, packsteps, tasks
from coupons.models import Coupon, CouponTemplate, GivenPack, IssueRun, PackStep
from coupons.moves import LostRace
from members.privacy import erasure
from stores import jobs
from stores.errors import Conflict
from stores.models import Job
from tests.coupons.shop import broken, news_arrives, open_shop, told
from tests.makers import make_coupon, make_member, make_pack, make_template

pytestmark = pytest.mark.django_db


def promised(member, *, days: int = 7, count: int = 1, **fields) -> GivenPack:
    """A pack that brings one coupon now and ``count`` more after some days."""
    later = make_template("试吃券", kind="gift", gift_name="草莓", **fields)
    pack = make_pack((make_template(), 1), (later, count, days))
    return packs.give_pack(pack, member, origin="staff", request_key="k1").given


def days_pass(given: GivenPack, days: int = 8) -> None:
    """What is still to come of a pack becomes due."""
    due = timezone.now() - timedelta(hours=1)
    PackStep.objects.filter(given=given, coupon=None, refusal="").update(due_at=due)


def a_tick() -> list[Job]:
    """The tick, and the workers it rings for; the jobs it planned."""
    known = set(Job.objects.values_list("pk", flat=True))
    tasks.sweep()
    planned = list(Job.objects.exclude(pk__in=known).filter(kind=packdue.GIVE))
    return [jobs.run_to_end(job.pk) for job in planned]


def last(given: GivenPack) -> PackStep:
    return PackStep.objects.filter(given=given).order_by("nth").last()


def run_of(pack) -> IssueRun:
    return IssueRun.objects.create(pack=pack, origin="campaign", origin_id=7)


def test_a_coupon_comes_on_its_day_and_not_before():
    shop = open_shop()
    given = promised(shop.xiaomei)
    GivenPack.objects.update(guide=shop.xiaoman)
    assert a_tick() == []
    days_pass(given)
    (job,) = a_tick()
    assert (job.state, job.done, job.result) == ("done", 1, {"given": 1, "refused": {}})
    coupon = last(given).coupon
    assert (coupon.member, coupon.origin, coupon.guide) == (shop.xiaomei, "staff", shop.xiaoman)
    assert [fact.subject for fact in told("coupon.issued")][-1] == coupon.pk
    assert a_tick() == []
    assert broken() == []


def test_what_is_not_given_keeps_its_reason_until_headquarters_gives_it():
    mei = make_member()
    given = promised(mei)
    template = last(given).template
    catalogue.stop(template, None)
    with pytest.raises(Conflict):
        packdue.give_again(last(given), by=None)
    days_pass(given)
    (job,) = a_tick()
    assert job.result == {"given": 0, "refused": {"template_not_active": 1}}
    catalogue.publish(template, None)
    step = packdue.give_again(last(given), by=None)
    assert (step.refusal, packdue.give_again(step, by=None).coupon) == ("", step.coupon)
    assert Coupon.objects.filter(member=mei).count() == 2
    assert broken() == []


def test_two_of_one_coupon_and_two_packs_due_together_keep_to_stock_and_limit():
    mei, lily = make_member("张晓梅"), make_member("李雅琴")
    template = make_template(member_limit=3, stock=5)
    pack = make_pack((make_template(), 1), (template, 2, 5))
    given = [packs.give_pack(pack, who, origin="staff", request_key=key).given
             for who in (mei, lily) for key in ("k1", "k2")]  # fmt: skip
    make_coupon(lily, template=template)
    for one in given:
        days_pass(one)
    (job,) = a_tick()
    # Mei has room for three, Lily for two; but four are left
    assert job.result["given"] == 4
    assert CouponTemplate.objects.get(pk=template.pk).issued == 5
    assert sum(job.result["refused"].values()) == 4
    assert Coupon.objects.filter(member=mei, template=template).count() <= 3
    assert broken() == []


def test_chunks_go_on_where_they_were(monkeypatch):
    monkeypatch.setattr(packdue, "CHUNK", 2)
    pack = make_pack((make_template(), 1), (make_template(), 1, 3))
    for number in range(5):
        days_pass(packs.give_pack(pack, make_member(f"会员{number}"), origin="staff", request_key="k").given)
    (job,) = a_tick()
    assert (job.done, job.result) == (5, {"given": 5, "refused": {}})


def test_a_job_is_planned_once_however_many_clocks_tick():
    days_pass(promised(make_member()))
    assert [packdue.plan_due() for _tick in range(3)] == [1, 0, 0]


def test_a_step_given_by_somebody_else_meanwhile_undoes_the_whole_chunk():
    """The guard: the row says it was open, or nothing happens."""
    given = promised(make_member())
    days_pass(given)
    coupon = make_coupon(given.member, template=last(given).template)
    PackStep.objects.filter(pk=last(given).pk).update(coupon=coupon)
    with pytest.raises(LostRace), transaction.atomic():
        packsteps._note({last(given).pk: make_coupon(given.member, template=last(given).template).pk}, None)
    assert last(given).coupon == coupon


def test_a_stopped_pack_keeps_its_promises_unless_they_are_taken_back():
    mei, lily = make_member("张晓梅"), make_member("李雅琴")
    first = promised(mei)
    with pytest.raises(Conflict):
        packdue.take_back_later(first.pack, by=None)
    packcatalogue.stop(first.pack, None)
    days_pass(first)
    a_tick()
    assert last(first).coupon is not None
    second = promised(lily)
    packcatalogue.stop(second.pack, None)
    job = jobs.run_to_end(packdue.take_back_later(second.pack, by=None).pk)
    assert (job.state, job.result) == ("done", {"taken_back": 1})
    days_pass(second)
    assert a_tick() == []
    assert (last(second).refusal, last(second).coupon) == ("pack_stopped", None)
    assert Coupon.objects.filter(member=lily).count() == 1


def test_who_was_erased_gets_nothing_more():
    shop = open_shop()
    given = promised(shop.xiaomei)
    erasure.erase(shop.xiaomei, asked_by="member")
    days_pass(given)
    a_tick()
    assert (last(given).refusal, last(given).coupon) == ("member_erased", None)
    news_arrives()
    assert broken() == []
    other = promised(make_member("李雅琴"))
    erasure.erase(other.member, asked_by="member")
    news_arrives()
    assert last(other).refusal == "member_erased"


def test_many_get_a_pack_at_once_and_who_gets_nothing_of_it_is_counted():
    ten, late = make_template(member_limit=2), make_template()
    pack = make_pack((ten, 2))
    people = [make_member(f"会员{number}") for number in range(4)]
    gone = make_member(state="erased")
    for _nth in range(2):
        make_coupon(people[1], template=ten)
    make_coupon(people[2], template=ten)
    run = run_of(pack)
    with transaction.atomic():
        handed = packs.give_to_many(pack, [member.pk for member in [*people, gone]], run=run)
    assert (handed.given, handed.coupons) == (3, 5)
    assert handed.skipped == {"limit_reached": 1, "merged_or_erased": 1}
    assert set(GivenPack.objects.values_list("member", "run", "origin_id")) == {
        (member.pk, run.pk, 7) for member in people if member != people[1]
    }
    assert len(told("pack.given")) == 3
    with transaction.atomic():
        again = packs.give_to_many(pack, [people[0].pk], run=run)
    assert (again.given, again.skipped) == (0, {"given_before": 1})
    IssueRun.objects.update(issued=3)
    assert broken() == []
    assert late.issued == 0


def test_the_stock_of_one_coupon_ends_before_the_other():
    ten, tasting = make_template(), make_template(stock=2)
    pack = make_pack((ten, 1), (tasting, 1), (ten, 1, 4))
    people = [make_member(f"会员{number}").pk for number in range(4)]
    with transaction.atomic():
        handed = packs.give_to_many(pack, people, run=run_of(pack))
    assert (handed.given, handed.coupons, handed.skipped) == (4, 6, {})
    assert PackStep.objects.filter(refusal="stock_spent").count() == 2
    assert PackStep.objects.filter(coupon=None, refusal="").count() == 4


def test_a_hundred_members_take_as_many_queries_as_one(django_assert_max_num_queries):
    pack = make_pack((make_template(), 2), (make_template(stock=500, member_limit=3), 1), (make_template(), 1, 9))
    people = [make_member(f"会员{number}").pk for number in range(100)]
    run = run_of(pack)
    with django_assert_max_num_queries(32), transaction.atomic():
        assert packs.give_to_many(pack, people, run=run).coupons == 300
    PackStep.objects.filter(coupon=None).update(due_at=timezone.now())
    job = jobs.plan(packdue.GIVE, params={})
    with django_assert_max_num_queries(16), transaction.atomic():
        packdue.give_chunk(job)
    assert job.result == {"given": 100, "refused": {}}
    assert [difference.name for difference in broken()] == ["coupons.runs"]  # its counter is the bulk issue's own
