"""Orders over the API: one, thousands, refunds, and the receipt that a till asks about."""

import pytest
from django.utils import timezone

from members.models import Member, Order, Return
from stores.models import Scope
from tests.api.callers import is_problem, make_till
from tests.makers import make_member, make_store, make_tiers

pytestmark = pytest.mark.django_db
PAID = "2026-11-20T10:00:00+08:00"


@pytest.fixture(autouse=True)
def _tiers():
    make_tiers()


@pytest.fixture
def till():
    return make_till(Scope.ORDERS_READ, Scope.ORDERS_WRITE)


@pytest.fixture
def store():
    return make_store()


def order(store, number="N-1", price="100.00", **more):
    lines = [{"sku": "F001", "name": "阳光玫瑰", "quantity": 2, "unit_price": price}]
    return {"order_no": number, "paid_at": PAID, "store": store.code, "lines": lines, **more}


def refund(number="R-1", **more):
    return {"refund_no": number, "returned_at": "2026-11-21T10:00:00+08:00", **more}


def test_an_order_gives_points_and_growth_and_the_same_again_changes_nothing(till, store):
    member = make_member(phone="13812345678")
    body = order(store, identity="phone:13812345678", coupons=[], total="200.00")
    first = till.send("POST", "/orders/", body)
    assert first.status_code == 201, first.content
    assert first.json()["member"] == member.public_id
    assert (first.json()["net_amount"], first.json()["status"]) == ("200.00", "created")
    assert first.json()["points"] > 0
    again = till.send("POST", "/orders/", body)
    assert (again.status_code, again.json()["status"]) == (200, "unchanged")
    member.refresh_from_db()
    assert (member.points, member.growth) == (first.json()["points"], first.json()["growth"])


def test_an_identity_nobody_has_makes_a_member(till, store):
    shown = till.send("POST", "/orders/", order(store, identity="phone:13912345678")).json()
    assert shown["member"] == Member.objects.get().public_id


