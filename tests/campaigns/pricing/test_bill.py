"""The bill: cents, parts that add up, and lines that do not care in which order they were named."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.pricing.bill import Bill, Effect, Item, cents, percent_off, share_out, yuan

weights = st.dictionaries(st.integers(0, 50), st.integers(0, 10**6), max_size=20)


@pytest.mark.parametrize(
    ("amount", "paid", "off"),
    [(9990, "85", 1499), (1, "50", 1), (3, "50", 2), (1, "99", 0), (100, "99.5", 1), (10000, "33.33", 6667)],
)
def test_a_percentage_is_rounded_half_up_to_the_cent(amount, paid, off):
    assert percent_off(amount, Decimal(paid)) == off


def test_yuan_and_cents_are_each_others_inverse():
    assert [cents(Decimal(text)) for text in ("0.005", "12.34", "0.004", "100")] == [1, 1234, 0, 10000]
    assert str(yuan(1230)) == "12.30"
    assert cents(yuan(987654321)) == 987654321


def test_the_largest_remainders_get_the_cents_left_over():
    assert share_out(100, {0: 1, 1: 1, 2: 1}) == {0: 34, 1: 33, 2: 33}
    assert share_out(10, {0: 5, 1: 90, 2: 5}) == {0: 1, 1: 9}  # 0.5, 9 and 0.5: the earlier of two equal remainders
    assert share_out(1000, {0: 2990, 1: 3990, 2: 1680}) == {0: 345, 1: 461, 2: 194}
    assert share_out(0, {0: 5}) == share_out(5, {0: 0}) == {}


@given(st.integers(0, 10**6), weights)
def test_parts_add_up_and_none_exceeds_its_weight(total, weights):
    total = min(total, sum(weights.values()))
    parts = share_out(total, weights)
    assert sum(parts.values()) == total
    assert all(0 < part <= weights[line] for line, part in parts.items())


@given(st.integers(0, 10**6), weights)
def test_no_part_is_a_whole_cent_away_from_its_true_share(total, weights):
    whole = sum(weights.values())
    parts = share_out(total, weights)
    if whole:
        assert all(abs(parts.get(line, 0) * whole - total * weight) < whole for line, weight in weights.items())


def test_a_bill_does_not_care_in_which_order_the_cart_names_its_lines():
    items = [Item("a", "F2", 1, 1, 500, 500), Item("b", "F1", 1, 2, 900, 1800), Item("c", "F1", 1, 1, 950, 950)]
    assert Bill.of(items).items == Bill.of(reversed(items)).items


def test_a_bill_is_not_changed_by_what_comes_after_it():
    bill = Bill.of([Item("a", "F1", None, 2, 500, 1000)], 800)
    after = bill.after(Effect({0: 300}, {0: 1}, delivery_off=800))
    assert (bill.left, bill.free, bill.delivery, bill.to_pay) == ([1000], [2], 800, 1800)
    assert (after.left, after.free, after.delivery, after.to_pay) == ([700], [1], 0, 700)
