"""Worked examples: each total and each line was computed by hand."""

from decimal import Decimal

import pytest

from stores import policy
from tests.campaigns.quotes import examples, examples_of_occasions
from tests.campaigns.quotes.shop import open_shop

pytestmark = pytest.mark.django_db
ALL = [*examples.ALL, *examples_of_occasions.ALL]


@pytest.fixture(autouse=True)
def _settings_read_anew():
    policy.forget()
    yield
    policy.forget()


@pytest.mark.parametrize("example", ALL, ids=lambda one: one.says)
def test_a_cart_costs_what_was_computed_by_hand(example):
    for name, value in example.settings.items():
        policy.change(name, value, by=None)
    shop = open_shop(example.tier)
    for offer in example.offers:
        offer(shop)
    found = shop.quote(example.cart, delivery=example.delivery)
    assert [line.off for line in found.lines] == example.line_off
    assert found.to_pay == Decimal(example.to_pay)
    assert sum(gift.quantity for gift in found.gifts) == example.gifts
    assert found.list_total - found.off + found.delivery - found.delivery_off == found.to_pay
    for line in found.lines:
        assert line.amount - line.off == line.to_pay >= 0
        assert sum(share.off for share in line.shares) == line.off


def test_there_are_more_than_sixty_of_them():
    assert len(ALL) > 60
    assert len({(one.cart, one.off, one.says) for one in ALL}) == len(ALL)
