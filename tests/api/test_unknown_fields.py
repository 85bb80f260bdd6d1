"""A field that there is not is refused by name, and nothing is done: a misspelt field is not silently left out."""

import pytest

from members.models import Member, Order
from tests.api.callers import is_problem, make_till
from tests.api.test_store_limits import sale
from tests.makers import make_member, make_store, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    make_tiers()
    return make_till()


def named(answer) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in is_problem(answer, 400, "invalid")["errors"]]


def test_a_misspelt_field_of_a_sign_up_is_named_and_nobody_is_signed_up(till):
    body = {"identities": ["phone:13812345678"], "birthdate": "1990-05-04"}
    assert named(till.send("POST", "/members/", body)) == [("birthdate", "unknown_field")]
    assert Member.objects.count() == 0


@pytest.mark.parametrize("field", ["tier", "points", "growth", "home_store", "guide", "code", "state"])
def test_what_follows_from_rules_cannot_be_written_and_is_not_ignored(till, field):
    member = make_member("张晓梅")
    before = Member.objects.values().get(pk=member.pk)
    answer = till.send("PATCH", f"/members/{member.public_id}/", {"name": "王芳", field: 1})
    assert named(answer) == [(field, "unknown_field")]
    assert Member.objects.values().get(pk=member.pk) == before


def test_a_misspelt_field_of_a_line_is_named_with_its_place(till):
    order = sale(make_store())
    order["lines"].append(order["lines"][0] | {"qty": 2})
    assert named(till.send("POST", "/orders/", order)) == [("lines.1.qty", "unknown_field")]
    assert Order.objects.count() == 0


def test_in_bulk_the_row_alone_is_refused(till):
    store = make_store()
    rows = [sale(store) | {"kind": "sale"}, sale(store) | {"order_no": "N-2", "discount": "1.00"}, "no row"]
    results = till.send("POST", "/orders/bulk/", {"orders": rows}).json()["results"]
    assert [row["status"] for row in results] == ["created", "refused", "refused"]
    assert [(error["field"], error["code"]) for error in results[1]["errors"]] == [("discount", "unknown_field")]


def test_a_body_full_of_strange_fields_gets_a_short_answer(till):
    errors = named(till.send("POST", "/members/", {f"f{number}" * 50: 1 for number in range(500)}))
    assert len(errors) == 20
    assert max(len(field) for field, _code in errors) == 60


@pytest.mark.parametrize("body", [[], "text", 3, None, {"identities": {"a": 1}}])
def test_what_is_no_object_at_all_is_still_told_in_the_usual_words(till, body):
    assert till.send("POST", "/members/", body).status_code == 400
