"""Quotes over the API: what a till asks, what it hears, and what it hears about bad questions."""

from decimal import Decimal

import pytest
from drf_spectacular.generators import SchemaGenerator

from campaigns.api.quotes import ANSWERED
from coupons.models import Coupon, CouponEvent
from members.models import Benefit, Member, Order
from stores.models import Scope
from tests.api.callers import is_problem, make_till
from tests.campaigns.promoting import make_promotion, stock_shelves
from tests.makers import make_coupon, make_member, make_store, make_template

pytestmark = pytest.mark.django_db
PHONE = "phone:13812345678"


@pytest.fixture
def till():
    return make_till(Scope.QUOTES)


@pytest.fixture(autouse=True)
def shop():
    Benefit.objects.all().delete()
    stock_shelves()
    return make_store("滨河路店", code="HZ01")


@pytest.fixture
def xiaomei():
    return make_member("张晓梅", phone="13812345678")


def body(**more):
    lines = [
        {"sku": "F011", "quantity": 3, "unit_price": "39.90"},
        {"id": "weighed", "sku": "F041", "quantity": "1.26", "unit_price": 17.80},
    ]
    return {"store": "HZ01", "lines": lines} | more


def test_a_cart_is_quoted_with_all_that_applies(till, xiaomei):
    flash = make_promotion("秒杀", kind="flash_price", member_limit=2,
                           params={"prices": [{"sku": "F011", "price": "29.90"}]})  # fmt: skip
    steps = make_promotion("周末满减")
    coupon = make_coupon(xiaomei)
    answer = till.send("POST", "/quotes/", body(identity=PHONE, delivery="6"))
    assert answer.status_code == 200, answer.content
    told = answer.json()
    totals = ("list_total", "off", "delivery", "delivery_off", "to_pay", "points", "growth")
    assert [told[name] for name in totals] == ["142.13", "30.00", "6.00", "0.00", "118.13", 112, 112]
    first, second = told["lines"]
    assert (first["id"], second["id"], second["quantity"], first["name"]) == ("1", "weighed", "1.26", "智利车厘子")
    assert [share["offer"] for share in first["shares"]] == [flash.public_id, coupon.code]
    assert (first["shares"][0]["pieces"], first["shares"][0]["off"]) == (2, "20.00")
    assert [one["offer"] for one in told["applied"]] == [flash.public_id, coupon.code]
    assert told["applied"][1]["base"] == "122.13"
    assert told["not_applied"] == [
        {
            "short": "77.87", "offer": steps.public_id, "family": "promotion", "kind": "full_reduction",
            "name": "周末满减", "code": "threshold_not_met", "sentence": "还差 ¥77.87。",
        }
    ]  # fmt: skip
    assert [step["offer"] for step in told["next_steps"]] == [steps.public_id]
    assert (told["next_steps"][0]["short"], told["next_steps"][0]["gain"]) == ("77.87", "30.00")


def test_nothing_is_changed(till, xiaomei):
    coupon = make_coupon(xiaomei)
    for _nth in range(2):
        till.send("POST", "/quotes/", body(identity=PHONE), once="Q-1")
    coupon.refresh_from_db()
    assert (coupon.state, CouponEvent.objects.count(), Order.objects.count()) == ("issued", 0, 0)
    assert Member.objects.count() == 1


def test_an_unknown_person_is_told_and_an_unknown_product_is_quoted(till):
    is_problem(till.send("POST", "/quotes/", body(identity="phone:13999999999")), 404, "member_not_found")
    is_problem(till.send("POST", "/quotes/", body(member="mem_nobody")), 404, "member_not_found")
    both = body(member="mem_nobody", identity=PHONE)
    is_problem(till.send("POST", "/quotes/", both), 422, "member_named_twice")
    answer = till.send("POST", "/quotes/", body(lines=[{"sku": "NEU", "quantity": 1, "unit_price": "5"}]))
    assert (answer.json()["lines"][0]["name"], answer.json()["to_pay"]) == ("NEU", "5.00")


def test_a_category_named_by_the_till_counts_for_products_not_on_file(till):
    category = stock_shelves()["grape"].category_id
    make_promotion(params={"steps": [{"from": "5", "off": "1"}]}, category_ids=[category])
    lines = [{"sku": "NEU", "quantity": 1, "unit_price": "5", "category": "葡萄"},
             {"sku": "F041", "quantity": 1, "unit_price": "5", "category": "葡萄"}]  # fmt: skip
    told = till.send("POST", "/quotes/", body(lines=lines)).json()
    assert [line["off"] for line in told["lines"]] == ["1.00", "0.00"]


def test_what_is_asked_for_is_quoted(till, xiaomei):
    small = make_coupon(xiaomei, template=make_template("满30减3", threshold=Decimal(30), amount_off=Decimal(3)))
    make_coupon(xiaomei)
    promotion = make_promotion(params={"steps": [{"from": "50", "off": "5"}]})
    make_promotion("另一个", params={"steps": [{"from": "50", "off": "6"}]})
    asked = body(identity=PHONE, coupons=[small.code], promotions=[promotion.public_id])
    assert till.send("POST", "/quotes/", asked).json()["off"] == "8.00"
    assert till.send("POST", "/quotes/", asked | {"coupons": [], "promotions": []}).json()["off"] == "0.00"
    assert till.send("POST", "/quotes/", asked | {"coupons": "best", "promotions": "best"}).json()["off"] == "24.00"


