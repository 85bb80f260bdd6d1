"""Flash prices, fixed prices, the nth item and bundles: each piece serves one of them."""

from decimal import Decimal

import pytest

from campaigns.pricing.bill import Bill, Item
from campaigns.pricing.deals import Bundle, FixedPrice, FlashPrice, Missing, NthItem, Part
from tests.campaigns.pricing.carts import cart, made


@pytest.mark.parametrize(("limit", "off"), [(None, 3000), (3, 3000), (2, 2000), (0, 0)])
def test_a_flash_price_holds_for_as_many_pieces_as_may_be_had(limit, off):
    bill = cart(("F1", 3, 3990))
    effect = made(FlashPrice, bill, prices={0: 2990}, limit=limit).effect(bill)
    assert (effect.total if effect else 0) == off
    assert (effect.pieces if effect else {}) == ({0: off // 1000} if off else {})


def test_a_limit_is_shared_by_all_lines_where_most_comes_off_first():
    bill = cart(("F1", 1, 3990), ("F1", 2, 3790), ("F2", 1, 5000))
    deal = made(FlashPrice, bill, prices={0: 2990, 1: 2990, 2: 3500}, limit=3)
    assert deal.effect(bill).off == {2: 1500, 0: 1000, 1: 800}


def test_a_flash_price_above_the_list_price_changes_nothing():
    bill = cart(("F1", 3, 1990))
    assert made(FlashPrice, bill, prices={0: 2990}).effect(bill) is None


def test_goods_by_weight_cost_the_flash_price_for_their_weight():
    bill = Bill.of([Item("a", "F1", None, 0, 1990, 3463)])  # 1.74 kg at 19.90
    deal = made(FlashPrice, bill, prices={0: 990})
    assert deal.effect(bill).off == {0: 1740}  # 17.23 instead of 34.63
    assert made(FlashPrice, bill, prices={0: 990}, limit=0).effect(bill) is None
    assert deal.effect(bill.after(deal.effect(bill))) is None


def test_the_dearest_piece_gets_the_fixed_price():
    bill = cart(("F1", 2, 1990), ("F2", 1, 2990))
    assert made(FixedPrice, bill, price=990).effect(bill).off == {1: 2000}
    assert made(FixedPrice, bill, price=2990).effect(bill) is None
    assert made(FixedPrice, bill, price=990, threshold=7000).effect(bill) is None
    assert made(FixedPrice, bill, price=990, most=1500).effect(bill).off == {1: 1500}
    assert made(FixedPrice, bill, lines=(), price=990).missing(bill) == Missing(pieces=1)
    assert made(FixedPrice, bill, price=990, threshold=7000).missing(bill) == Missing(cents=30, gain=2000)


def test_a_piece_costs_what_is_left_of_its_line_shared_by_its_pieces():
    bill = cart(("F1", 3, 3000))
    flash = made(FlashPrice, bill, prices={0: 1001}, limit=1)
    cheaper = bill.after(flash.effect(bill))  # 70.01 for three: 23.33 each
    assert made(FixedPrice, bill, price=990).effect(cheaper).off == {0: 1343}
    assert made(FixedPrice, bill, price=2333).effect(cheaper) is None


@pytest.mark.parametrize(
    ("pieces", "off", "short"), [(1, 0, 1), (2, 1000, 0), (3, 1000, 1), (4, 2000, 0), (5, 2000, 1)]
)
def test_the_second_of_one_item_costs_half(pieces, off, short):
    bill = cart(("F1", pieces, 2000))
    deal = made(NthItem, bill, count=2, paid=Decimal(50))
    effect = deal.effect(bill)
    assert (effect.total if effect else 0) == off
    assert deal.missing(bill) == (Missing(pieces=1, gain=1000) if short else None)


def test_across_items_the_pieces_are_counted_off_from_the_dearest():
    bill = cart(("F1", 1, 5000), ("F2", 2, 3000), ("F3", 1, 1000))
    effect = made(NthItem, bill, count=2, paid=Decimal(50), same_item=False).effect(bill)
    assert (effect.off, dict(effect.pieces)) == ({1: 1500, 2: 500}, {0: 1, 1: 2, 2: 1})
    assert made(NthItem, bill, count=2, paid=Decimal(50)).effect(bill).off == {1: 1500}


def test_of_three_the_cheapest_is_free_and_the_best_rounds_count():
    bill = cart(("F1", 3, 1000), ("F2", 3, 4000))
    assert made(NthItem, bill, count=3, paid=Decimal(0)).effect(bill).off == {1: 4000, 0: 1000}
    only_once = made(NthItem, bill, count=3, paid=Decimal(0), most=1)
    assert (only_once.effect(bill).off, only_once.missing(bill)) == ({1: 4000}, None)


def test_a_bundle_takes_as_many_as_are_complete_and_shares_the_saving_by_price():
    bill = cart(("F1", 2, 3000), ("F2", 3, 1000))
    deal = made(Bundle, bill, parts=(Part((0,), 1), Part((1,), 1)), price=3000)
    effect = deal.effect(bill)
    assert (effect.facts["times"], effect.off, dict(effect.pieces)) == (2, {0: 1500, 1: 500}, {0: 2, 1: 2})
    assert deal.missing(bill) == Missing(pieces=1)
    assert made(Bundle, bill, parts=(Part((0,), 1), Part((1,), 1)), price=3000, most=1).effect(bill).total == 1000


def test_any_three_of_a_group_are_the_dearest_three():
    bill = cart(("F1", 1, 2000), ("F2", 1, 3000), ("F3", 2, 4000))
    effect = made(Bundle, bill, parts=(Part((0, 1, 2), 3),), price=9900).effect(bill)
    assert dict(effect.pieces) == {2: 2, 1: 1}
    assert effect.total == 1100


def test_a_bundle_that_costs_more_than_its_pieces_is_not_sold():
    bill = cart(("F1", 1, 2000), ("F2", 4, 500))
    assert made(Bundle, bill, parts=(Part((0,), 1), Part((1,), 1)), price=2500).effect(bill) is None
    once = made(Bundle, bill, parts=(Part((0, 1), 2),), price=2000).effect(bill)
    assert once.facts["times"] == 1  # 20 + 5 for 20; the next two, 5 + 5, would cost more


def test_a_bundle_is_found_although_its_parts_compete_for_a_piece():
    bill = cart(("F1", 1, 3000), ("F2", 1, 2000), ("F3", 1, 1000))
    parts = (Part((0, 1), 1), Part((0, 2), 1), Part((0,), 1))
    assert made(Bundle, bill, parts=parts, price=1000).effect(bill).total == 5000
    crossing = (Part((0, 1), 1), Part((0,), 1))
    assert dict(made(Bundle, bill, lines=(0, 1), parts=crossing, price=1000).effect(bill).pieces) == {0: 1, 1: 1}


def test_the_lines_of_a_bundle_are_those_of_its_parts():
    bill = cart(("F1", 1, 3000), ("F2", 1, 2000))
    with pytest.raises(ValueError, match="parts"):
        made(Bundle, bill, parts=(Part((0,), 1),), price=100)


def test_a_piece_serves_one_deal_only():
    bill = cart(("F1", 3, 2000))
    flash = made(FlashPrice, bill, prices={0: 1000}, limit=2)
    second = made(NthItem, bill, count=2, paid=Decimal(50))
    assert second.effect(bill.after(flash.effect(bill))) is None
