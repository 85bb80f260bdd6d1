"""Good combinations are found by exchanges alone, before everything is looked at; on large carts that has to do."""

from decimal import Decimal
from random import Random

from campaigns.pricing.bill import Bill
from campaigns.pricing.combining import best, in_turn
from campaigns.pricing.deals import Bundle, Deal, FlashPrice, FullReduction, Part, Percentage, Turn
from campaigns.pricing.exchanging import Exchanges
from campaigns.pricing.searching import MOST_WORK, Search
from tests.campaigns.pricing.carts import cart, made, random_cart, random_deal, steps

ENOUGH = 10_000


def exchanged(bill: Bill, deals: list[Deal], *, most_coupons: int = 10, work: int = ENOUGH) -> tuple[list[str], int]:
    """Which deals exchanges come to, and what comes off."""
    search = Search(bill, in_turn(deals), most_coupons=most_coupons)
    link = Exchanges(search.chains, search.standing, search.alone, most_coupons=most_coupons, most_work=work).run()
    return [search.deals[one].key for one in link.taken], -link.tally[1]


def test_a_bundle_takes_the_place_of_the_flash_prices_that_use_its_pieces_up():
    bill = cart(("cherry", 1, 4000), ("grape", 1, 4000))
    deals = [
        made(FlashPrice, bill, "promotion:1", lines=(0,), prices={0: 3900}),
        made(FlashPrice, bill, "promotion:2", lines=(1,), prices={1: 3800}),
        made(Bundle, bill, "promotion:3", lines=(0, 1), parts=(Part((0,), 1), Part((1,), 1)), price=5000),
        made(FullReduction, bill, "coupon:4", steps=steps((1000, 500)), turn=Turn.COUPON),
    ]
    assert exchanged(bill, deals) == (["promotion:3", "coupon:4"], 3500)
    assert exchanged(bill, deals, work=0)[1] < 3500  # control: it does take exchanges


def test_where_only_one_coupon_is_allowed_the_better_one_takes_its_place():
    bill = cart(("grape", 1, 7000))
    deals = [
        made(FullReduction, bill, "promotion:1", steps=steps((7000, 1500))),
        made(Percentage, bill, "coupon:2", paid=Decimal(90), turn=Turn.COUPON),  # 7.00 alone, 5.50 after it
        made(FullReduction, bill, "coupon:3", steps=steps((1000, 600)), turn=Turn.COUPON),
    ]
    assert exchanged(bill, deals, most_coupons=1) == (["promotion:1", "coupon:3"], 2100)


def test_on_large_carts_it_comes_close_to_ten_times_the_work():
    """With 40 offers that clash in many ways, a tenth of the work costs less than three percent of what comes off."""
    usual = thorough = 0
    for seed in range(10):
        dice = Random(seed)
        bill = random_cart(dice, 20)
        deals = [random_deal(dice, bill, number) for number in range(40)]
        usual += best(bill, deals).off
        thorough += best(bill, deals, most_work=10 * MOST_WORK).off
    assert thorough * 0.97 <= usual <= thorough


def test_a_search_says_whether_it_saw_everything_and_how_far_it_looked():
    bill = cart(("grape", 2, 7000))
    found = best(bill, [made(FullReduction, bill, steps=steps((7000, 1500)))])
    assert found.is_exact
    assert 0 < found.work < MOST_WORK
    dice = Random(3)
    bill = random_cart(dice, 20)
    found = best(bill, [random_deal(dice, bill, number) for number in range(40)], most_work=50)
    assert (found.is_exact, found.work >= 50) == (False, True)
