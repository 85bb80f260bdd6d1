"""Idempotency-Key: the same call has one effect and one answer, whatever happens to the first try."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from coupons import redemption
from coupons.models import Coupon
from members.models import Order
from stores import replies
from stores.models import StoredReply
from tests.api.callers import Till, is_problem, make_till
from tests.makers import make_coupon, make_member, make_store, make_template, make_tiers

pytestmark = pytest.mark.django_db


def order(store, **changes):
    return {
        "order_no": "N-1",
        "paid_at": "2026-11-20T10:00:00+08:00",
        "store": store.code,
        "lines": [{"sku": "F001", "quantity": 1, "unit_price": "10.00"}],
        **changes,
    }


@pytest.fixture
def store():
    make_tiers()
    return make_store()


def test_the_same_call_again_gets_the_same_answer_and_says_so(store):
    till = make_till()
    first = till.send("POST", "/orders/", order(store), once="k-1")
    again = till.send("POST", "/orders/", order(store), once="k-1")
    assert (first.status_code, first.headers.get("Idempotency-Replayed")) == (201, None)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.content == first.content
    assert Order.objects.count() == 1


def test_without_a_key_the_number_of_the_receipt_protects(store):
    till = make_till()
    assert till.send("POST", "/orders/", order(store)).status_code == 201
    again = till.send("POST", "/orders/", order(store), once="a new key")
    is_problem(again, 400, "invalid")  # a blank is not allowed in a key
    again = till.send("POST", "/orders/", order(store), once="a-new-key")
    assert (again.status_code, again.json()["status"]) == (200, "unchanged")
    assert Order.objects.count() == 1


def test_another_order_of_the_members_is_the_same_body(store):
    till = make_till()
    body = order(store)
    till.send("POST", "/orders/", body, once="k-1")
    turned = json.loads(json.dumps(dict(reversed(body.items()))))
    assert till.send("POST", "/orders/", turned, once="k-1").headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("what", ["body", "address"])
def test_the_key_with_another_call_is_refused_and_nothing_happens(store, what):
    till = make_till()
    till.send("POST", "/orders/", order(store), once="k-1")
    if what == "body":
        answer = till.send("POST", "/orders/", order(store, order_no="N-2"), once="k-1")
    else:
        answer = till.send("POST", "/orders/bulk/", order(store), once="k-1")
    is_problem(answer, 422, "idempotency_key_reused")
    assert Order.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "tab\tbed"])
def test_an_unusable_key_is_refused(store, key):
    answer = make_till().post(
        "/api/v1/orders/", order(store), content_type="application/json", headers={"Idempotency-Key": key}
    )
    assert is_problem(answer, 400, "invalid")["errors"][0]["code"] == "idempotency_key_invalid"
    assert Order.objects.count() == 0


def test_keys_belong_to_a_partner_and_a_store(store):
    first, second = make_till(), make_till()
    other = make_store()
    calls = [(first, store, "N-1"), (first, other, "N-2"), (second, store, "N-3")]
    for till, place, number in calls:
        answer = till.send("POST", "/orders/", order(place, order_no=number), once="k-1")
        assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (201, None)


def test_a_refusal_is_stored_too(store):
    till, template = make_till(), make_template(stock=1)
    make_coupon(template=template)
    body = {"template": template.public_id, "member": make_member().public_id}
    first = till.send("POST", "/coupons/issue/", body, once="k-1")
    is_problem(first, 422, "stock_spent")
    template.stock = 2
    template.save()
    again = till.send("POST", "/coupons/issue/", body, once="k-1")
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert again.headers["Content-Type"] == "application/problem+json"


def test_a_conflict_is_not_stored_and_may_be_tried_again(store):
    till, member = make_till(), make_member()
    coupon = make_coupon(member)
    redemption.lock(coupon.code, channel="pos", order_no="other", amount=100, store=store)
    body = {"order_no": "N-1", "store": store.code, "amount": "100.00"}
    is_problem(till.send("POST", f"/coupons/{coupon.code}/redeem/", body, once="k-1"), 409, "coupon_locked")
    redemption.release(coupon.code, channel="pos", order_no="other")
    answer = till.send("POST", f"/coupons/{coupon.code}/redeem/", body, once="k-1")
    assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (200, None)


def test_a_fault_of_the_database_is_503_not_stored_and_may_be_tried_again(store):
    till, coupon = make_till(), make_coupon()
    body = {"order_no": "N-1", "store": store.code, "amount": "100.00"}
    path = f"/coupons/{coupon.code}/redeem/"

    def lost(execute, sql, params, many, context):
        if "coupons_couponevent" in sql:
            raise OperationalError("the connection was lost")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lost):
        answer = till.send("POST", path, body, once="k-1")
    is_problem(answer, 503, "try_again")
    assert answer.headers["Retry-After"]
    assert Coupon.objects.get(pk=coupon.pk).state == "issued"
    assert till.send("POST", path, body, once="k-1").status_code == 200


def test_while_the_first_call_runs_the_second_hears_so(store):
    till = make_till()
    till.send("POST", "/orders/", order(store), once="k-1")
    StoredReply.objects.update(status=None, body=None, created_at=timezone.now())
    answer = till.send("POST", "/orders/", order(store), once="k-1")
    is_problem(answer, 409, "idempotency_in_flight")
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_call_whose_process_died_is_taken_over_after_a_minute(store):
    till = make_till()
    till.send("POST", "/orders/", order(store), once="k-1")
    StoredReply.objects.update(status=None, body=None, created_at=timezone.now() - timedelta(seconds=61))
    answer = till.send("POST", "/orders/", order(store), once="k-1")
    assert (answer.status_code, answer.json()["status"]) == (200, "unchanged")


def test_who_was_taken_over_rolls_its_effect_back(store, transactional_db):
    till = make_till()
    claims = []

    def slow(execute, sql, params, many, context):
        if not claims and "members_order" in sql:
            claims.append(StoredReply.objects.update(created_at=timezone.now()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(slow):
        answer = till.send("POST", "/orders/", order(store), once="k-1")
    is_problem(answer, 409, "idempotency_in_flight")
    assert claims
    assert Order.objects.count() == 0


def test_a_key_is_kept_for_a_day_and_swept_afterwards(store):
    till = make_till()
    till.send("POST", "/orders/", order(store), once="k-1")
    StoredReply.objects.update(created_at=timezone.now() - timedelta(hours=23))
    assert replies.sweep() == 0
    StoredReply.objects.update(created_at=timezone.now() - timedelta(hours=25))
    answer = till.send("POST", "/orders/", order(store, order_no="N-2"), once="k-1")
    assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (201, None)
    StoredReply.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert replies.sweep() == 1


def test_a_stored_answer_shows_no_phone_to_a_key_that_may_not_see_it(store):
    whole = make_till("members:write", "members:pii")
    masked = make_till("members:write", partner=whole.key.partner)
    body = {"identities": ["phone:13812345678"]}
    assert whole.send("POST", "/members/", body, once="k-1").json()["phone"] == "13812345678"
    answer = masked.send("POST", "/members/", body, once="k-1")
    assert b"13812345678" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_twenty_tries_at_once_have_one_effect_and_one_answer(store):
    till, member = make_till(), make_member()
    template = make_template()
    body = {"template": template.public_id, "member": member.public_id}
    answers = at_once(20, lambda: Till(till.text).send("POST", "/coupons/issue/", body, once="k-1"))
    assert Coupon.objects.filter(member=member).count() == 1
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert {answer.json()["code"] for answer in answers if answer not in done} <= {"idempotency_in_flight"}


@pytest.mark.django_db(transaction=True)
def test_without_a_key_twenty_tries_have_twenty_effects(store):
    """The control of the test above: the key is what protects."""
    till, member = make_till(), make_member()
    body = {"template": make_template().public_id, "member": member.public_id}
    at_once(20, lambda: Till(till.text).send("POST", "/coupons/issue/", body))
    assert Coupon.objects.filter(member=member).count() == 20


def at_once(times: int, call):
    """The answers of ``times`` calls that start together, each on its own thread and connection."""
    barrier = Barrier(times)

    def run(_nth: int):
        try:
            barrier.wait(30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))
