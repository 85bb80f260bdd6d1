"""The oracle itself, on stories short enough to be worked out by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.members.oracle.expectation import Standing, expect
from tests.members.oracle.records import Correction, Event, Grant, Multiplier, Programme, Spend, TierVersion
from tests.torture.programmes import TIERS, chain_moment
from tests.torture.stories import NOW, brought_back, house, noon, of_mei, on, sale

FIVE = tuple(zip(TIERS, (0, 1000, 5000), strict=True))


def mei(*events: Event, programme: Programme | None = None, as_of: str = "") -> Standing:
    """Where 张晓梅 stands after all that."""
    programme = programme or house()
    (standing,) = expect(programme, of_mei(*events), chain_moment(f"{as_of}T23:59:59") if as_of else NOW)
    return standing


def test_what_comes_back_without_a_receipt_counts_against_the_oldest_sale_before_it():
    told = mei(
        sale("S3", "2026-02-20"), sale("S1", "2026-01-10"), sale("S2", "2026-02-01"),
        brought_back("L1", "2026-02-10", "150.00"), brought_back("R1", "2026-02-25", "30.00", "S1"),
    )  # fmt: skip
    back = {number: amount for (_channel, number), amount in told.returned.items()}
    assert back == {"S1": Decimal("100.00"), "S2": Decimal("80.00"), "S3": 0}
    assert (told.growth, told.points, told.facts.spend, told.facts.orders) == (120, 120, Decimal("120.00"), 3)


def test_nobody_brings_back_more_than_they_bought():
    told = mei(sale("S1", "2026-01-10"), brought_back("L1", "2026-02-10", "500.00"), sale("S2", "2026-02-11"))
    assert (told.growth, told.facts.average_basket) == (100, Decimal("50.00"))


def test_the_highest_revision_counts_whatever_is_told_last():
    told = mei(sale("S1", "2026-01-10", "70.00", revision=2), sale("S1", "2026-01-10", "90.00", revision=1))
    assert told.growth == 70


def test_the_best_multiplier_applies_and_the_tier_held_when_it_was_paid_decides():
    rules = (
        Multiplier(noon("2026-02-01"), noon("2026-03-01"), Decimal(2), Decimal(2)),
        Multiplier(noon("2026-02-01"), noon("2026-03-01"), Decimal(1), Decimal(5), tiers=("silver",)),
    )
    programme = house(multipliers=rules, benefits={"silver": Decimal("1.5")})
    told = mei(
        sale("S1", "2026-01-10", "999.99"), sale("S2", "2026-01-11", "1.00"), sale("S3", "2026-01-12", "10.50"),
        sale("S4", "2026-02-02", "10.50"), programme=programme,
    )  # fmt: skip
    # 999 growth is not silver; the yuan that makes it so still earns plain; then 1.5, and 5 where 2 and 1.5 compete
    assert list(told.worth.values()) == [(999, 999), (1, 1), (10, 15), (21, 52)]


def test_a_tier_is_reviewed_kept_in_grace_and_lost():
    events = [sale("S1", "2025-01-10", "5000.00"), sale("S2", "2025-06-01", "1200.00")]
    before, grace, after = (mei(*events, as_of=day) for day in ("2026-01-09", "2026-01-10", "2026-02-09"))
    assert (before.tier, before.review_on, before.grace_until, before.growth) == ("gold", on("2026-01-10"), None, 6200)
    assert (grace.tier, grace.review_on, grace.grace_until, grace.growth) == (
        "gold", on("2026-01-10"), on("2026-02-09"), 1200,
    )  # fmt: skip
    assert (after.tier, after.review_on, after.grace_until) == ("silver", on("2027-02-09"), None)
    assert after.since == chain_moment("2026-02-09T00:00:00")


def test_growth_in_the_grace_period_passes_the_review_late():
    told = mei(sale("S1", "2025-01-10", "1000.00"), sale("S2", "2026-01-20", "1000.00"))
    assert (told.tier, told.since, told.review_on) == ("silver", noon("2025-01-10"), on("2027-01-20"))


@pytest.mark.parametrize(("at_once", "tier"), [(True, "plain"), (False, "silver")])
def test_new_rules_take_a_tier_at_once_or_leave_it_until_the_review(at_once, tier):
    harder = TierVersion(tuple(zip(TIERS, (0, 2000, 9000), strict=True)), on("2026-02-01"), at_once=at_once)
    programme = house(versions=(TierVersion(FIVE), harder))
    told = mei(sale("S1", "2025-12-01", "1500.00"), programme=programme)
    assert (told.tier, told.growth) == (tier, 1500)


def test_a_grant_lies_over_the_tier_by_growth_and_ends_with_its_last_day():
    grant = Grant(0, "gold", on("2026-01-01"), on("2026-01-31"))
    for day, held in (("2025-12-31", "plain"), ("2026-01-01", "gold"), ("2026-01-31", "gold"), ("2026-02-01", "plain")):
        told = mei(grant, as_of=day)
        assert (told.held, told.tier) == (held, "plain")
    assert (
        mei(Grant(0, "gold", on("2026-01-01"), on("2026-01-31"), on("2026-01-01")), as_of="2026-01-15").held == "plain"
    )


def test_the_window_is_whole_days_and_a_leap_day_counts():
    bought = sale("S1", "2024-02-29", paid_at=chain_moment("2024-02-29T00:00:00"))
    assert [mei(bought, as_of=day).growth for day in ("2025-02-27", "2025-02-28")] == [100, 0]


def test_points_are_spent_from_the_lot_that_expires_first_and_expire_at_the_end_of_the_month():
    events = [sale("S1", "2025-01-10"), sale("S2", "2025-02-10"), Spend("P1", 0, noon("2025-12-01"), 130)]
    for day, points, expired in (("2026-01-31", 70, []), ("2026-02-28", 70, []), ("2026-03-01", 0, [70])):
        told = mei(*events, as_of=day)
        assert (told.points, list(told.expired.values())) == (points, expired)
    late = mei(*events, brought_back("R1", "2026-01-20", "50.00", "S1"), as_of="2026-02-28")
    assert (late.points, late.owed) == (20, 0)


def test_what_was_spent_and_then_came_back_is_owed_and_paid_by_the_next_lot():
    spent = [
        sale("S1", "2026-01-10"),
        Spend("P1", 0, noon("2026-01-20"), 80),
        brought_back("R1", "2026-02-01", "60", "S1"),
    ]
    assert (mei(*spent).points, mei(*spent).owed) == (0, 40)
    more = mei(*spent, sale("S2", "2026-02-10"))
    assert (more.points, more.owed) == (60, 0)
    assert (mei(*spent[:1], Spend("P1", 0, noon("2026-01-20"), 80, back=80)).points) == 100


def test_points_given_by_hand_are_a_lot_and_points_taken_are_spent():
    told = mei(Correction("points", 0, noon("2025-01-15"), 50), Correction("points", 0, noon("2025-02-15"), -20))
    assert (told.points, told.expired) == (
        0, {(noon("2025-01-15"), chain_moment("2026-02-01T00:00:00")): 30},
    )  # fmt: skip


def test_facts_stage_and_scores():
    days = ("2025-12-01", "2025-12-11", "2025-12-21", "2026-01-20")
    told = mei(*(sale(f"S{nth}", day) for nth, day in enumerate(days)))
    assert (told.facts.usual_gap_days, told.facts.orders_365d, told.stage) == (10, 4, "mature")
    assert (told.facts.recency_score, told.facts.frequency_score, told.facts.money_score) == (4, 4, 3)
    assert told.facts.last_order_at + timedelta(days=40) < NOW
    later = mei(*(sale(f"S{nth}", day) for nth, day in enumerate(days)), as_of="2026-03-22")
    assert (later.stage, later.facts.recency_score) == ("declining", 3)
