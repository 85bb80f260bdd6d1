"""Packs over the API: issued within the budget, once per reference; seen in lists and in the wallet."""

from decimal import Decimal

import pytest

from coupons import catalogue
from coupons.models import Coupon, GivenPack
from stores.models import Partner, Scope
from tests.api.callers import is_problem, make_partner, make_till
from tests.coupons.shop import broken
from tests.makers import make_coupon, make_member, make_pack, make_store, make_template

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture
def till():
    return make_till(Scope.COUPONS_READ, Scope.COUPONS_ISSUE, Scope.MEMBERS_READ, partner=make_partner(budget=100))


@pytest.fixture
def pack():
    tasting = make_template("试吃券", kind="gift", gift_name="草莓", gift_value=Decimal(12))
    return make_pack((make_template(), 2), (tasting, 1, 7))


def body(pack, **more) -> dict:
    return {"pack": pack.public_id, "identity": f"phone:{PHONE}", **more}


def used() -> Decimal:
    return Partner.objects.get().budget_used


def test_a_pack_is_issued_with_what_is_there_and_what_is_to_come(till, pack):
    member = make_member(phone=PHONE)
    answer = till.send("POST", "/coupons/issue/", body(pack, reference="W-1"))
    assert answer.status_code == 201, answer.content
    given = answer.json()
    assert (given["pack"]["id"], given["member"]) == (pack.public_id, member.public_id)
    there = [(step["template"]["name"], step["coupon"] is not None, step["refusal"]) for step in given["coupons"]]
    assert there == [("满60减10", True, None), ("满60减10", True, None), ("试吃券", False, None)]
    assert used() == 32  # what is to come counts at once
    again = till.send("POST", "/coupons/issue/", body(pack, reference="W-1"))
    assert (again.status_code, again.json()) == (200, given)
    assert (used(), Coupon.objects.count()) == (32, 2)
    assert till.send("POST", "/coupons/issue/", body(pack, reference="W-2")).status_code == 201
    assert broken() == []


def test_an_idempotency_key_stands_in_for_the_reference(till, pack):
    make_member(phone=PHONE)
    first, again = (till.send("POST", "/coupons/issue/", body(pack), once="k-1") for _nth in range(2))
    assert (first.status_code, again.status_code, GivenPack.objects.count()) == (201, 201, 1)


def test_a_pack_beyond_the_budget_is_refused_whole(till, pack):
    make_member(phone=PHONE)
    Partner.objects.update(budget=31)
    is_problem(till.send("POST", "/coupons/issue/", body(pack)), 422, "budget_spent")
    assert (used(), Coupon.objects.count(), GivenPack.objects.count()) == (0, 0, 0)


def test_what_cannot_be_given_says_why(till, pack):
    make_member(phone=PHONE)
    ten = pack.items.get(count=2).template
    catalogue.stop(ten, None)
    answer = till.send("POST", "/coupons/issue/", body(pack)).json()
    assert [step["refusal"] for step in answer["coupons"]] == ["template_not_active", "template_not_active", None]
    assert answer["coupons"][0]["detail"]
    assert used() == 12
    alone = make_pack(name="一张", published=False)
    is_problem(till.send("POST", "/coupons/issue/", body(alone)), 404, "pack_not_found")


@pytest.mark.parametrize("named", [{}, {"template": "tpl_8Xw2kQ0aZr", "pack": "pck_5vRz1nKcTe"}])
def test_a_template_or_a_pack_is_named_and_not_both(till, named):
    make_member(phone=PHONE)
    problem = is_problem(till.send("POST", "/coupons/issue/", named | {"identity": f"phone:{PHONE}"}), 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == ["template"]
    is_problem(till.send("POST", "/coupons/issue/", {"pack": "pck_none", "identity": f"phone:{PHONE}"}), 404,
               "pack_not_found")  # fmt: skip


def test_the_wallet_says_with_which_pack_a_coupon_came_and_what_is_to_come(till, pack):
    member = make_member(phone=PHONE)
    make_coupon(member)
    till.send("POST", "/coupons/issue/", body(pack))
    wallet = till.read(f"/members/{member.public_id}/coupons/", limit=2).json()
    assert [row["pack"]["name"] for row in wallet["results"]] == ["新人礼包", "新人礼包"]
    assert [(one["template"]["name"], one["pack"]["id"]) for one in wallet["coming"]] == [("试吃券", pack.public_id)]
    rest = till.get(wallet["next"]).json()
    assert ([row["pack"] for row in rest["results"]], rest["coming"]) == ([None], None)


def test_packs_are_listed_in_words_and_drafts_stay_at_headquarters(till, pack):
    make_pack(name="草稿", published=False)
    (row,) = till.read("/coupon-packs/").json()["results"]
    assert (row["id"], row["name"], row["value"]) == (pack.public_id, "新人礼包", "32.00")
    assert [(item["count"], item["after_days"]) for item in row["items"]] == [(2, 0), (1, 7)]
    assert till.read("/coupon-packs/", state="stopped").json()["results"] == []


def test_a_key_of_a_store_reads_no_wallet_of_a_member_of_other_stores(pack):
    here, there = make_store("武林店"), make_store("静安寺店")
    limited = make_till(Scope.MEMBERS_READ, stores=[here])
    for home, status in ((there, 404), (here, 200)):
        member = make_member(home_store=home)
        assert limited.read(f"/members/{member.public_id}/coupons/").status_code == status
