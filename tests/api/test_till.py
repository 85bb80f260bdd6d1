"""Coupons at the till over the API: check, lock, redeem, release, reverse; issue; wallets."""

import inspect
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coupons import redemption, verdicts
from coupons.api.tillbodies import CODES
from coupons.errors import PUBLIC_CODE, SENTENCES
from coupons.kinds import fixed_price, free_shipping
from coupons.models import Coupon, CouponEvent
from stores.models import Partner, Scope
from tests.api.callers import is_problem, make_partner, make_till
from tests.coupons.shop import news_arrives
from tests.makers import make_coupon, make_member, make_store, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    return make_till(Scope.COUPONS_READ, Scope.COUPONS_REDEEM, Scope.COUPONS_ISSUE, Scope.MEMBERS_READ)


@pytest.fixture
def store():
    return make_store("静安寺店")


@pytest.fixture
def coupon():
    return make_coupon(make_member(phone="13812345678"))


def receipt(store, number="N-1", amount="128.00", **more):
    return {"order_no": number, "store": store.code, "amount": amount, **more}


def state_of(coupon) -> str:
    return Coupon.objects.get(pk=coupon.pk).state


def test_a_coupon_is_checked_redeemed_and_the_same_receipt_hears_the_same(till, store, coupon):
    path = f"/coupons/{coupon.code}/"
    checked = till.read(path, store=store.code, amount="128.00").json()
    assert (checked["usable"], checked["discount"], checked["refusal"]) == (True, "10.00", None)
    body = receipt(store, identity="phone:13812345678")
    first = till.send("POST", f"{path}redeem/", body)
    assert first.status_code == 200, first.content
    assert (first.json()["status"], first.json()["discount"]) == ("used", "10.00")
    assert first.json()["receipt"] == {"channel": "pos", "order_no": "N-1"}
    assert till.send("POST", f"{path}redeem/", body).json() == first.json()
    assert CouponEvent.objects.filter(coupon=coupon).count() == 1
    is_problem(till.send("POST", f"{path}redeem/", receipt(store, "N-2")), 409, "coupon_used")


def test_what_is_missing_is_said_aloud_and_as_data(till, store, coupon):
    answer = till.send("POST", f"/coupons/{coupon.code}/redeem/", receipt(store, amount="48.00"))
    members = is_problem(answer, 422, "threshold_not_met")
    assert (members["short"], members["threshold"]) == ("12.00", "60.00")
    assert "12" in members["detail"]
    checked = till.read(f"/coupons/{coupon.code}/", amount="48.00").json()
    assert (checked["usable"], checked["refusal"]["code"]) == (False, "threshold_not_met")
    assert checked["refusal"]["short"] == "12.00"
    assert state_of(coupon) == "issued"


def test_a_check_without_an_amount_does_not_look_at_the_threshold(till, coupon):
    checked = till.read(f"/coupons/{coupon.code}/").json()
    assert (checked["usable"], checked["discount"]) == (True, None)


def test_a_lock_holds_until_it_is_released(till, store, coupon):
    path = f"/coupons/{coupon.code}/"
    locked = till.send("POST", f"{path}lock/", receipt(store)).json()
    assert locked["status"] == "locked"
    assert locked["locked_until"] > timezone.localtime().isoformat()
    is_problem(till.send("POST", f"{path}lock/", receipt(store, "N-2")), 409, "coupon_locked")
    is_problem(till.send("POST", f"{path}release/", {"order_no": "N-2"}), 409, "coupon_locked")
    assert till.send("POST", f"{path}release/", {"order_no": "N-1"}).json()["status"] == "issued"
    assert till.send("POST", f"{path}redeem/", receipt(store, "N-2")).status_code == 200


def test_a_redemption_is_taken_back_once(till, store, coupon):
    path = f"/coupons/{coupon.code}/"
    till.send("POST", f"{path}redeem/", receipt(store))
    for _ in range(2):
        back = till.send("POST", f"{path}reverse/", {"order_no": "N-1", "note": "顾客取消"})
        assert (back.status_code, back.json()["status"]) == (200, "issued")
    assert list(CouponEvent.objects.filter(coupon=coupon).values_list("move", flat=True)) == ["reversed", "redeemed"]
    is_problem(till.send("POST", f"{path}reverse/", {"order_no": "N-7"}), 409, "coupon_not_used")


