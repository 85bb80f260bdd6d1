"""Packs go where their member went: what is still to come comes to the living one, and goes home when they part."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coupons import packdue, packs
from coupons.models import Coupon, CouponPack, GivenPack, PackStep
from members.models import TimelineFact
from members.oneid import merging
from stores import jobs
from tests.coupons.shop import broken, news_arrives, open_shop
from tests.makers import make_admin, make_coupon, make_member, make_pack, make_template
from tests.members.merges import merged, parted

pytestmark = pytest.mark.django_db


@pytest.fixture
def jianguo():
    return make_admin("何建国")


@pytest.fixture
def pair():
    """Zhang Xiaomei, and what she is in the mini-program."""
    return open_shop().xiaomei, make_member("", phone="13987654321")


@pytest.fixture
def pack() -> CouponPack:
    """One coupon now, one after a week."""
    return make_pack((make_template(), 1), (make_template("试吃券"), 1, 7))


def give(pack, member, key: str = "k1") -> GivenPack:
    return packs.give_pack(pack, member, origin="staff", request_key=key).given


def the_week_passes() -> None:
    """What is still to come is due, and is given."""
    PackStep.objects.filter(coupon=None, refusal="").update(due_at=timezone.now() - timedelta(minutes=1))
    if packdue.plan_due():
        jobs.run_to_end(jobs.Job.objects.filter(kind=packdue.GIVE).latest("pk").pk)


def owners() -> list[int]:
    return list(Coupon.objects.order_by("pk").values_list("member", flat=True))


@pytest.mark.parametrize("heard", [False, True])
def test_what_is_to_come_comes_to_whom_the_member_became(pair, pack, jianguo, heard):
    xiaomei, app = pair
    give(pack, app)
    merging.merge(xiaomei, app, why="hand", by=jianguo)
    if heard:
        news_arrives()
    the_week_passes()
    assert owners()[-1] == xiaomei.pk
    news_arrives()
    assert set(owners()) == {xiaomei.pk}
    assert GivenPack.objects.get().member == xiaomei
    assert broken() == []


def test_what_came_while_they_were_one_goes_home_with_the_pack(pair, pack, jianguo):
    xiaomei, app = pair
    give(pack, app)
    own = make_coupon(xiaomei)
    made = merged(xiaomei, app, jianguo)
    the_week_passes()
    assert owners() == [xiaomei.pk] * 3
    parted(made, jianguo)
    assert GivenPack.objects.get().member == app
    assert owners() == [app.pk, xiaomei.pk, app.pk]
    assert Coupon.objects.get(member=xiaomei) == own
    facts = TimelineFact.objects.filter(kind__in=["pack.given", "coupon.issued"], member=app)
    assert facts.count() == 3
    assert broken() == []


def test_through_a_chain_it_goes_home_once_and_for_good(pair, pack, jianguo):
    xiaomei, app = pair
    third = make_member("王五")
    give(pack, app)
    first = merged(xiaomei, app, jianguo)
    the_week_passes()
    second = merged(third, xiaomei, jianguo)
    parted(first, jianguo)
    assert owners() == [app.pk] * 2
    parted(second, jianguo)
    assert owners() == [app.pk] * 2
    assert GivenPack.objects.get().member == app
    assert broken() == []


def test_the_same_occasion_gave_both_and_both_stay(pair, pack, jianguo):
    xiaomei, app = pair
    give(pack, xiaomei), give(pack, app)
    made = merged(xiaomei, app, jianguo)
    assert list(GivenPack.objects.order_by("pk").values_list("member", "is_double")) == [
        (xiaomei.pk, False), (xiaomei.pk, True),
    ]  # fmt: skip
    the_week_passes()
    assert Coupon.objects.filter(member=xiaomei).count() == 4
    parted(made, jianguo)
    assert set(GivenPack.objects.values_list("member", "is_double")) == {(xiaomei.pk, False), (app.pk, False)}
    assert sorted(owners()) == sorted([xiaomei.pk] * 2 + [app.pk] * 2)
    assert broken() == []


def test_a_request_that_is_repeated_in_the_moment_of_a_merge_gives_nothing_twice(pair, pack, jianguo):
    xiaomei, app = pair
    given = give(pack, app)
    merging.merge(xiaomei, app, why="hand", by=jianguo)
    assert give(pack, xiaomei) == given
    news_arrives()
    assert give(pack, xiaomei) == given
    assert Coupon.objects.count() == 1


def test_without_bringing_it_home_the_audit_would_tell(pair, pack, jianguo):
    """Control: a coupon that stayed behind is found."""
    xiaomei, app = pair
    give(pack, app)
    Coupon.objects.update(member=xiaomei)
    assert [difference.name for difference in broken()] == ["coupons.packs"]


def test_what_is_due_and_left_lying_is_found(pair, pack):
    give(pack, pair[0])
    PackStep.objects.filter(coupon=None).update(due_at=timezone.now() - timedelta(days=2))
    assert [difference.name for difference in broken()] == ["coupons.packs_due"]