def test_another_content_is_a_conflict_unless_the_revision_is_higher(till, store):
    till.send("POST", "/orders/", order(store))
    is_problem(till.send("POST", "/orders/", order(store, price="90.00")), 409, "order_conflict")
    assert Order.objects.get().net_amount == 200
    changed = till.send("POST", "/orders/", order(store, price="90.00", revision=1))
    assert (changed.status_code, changed.json()["status"], changed.json()["net_amount"]) == (200, "updated", "180.00")


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"total": "1.00"}, 422, "total_mismatch"),
        ({"store": "nowhere"}, 422, "store_not_found"),
        ({"member": "mem_nobody"}, 404, "member_not_found"),
        ({"member": "mem_nobody", "identity": "phone:13812345678"}, 422, "member_named_twice"),
        ({"identity": "phone:1"}, 422, "bad_identity"),
        ({"paid_at": "2099-01-01T00:00:00Z"}, 422, "future_date"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_recorded_nowhere(till, store, more, status, code):
    is_problem(till.send("POST", "/orders/", order(store) | more), status, code)
    assert Order.objects.count() == 0


def test_a_till_that_lost_our_answer_reads_the_receipt(till, store):
    member = make_member()
    till.send("POST", "/orders/", order(store, member=member.public_id))
    till.send("POST", "/orders/pos/N-1/refunds/", refund(amount="50.00"))
    shown = till.read("/orders/pos/N-1/").json()
    assert (shown["net_amount"], shown["returned_amount"], shown["member"]) == ("200.00", "50.00", member.public_id)
    assert [(line["sku"], line["quantity"], line["amount"]) for line in shown["lines"]] == [("F001", "2", "200.00")]
    assert [(row["refund_no"], row["amount"]) for row in shown["refunds"]] == [("R-1", "50.00")]
    assert shown["points"] == Member.objects.get().points
    is_problem(till.read("/orders/pos/N-2/"), 404, "order_not_found")


@pytest.mark.parametrize(
    ("more", "amount"),
    [
        ({}, "200.00"),
        ({"amount": "30.00"}, "30.00"),
        ({"lines": [{"sku": "F001", "quantity": 1}]}, "100.00"),
        ({"lines": [{"sku": "F001", "quantity": "0.5", "amount": "12.34"}]}, "12.34"),
    ],
)
def test_a_refund_is_full_by_lines_or_by_amount_and_comes_once(till, store, more, amount):
    till.send("POST", "/orders/", order(store, member=make_member().public_id))
    first = till.send("POST", "/orders/pos/N-1/refunds/", refund(**more))
    assert (first.status_code, first.json()["amount"]) == (201, amount), first.content
    again = till.send("POST", "/orders/pos/N-1/refunds/", refund(**more))
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert Return.objects.count() == 1
    assert f"{Order.objects.get().returned_amount:.2f}" == amount


def test_a_refund_before_its_order_is_kept_and_applied(till, store):
    early = till.send("POST", "/orders/pos/N-1/refunds/", refund(amount="50.00", store=store.code))
    assert (early.status_code, early.json()["order"]) == (201, None)
    shown = till.send("POST", "/orders/", order(store, member=make_member().public_id)).json()
    assert shown["returned_amount"] == "50.00"


@pytest.mark.parametrize(
    ("number", "more", "code"),
    [
        ("N-1", {"amount": "200.01"}, "refund_above_order"),
        ("N-1", {"lines": [{"sku": "F001", "quantity": 3}]}, "line_not_in_order"),
        ("N-1", {"lines": [{"sku": "F002", "quantity": 1}]}, "line_not_in_order"),
        ("N-9", {}, "store_missing"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_and_takes_nothing_back(till, store, number, more, code):
    till.send("POST", "/orders/", order(store))
    is_problem(till.send("POST", f"/orders/pos/{number}/refunds/", refund(**more)), 422, code)
    assert Return.objects.count() == 0
    assert Order.objects.get().returned_amount == 0


def test_a_full_refund_of_an_unknown_order_must_say_its_amount(till, store):
    answer = till.send("POST", "/orders/pos/N-9/refunds/", refund(store=store.code))
    is_problem(answer, 422, "amount_missing")


def test_bulk_gives_one_result_per_row_in_order_and_bad_rows_stop_nobody(till, store):
    rows = [
        order(store, "N-1"),
        {"order_no": "N-2"},
        7,
        order(store, "N-3") | {"store": "nowhere"},
        order(store, "N-4", identity="phone:13812345678"),
        {**refund("R-4", amount="10.00"), "kind": "return", "order_no": "N-4", "store": store.code},
        order(store, "N-1"),
        order(store, "N-5", total="1.00"),
        {**refund("R-5"), "kind": "return", "order_no": "N-4", "store": store.code},
    ]
    answer = till.send("POST", "/orders/bulk/", {"orders": rows})
    assert answer.status_code == 200, answer.content
    told = [(row["status"], row["code"]) for row in answer.json()["results"]]
    assert told == [
        ("created", ""),
        ("refused", "invalid"),
        ("refused", "invalid"),
        ("refused", "store_not_found"),
        ("created", ""),
        ("created", ""),
        ("unchanged", ""),
        ("refused", "total_mismatch"),
        ("refused", "amount_missing"),
    ]
    assert answer.json()["created"] == 3
    assert Order.objects.count() == 2
    again = till.send("POST", "/orders/bulk/", {"orders": rows})
    assert [row["status"] for row in again.json()["results"]].count("created") == 0


@pytest.mark.parametrize("rows", [[], {}, None, "rows", [{}] * 5001])
def test_a_bulk_call_holds_one_to_five_thousand_rows(till, rows):
    is_problem(till.send("POST", "/orders/bulk/", {"orders": rows}), 400, "invalid")


def test_a_till_of_one_store_does_nothing_for_another():
    ours, other = make_store("静安寺店"), make_store("徐家汇店")
    free = make_till()
    free.send("POST", "/orders/", order(other, "N-1"))
    till = make_till(stores=[ours])
    is_problem(till.send("POST", "/orders/", order(other, "N-2")), 403, "store_not_allowed")
    is_problem(till.send("POST", "/orders/", order(ours, "N-2") | {"store": "nowhere"}), 403, "store_not_allowed")
    is_problem(till.read("/orders/pos/N-1/"), 404, "order_not_found")
    is_problem(till.send("POST", "/orders/pos/N-1/refunds/", refund(amount="1.00")), 403, "store_not_allowed")
    bulk = till.send("POST", "/orders/bulk/", {"orders": [order(other, "N-3"), order(ours, "N-4")]}).json()
    assert [row["status"] for row in bulk["results"]] == ["refused", "created"]
    assert sorted(Order.objects.values_list("order_no", flat=True)) == ["N-1", "N-4"]
    assert Return.objects.count() == 0


def test_a_thousand_orders_in_one_call_are_taken_in_seconds(till, store):
    rows = [order(store, f"B-{n}", identity=f"phone:138{n:08d}") for n in range(1, 1001)]
    begun = timezone.now()
    answer = till.send("POST", "/orders/bulk/", {"orders": rows}, once="bulk-1")
    assert answer.json()["created"] == 1000, answer.content[:500]
    assert (timezone.now() - begun).total_seconds() < 20
