"""The review of a tier: its date, the notice before it, the grace after it, and the fall at the end of that."""

import pytest

from members.ledgers import growth
from members.models import EntryKind, GrowthEntry, Member, MemberFacts, TierChange, TierStanding
from members.orders.settlement import settle
from tests.makers import make_member, make_return
from tests.members.shop import told
from tests.members.tierstories import bought, day, history_of, night, noon, standing_of, tier_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    """Zhang Xiaomei, a member since the first day."""
    return make_member("张晓梅", joined_at=noon(0))


def test_an_upgrade_is_reviewed_a_year_later(mei):
    bought(mei, 1000, 10)
    assert standing_of(mei) == ("silver", day(375), None)
    assert TierStanding.objects.get().next_on == day(345)


def test_a_higher_tier_is_reviewed_a_year_after_it_was_reached(mei):
    bought(mei, 1000, 10)
    bought(mei, 4000, 100)
    assert standing_of(mei) == ("gold", day(465), None)


def test_a_review_that_is_passed_keeps_the_tier_for_another_year(mei):
    bought(mei, 1000, 10)
    bought(mei, 1000, 200)
    night(mei, 375)
    assert standing_of(mei) == ("silver", day(740), None)
    assert history_of(mei) == [("plain", "silver", "growth")]


def test_a_review_that_is_not_passed_begins_a_grace_period_and_takes_nothing_yet(mei):
    bought(mei, 1000, 10)
    night(mei, 374)
    assert standing_of(mei) == ("silver", day(375), None)
    night(mei, 375)
    assert standing_of(mei) == ("silver", day(375), day(405))
    assert tier_of(mei) == "silver"


def test_whoever_earns_it_again_in_grace_keeps_the_tier(mei):
    bought(mei, 1000, 10)
    night(mei, 375)
    bought(mei, 900, 380)
    assert standing_of(mei)[2] == day(405)
    bought(mei, 100, 390)
    assert standing_of(mei) == ("silver", day(755), None)
    night(mei, 405)
    assert tier_of(mei) == "silver"


def test_the_tier_falls_when_grace_ends_with_the_day_and_the_reason(mei):
    bought(mei, 1000, 10)
    night(mei, 375)
    night(mei, 404)
    assert tier_of(mei) == "silver"
    night(mei, 405)
    assert tier_of(mei) == "plain"
    assert standing_of(mei) == ("plain", None, None)
    assert history_of(mei) == [("plain", "silver", "growth"), ("silver", "plain", "review")]
    assert TierChange.objects.latest("pk").at.astimezone().isoformat()[:16] == f"{day(405)}T00:00"
    assert [fact["why"] for fact in told(mei, "member.tier_changed")] == ["growth", "review"]


def test_gold_falls_to_the_tier_that_the_year_still_earns_and_is_reviewed_there(mei):
    bought(mei, 5000, 10)
    bought(mei, 1500, 200)
    night(mei, 375)
    night(mei, 405)
    assert standing_of(mei) == ("silver", day(770), None)


def test_nights_that_never_came_are_made_up_for_by_the_next(mei):
    bought(mei, 1000, 10)
    night(mei, 800)
    assert history_of(mei)[-1] == ("silver", "plain", "review")
    assert Member.objects.get().tier_since == TierChange.objects.latest("pk").at


def test_an_order_that_comes_in_late_may_show_that_the_tier_never_fell(mei):
    bought(mei, 1000, 10)
    night(mei, 405)
    assert tier_of(mei) == "plain"
    bought(mei, 1000, 300)
    night(mei, 405)
    assert standing_of(mei) == ("silver", day(740), None)
    assert history_of(mei)[-1] == ("plain", "silver", "growth")


def test_a_return_that_takes_an_upgrade_back_takes_it_at_once(mei):
    order = bought(mei, 1000, 10)
    make_return("1.00", sale=order, returned_at=noon(20), at=noon(20))
    assert tier_of(mei) == "plain"
    assert not TierStanding.objects.exists()
    assert history_of(mei)[-1] == ("silver", "plain", "return")
    assert TierChange.objects.latest("pk").at == noon(20)


