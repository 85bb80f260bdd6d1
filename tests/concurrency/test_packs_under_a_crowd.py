"""Packs when everybody gives at once: one request gives once, a due step is given once, stock and limits hold."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from coupons import issuing, packcatalogue, packdue, packs
from coupons.models import Coupon, CouponTemplate, GivenPack, PackStep
from stores import jobs
from tests.concurrency.crowd import after_looking, at_once
from tests.coupons.shop import broken
from tests.makers import make_member, make_pack, make_template

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 4


def due(members: int, **fields) -> list[PackStep]:
    """Packs whose second coupon is due now."""
    pack = make_pack((make_template(), 1), (make_template("试吃券", **fields), 1, 7))
    for number in range(members):
        packs.give_pack(pack, make_member(f"会员{number}"), origin="staff", request_key="k1")
    PackStep.objects.filter(coupon=None).update(due_at=timezone.now() - timedelta(minutes=1))
    return list(PackStep.objects.filter(coupon=None).order_by("pk"))


def a_chunk() -> int:
    """What a worker does, with a job of its own: as when two were planned."""
    with transaction.atomic():
        job = jobs.plan(packdue.GIVE, params={})
        packdue.give_chunk(job)
        return job.result["given"]


def unguarded(steps: list[PackStep], look: Callable[..., PackStep]) -> int:
    """The same as it is often written: read what is open, give, write down."""
    count = 0
    for step in steps:
        now = look(pk=step.pk)
        if now.coupon_id is None:
            coupon = issuing.issue_coupon(now.template, now.given.member, origin="staff")
            PackStep.objects.filter(pk=now.pk).update(coupon=coupon)
            count += 1
    return count


def test_workers_that_give_the_same_due_coupons_give_each_once():
    steps = due(12)
    outcome = at_once([a_chunk] * WORKERS)
    assert (outcome.broken, outcome.refused, sum(outcome.done)) == ([], [], 12)
    assert Coupon.objects.filter(template=steps[0].template).count() == 12
    assert broken() == []


def test_without_the_guard_they_would_give_more():
    """The control."""
    steps = due(12)
    look = after_looking(PackStep.objects.select_related("given__member", "template__terms").get, WORKERS)
    outcome = at_once([partial(unguarded, steps, look)] * WORKERS)
    assert outcome.broken == []
    assert Coupon.objects.filter(template=steps[0].template).count() > 12


def test_one_request_that_arrives_eight_times_gives_one_pack():
    pack, mei = make_pack((make_template(), 2)), make_member()
    call = partial(packs.give_pack, pack, mei, origin="partner", request_key="W-1")
    outcome = at_once([call] * 8)
    assert (outcome.broken, outcome.refused) == ([], [])
    assert Counter(giving.is_new for giving in outcome.done) == {True: 1, False: 7}
    assert (GivenPack.objects.count(), Coupon.objects.count()) == (1, 2)
    assert broken() == []


def test_packs_whose_coupons_cross_and_a_job_share_a_stock():
    """Two packs name the same templates in the opposite order: nobody waits for each other."""
    due(4)
    one, two = make_template(stock=6), make_template(stock=6)
    crossed = [make_pack((one, 1), (two, 1)), make_pack((two, 1), (one, 1))]
    members = [make_member(f"会员{number}") for number in range(12)]
    calls = [partial(packs.give_pack, crossed[number % 2], member, origin="staff", request_key="k")
             for number, member in enumerate(members)]  # fmt: skip
    outcome = at_once([*calls, a_chunk])
    assert outcome.broken == []
    assert set(CouponTemplate.objects.filter(pk__in=[one.pk, two.pk]).values_list("issued", flat=True)) == {6}
    assert broken() == []


def test_after_a_pack_is_stopped_nobody_is_given_it():
    pack = make_pack((make_template(), 1))
    calls = [partial(packs.give_pack, pack, make_member(f"会员{number}"), origin="staff", request_key="k")
             for number in range(8)]  # fmt: skip

    def stop() -> int:
        packcatalogue.stop(pack, None)
        return GivenPack.objects.count()

    outcome = at_once([*calls, stop])
    (seen,) = (result for result in outcome.done if isinstance(result, int))
    assert outcome.broken == []
    assert set(outcome.refused) <= {"pack_not_active"}
    assert seen == GivenPack.objects.count() == 8 - len(outcome.refused)


def test_taking_back_and_giving_at_the_same_moment_is_one_or_the_other():
    steps = due(10)
    pack = steps[0].given.pack
    packcatalogue.stop(pack, None)
    job = packdue.take_back_later(pack, by=None)
    outcome = at_once([a_chunk, partial(jobs.run_to_end, job.pk)])
    assert outcome.broken == []
    given = PackStep.objects.filter(pk__in=[step.pk for step in steps], coupon__isnull=False).count()
    back = PackStep.objects.filter(refusal="pack_stopped", coupon=None).count()
    assert given + back == 10
    assert Coupon.objects.filter(template=steps[0].template).count() == given
    assert broken() == []


def test_a_worker_that_dies_before_its_commit_leaves_the_coupons_to_the_next():
    steps = due(6)
    with transaction.atomic():
        packdue.give_chunk(jobs.plan(packdue.GIVE, params={}))
        assert Coupon.objects.filter(template=steps[0].template).count() == 6
        connection.close()  # the server hears no more of it
    assert Coupon.objects.filter(template=steps[0].template).count() == 0
    assert a_chunk() == 6
    assert broken() == []
