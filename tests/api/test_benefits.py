"""Benefits and points over the partner API: what is left, a use per receipt, taken back, coupons for points."""

from datetime import date

import pytest

from coupons.models import Coupon, PointsExchange
from members.defaults import ensure_defaults
from members.ledgers import points
from members.models import Benefit, BenefitUse, Member, PointsEntry
from stores.ids import public_id
from stores.models import Scope
from tests.api.callers import is_problem, make_partner, make_till
from tests.makers import days_ago, make_member, make_store, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    """Zhang Xiaomei, gold, with 500 points that she may spend."""
    ensure_defaults()
    member = make_member("张晓梅", tier="gold", phone="13812345678")
    points.adjust(member, 500, note="开卡礼", by=None, at=days_ago(20))
    return member


@pytest.fixture
def till():
    return make_till()


def benefit(kind: str, tier: str = "gold") -> Benefit:
    return Benefit.objects.get(tier__code=tier, kind=kind)


def uses_of(member: Member, kind: str, tier: str = "gold") -> str:
    """Where uses of a benefit are reported."""
    return f"/members/{member.public_id}/benefits/{public_id('ben', benefit(kind, tier).pk)}/use/"


def left(till, member: Member, kind: str) -> dict:
    """How a benefit is listed."""
    rows = till.read(f"/members/{member.public_id}/benefits/").json()["results"]
    return next(row for row in rows if row["kind"] == kind)


def test_the_list_says_what_is_left_until_when_and_who_reports(till, mei, time_machine):
    time_machine.move_to("2026-11-22T02:00:00Z")
    shipping = left(till, mei, "free_shipping")
    assert shipping == {
        "id": public_id("ben", benefit("free_shipping").pk), "kind": "free_shipping", "title": "免运费",
        "sentence": "送货免运费，每月 4 次", "value": None, "quota": 4, "period": "month", "recorded": "hand",
        "used": 0, "left": 4, "period_ends": "2026-11-30",
    }  # fmt: skip
    assert (left(till, mei, "percent_off")["sentence"], left(till, mei, "percent_off")["recorded"]) == (
        "收银时 9.5折", "till",
    )  # fmt: skip
    assert left(till, mei, "points_factor")["left"] is None


def test_a_use_counts_once_per_receipt_and_is_taken_back_with_it(till, mei):
    shop, url = make_store(code="HZ01"), uses_of(mei, "free_shipping")
    body = {"reference": "N-1", "store": "HZ01", "at": "2026-11-20T10:00:00+08:00"}
    first = till.send("POST", url, body)
    assert (first.status_code, first.json()["reference"], first.json()["left"]) == (200, "N-1", 3)
    assert till.send("POST", url, body).json() == first.json()
    used = BenefitUse.objects.get()
    assert (used.store, used.period) == (shop, date(2026, 11, 1))
    taken = till.send("DELETE", f"{url}N-1/")
    assert (taken.status_code, taken.json()["left"]) == (200, 4)
    assert taken.json()["taken_back_at"]
    assert till.send("DELETE", f"{url}N-1/").status_code == 200
    assert left(till, mei, "free_shipping")["used"] == 0


def test_a_percentage_taken_off_by_the_till_is_reported_receipt_by_receipt(till, mei):
    url = uses_of(mei, "percent_off")
    for number in ("N-1", "N-2", "N-2"):
        assert till.send("POST", url, {"reference": number}).json()["left"] is None
    assert left(till, mei, "percent_off")["used"] == 2


def test_two_partners_may_count_their_receipts_alike(till, mei):
    shop = make_till(partner=make_partner())
    for one in (till, shop):
        one.send("POST", uses_of(mei, "free_shipping"), {"reference": "1"})
    assert left(till, mei, "free_shipping")["used"] == 2
    is_problem(make_till().send("DELETE", f"{uses_of(mei, 'free_shipping')}1/"), 404, "benefit_use_not_found")


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("upgrade_gift", {"reference": "N-2"}, 422, "benefit_used_up"),
        ("dedicated_guide", {"reference": "N-2"}, 422, "benefit_works_by_itself"),
        ("free_shipping", {"reference": "N-2", "at": "2090-01-01T00:00:00+08:00"}, 422, "future_date"),
        ("free_shipping", {"reference": "N-2", "store": "nowhere"}, 422, "store_not_found"),
        ("free_shipping", {"reference": "a b"}, 400, "invalid"),
        ("free_shipping", {}, 400, "invalid"),
    ],
)
def test_a_refused_use_says_why_and_changes_nothing(till, mei, kind, body, status, code):
    till.send("POST", uses_of(mei, "upgrade_gift"), {"reference": "N-1"})
    problem = is_problem(till.send("POST", uses_of(mei, kind), body), status, code)
    assert BenefitUse.objects.count() == 1
    assert code != "benefit_used_up" or (problem["used"], problem["limit"], problem["again_on"]) == (1, 1, None)