def test_a_coupon_of_somebody_else_is_refused(till, store, coupon):
    body = receipt(store, member=make_member("李雷").public_id)
    is_problem(till.send("POST", f"/coupons/{coupon.code}/redeem/", body), 422, "not_coupon_owner")
    assert state_of(coupon) == "issued"


@pytest.mark.parametrize("code", ["NOSUCHCODE", "0000000000000000", "优惠券", "7ZK2M9QX4TB8VN3RD"])
def test_a_wrong_code_gets_one_constant_answer(till, store, code):
    is_problem(till.read(f"/coupons/{code}/"), 404, "coupon_not_found")
    for verb in ("lock", "redeem"):
        is_problem(till.send("POST", f"/coupons/{code}/{verb}/", receipt(store)), 404, "coupon_not_found")
    for verb in ("release", "reverse"):
        is_problem(till.send("POST", f"/coupons/{code}/{verb}/", {"order_no": "N-1"}), 404, "coupon_not_found")


def test_an_ended_coupon_says_when_it_ended(till, store):
    coupon = make_coupon(make_member(), at=timezone.now() - timedelta(days=30))
    answer = till.send("POST", f"/coupons/{coupon.code}/redeem/", receipt(store))
    assert is_problem(answer, 422, "coupon_expired")["valid_until"].endswith("+08:00")


def test_a_till_that_was_offline_says_when(till, store):
    coupon = make_coupon(make_member(), at=timezone.now() - timedelta(days=9))
    at = (timezone.now() - timedelta(days=4)).isoformat()
    assert till.send("POST", f"/coupons/{coupon.code}/redeem/", receipt(store, at=at)).status_code == 200


def test_a_till_of_one_store_neither_uses_nor_gives_back_for_another(store, coupon):
    other = make_store("徐家汇店")
    till, neighbour = make_till(stores=[store]), make_till(stores=[other])
    path = f"/coupons/{coupon.code}/"
    is_problem(till.send("POST", f"{path}redeem/", receipt(other)), 403, "store_not_allowed")
    is_problem(till.read(path, store=other.code), 403, "store_not_allowed")
    till.send("POST", f"{path}redeem/", receipt(store))
    is_problem(neighbour.send("POST", f"{path}reverse/", {"order_no": "N-1"}), 403, "store_not_allowed")
    assert state_of(coupon) == "used"
    assert till.send("POST", f"{path}reverse/", {"order_no": "N-1"}).status_code == 200


def test_a_partner_issues_within_its_budget():
    till = make_till(Scope.COUPONS_ISSUE, partner=make_partner(budget=Decimal(25)))
    template = make_template(amount_off=Decimal(10), threshold=Decimal(60), kind="amount_off")
    body = {"template": template.public_id, "member": make_member().public_id}
    issued = till.send("POST", "/coupons/issue/", body)
    assert (issued.status_code, issued.json()["status"]) == (201, "issued")
    assert till.send("POST", "/coupons/issue/", body).status_code == 201
    is_problem(till.send("POST", "/coupons/issue/", body), 422, "budget_spent")
    assert Coupon.objects.count() == 2
    assert Partner.objects.get(pk=till.key.partner_id).budget_used == 20
    assert set(Coupon.objects.values_list("origin", "origin_id")) == {("partner", till.key.partner_id)}


def test_a_partner_without_a_budget_issues_nothing():
    till = make_till(Scope.COUPONS_ISSUE, partner=make_partner(budget=None))
    body = {"template": make_template().public_id, "member": make_member().public_id}
    is_problem(till.send("POST", "/coupons/issue/", body), 422, "budget_spent")
    assert Coupon.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"template": "tpl_nothing"}, "template_not_found"),
        ({"template": "mem_nothing"}, "template_not_found"),
        ({"member": "mem_nobody"}, "member_not_found"),
        ({"member": "", "identity": "phone:13999999999"}, "member_not_found"),
    ],
)
def test_an_issue_to_nobody_or_of_nothing_is_refused(till, change, code):
    body = {"template": make_template().public_id, "member": make_member().public_id} | change
    body = {name: value for name, value in body.items() if value}
    is_problem(till.send("POST", "/coupons/issue/", body), 404, code)
    assert Coupon.objects.count() == 0


