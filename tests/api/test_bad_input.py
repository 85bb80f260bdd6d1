"""Bad input of every sort: always a problem with a code, never a 500, never HTML, and nothing is changed."""

import json

import pytest
from django.test import Client

from coupons.models import Coupon, CouponEvent
from members.models import Consent, Identity, Member, Order, OrderLine, Return, TimelineFact
from tests.api.callers import is_problem, make_till
from tests.api.routes import SCOPES, address
from tests.makers import make_coupon, make_member, make_store

pytestmark = pytest.mark.django_db
TABLES = (Member, Identity, Order, OrderLine, Return, Coupon, CouponEvent, Consent, TimelineFact)
WRITES = sorted((method, path) for method, path in SCOPES if method != "GET")

BODIES = {
    "nothing": b"",
    "not JSON": b"{",
    "a word": b"hello",
    "two values": b"{} {}",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "a text": b'"text"',
    "NaN": b'{"amount": NaN}',
    "Infinity": b'{"amount": -Infinity}',
    "NUL escaped": b'{"order_no": "a\\u0000b", "name": "\\u0000"}',
    "NUL raw": b'{"order_no": "a\x00b"}',
    "lone surrogate": b'{"order_no": "\\ud800", "identities": ["phone:\\udfff"]}',
    "surrogate in a name": b'{"\\ud800": 1}',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "deep list": b"[" * 100_000,
    "deep and closed": b'{"a":' * 400 + b"1" + b"}" * 400,
    "deep enough": b"[" * 30 + b"]" * 30,
    "a number of 5,000 digits": b'{"revision": ' + b"9" * 5000 + b"}",
    "a text of 10 MB": b'{"name": "' + b"a" * 10_000_000 + b'"}',
    "a key of 1 MB": b'{"' + b"a" * 1_000_000 + b'": 1}',
    "a form": b"order_no=1&store=2",
}
ORDER = {
    "order_no": "N-1",
    "paid_at": "2026-11-20T10:00:00+08:00",
    "lines": [{"sku": "F001", "quantity": 1, "unit_price": "10.00"}],
}


def everything() -> list[int]:
    """How many rows each table has."""
    return [table.objects.count() for table in TABLES]


def send_raw(till, method: str, path: str, body: bytes, kind: str = "application/json"):
    return till.generic(method, f"/api/v1{path}", body, content_type=kind)


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_a_problem_at_every_address_and_changes_nothing(name):
    till, member = make_till(), make_member(phone="13812345678")
    before = everything()
    for method, path in WRITES:
        answer = send_raw(till, method, address(path).replace("mem_nobody", member.public_id), BODIES[name])
        if (method, answer.status_code) == ("PATCH", 200):  # a PATCH that names nothing changes nothing
            continue
        assert 400 <= answer.status_code < 500, (method, path, answer.content)
        is_problem(answer, answer.status_code, answer.json()["code"])
    assert everything() == before
    member.refresh_from_db()
    assert member.name == "张晓梅"


