"""Coupons whose tills, guides, headquarters and nights all act at once: the laws hold after each burst."""

import re
from functools import partial

import pytest

from coupons import holding, moves, redemption
from coupons.models import CouponEvent
from tests.concurrency.crowd import after_looking, at_once
from tests.torture.couponacts import ACTS, House, issue_to_all
from tests.torture.couponlaws import broken
from tests.torture.couponlife import THREADS, burst, live

pytestmark = pytest.mark.django_db(transaction=True)


def test_whatever_happens_at_once_the_laws_of_coupons_hold():
    live(stories=2, bursts=4)


def test_every_act_can_be_done_and_is_lawful():
    house = House()
    for name in ("issue", "issue_to_all", "give_pack", "lock", "release", "redeem", "bring_back", "send", "recall"):
        assert burst(house, [(name, 1, 1)]).refused == [], name
        assert broken(house) == [], name
    for name, code in (("reverse", []), ("void", []), ("void", []), ("lock", ["coupon_voided"])):
        assert burst(house, [(name, 1, 1)]).refused == code, name
        assert broken(house) == [], name
    assert set(CouponEvent.objects.values_list("move", flat=True)) >= {"redeemed", "returned", "reversed", "voided"}


def test_control_without_the_locks_and_the_condition_a_law_breaks(monkeypatch):
    """Eight tills take the coupons of a house, and all have looked before one writes."""
    look = after_looking(holding.find, THREADS)
    monkeypatch.setattr(redemption, "hold", lambda code, order: (look(code), []))
    made = moves._making
    monkeypatch.setattr(moves, "_making", lambda move, to: re.sub(r"AND state IN \(.*?\)", "", made(move, to)))
    house = House()
    issue_to_all(house, 1, 0)
    house.look()
    outcome = at_once([partial(ACTS["redeem"], house, 0, nth) for nth in range(THREADS)])
    assert outcome.broken == []
    assert len(outcome.done) > 2
    assert any("redeemed while" in words for words in broken(house))