def test_a_benefit_of_another_tier_or_none_is_refused(till, mei):
    is_problem(till.send("POST", uses_of(mei, "tasting", "silver"), {"reference": "1"}), 422, "benefit_not_held")
    nowhere = f"/members/{mei.public_id}/benefits/ben_nothing/use/"
    is_problem(till.send("POST", nowhere, {"reference": "1"}), 404, "benefit_not_found")
    assert not BenefitUse.objects.exists()


def test_a_key_for_some_stores_speaks_for_no_other(mei):
    ours, theirs = make_store(code="HZ01"), make_store(code="HZ02")
    till = make_till(Scope.COUPONS_REDEEM, stores=[ours])
    is_problem(till.send("POST", uses_of(mei, "tasting"), {"reference": "1", "store": theirs.code}), 403,
               "store_not_allowed")  # fmt: skip
    assert not BenefitUse.objects.exists()


def test_coupons_for_points_are_listed_for_everybody_and_for_one(till, mei):
    cheap, dear = make_template("满60减10", points_price=300), make_template("满200减50", points_price=900)
    make_template("不换")
    listed = till.read("/coupons/exchange/").json()["results"]
    assert [(row["template"], row["points"], row["refusal"]) for row in listed] == [
        (cheap.public_id, 300, None), (dear.public_id, 900, None),
    ]  # fmt: skip
    hers = till.read("/coupons/exchange/", identity="phone:13812345678").json()["results"]
    assert [row["refusal"] for row in hers] == [
        None, {"code": "points_short", "detail": "还差 400 积分", "missing": 400},
    ]  # fmt: skip
    is_problem(till.read("/coupons/exchange/", member="mem_nobody"), 404, "member_not_found")


def test_points_go_and_a_coupon_comes(till, mei):
    template = make_template(points_price=300)
    body = {"template": template.public_id, "member": mei.public_id, "reference": "X-1"}
    made = till.send("POST", "/coupons/exchange/", body)
    assert made.status_code == 201, made.content
    assert (made.json()["points"], made.json()["points_left"]) == (300, 200)
    assert made.json()["coupon"]["code"] == Coupon.objects.get().code
    again = till.send("POST", "/coupons/exchange/", body, once="another-key")
    assert (again.status_code, again.json()["coupon"]["id"]) == (200, made.json()["coupon"]["id"])
    assert PointsExchange.objects.get().partner == till.key.partner


def test_the_idempotency_key_stands_in_for_a_reference(till, mei):
    template = make_template(points_price=100)
    body = {"template": template.public_id, "member": mei.public_id}
    first = till.send("POST", "/coupons/exchange/", body, once="k-1")
    again = till.send("POST", "/coupons/exchange/", body, once="k-1")
    assert (again.headers["Idempotency-Replayed"], again.json()) == ("true", first.json())
    till.send("POST", "/coupons/exchange/", body, once="k-2")
    assert Coupon.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"points_price": 501}, "points_short"),
        ({}, "not_for_points"),
        ({"points_price": 10, "stock": 0}, "stock_spent"),
    ],
)
def test_a_refused_exchange_changes_nothing(till, mei, fields, code):
    template = make_template(**fields)
    body = {"template": template.public_id, "member": mei.public_id, "reference": "X-1"}
    problem = is_problem(till.send("POST", "/coupons/exchange/", body), 422, code)
    assert code != "points_short" or (problem["missing"], problem["spendable"]) == (1, 500)
    assert not Coupon.objects.exists()
    assert not PointsEntry.objects.filter(kind="spent").exists()
    assert Member.objects.get(pk=mei.pk).points == 500