def test_ten_megabytes_are_too_large():
    is_problem(send_raw(make_till(), "POST", "/orders/", BODIES["a text of 10 MB"]), 413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_another_content_type_is_415(kind):
    is_problem(send_raw(make_till(), "POST", "/orders/", b"{}", kind), 415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;charset=x"])
def test_parameters_and_case_of_the_content_type_do_not_matter(kind):
    is_problem(send_raw(make_till(), "POST", "/orders/", b"{}", kind), 400, "invalid")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense", ""])
def test_whatever_is_accepted_the_answer_is_json(accept):
    answer = make_till().get("/api/v1/nowhere/", headers={"Accept": accept})
    is_problem(answer, 404, "no_such_address")


VALUES = [
    1e400,
    "NaN",
    "Infinity",
    "1e400",
    "-1",
    "1,5",
    "１２",
    "1_000",
    "9" * 400,
    "0.001",
    True,
    None,
    [],
    {},
    "",
    " ",
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_bad_amount_is_named(value):
    store, member = make_store(), make_member()
    coupon = make_coupon(member)
    before = everything()
    body = {"order_no": "N-1", "store": store.code, "amount": value}
    raw = json.dumps(body).replace("Infinity", "1e400", 1) if value == 1e400 else json.dumps(body)
    answer = send_raw(make_till(), "POST", f"/coupons/{coupon.code}/redeem/", raw.encode())
    members = is_problem(answer, 400, "invalid")
    assert [error["field"] for error in members["errors"]] == ["amount"]
    assert everything() == before
    coupon.refresh_from_db()
    assert coupon.state == "issued"


TIMES = ["2026-11-20", "2026-11-20T10:00:00", "10:00", 7, "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
         "9999-12-31T23:59:59-14:00", "２026-11-20T10:00:00Z", "2026-11-20T10:00:00+99:00", None, []]  # fmt: skip


@pytest.mark.parametrize("value", TIMES, ids=repr)
def test_a_bad_time_is_named(value):
    before = everything()
    body = {**ORDER, "store": make_store().code, "paid_at": value}
    members = is_problem(make_till().send("POST", "/orders/", body), 400, "invalid")
    assert [error["field"] for error in members["errors"]] == ["paid_at"]
    assert everything() == before


CHANGES = [
    {"order_no": "a/b"}, {"order_no": "a b"}, {"order_no": ".."}, {"order_no": ""}, {"order_no": "x" * 65},
    {"order_no": 7.5}, {"channel": "POS 1"}, {"channel": "x" * 21}, {"revision": -1}, {"revision": 10**12},
    {"revision": 1.5}, {"lines": []}, {"lines": {}}, {"lines": [7]}, {"lines": [{}]}, {"coupons": "X"},
    {"coupons": ["x" * 100]}, {"lines": [{"sku": "F", "quantity": 0, "unit_price": "1"}]},
    {"lines": [{"sku": "F", "quantity": -1, "unit_price": "1"}]},
    {"lines": [{"sku": "F", "quantity": "1.2345", "unit_price": "1"}]},
    {"lines": [{"sku": "x" * 61, "quantity": 1, "unit_price": "1"}]},
    {"lines": [{"sku": "F", "quantity": 1, "unit_price": "1.2345"}]},
    {"member": "x" * 100}, {"identity": 7.25}, {"total": "much"},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_bad_value_in_an_order_is_named_and_nothing_is_recorded(change):
    store = make_store()
    before = everything()
    answer = make_till().send("POST", "/orders/", {**ORDER, "store": store.code, **change})
    members = is_problem(answer, 400, "invalid")
    assert members["errors"][0]["field"].startswith(next(iter(change)))
    assert everything() == before


def test_the_order_that_the_bad_values_were_tried_on_is_good():
    answer = make_till().send("POST", "/orders/", {**ORDER, "store": make_store().code})
    assert answer.status_code == 201, answer.content


PATHS = ["/members/%00/", "/members/mem_%ED%A0%80/", "/coupons/%00%00/", "/orders/pos/%00/", "/orders/%FF/1/",
         "/members/?identity=%00", "/members/?identity=phone:%00", "/stores/?code=%00", "/members/%F0%9F%98%80/",
         "/members/" + "m" * 5000 + "/", "/coupons/" + "%E2%80%8B" * 300 + "/", "/campaigns/?store=%00",
         "/campaigns/?member=mem_x", "/campaigns/?active_at=1e400", "/members/?identity=phone", "/members/?stage=x",
         "/members/mem_x/ledger/?ledger=x", "/coupons/X/?amount=NaN"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_bad_address_or_query_is_a_problem(path):
    answer = make_till().get(f"/api/v1{path}")
    assert 400 <= answer.status_code < 500
    is_problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    "path", ["/api/", "/api", "/api/v1/", "/api/v2/stores/", "/api/v1/nowhere/", "/api/v1/stores/1/"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "BREW"])
def test_an_unknown_address_is_a_problem_for_everybody(path, method):
    is_problem(Client().generic(method, path), 404, "no_such_address")


def test_a_forgotten_slash_is_explained():
    members = is_problem(make_till().send("POST", "/orders", {}, Accept_Language="en"), 404, "no_such_address")
    assert "slash" in members["detail"]


def test_a_bad_host_is_a_problem(settings):
    settings.ALLOWED_HOSTS = ["shop.example"]
    answer = make_till().get("/api/v1/stores/", headers={"Host": "elsewhere.example"})
    is_problem(answer, 400, "bad_request")


def test_refusals_speak_the_language_asked_for_and_chinese_by_itself():
    till = make_till()
    english = till.send("GET", "/members/mem_nobody/", Accept_Language="en")
    assert is_problem(english, 404, "member_not_found")["title"] == "Not found"
    assert english.headers["Content-Language"] == "en"
    chinese = till.send("GET", "/members/mem_nobody/")
    assert chinese.headers["Content-Language"] == "zh-hans"
