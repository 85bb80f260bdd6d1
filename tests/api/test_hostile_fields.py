"""Every field of every writing route is sent things that no till should send: each is answered with a sentence and a
stable code, and nothing is changed; what cannot mean anything is never accepted."""

import re

import pytest
from django.db import transaction

from tests.api.callers import is_problem
from tests.api.hostile import NEVER, ODD, Call, Shop, fingerprint, places, with_value
from tests.api.routes import SCOPES

pytestmark = pytest.mark.django_db
CODE = re.compile(r"[a-z][a-z0-9_]*")
OURS = ("members/", "orders/", "coupons/exchange/")
WITHOUT_A_BODY = {"DELETE members/<member>/benefits/<benefit>/use/<reference>/"}
ROUTES = sorted(f"{method} {path}" for method, path in SCOPES if method != "GET" and path.startswith(OURS))
CALLS = sorted({*ROUTES, "POST orders/bulk/ of a return", "POST orders/<channel>/<order_no>/refunds/ by lines"})


def refused(call: Call, answer) -> bool:
    """Whether it was refused, properly; False when it was accepted. Anything else fails the test."""
    assert answer.status_code < 500, answer.content
    told = answer.json()
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
    elif call.is_bulk and told["refused"]:
        (told,) = told["results"]
    else:
        return False
    assert CODE.fullmatch(told["code"])
    assert str(told["detail"]).endswith((".", "。")), told
    return True


def tried(shop: Shop, call: Call, raw: bytes) -> bool:
    """Send it and undo what it did; whether it was refused."""
    with transaction.atomic():
        answer = shop.till.generic(call.method, f"/api/v1{call.path}", raw, content_type="application/json")
        is_refused = refused(call, answer)
        if not is_refused:
            transaction.set_rollback(True)
    return is_refused


def changed(before) -> list[str]:
    """The tables that are not as they were."""
    return [name for name, value in fingerprint().items() if value != before[name]]


def test_every_writing_route_has_a_good_call():
    assert set(CALLS) - WITHOUT_A_BODY == set(Shop().calls())


@pytest.mark.parametrize("name", sorted(set(CALLS) - WITHOUT_A_BODY))
def test_a_field_refuses_what_means_nothing_and_changes_nothing(name):
    shop = Shop()
    call = shop.calls()[name]
    before = fingerprint()
    for place in places(call.body):
        for words, raw in {**NEVER, **ODD}.items():
            is_refused = tried(shop, call, with_value(call.body, place, raw))
            assert is_refused or words not in NEVER, f"{words} was accepted in {place}"
        assert changed(before) == [], place
    assert not tried(shop, call, with_value(call.body, ("nowhere",), "1"))


@pytest.mark.parametrize("name", ["POST orders/", "POST members/", "PATCH members/<member>/"])
def test_fields_that_nobody_may_write_are_refused_by_name(name):
    shop = Shop()
    call = shop.calls()[name]
    before = fingerprint()
    dreams = {"tier": "gold", "points": 10**6, "growth": 10**6, "returned_amount": "1.00", "state": "erased", "pk": 1}
    for _twice in range(2):
        told = is_problem(shop.till.send(call.method, call.path, {**call.body, **dreams}), 400, "invalid")
        assert {(error["field"], error["code"]) for error in told["errors"]} == {
            (field, "unknown_field") for field in dreams
        }
    assert changed(before) == []


PATHS = ["%00", "%ED%A0%80", "%FF", "x" * 3000, "mem_", "mem_%F0%9F%98%80", "..%2F..", "1e400", "-1", "%E2%80%AE"]


@pytest.mark.parametrize("path", sorted({path for _method, path in SCOPES if "<" in path and path.startswith(OURS)}))
def test_an_address_with_nonsense_in_it_leads_nowhere(path):
    shop = Shop()
    before = fingerprint()
    methods = [method for method, known in SCOPES if known == path]
    for nonsense in PATHS:
        address = re.sub(r"<\w+>", nonsense, path)
        for method in methods:
            answer = shop.till.generic(method, f"/api/v1/{address}", b"{}", content_type="application/json")
            assert 400 <= answer.status_code < 500, (method, address)
            assert CODE.fullmatch(answer.json()["code"])
    assert changed(before) == []


QUERY = ["limit", "cursor", "updated_since", "identity", "tier", "stage", "home_store", "ledger", "kind", "member"]


@pytest.mark.parametrize("path", ["members/", "members/{}/ledger/", "members/{}/benefits/", "members/{}/timeline/",
                                  "coupons/exchange/"])  # fmt: skip
def test_a_query_of_nonsense_is_answered_without_an_error_of_ours(path):
    shop = Shop()
    for name in QUERY:
        for value in ("\0", "NaN", "1e400", "-1", "", "x" * 3000, "\u202e", "[]", "9" * 400, "phone:\0"):
            answer = shop.till.read("/" + path.format(shop.mei.public_id), **{name: value})
            assert answer.status_code < 500, (name, value)


def test_control_a_value_that_slips_through_is_noticed(monkeypatch):
    monkeypatch.setitem(NEVER, "a name", '"张三"')
    with pytest.raises(AssertionError, match="a name was accepted"):
        test_a_field_refuses_what_means_nothing_and_changes_nothing("PATCH members/<member>/")


def test_control_a_change_in_any_table_is_noticed():
    shop = Shop()
    before = fingerprint()
    shop.store.city = "杭州"
    shop.store.save()
    assert "stores_store" in changed(before)