def test_a_wallet_lists_coupons_by_where_they_stand(till, store):
    member = make_member()
    used, kept = make_coupon(member), make_coupon(member)
    ended = make_coupon(member, at=timezone.now() - timedelta(days=30))
    till.send("POST", f"/coupons/{used.code}/redeem/", receipt(store))
    path = f"/members/{member.public_id}/coupons/"
    for status, coupon in (("used", used), ("issued", kept), ("expired", ended)):
        assert [row["code"] for row in till.read(path, status=status).json()["results"]] == [coupon.code]
    assert len(till.read(path).json()["results"]) == 3
    is_problem(till.read(path, status="lost"), 400, "invalid")


def test_every_reason_of_the_contract_has_a_sentence_and_a_status_and_no_other_speaks_at_a_till():
    assert set(CODES) <= {PUBLIC_CODE.get(reason, reason) for reason in SENTENCES}
    asked = (verdicts, redemption, fixed_price, free_shipping)
    told = {word for one in asked for word in re.findall(r'refuse\(\s*"(\w+)"', inspect.getsource(one))}
    public = {PUBLIC_CODE.get(reason, reason) for reason in told}
    assert public <= {*CODES, "coupon_not_held", "coupon_not_used", "order_no_missing"}


def test_a_refusal_names_another_coupon_of_the_member_that_would_do(till, store, coupon):
    member = coupon.member
    small = make_coupon(member, template=make_template("满30减3", threshold=Decimal(30), amount_off=Decimal(3)))
    best = make_coupon(member, template=make_template("满40减5", threshold=Decimal(40), amount_off=Decimal(5)))
    path, body = f"/coupons/{coupon.code}/redeem/", receipt(store, amount="48.00")
    members = is_problem(till.send("POST", path, body | {"member": member.public_id}), 422, "threshold_not_met")
    assert members["better_coupon"] == {"code": best.code, "name": "满40减5", "discount": "5.00"}
    assert best.code in members["detail"]
    assert (state_of(small), state_of(best)) == ("issued", "issued")
    checked = till.read(f"/coupons/{coupon.code}/", amount="48.00", member=member.public_id).json()
    assert checked["refusal"]["better_coupon"]["code"] == best.code


def test_a_code_alone_does_not_open_a_wallet(till, store, coupon):
    make_coupon(coupon.member, template=make_template("满30减3", threshold=Decimal(30), amount_off=Decimal(3)))
    answer = till.send("POST", f"/coupons/{coupon.code}/redeem/", receipt(store, amount="48.00"))
    assert "better_coupon" not in is_problem(answer, 422, "threshold_not_met")


def test_a_receipt_says_what_its_returns_took_back_of_the_coupon(till, store, coupon):
    till = make_till()
    till.send("POST", f"/coupons/{coupon.code}/redeem/", receipt(store, amount="100.00"))
    lines = [
        {"sku": "F001", "quantity": 2, "unit_price": "30.00", "amount": "54.00"},
        {"sku": "F002", "quantity": 1, "unit_price": "40.00", "amount": "36.00"},
    ]
    paid = timezone.localtime() - timedelta(hours=1)
    sale = {"order_no": "N-1", "store": store.code, "paid_at": paid.isoformat(), "lines": lines}
    assert till.send("POST", "/orders/", sale).status_code == 201
    [shown] = till.read("/orders/pos/N-1/").json()["coupons"]
    assert (shown["given_back"], shown["threshold_holds"], shown["lines"]) == (None, None, None)
    back = {
        "refund_no": "B-1",
        "returned_at": timezone.localtime().isoformat(),
        "lines": [{"sku": "F001", "quantity": 2}],
    }
    assert till.send("POST", "/orders/pos/N-1/refunds/", back).status_code == 201
    news_arrives()
    [shown] = till.read("/orders/pos/N-1/").json()["coupons"]
    assert shown["lines"] == [
        {"line_no": 1, "discount": "6.00", "given_back": "6.00"},
        {"line_no": 2, "discount": "4.00", "given_back": "0.00"},
    ]
    assert (shown["discount"], shown["given_back"], shown["threshold_holds"]) == ("10.00", "6.00", False)
    assert till.read(f"/coupons/{coupon.code}/").json()["coupon"]["given_back"] == "6.00"
    assert till.send("POST", "/orders/pos/N-1/refunds/", back | {"refund_no": "B-2", "lines": []}).status_code == 201
    news_arrives()
    assert till.read("/orders/pos/N-1/").json()["coupons"] == []
    assert till.read(f"/coupons/{coupon.code}/", amount="100.00").json()["usable"] is True
