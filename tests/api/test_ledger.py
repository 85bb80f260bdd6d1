"""The points ledger tells a till what can be spent, what is frozen, what is owed and what expires when."""

import pytest

from members.ledgers import points
from tests.api.callers import make_till
from tests.makers import days_ago, make_member, make_order, make_return, make_store, moment
from tests.members.days import on

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    """A partner with every scope."""
    return make_till()


def test_the_first_page_of_points_says_what_can_be_spent_and_what_is_frozen(till):
    member = make_member(joined_at=days_ago(90))
    old = make_order("100.00", member=member, paid_at=days_ago(20))
    make_order("30.00", member=member, paid_at=days_ago(1))
    points.spend(member, 40, reference="coupon:1", note="换购")
    page = till.read(f"/members/{member.public_id}/ledger/", limit=2).json()
    purse = page["purse"]
    assert {key: purse[key] for key in ("points", "owed", "spendable", "frozen", "expiring")} == {
        "points": 90, "owed": 0, "spendable": 60, "frozen": 30, "expiring": [],
    }  # fmt: skip
    assert [(lot["earned"], lot["left"], lot["frozen_until"] is None) for lot in purse["lots"]] == [
        (100, 60, True),
        (30, 30, False),
    ]
    assert purse["lots"][0]["order"] == old.public_id
    assert [row["kind"] for row in page["results"]] == ["spent", "order"]
    later = till.send("GET", page["next"].split("/api/v1")[1]).json()
    assert (later["purse"], [row["delta"] for row in later["results"]]) == (None, [100])
    assert till.read(f"/members/{member.public_id}/ledger/", ledger="growth").json()["purse"] is None


def test_what_is_owed_is_told(till):
    member = make_member(joined_at=days_ago(90))
    order = make_order("100.00", member=member, paid_at=days_ago(20))
    points.spend(member, 40, reference="coupon:1")
    make_return("100.00", sale=order)
    purse = till.read(f"/members/{member.public_id}/ledger/").json()["purse"]
    assert (purse["points"], purse["owed"], purse["spendable"], purse["lots"]) == (0, 40, 0, [])


def test_points_that_end_with_this_month_are_announced():
    with on("2025-02-10"):
        member = make_member(joined_at=moment("2025-01-01"))
        make_order("100.00", member=member, paid_at=moment("2025-02-10"))
        make_order("70.00", member=member, paid_at=moment("2025-02-09"), store=make_store(time_zone="Asia/Tokyo"))
    with on("2026-02-15"):
        purse = make_till().read(f"/members/{member.public_id}/ledger/").json()["purse"]
    assert purse["expiring"] == [
        {"at": "2026-02-28T23:00:00+08:00", "amount": 70},
        {"at": "2026-03-01T00:00:00+08:00", "amount": 100},
    ]
    with on("2026-01-15"):
        assert make_till().read(f"/members/{member.public_id}/ledger/").json()["purse"]["expiring"] == []
