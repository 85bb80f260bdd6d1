"""Headquarters says so: coupons in wallets get the present terms, counted before, each once, as if given with them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from coupons import approvals, catalogue, newterms
from coupons.drafts import TermsDraft
from coupons.models import Coupon, CouponEvent, CouponState, CouponTemplate
from coupons.moves import Move, move_one
from stores import jobs
from stores.errors import Conflict, Refusal
from stores.models import Job, JobState
from tests.coupons.shop import broken, lock, moves, redeem
from tests.makers import days_ago, make_coupon, make_marketer, make_member, make_store, make_template

pytestmark = pytest.mark.django_db

D = Decimal


def off(amount: int, **validity) -> TermsDraft:
    return TermsDraft(kind="amount_off", threshold=D(60), amount_off=D(amount), **(validity or {"valid_days": 30}))


def carried_out(template: CouponTemplate) -> Job:
    job = newterms.start(template, by=make_marketer("苏婉"))
    assert jobs.run(job.pk)
    return Job.objects.get(pk=job.pk)


def test_live_coupons_get_the_new_terms_and_no_others():
    template = make_template()
    kept = make_coupon(template=template, at=days_ago(2))
    used, held, gone, over = (make_coupon(template=template, at=days_ago(2)) for _ in range(4))
    redeem(used)
    lock(held, "R2")
    move_one(gone, Move.VOIDED, CouponState.VOIDED, at=timezone.now())
    Coupon.objects.filter(pk=over.pk).update(valid_from=days_ago(9), valid_until=days_ago(1))
    other = make_coupon(template=make_template("别的券"))
    old = template.terms
    new = catalogue.revise_terms(template, off(20), by=None)
    young = make_coupon(template=template)

    seen = newterms.preview(template)
    assert (seen.coupons, seen.ended, seen.earlier, seen.later) == (1, 0, 0, 1)
    job = carried_out(template)
    assert (job.state, job.result, job.done) == (JobState.DONE, {"moved": 1}, 6)
    kept.refresh_from_db()
    assert (kept.terms, kept.state) == (new, CouponState.ISSUED)
    assert (timezone.localdate(kept.valid_until) - timezone.localdate(kept.issued_at)).days == 30
    [event] = kept.events.all()
    assert (event.move, event.actor, event.note) == (Move.NEW_TERMS, "苏婉", "v1 → v2")
    for coupon in (used, held, gone, over):
        coupon.refresh_from_db()
        assert coupon.terms == old
        assert "terms" not in moves(coupon)
    assert CouponEvent.objects.filter(coupon__in=[other, young], move=Move.NEW_TERMS).count() == 0
    assert redeem(kept, "R9").discount == D(20)
    assert broken() == []


@pytest.mark.parametrize(
    "draft",
    [
        off(20, valid_days=5),
        off(20, valid_days=5, start_after_days=2),
        off(20, valid_from=date(2026, 1, 1), valid_until=timezone.localdate() + timedelta(days=3)),
    ],
)
def test_the_window_is_what_it_would_have_been_had_it_been_given_with_them(draft):
    """By the clock of each member's store, as for a coupon that is issued; the control is what it was before."""
    homes = [None, make_store("静安寺店"), make_store("银座店", time_zone="Asia/Tokyo")]
    template = make_template()
    coupons = [make_coupon(make_member(home_store=home), template=template, at=days_ago(1.4)) for home in homes]
    before = [(coupon.valid_from, coupon.valid_until) for coupon in coupons]
    terms = catalogue.revise_terms(template, draft, by=None)
    carried_out(template)
    for home, coupon, old in zip(homes, coupons, before, strict=True):
        coupon.refresh_from_db()
        assert (coupon.valid_from, coupon.valid_until) == catalogue.validity(terms, coupon.issued_at, home) != old


def test_the_preview_says_how_many_would_end_at_once():
    template = make_template()
    for age in (1, 2, 5):
        make_coupon(template=template, at=days_ago(age))
    catalogue.revise_terms(template, off(20, valid_days=4), by=None)
    seen = newterms.preview(template)
    assert (seen.coupons, seen.ended, seen.earlier, seen.later) == (3, 1, 3, 0)
    assert [(one.terms.version, one.coupons, one.live, one.is_current) for one in newterms.versions_of(template)] == [
        (2, 0, 0, True), (1, 3, 3, False),
    ]  # fmt: skip
    assert CouponEvent.objects.count() == 0


def test_chunks_move_each_coupon_once_and_a_second_job_finds_nothing(monkeypatch):
    monkeypatch.setattr(newterms, "CHUNK", 2)
    template = make_template()
    same = days_ago(1)
    coupons = [make_coupon(template=template, at=same) for _ in range(5)]
    catalogue.revise_terms(template, off(20), by=None)
    job = newterms.start(template, by=None)
    assert newterms.start(template, by=None) == job
    assert jobs.run(job.pk)
    assert Job.objects.get(pk=job.pk).result == {"moved": 5}
    assert [moves(coupon) for coupon in coupons] == [["terms"]] * 5
    with pytest.raises(Refusal) as refusal:
        newterms.start(template, by=None)
    assert refusal.value.code == "nothing_to_move"
    with connection.cursor() as cursor:  # a worker that begins again from the start
        cursor.execute("UPDATE stores_job SET cursor = '{}', state = 'waiting' WHERE id = %s", [job.pk])
    jobs.run(job.pk)
    assert [moves(coupon) for coupon in coupons] == [["terms"]] * 5


def test_newer_terms_that_came_meanwhile_are_not_taken_back():
    template = make_template()
    make_coupon(template=template)
    second = catalogue.revise_terms(template, off(20), by=None)
    job = newterms.start(template, by=None, seen=second.pk)
    third = catalogue.revise_terms(template, off(30), by=None)
    young = make_coupon(template=template)
    jobs.run(job.pk)
    young.refresh_from_db()
    assert young.terms == third
    with pytest.raises(Conflict) as refusal:
        newterms.start(template, by=None, seen=second.pk)
    assert refusal.value.code == "terms_changed"


def test_terms_that_nobody_approved_reach_no_wallet():
    su_wan = make_marketer("苏婉")
    template = make_template(stock=20_000)
    coupon = make_coupon(template=template)
    catalogue.revise_terms(template, off(20), by=su_wan)
    for state in ("pending", "draft", "stopped"):
        CouponTemplate.objects.filter(pk=template.pk).update(state=state)
        with pytest.raises(Conflict):
            newterms.start(template, by=su_wan)
    assert not Job.objects.filter(kind=newterms.KIND).exists()
    CouponTemplate.objects.filter(pk=template.pk).update(state="pending")
    approvals.approve(template, by=make_marketer("罗倩"))
    carried_out(template)
    coupon.refresh_from_db()
    assert coupon.terms == template.terms
