"""A step and its effect are one: a chunk that dies changes nothing, and many workers never give twice."""

from functools import partial

import pytest
from django.utils import timezone

from campaigns.journeys import advancing
from campaigns.journeys.entering import enter
from campaigns.journeys.steps.coupon import GiveCoupon
from campaigns.models import StepTally, Trip, Visit
from coupons.models import Coupon
from members.defaults import ensure_defaults
from tests.campaigns.journeys.house import MANUAL, make_journey
from tests.concurrency.crowd import at_once, meeting
from tests.makers import make_member, make_template

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS, MEMBERS = 4, 40


class Died(RuntimeError):
    """The worker is gone."""


def scene(members=MEMBERS):
    """So many members who are due at a step that gives a coupon."""
    ensure_defaults()
    template = make_template()
    journey = make_journey({"key": "c", "kind": "coupon", "template": template.pk}, trigger=MANUAL)
    people = [make_member(f"会员{nth}") for nth in range(members)]
    enter(journey, {one.pk: "1" for one in people}, at=timezone.now())


def test_a_worker_that_dies_after_the_coupons_has_given_none(monkeypatch):
    scene(3)
    give = GiveCoupon.begin

    def die(self, place, passing):
        moves = list(give(self, place, passing))
        assert Coupon.objects.count() == 3  # control: they were there
        raise Died(moves)

    monkeypatch.setattr(GiveCoupon, "begin", die)
    with pytest.raises(Died):
        advancing.advance()
    assert (Coupon.objects.count(), Visit.objects.count(), Trip.objects.filter(step="c").count()) == (0, 0, 3)
    monkeypatch.undo()
    assert advancing.advance() == 3
    assert Coupon.objects.count() == 3


def test_workers_at_the_same_step_give_each_member_one(monkeypatch):
    scene()
    monkeypatch.setattr(advancing, "CHUNK", 7)
    outcome = at_once([partial(advancing.advance, seconds=20)] * WORKERS)
    assert (outcome.broken, sum(outcome.done)) == ([], MEMBERS)
    assert Coupon.objects.count() == Coupon.objects.values("member").distinct().count() == MEMBERS
    assert StepTally.objects.get(outcome="issued").trips == Visit.objects.count() == MEMBERS


def test_without_the_locks_some_would_get_two(monkeypatch):
    """The control: every worker has taken its members before one of them gives."""
    scene()
    give, all_took = GiveCoupon.begin, meeting(WORKERS)

    def begin(self, place, passing):
        all_took()
        yield from give(self, place, passing)

    monkeypatch.setattr(GiveCoupon, "begin", begin)
    monkeypatch.setattr(advancing, "HOLD", "SELECT id FROM campaigns_journeyversion WHERE id = %s")
    monkeypatch.setattr(advancing, "TAKE", advancing.TAKE.replace("FOR NO KEY UPDATE OF t SKIP LOCKED", ""))
    monkeypatch.setattr(GiveCoupon, "locks_members", False)
    at_once([partial(advancing.advance, seconds=20)] * WORKERS)
    assert Coupon.objects.count() > MEMBERS
