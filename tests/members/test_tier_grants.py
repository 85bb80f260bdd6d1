"""Tiers given by hand: with an end and a reason, over whatever growth earns, and gone by themselves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import Benefit, Member, Order, PointsEntry, TierChange, TierGrant
from members.refresh import refresh
from members.tiering import tiergrants
from members.windows import first_moment, windows
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from tests.makers import make_manager, make_marketer, make_member, make_order, make_tiers
from tests.members.shop import told
from tests.members.tierstories import history_of, standing_of, tier_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def mei():
    """Zhang Xiaomei, a member since a month."""
    return make_member("张晓梅")


@pytest.fixture
def suwan():
    """Su Wan of headquarters."""
    return make_marketer("苏婉")


def given(mei: Member, suwan, tier: str = "gold", days: int = 30, **fields) -> TierGrant:
    """Su Wan gives a tier for so many days."""
    fields.setdefault("reason", "媒体合作")
    return tiergrants.grant(mei, make_tiers()[tier], ends_on=TODAY() + timedelta(days=days), by=suwan, **fields)


def night_of(member: Member, days: int) -> None:
    """The nightly job so many days from now."""
    refresh([member.pk], windows(first_moment(TODAY() + timedelta(days=days), 1) + timedelta(hours=1)))


def test_a_grant_holds_at_once_and_says_who_until_when_and_why(mei, suwan):
    grant = given(mei, suwan)
    assert tier_of(mei) == "gold"
    assert history_of(mei) == [("plain", "gold", "grant")]
    assert (grant.reason, grant.made_by, grant.starts_on) == ("媒体合作", suwan, TODAY())
    (fact,) = told(mei, "member.tier_granted")
    assert (fact["tier"], fact["until"], fact["by"]) == (grant.tier_id, f"{grant.ends_on}", suwan.pk)


def test_a_grant_ends_by_itself_after_its_last_day(mei, suwan):
    given(mei, suwan, days=5)
    night_of(mei, 5)
    assert tier_of(mei) == "gold"
    assert mei.facts.next_change_on == TODAY() + timedelta(days=6)
    night_of(mei, 6)
    assert tier_of(mei) == "plain"
    assert history_of(mei)[-1] == ("gold", "plain", "grant_ended")


def test_a_grant_may_begin_later(mei, suwan):
    given(mei, suwan, starts_on=TODAY() + timedelta(days=2))
    assert tier_of(mei) == "plain"
    assert standing_of(mei)[0] == "plain"
    night_of(mei, 2)
    assert (tier_of(mei), history_of(mei)) == ("gold", [("plain", "gold", "grant")])


def test_growth_goes_on_counting_beneath_a_grant(mei, suwan):
    given(mei, suwan, days=5)
    make_order("1000.00", member=mei)
    assert (tier_of(mei), standing_of(mei)[0]) == ("gold", "silver")
    night_of(mei, 6)
    assert tier_of(mei) == "silver"


def test_a_grant_below_what_growth_earns_changes_nothing(mei, suwan):
    make_order("5000.00", member=mei)
    given(mei, suwan, tier="silver")
    assert (tier_of(mei), history_of(mei)) == ("gold", [("plain", "gold", "growth")])


def test_a_grant_taken_back_counts_no_more(mei, suwan):
    grant = given(mei, suwan)
    tiergrants.revoke(grant, by=suwan)
    grant.refresh_from_db()
    assert (grant.revoked_on, grant.revoked_by) == (TODAY(), suwan)
    assert tier_of(mei) == "plain"
    assert history_of(mei)[-1] == ("gold", "plain", "grant_ended")
    assert TierChange.objects.latest("pk").at > timezone.now() - timedelta(minutes=1)
    assert len(told(mei, "member.tier_grant_revoked")) == 1
    with pytest.raises(Conflict):
        tiergrants.revoke(grant, by=suwan)


def test_orders_paid_under_a_grant_earn_as_its_tier_does(mei, suwan):
    Benefit.objects.filter(kind="points_factor").delete()
    Benefit.objects.create(tier=make_tiers()["gold"], kind="points_factor", title="积分 2 倍", value=2)
    before = make_order("100.00", member=mei, paid_at=timezone.now() - timedelta(days=3))
    given(mei, suwan)
    under = make_order("100.00", member=mei)
    earned = dict(PointsEntry.objects.filter(member=mei).values_list("order", "delta"))
    assert earned == {before.pk: 100, under.pk: 200}


@pytest.mark.parametrize(
    ("tier", "fields", "code"),
    [
        ("plain", {}, "not_to_grant"),
        ("gold", {"reason": "  "}, "reason_missing"),
        ("gold", {"reason": "长" * 201}, "reason_missing"),
        ("gold", {"starts_on": TODAY() - timedelta(days=1)}, "grant_in_the_past"),
        ("gold", {"days": -1}, "bad_grant_end"),
        ("gold", {"days": 4000}, "bad_grant_end"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused_and_changes_nothing(mei, suwan, tier, fields, code):
    with pytest.raises(Refusal) as refused:
        given(mei, suwan, tier=tier, **fields)
    assert refused.value.code == code
    assert not TierGrant.objects.exists()
    assert tier_of(mei) == "plain"


def test_only_headquarters_give_and_take_back(mei, suwan):
    zhoumin = make_manager("周敏")
    Member.objects.filter(pk=mei.pk).update(home_store=zhoumin.store)
    with pytest.raises(NotAllowed):
        given(mei, zhoumin)
    grant = given(mei, suwan)
    with pytest.raises(NotAllowed):
        tiergrants.revoke(grant, by=zhoumin)
    assert tier_of(mei) == "gold"


def test_nobody_is_given_a_tier_who_is_no_member_any_more(mei, suwan):
    Member.objects.filter(pk=mei.pk).update(state="erased")
    with pytest.raises(NotFound):
        given(mei, suwan)
    assert not TierGrant.objects.exists()


def test_the_same_again_settles_to_the_same(mei, suwan):
    given(mei, suwan)
    make_order("100.00", member=mei)
    was = Member.objects.values().get(pk=mei.pk)
    night_of(mei, 0)
    now = Member.objects.values().get(pk=mei.pk)
    assert {**now, "updated_at": 0} == {**was, "updated_at": 0}
    assert Order.objects.count() == 1