def test_a_correction_by_hand_takes_no_tier_before_the_review(mei):
    bought(mei, 1200, 0)
    growth.adjust(mei, -500, note="误记", by=None, at=noon(5))
    settle([mei.pk], at=noon(6))
    assert tier_of(mei) == "silver"


# --- the notice ------------------------------------------------------------------------------------------------------
def test_notice_is_given_once_thirty_days_before_a_review_that_would_fail(mei):
    bought(mei, 1000, 10)
    bought(mei, 300, 300)
    night(mei, 344)
    assert told(mei, "member.tier_notice") == []
    night(mei, 345)
    night(mei, 346)
    (notice,) = told(mei, "member.tier_notice")
    assert (notice["review_on"], notice["missing"]) == (f"{day(375)}", 700)
    assert TierStanding.objects.get().noticed_for == day(375)


def test_nobody_is_troubled_whose_review_will_be_passed(mei):
    bought(mei, 1000, 10)
    bought(mei, 1000, 300)
    night(mei, 345)
    assert told(mei, "member.tier_notice") == []


def test_a_return_during_the_notice_time_is_noticed_the_next_night(mei):
    bought(mei, 1000, 10)
    order = bought(mei, 1000, 300)
    night(mei, 345)
    make_return("400.00", sale=order, returned_at=noon(350), at=noon(350))
    assert TierStanding.objects.get().next_on == day(351)
    night(mei, 351)
    assert [notice["missing"] for notice in told(mei, "member.tier_notice")] == [400]


def test_the_next_review_has_a_notice_of_its_own(mei):
    bought(mei, 1000, 10)
    night(mei, 345)
    bought(mei, 1000, 360)
    night(mei, 375)
    night(mei, 720)
    assert [notice["review_on"] for notice in told(mei, "member.tier_notice")] == [f"{day(375)}", f"{day(740)}"]


def test_whoever_has_the_tier_by_hand_is_not_told_of_a_review():
    zihan = make_member("李子涵", tier="gold", joined_at=noon(0))
    bought(zihan, 1000, 10)
    night(zihan, 345)
    assert told(zihan, "member.tier_notice") == []


def test_the_night_looks_at_whoever_is_due_and_at_nobody_else(mei):
    bought(mei, 1000, 10)
    mei.facts.refresh_from_db()
    assert mei.facts.next_change_on <= day(345)


def test_whoever_was_told_tonight_is_looked_at_on_the_review_and_not_tomorrow(mei):
    bought(mei, 1000, 10)
    assert TierStanding.objects.get().next_on == day(345)  # control: the notice
    night(mei, 345)
    (after_notice,) = TierStanding.objects.values()
    assert (after_notice["noticed_for"], after_notice["next_on"]) == (day(375), day(375))
    settle([mei.pk], at=noon(345))
    assert TierStanding.objects.values().get() == after_notice


def test_whoever_has_a_better_tier_by_hand_is_not_looked_at_every_night_for_a_notice():
    zihan = make_member("李子涵", tier="gold", joined_at=noon(0))
    bought(zihan, 1000, 10)
    night(zihan, 350)
    assert TierStanding.objects.get(member=zihan).next_on != day(351)


def test_whoever_fell_to_the_lowest_tier_and_below_zero_has_no_standing_and_is_not_looked_at_every_night(mei):
    """A notice was given for the silver tier; then everything went back, and a correction took more than that."""
    bought(mei, 1000, 10)
    night(mei, 346)
    assert TierStanding.objects.get().noticed_for == day(375)  # control: there was one, with a notice
    GrowthEntry.objects.create(member=mei, kind=EntryKind.ADJUSTMENT, delta=-1500, at=noon(347), note="录错了")
    settle([mei.pk], at=noon(347))
    night(mei, 380)
    night(mei, 406)
    assert tier_of(mei) == "plain"
    assert not TierStanding.objects.exists()
    assert MemberFacts.objects.get(member=mei).next_change_on > day(407)
