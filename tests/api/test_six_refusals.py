"""What cannot be, said by a till: refused alike at each door, one receipt or many, with a sentence; nothing changes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.callers import is_problem
from tests.api.hostile import Shop, fingerprint
from tests.makers import make_member

pytestmark = pytest.mark.django_db
SALE, BACK = "sale", "return"
INVALID = ("invalid", 400)  # the body does not say what it must; refusals of the verb have codes of their own
LATER = (timezone.now() + timedelta(days=3)).isoformat()
# what is changed in a good receipt or refund -> the code at both doors, and the status at the door of one
WRONG = {
    "unknown member": (SALE, {"member": "mem_nobody", "identity": None}, ("member_not_found", 404)),
    "negative price": (SALE, {"lines": [{"sku": "F001", "quantity": 1, "unit_price": "-1.00"}]}, INVALID),
    "negative amount": (SALE, {"lines": [{"sku": "F", "quantity": 1, "unit_price": "1", "amount": "-1.00"}]}, INVALID),
    "negative refund": (BACK, {"amount": "-0.01"}, INVALID),
    "refund above the order": (BACK, {"amount": "100.01"}, ("refund_above_order", 422)),
    "fractions of a cent": (
        SALE, {"lines": [{"sku": "F", "quantity": 1, "unit_price": "1", "amount": "0.999"}]}, INVALID,
    ),
    "refund by fractions": (BACK, {"amount": "1.001"}, INVALID),
    "price of four digits": (SALE, {"lines": [{"sku": "F001", "quantity": 1, "unit_price": "1.0001"}]}, INVALID),
    "total that is not": (SALE, {"total": "20.01"}, ("total_mismatch", 422)),
    "future sale": (SALE, {"paid_at": LATER}, ("future_date", 422)),
    "future refund": (BACK, {"returned_at": LATER}, ("future_date", 422)),
    "another content": (SALE, {"order_no": "N-0"}, ("order_conflict", 409)),
    "another member": (SALE, {"order_no": "N-0", "identity": "phone:13912345678"}, ("member_changed", 409)),
    "another member by revision": (
        SALE, {"order_no": "N-0", "identity": "phone:13912345678", "revision": 5}, ("member_changed", 409),
    ),
    "nobody any more": (SALE, {"order_no": "N-0", "identity": None, "revision": 5}, ("member_changed", 409)),
}  # fmt: skip


def sent(shop: Shop, name: str) -> tuple[str, dict]:
    """The address and the body of a wrong receipt or refund."""
    kind, change, _expected = WRONG[name]
    calls = shop.calls()
    call = calls["POST orders/"] if kind == SALE else calls["POST orders/<channel>/<order_no>/refunds/"]
    body = {key: value for key, value in {**call.body, **change}.items() if value is not None}
    if "lines" in change:
        body.pop("total")
    return call.path, body


@pytest.mark.parametrize("name", WRONG)
def test_one_alone_is_refused_with_a_sentence_and_nothing_changes(name):
    shop = Shop()
    make_member("李子涵", phone="13912345678")
    code, status = WRONG[name][2]
    path, body = sent(shop, name)
    before = fingerprint()
    told = is_problem(shop.till.send("POST", path, body), status, code)
    assert told["detail"].endswith((".", "。"))
    assert all(error["detail"] for error in told["errors"])
    assert fingerprint() == before


@pytest.mark.parametrize("name", WRONG)
def test_among_others_it_alone_is_refused_and_changes_nothing(name):
    shop = Shop()
    make_member("李子涵", phone="13912345678")
    code, _status = WRONG[name][2]
    _path, body = sent(shop, name)
    if WRONG[name][0] == BACK:
        body |= {"kind": "return", "order_no": "N-0"}
    before = fingerprint()
    answer = shop.till.send("POST", "/orders/bulk/", {"orders": [body]}).json()
    (row,) = answer["results"]
    assert (answer["refused"], row["status"], row["code"]) == (1, "refused", code)
    assert row["detail"].endswith((".", "。"))
    assert fingerprint() == before
    good = {**shop.calls()["POST orders/"].body, "order_no": "N-9"}
    both = shop.till.send("POST", "/orders/bulk/", {"orders": [body, good]}).json()
    assert [one["status"] for one in both["results"]] == ["refused", "created"]


def test_the_receipt_that_is_spoilt_here_is_good():
    shop = Shop()
    call = shop.calls()["POST orders/"]
    assert shop.till.send("POST", call.path, call.body).status_code == 201
    path, body = sent(shop, "refund above the order")
    assert shop.till.send("POST", path, {**body, "amount": "100.00"}).status_code == 201
