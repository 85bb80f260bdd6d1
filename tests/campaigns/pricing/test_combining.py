"""The best combination: compared with every other one on small carts, and what holds for every cart."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from campaigns.pricing.bill import Bill, Gift
from campaigns.pricing.combining import Combination, asked_for, best, in_turn
from campaigns.pricing.deals import Family, FullReduction, GiftWithPurchase, Percentage, Turn
from tests.campaigns.pricing.carts import cart, exhaustive, made, random_cart, random_deal, steps


def case(seed: int, *, lines: int = 6, deals: int = 8):
    """A random cart and deals for it."""
    dice = Random(seed)
    bill = random_cart(dice, dice.randrange(1, lines + 1))
    return bill, [random_deal(dice, bill, number) for number in range(dice.randrange(1, deals + 1))], dice


def keys(found: Combination) -> list[str]:
    return [one.deal.key for one in found.taken]


def test_on_small_carts_it_is_the_best_of_all_combinations():
    for seed in range(250):
        bill, deals, _dice = case(seed)
        assert best(bill, deals).rank() == exhaustive(bill, deals).rank(), seed


def test_with_wanted_deals_and_few_coupons_it_is_the_best_of_all_combinations():
    for seed in range(150):
        bill, deals, dice = case(seed)
        wanted = {deal.key for deal in deals if dice.random() < 0.3}
        most = dice.randrange(0, 3)
        found = best(bill, deals, wanted=wanted, most_coupons=most)
        expected = exhaustive(bill, deals, wanted=wanted, most_coupons=most)
        assert found.rank(wanted) == expected.rank(wanted), seed


def test_the_comparison_with_all_combinations_can_fail():
    """Control: taking the largest first is not always best."""
    bill = cart(("F1", 1, 10000))
    deals = [
        made(FullReduction, bill, "promotion:1", steps=steps((10000, 3000)), beside=frozenset({Family.BENEFIT})),
        made(FullReduction, bill, "promotion:2", steps=steps((9000, 2000))),
        made(FullReduction, bill, "coupon:3", steps=steps((5000, 2500)), turn=Turn.COUPON),
    ]
    largest = asked_for(bill, deals[:1])[0]
    assert exhaustive(bill, deals).off == best(bill, deals).off == 4500 > largest.off


@pytest.mark.parametrize("work", [0, 50, 1000])
def test_however_little_work_is_allowed_it_is_at_least_as_good_as_each_deal_by_itself(work):
    for seed in range(60):
        bill, deals, _dice = case(seed, lines=20, deals=40)
        found = best(bill, deals, most_work=work)
        single = max((effect.total for deal in deals if (effect := deal.effect(bill))), default=0)
        assert found.off >= single, seed


def test_what_comes_off_adds_up_and_no_line_goes_below_zero():
    for seed in range(100):
        bill, deals, _dice = case(seed, lines=20, deals=30)
        found = best(bill, deals)
        assert found.bill.to_pay == bill.to_pay - found.off
        assert min(found.bill.left) >= 0
        assert min(found.bill.free) >= 0
        assert found.bill.delivery >= 0
        for line, item in enumerate(bill.items):
            off = sum(one.effect.off.get(line, 0) for one in found.taken)
            assert 0 <= found.bill.left[line] == item.amount - off <= item.amount


def test_neither_the_order_of_the_lines_nor_that_of_the_deals_matters():
    for seed in range(60):
        bill, deals, dice = case(seed)
        items, shuffled = list(bill.items), list(deals)
        dice.shuffle(items)
        dice.shuffle(shuffled)
        again = best(Bill.of(items, bill.delivery), shuffled)
        first = best(bill, deals)
        assert (again.rank(), again.bill.left) == (first.rank(), first.bill.left), seed


def test_no_deal_does_more_on_a_smaller_bill():
    """What the search relies on when it cuts off."""
    for seed in range(400):
        bill, deals, _dice = case(seed)
        first, *others = in_turn(deals)
        effect = first.effect(bill)
        after = bill.after(effect) if effect else bill
        for deal in others:
            less, more = deal.effect(after), deal.effect(bill)
            assert (less.total if less else 0) <= (more.total if more else 0), (seed, deal)
            assert (less.gift_value if less else 0) <= (more.gift_value if more else 0), (seed, deal)


def test_of_equal_ones_the_member_keeps_coupons_for_another_day():
    bill = cart(("F1", 1, 10000))
    promotion = made(FullReduction, bill, "promotion:1", steps=steps((10000, 1000)), groups=frozenset("a"))
    coupon = made(FullReduction, bill, "coupon:2", steps=steps((10000, 1000)), turn=Turn.COUPON, groups=frozenset("a"))
    assert keys(best(bill, [coupon, promotion])) == ["promotion:1"]


def test_of_two_equal_coupons_the_one_that_stands_first_is_used():
    bill = cart(("F1", 1, 10000))
    first = made(FullReduction, bill, "coupon:9", steps=steps((6000, 1000)), turn=Turn.COUPON, place=(1, 1))
    second = replace(first, key="coupon:1", place=(1, 2))
    assert keys(best(bill, [second, first], most_coupons=1)) == ["coupon:9"]
    assert keys(best(bill, [second, first])) == ["coupon:9", "coupon:1"]


def test_a_gift_is_given_although_it_has_no_value():
    bill = cart(("F1", 1, 10000))
    gift = made(GiftWithPurchase, bill, gifts=(Gift("试吃", 1, 0),))
    assert keys(best(bill, [gift])) == ["promotion:1"]


def test_wanted_deals_are_taken_although_others_would_take_more_off():
    bill = cart(("F1", 1, 10000))
    large = made(FullReduction, bill, "promotion:1", steps=steps((10000, 3000)), beside=frozenset({Family.BENEFIT}))
    small = made(Percentage, bill, "coupon:2", paid=Decimal(95), turn=Turn.COUPON)
    assert keys(best(bill, [large, small])) == ["promotion:1"]
    assert keys(best(bill, [large, small], wanted={"coupon:2"})) == ["coupon:2"]


def test_what_was_asked_for_is_taken_as_far_as_it_goes_and_the_rest_is_explained():
    bill = cart(("F1", 1, 10000))
    one = made(FullReduction, bill, "promotion:1", steps=steps((5000, 500)), groups=frozenset("a"))
    other = made(FullReduction, bill, "promotion:2", steps=steps((5000, 900)), groups=frozenset("a"))
    dear = made(FullReduction, bill, "promotion:3", steps=steps((20000, 900)))
    coupons = [
        replace(one, key=f"coupon:{nth}", family=Family.COUPON, turn=Turn.COUPON, groups=frozenset()) for nth in (4, 5)
    ]
    found, refused = asked_for(bill, [other, dear, *coupons, one], most_coupons=1)
    assert keys(found) == ["promotion:1", "coupon:4"]
    assert refused == {"promotion:2": "clash:promotion:1", "promotion:3": "not_met", "coupon:5": "too_many"}
