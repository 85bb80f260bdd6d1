"""What partners see of members who became one: the old id leads to the kept member, conflicts name their review."""

import pytest

from members.models import IdentityConflict, Member, MemberMerge, Order
from members.oneid.identities import attach
from tests.api.callers import is_problem, make_till
from tests.makers import make_admin, make_coupon, make_member, make_store
from tests.members.merges import merged, parted

pytestmark = pytest.mark.django_db

PAIRS = ["phone:13812345678", "wechat_unionid:u-meimei"]


@pytest.fixture
def till():
    return make_till()


@pytest.fixture
def pair() -> tuple[Member, Member]:
    kept = make_member("张晓梅", phone="13812345678")
    absorbed = make_member("张小梅")
    attach(absorbed, "wechat_unionid", "u-meimei")
    return kept, absorbed


def test_the_id_of_a_merged_member_answers_with_the_kept_one(till, pair):
    kept, absorbed = pair
    made = merged(kept, absorbed, make_admin())
    body = till.read(f"/members/{absorbed.public_id}/").json()
    assert (body["id"], body["merged_from"]) == (kept.public_id, [absorbed.public_id])
    for part in ("coupons/", "ledger/", "benefits/", "timeline/", "tags/"):
        assert till.read(f"/members/{absorbed.public_id}/{part}").status_code == 200
    answer = till.send("PATCH", f"/members/{absorbed.public_id}/", {"name": "张小美"})
    assert (answer.json()["id"], answer.json()["name"]) == (kept.public_id, "张小美")
    assert [row["id"] for row in till.read("/members/").json()["results"]] == [kept.public_id]
    parted(made, make_admin())
    body = till.read(f"/members/{absorbed.public_id}/").json()
    assert (body["id"], body["merged_from"]) == (absorbed.public_id, [])


def test_a_chain_names_all_that_lead_here(till, pair):
    kept, absorbed = pair
    third = make_member("张梅")
    merged(kept, absorbed, make_admin())
    merged(third, kept, make_admin())
    body = till.read(f"/members/{absorbed.public_id}/").json()
    assert body["id"] == third.public_id
    assert set(body["merged_from"]) == {kept.public_id, absorbed.public_id}


def test_an_order_that_names_the_old_id_goes_to_the_kept_member(till, pair):
    kept, absorbed = pair
    made, store = merged(kept, absorbed, make_admin()), make_store(code="HZ01")
    order = {
        "channel": "pos", "order_no": "A1", "paid_at": "2026-03-01T10:00:00+08:00", "store": store.code,
        "member": absorbed.public_id, "lines": [{"sku": "F1", "quantity": 1, "unit_price": "9.00"}],
    }  # fmt: skip
    answer = till.send("POST", "/orders/", order)
    assert (answer.status_code, answer.json()["member"]) == (201, kept.public_id)
    assert Order.objects.get().named == absorbed.pk
    row = {**order, "order_no": "A2"}
    assert till.send("POST", "/orders/bulk/", {"orders": [row]}).json()["results"][0]["member"] == kept.public_id
    parted(made, make_admin())
    assert set(Order.objects.values_list("member", flat=True)) == {absorbed.pk}


def test_a_coupon_shown_with_the_old_id_is_good(till, pair):
    kept, absorbed = pair
    coupon = make_coupon(absorbed)
    merged(kept, absorbed, make_admin())
    use = {"order_no": "A1", "store": make_store().code, "amount": "100.00", "member": absorbed.public_id}
    assert till.send("POST", f"/coupons/{coupon.code}/redeem/", use).status_code == 200


@pytest.mark.parametrize("once", ["", "key-1"])
def test_a_conflict_names_its_review_which_stays_written_down(till, pair, once):
    """Also under an Idempotency-Key, whose call is otherwise one transaction."""
    answer = till.send("POST", "/members/", {"identities": PAIRS}, once=once)
    problem = is_problem(answer, 409, "identity_conflict")
    conflict = IdentityConflict.objects.get()
    assert (problem["review"], problem["decided"]) == (conflict.public_id, False)
    assert problem["members"] == [member.public_id for member in pair]
    assert conflict.source == till.key.partner.code
    is_problem(till.send("POST", "/members/", {"identities": PAIRS}, once=once), 409, "identity_conflict")
    conflict.refresh_from_db()
    assert conflict.times == 2


def test_after_the_review_the_same_call_finds_the_member(till, pair):
    kept, absorbed = pair
    is_problem(till.send("POST", "/members/", {"identities": PAIRS}, once="key-1"), 409, "identity_conflict")
    merged(kept, absorbed, make_admin())
    answer = till.send("POST", "/members/", {"identities": PAIRS}, once="key-1")
    assert (answer.status_code, answer.json()["id"]) == (200, kept.public_id)


def test_two_who_may_be_joined_are_joined_by_the_call(till, pair):
    kept, absorbed = pair
    Member.objects.filter(pk=absorbed.pk).update(name="")
    answer = till.send("POST", "/members/", {"identities": PAIRS}, once="key-1")
    assert (answer.status_code, answer.json()["id"]) == (200, kept.public_id)
    assert answer.json()["merged_from"] == [absorbed.public_id]
    assert MemberMerge.objects.get().why == "automatic"
