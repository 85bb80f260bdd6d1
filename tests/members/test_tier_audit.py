"""What the audit asks about tiers: each rule is silent when all is well and names what breaks it."""

from datetime import timedelta

import pytest

from members.audit import audit
from members.models import Member, Tier, TierChange, TierRules, TierStanding
from members.tiering.tierinvariants import INVARIANTS
from members.windows import windows
from tests.makers import days_ago, make_member, make_order, make_tiers
from tests.members.tierpeople import draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    """Zhang Xiaomei, silver since a hundred days."""
    mei = make_member("张晓梅", joined_at=days_ago(200))
    make_order("1200.00", member=mei, paid_at=days_ago(100))
    return Member.objects.get(pk=mei.pk)


def change_a_threshold(mei: Member) -> None:
    TierRules.objects.filter(pk=draft().pk).update(
        state="applied"
    )  # as long as there are none, the tiers are the rules
    Tier.objects.filter(code="silver").update(threshold=900)


def stand_without_reason(mei: Member) -> None:
    zihan = make_member("李子涵")
    TierStanding.objects.create(member=zihan, tier=zihan.tier, since=zihan.joined_at)


def lose_the_standing(mei: Member) -> None:
    TierStanding.objects.all().delete()


def move_the_review(mei: Member) -> None:
    TierStanding.objects.update(review_on=windows().today + timedelta(days=9))


def forget_the_fall(mei: Member) -> None:
    TierChange.objects.create(member=mei, before=mei.tier, after=make_tiers()["gold"], why="growth", at=days_ago(1))


SPOILED = {
    "tiers_mirror_their_rules": change_a_threshold,
    "only_the_high_have_a_standing": stand_without_reason,
    "nobody_is_high_without_a_standing": lose_the_standing,
    "tier_follows_from_its_path": move_the_review,
    "history_leads_to_the_tier": forget_the_fall,
}


def test_every_rule_about_tiers_can_be_broken():
    assert set(SPOILED) == {name for name, _sql, _sentence in INVARIANTS}


@pytest.mark.parametrize("name", SPOILED)
def test_a_breach_is_named_and_nothing_is_before(name, mei):
    assert audit() == []
    SPOILED[name](mei)
    assert name in {difference.name for difference in audit()}
