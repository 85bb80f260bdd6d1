"""What partners learn about a member's tier: why it is held, what is missing, what happens on which day."""

from datetime import timedelta

import pytest

from members.models import Member, Tier
from members.orders.settlement import settle
from members.tiering import tiergrants
from members.windows import windows
from stores.models import Scope
from tests.api.callers import make_till
from tests.makers import days_ago, make_marketer, make_member, make_order, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    """A mini-program that reads members and tiers."""
    return make_till(Scope.MEMBERS_READ, Scope.TIERS_READ)


def tier_of(till, member: Member) -> dict:
    """The tier block of a profile."""
    answer = till.read(f"/members/{member.public_id}/")
    assert answer.status_code == 200, answer.content
    return answer.json()["tier"]


def test_somebody_new_has_nothing_to_lose(till):
    shown = tier_of(till, make_member())
    assert (shown["code"], shown["why"], shown["by_growth"]["code"], shown["missing"]) == ("plain", "", "plain", 1000)
    assert (shown["review_on"], shown["grace_until"], shown["grant"], shown["to_keep"]) == (None, None, None, 0)
    assert (shown["coming"], shown["history"], shown["is_noticed"]) == ([], [], False)


def test_a_tier_by_growth_says_what_happens_when(till):
    member = make_member(joined_at=days_ago(400))
    make_order("1200.00", member=member, paid_at=days_ago(100))
    shown, today = tier_of(till, member), windows().today
    assert (shown["code"], shown["why"], shown["review_on"]) == ("silver", "growth", f"{today + timedelta(days=265)}")
    assert (shown["to_keep"], shown["leaving"]["amount"], shown["leaving"]["left"]) == (1000, 1200, 0)
    assert [(step["what"], step["tier"]["code"]) for step in shown["coming"]] == [
        ("notice", "silver"), ("leaving", "silver"), ("below", "silver"), ("grace", "silver"), ("review", "plain"),
    ]  # fmt: skip
    assert shown["coming"][-1]["on"] == f"{today + timedelta(days=295)}"
    assert all(step["sentence"] for step in shown["coming"])
    (change,) = shown["history"]
    assert (change["before"]["code"], change["after"]["code"], change["why"]) == ("plain", "silver", "growth")


def test_a_member_in_the_grace_period_sees_until_when(till):
    member = make_member(joined_at=days_ago(400))
    make_order("1200.00", member=member, paid_at=days_ago(370))
    settle([member.pk])
    shown = tier_of(till, member)
    assert shown["grace_until"] == f"{windows().today + timedelta(days=25)}"
    assert (shown["code"], shown["to_keep"]) == ("silver", 1000)


def test_a_tier_by_hand_shows_its_end_and_keeps_the_reason_in_the_house(till):
    member = make_member()
    ends_on = windows().today + timedelta(days=9)
    tiergrants.grant(member, make_tiers()["gold"], ends_on=ends_on, reason="媒体合作", by=make_marketer())
    answer = till.read(f"/members/{member.public_id}/")
    shown = answer.json()["tier"]
    assert (shown["code"], shown["by_growth"]["code"], shown["why"]) == ("gold", "plain", "grant")
    assert (shown["grant"]["tier"]["code"], shown["grant"]["ends_on"]) == ("gold", f"{ends_on}")
    assert "媒体合作" not in answer.content.decode()


def test_a_tier_that_is_not_in_force_yet_is_not_listed(till):
    make_tiers()
    Tier.objects.create(code="black", name="黑卡")
    assert [row["code"] for row in till.read("/tiers/").json()["results"]] == ["plain", "silver", "gold"]
