"""A field that there is not is refused by name, and nothing is done: a misspelt field is not silently left out."""

import pytest

from members.models import Identity, Member, Order
from members.oneid.identities import attach
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


def test_a_misspelt_filter_does_not_list_everybody(till):
    make_member("张晓梅", phone="13812345678")
    answer = till.read("/members/", idenity="phone:13812345678")
    assert named(answer) == [("idenity", "unknown_parameter")]
    assert "张晓梅" not in answer.content.decode()
    for known in ({"limit": 5}, {"identity": "phone:13812345678"}, {"stage": "growing"}, {"tier": "plain"}):
        assert till.read("/members/", **known).status_code == 200


@pytest.mark.parametrize("identity", ["staff:BH0712", "staff: BH0712 "])
def test_whether_a_member_works_here_is_no_partners_to_say_nor_to_find_out(till, identity):
    member = make_member("林小满", phone="13812345678")
    attach(member, "staff", "BH0712")
    before = list(Identity.objects.values())
    body = {"identities": [identity, "phone:13912345678"]}
    is_problem(till.send("POST", "/members/", body), 422, "bad_identity")
    is_problem(till.send("POST", "/members/find/", {"identity": identity}), 422, "bad_identity")
    is_problem(till.read("/members/", identity=identity), 422, "bad_identity")
    is_problem(till.send("POST", "/orders/", sale(make_store(), identity=identity)), 422, "bad_identity")
    assert list(Identity.objects.values()) == before
    assert Order.objects.count() == 0
