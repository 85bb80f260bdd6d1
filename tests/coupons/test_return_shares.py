"""How a coupon's discount is spread over a receipt, and what returns take back of each line: reckoning alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coupons.models import CouponTerms
from coupons.returnshares import Back, Sold, Standing, portions, returned

D = Decimal
OFF = CouponTerms(kind="amount_off", threshold=D(60), amount_off=D(10))


def lines(*sold: str) -> list[Sold]:
    """Lines from "2 cherry 30 54": how many of what at which list price, and what was paid."""
    names = sorted({text.split()[1] for text in sold})
    parts = [text.split() for text in sold]
    return [
        Sold(number, names.index(what) + 1, what, None, D(count), D(price), D(paid))
        for number, (count, what, price, paid) in enumerate(parts, start=1)
    ]


def back(sold: list[Sold], *goods: str, amount: str = "0") -> Back:
    """A return from "1 cherry": how many of what."""
    product = {line.sku: line.product_id for line in sold}
    return Back(D(amount), [(product[what], D(count)) for count, what in map(str.split, goods)])


def standing(sold: list[Sold], *backs: Back, terms: CouponTerms = OFF, discount: str = "10.00") -> Standing:
    net = sum((line.paid for line in sold), D(0))
    return Standing(terms, D(discount), sold, returned(sold, net, backs))


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("10.00", "1 1 1", "3.34 3.33 3.33"),
        ("0.02", "1 1 1", "0.01 0.01 0.00"),
        ("10.00", "54 27 9", "6.00 3.00 1.00"),
        ("10.00", "0 5 0", "0.00 10.00 0.00"),
        ("7.77", "19.99 0.01", "7.77 0.00"),
        ("5.00", "0 0", "0.00 0.00"),
    ],
)
def test_a_total_is_divided_by_the_largest_remainder(total, weights, parts):
    assert portions(D(total), [D(one) for one in weights.split()]) == [D(one) for one in parts.split()]


SOLD = lines("2 cherry 30 54", "3 apple 10 27", "1 bag 10 9")


@pytest.mark.parametrize(
    ("backs", "given", "total", "holds"),
    [
        ([], "0 0 0", "0.00", True),
        ([back(SOLD, "1 cherry")], "3 0 0", "3.00", True),  # 100 - 30
        ([back(SOLD, "2 cherry")], "6 0 0", "6.00", False),
        ([back(SOLD, "1 apple"), back(SOLD, "2 apple")], "0 3 0", "3.00", True),
        ([back(SOLD, "9 apple")], "0 3 0", "3.00", True),  # never more than was sold
        ([back(SOLD, amount="45")], "3 1.5 0.5", "5.00", False),  # half of the money
        ([back(SOLD, "2 cherry", amount="54"), back(SOLD, amount="9")], "6 0.75 0.25", "7.00", False),
    ],
)
def test_what_each_line_gives_back(backs, given, total, holds):
    found = standing(SOLD, *backs)
    assert found.given_back == [D(part) for part in given.split()]
    assert (found.total, found.threshold_holds, found.returned.is_all) == (D(total), holds, False)


def test_of_a_product_on_two_lines_the_earlier_one_comes_back_first():
    sold = lines("1 cherry 30 27", "2 cherry 20 36", "1 bag 30 27")
    assert standing(sold, back(sold, "2 cherry")).given_back == [D("3.00"), D("2.00"), 0]


@pytest.mark.parametrize(
    ("backs", "is_all"),
    [
        ([back(SOLD, "2 cherry", "3 apple", "1 bag")], True),
        ([back(SOLD, "2 cherry", "3 apple")], False),
        ([back(SOLD, amount="90")], True),
        ([back(SOLD, amount="89.99")], False),
        ([back(SOLD, "2 cherry", amount="54"), back(SOLD, amount="36")], True),
    ],
)
def test_when_everything_came_back(backs, is_all):
    assert standing(SOLD, *backs).returned.is_all is is_all


def test_goods_that_were_free_with_the_coupon_bear_it_by_their_list_price():
    sold = lines("1 cherry 30 0", "1 apple 10 0")
    assert standing(sold, back(sold, "1 apple"), discount="40.00").given_back == [0, D("10.00")]


many = st.integers(1, 5)
money = st.decimals(min_value=0, max_value=300, places=2)


@given(
    bought=st.lists(st.tuples(many, money), min_size=1, max_size=5),
    discount=st.decimals(min_value=0, max_value=100, places=2),
    came=st.lists(st.tuples(st.integers(0, 4), many), max_size=4),
    loose=money,
)
def test_parts_add_up_more_returns_never_take_less_and_their_order_does_not_matter(bought, discount, came, loose):
    sold = [
        Sold(number, number, f"F{number}", None, D(count), D(100), paid)
        for number, (count, paid) in enumerate(bought, start=1)
    ]
    backs = [Back(D(0), [(product + 1, D(count))]) for product, count in came] + [Back(loose)]
    totals = []
    for end in range(len(backs) + 1):
        found = standing(sold, *backs[:end], discount=str(discount))
        assert sum(found.shares, D(0)) == discount
        assert all(0 <= part <= share for part, share in zip(found.given_back, found.shares, strict=True))
        totals.append(found.total)
    assert totals == sorted(totals)
    assert standing(sold, *reversed(backs), discount=str(discount)).given_back == found.given_back
