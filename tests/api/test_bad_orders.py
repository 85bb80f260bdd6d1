"""Orders and refunds over the API that cannot be: a status, a code and a sentence each, and nothing is changed."""

import pytest

from members.ledgers import points
from members.models import Member, Order, PointsEntry, Return, TimelineFact
from members.orders.settlement import settle
from stores.models import Scope
from tests.api.callers import is_problem, make_till
from tests.makers import make_member, make_store, make_tiers, moment
from tests.members.days import on

pytestmark = pytest.mark.django_db
PAID = "2026-11-20T10:00:00+08:00"
LINE = {"sku": "F001", "quantity": 2, "unit_price": "50.00"}


@pytest.fixture
def till():
    return make_till(Scope.ORDERS_READ, Scope.ORDERS_WRITE)


@pytest.fixture
def mei(till):
    """Zhang Xiaomei with order N-1 over 100.00."""
    make_tiers()
    make_store(code="HZ01")
    mei = make_member("张晓梅", phone="13812345678")
    assert till.send("POST", "/orders/", body(member=mei.public_id)).status_code == 201
    return mei


def body(**more):
    return {"order_no": "N-1", "paid_at": PAID, "store": "HZ01", "lines": [LINE], **more}


def refund(**more):
    return {"refund_no": "R-1", "returned_at": "2026-11-21T10:00:00+08:00", **more}


def everything() -> list:
    """All rows that an order touches."""
    return [list(model.objects.order_by("pk").values()) for model in (Member, Order, Return, PointsEntry, TimelineFact)]


BAD = {
    "unknown member": ({"order_no": "N-2", "member": "mem_nobody"}, 404, "member_not_found"),
    "negative price": ({"order_no": "N-2", "lines": [LINE | {"unit_price": "-1.00"}]}, 422, "invalid"),
    "negative amount": ({"order_no": "N-2", "lines": [LINE | {"amount": "-1.00"}]}, 422, "invalid"),
    "fraction of a cent": ({"order_no": "N-2", "lines": [LINE | {"amount": "99.999"}]}, 422, "invalid"),
    "price of four digits": ({"order_no": "N-2", "lines": [LINE | {"unit_price": "49.9999"}]}, 422, "invalid"),
    "total with three digits": ({"order_no": "N-2", "total": "100.000"}, 422, "invalid"),
    "future date": ({"order_no": "N-2", "paid_at": "2099-01-01T00:00:00+08:00"}, 422, "future_date"),
    "another member": ({"identity": "phone:13912345678"}, 409, "member_changed"),
    "nobody any more": ({}, 409, "member_changed"),
    "another member by revision": ({"identity": "phone:13912345678", "revision": 4}, 409, "member_changed"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_order_is_refused_with_a_sentence(till, mei, name):
    more, status, code = BAD[name]
    before = everything()
    answer = till.send("POST", "/orders/", body(**more))
    problem = is_problem(answer, 400 if code == "invalid" else status, code)
    assert problem["detail"].endswith("。")
    assert all(error["detail"] for error in problem["errors"])
    assert everything() == before


@pytest.mark.parametrize("name", BAD)
def test_in_bulk_it_alone_is_refused_with_the_same_words(till, mei, name):
    more, _status, code = BAD[name]
    before = everything()
    (row,) = till.send("POST", "/orders/bulk/", {"orders": [body(**more)]}).json()["results"]
    assert (row["status"], row["code"]) == ("refused", code)
    assert row["detail"]
    assert everything() == before


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"amount": "100.01"}, 422, "refund_above_order"),
        ({"amount": "-1.00"}, 400, "invalid"),
        ({"amount": "0.001"}, 400, "invalid"),
        ({"amount": "1.00", "returned_at": "2099-01-01T00:00:00+08:00"}, 422, "future_date"),
    ],
)
def test_a_refund_is_refused_with_a_sentence(till, mei, more, status, code):
    before = everything()
    is_problem(till.send("POST", "/orders/pos/N-1/refunds/", refund(**more)), status, code)
    assert everything() == before


def test_the_receipt_of_an_order_whose_points_expired_still_says_what_it_gave(till):
    make_store(code="HZ01")
    with on("2025-02-10"):
        mei = make_member("张晓梅", joined_at=moment("2025-01-01"))
        sent = make_till().send("POST", "/orders/", body(member=mei.public_id, paid_at="2025-02-10T10:00:00+08:00"))
        assert sent.json()["points"] == 100
    settle([mei.pk])
    assert points.spendable(mei) == 0
    assert till.read("/orders/pos/N-1/").json()["points"] == 100
