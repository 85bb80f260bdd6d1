"""Full reductions in steps, percentages with a cap, gifts and free delivery: what each does, and what is missing."""

from decimal import Decimal

import pytest

from campaigns.pricing.bill import Gift
from campaigns.pricing.deals import FreeDelivery, FullReduction, GiftWithPurchase, Missing, Percentage
from tests.campaigns.pricing.carts import cart, made, steps

TWO_STEPS = steps((20000, 3000), (30000, 6000))


@pytest.mark.parametrize(
    ("amount", "off", "short", "gain"),
    [
        (19999, 0, 1, 3000),
        (20000, 3000, 10000, 3000),
        (29999, 3000, 1, 3000),
        (30000, 6000, 0, 0),
        (90000, 6000, 0, 0),
    ],
)
def test_a_full_reduction_gives_the_highest_step_reached_and_says_what_the_next_one_needs(amount, off, short, gain):
    bill = cart(("F1", 1, amount))
    deal = made(FullReduction, bill, steps=TWO_STEPS)
    effect, missing = deal.effect(bill), deal.missing(bill)
    assert (effect.total if effect else 0) == off
    assert missing == (Missing(cents=short, gain=gain) if short else None)


@pytest.mark.parametrize(
    ("amount", "off", "short"), [(9999, 0, 1), (10000, 1000, 10000), (35000, 3000, 5000), (62000, 5000, 0)]
)
def test_each_full_hundred_counts_again_up_to_a_cap(amount, off, short):
    bill = cart(("F1", 1, amount))
    deal = made(FullReduction, bill, steps=steps((10000, 1000)), repeats=True, most=5000)
    effect, missing = deal.effect(bill), deal.missing(bill)
    assert (effect.total if effect else 0) == off
    assert (missing.cents if missing else 0) == short


def test_a_reduction_larger_than_the_bill_makes_it_nothing_not_less():
    bill = cart(("F1", 1, 1000))
    assert made(FullReduction, bill, steps=steps((500, 3000))).effect(bill).off == {0: 1000}


def test_only_lines_in_scope_count_and_are_reduced():
    bill = cart(("F1", 1, 15000), ("F2", 1, 10000), ("F3", 1, 9000))
    effect = made(FullReduction, bill, lines=(0, 1), steps=TWO_STEPS).effect(bill)
    assert effect.off == {0: 1800, 1: 1200}
    assert made(FullReduction, bill, lines=(1, 2), steps=TWO_STEPS).effect(bill) is None


def test_a_percentage_is_rounded_once_and_then_divided():
    bill = cart(("F1", 1, 333), ("F2", 1, 333), ("F3", 1, 333))
    effect = made(Percentage, bill, paid=Decimal(85)).effect(bill)
    assert (effect.total, effect.off) == (150, {0: 50, 1: 50, 2: 50})  # 149.85 in all, not 3 x 49.95


@pytest.mark.parametrize(("amount", "off"), [(4999, 0), (5000, 750), (40000, 3000)])
def test_a_percentage_has_a_threshold_and_a_cap(amount, off):
    bill = cart(("F1", 1, amount))
    deal = made(Percentage, bill, paid=Decimal(85), threshold=5000, most=3000)
    effect = deal.effect(bill)
    assert (effect.total if effect else 0) == off
    assert deal.missing(bill) == (Missing(cents=1, gain=750) if not off else None)


@pytest.mark.parametrize(
    ("pieces", "most", "times"), [(1, 9, 0), (2, 9, 1), (3, 9, 1), (5, 9, 2), (9, 9, 4), (9, 3, 3), (9, 0, 0)]
)
def test_a_gift_comes_as_often_as_it_is_earned_and_in_stock(pieces, most, times):
    bill = cart(("F1", pieces, 5000))
    deal = made(GiftWithPurchase, bill, gifts=(Gift("试吃", 2, 990),), threshold=10000, repeats=True, most=most)
    effect = deal.effect(bill)
    assert (effect.gifts if effect else ()) == ((Gift("试吃", 2 * times, 990),) if times else ())


def test_a_gift_for_pieces_says_how_many_are_missing():
    bill = cart(("F1", 2, 1000))
    deal = made(GiftWithPurchase, bill, gifts=(Gift("试吃", 1, 0),), pieces=3, threshold=2500)
    assert deal.effect(bill) is None
    assert deal.missing(bill) == Missing(cents=500, pieces=1)


def test_delivery_is_free_from_an_amount_on_and_only_as_far_as_it_costs():
    bill = cart(("F1", 1, 5000), delivery=800)
    assert made(FreeDelivery, bill, threshold=5000).effect(bill).delivery_off == 800
    assert made(FreeDelivery, bill, threshold=5000, most=500).effect(bill).delivery_off == 500
    assert made(FreeDelivery, bill, threshold=5001).effect(bill) is None
    assert made(FreeDelivery, bill, threshold=5001).missing(bill) == Missing(cents=1, gain=800)
    assert made(FreeDelivery, cart(("F1", 1, 5000))).effect(cart(("F1", 1, 5000))) is None