LINE = {"sku": "F001", "quantity": 1, "unit_price": "5"}
EMPTY = "lines.non_field_errors"
BAD = [
    ({"lines": []}, EMPTY), ({"lines": "x"}, EMPTY), ({"lines": [{}]}, "lines.0.sku"),
    ({"lines": [LINE | {"quantity": 0}]}, "lines.0.quantity"),
    ({"lines": [LINE | {"quantity": -1}]}, "lines.0.quantity"),
    ({"lines": [LINE | {"quantity": "1e400"}]}, "lines.0.quantity"),
    ({"lines": [LINE | {"unit_price": "1.2345"}]}, "lines.0.unit_price"),
    ({"lines": [LINE | {"unit_price": "NaN"}]}, "lines.0.unit_price"),
    ({"lines": [LINE | {"quantity": 2001}]}, "lines"), ({"lines": [LINE] * 201}, EMPTY),
    ({"lines": [LINE | {"id": "a"}, LINE | {"id": "a"}]}, "lines"), ({"delivery": "-1"}, "delivery"),
    ({"coupons": "all"}, "coupons"), ({"coupons": [7]}, "coupons"), ({"coupons": ["X" * 41]}, "coupons"),
    ({"coupons": [str(nth) for nth in range(21)]}, "coupons"), ({"coupons": None}, "coupons"),
    ({"promotions": ["cmp_x"]}, "promotions"), ({"promotions": {}}, "promotions"),
    ({"at": "2026-11-22"}, "at"), ({"channel": "a b"}, "channel"), ({"order_no": "a/b"}, "order_no"),
    ({"store": ""}, "store"), ({"member": "x" * 41}, "member"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "where"), BAD, ids=lambda part: str(part)[:60])
def test_a_bad_question_is_answered_with_where_it_is_bad(till, change, where):
    members = is_problem(till.send("POST", "/quotes/", body(**change)), 400, "invalid")
    assert where in {error["field"] for error in members["errors"]}
    assert Coupon.objects.count() == 0


def test_the_largest_cart_that_may_be_asked_about_is_answered(till):
    for nth in range(4):
        make_promotion(f"第{nth}件", kind="nth_item", params={"nth": 2, "paid": "50", "same_item": False})
    lines = [LINE | {"sku": f"F{nth:03d}", "quantity": 10, "unit_price": f"{nth + 1}.05"} for nth in range(200)]
    answer = till.send("POST", "/quotes/", body(lines=lines))
    assert answer.status_code == 200
    assert len(answer.json()["lines"]) == 200


def test_a_till_of_one_store_asks_for_its_own_store_only(shop):
    till = make_till(Scope.QUOTES, stores=[shop])
    other = make_store("徐家汇店")
    is_problem(till.send("POST", "/quotes/", body(store=other.code)), 403, "store_not_allowed")
    assert till.send("POST", "/quotes/", body()).status_code == 200
    is_problem(make_till(Scope.QUOTES).send("POST", "/quotes/", body(store="NOWHERE")), 422, "store_not_found")


def test_the_answer_has_the_members_that_are_described_and_those_of_the_example(till, xiaomei):
    make_promotion("周末满减")
    make_promotion(kind="gift", params={"gifts": [{"name": "酸奶", "sku": "F071", "quantity": 1}], "from": "99"})
    make_coupon(xiaomei)
    told = till.send("POST", "/quotes/", body(identity=PHONE)).json()
    schemas = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]

    def described(name: str) -> set[str]:
        return set(schemas[name]["properties"])

    assert set(told) == described("Quote") == set(ANSWERED)
    for part, name in (("lines", "QuotedLine"), ("applied", "Applied"), ("next_steps", "NextStep"), ("gifts", "Gift")):
        assert all(set(row) == described(name) for row in told[part]), part
        assert told[part], part
    for part, name in (("lines", "QuotedLine"), ("applied", "Applied"), ("next_steps", "NextStep")):
        assert all(set(row) == described(name) for row in ANSWERED[part]), part
    assert all(set(row) >= described("NotApplied") for row in told["not_applied"])


def test_the_example_adds_up():
    yuan = {name: Decimal(value) for name, value in ANSWERED.items() if isinstance(value, str) and name != "at"}
    assert yuan["list_total"] - yuan["off"] + yuan["delivery"] - yuan["delivery_off"] == yuan["to_pay"]
    assert sum(Decimal(one["off"]) for one in ANSWERED["applied"]) == yuan["off"]
    for line in ANSWERED["lines"]:
        assert Decimal(line["list"]) - Decimal(line["off"]) == Decimal(line["to_pay"])
        assert sum(Decimal(share["off"]) for share in line["shares"]) == Decimal(line["off"])
    assert sum(Decimal(line["to_pay"]) for line in ANSWERED["lines"]) == yuan["to_pay"] - yuan["delivery"]
