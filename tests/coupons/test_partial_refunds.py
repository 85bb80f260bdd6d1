"""Goods come back: each line's part of the coupon goes back with them, and the whole coupon with everything."""

import itertools
from decimal import Decimal

import pytest

from coupons import reactions, redemption
from coupons.models import Coupon, CouponEvent
from members.models import Category, Order, Product
from members.orders.drafts import LineDraft
from stores import policy
from tests.coupons.shop import broken, moves, news_arrives, redeem, told, used_budget
from tests.makers import days_ago, make_coupon, make_member, make_order, make_return, make_store, make_template

pytestmark = pytest.mark.django_db

D = Decimal
LINES = [  # ¥100 by the list, ¥10 off with the coupon
    LineDraft("cherry", D(2), D("30.00"), D("54.00"), name="车厘子"),
    LineDraft("apple", D(3), D("10.00"), D("27.00"), name="苹果"),
    LineDraft("bag", D(1), D("10.00"), D("9.00"), name="袋子"),
]


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def template():
    return make_template(budget=D(50))


def sale(store, order_no: str = "R1", lines=LINES, **fields) -> Order:
    """The receipt, as the till sends it."""
    return make_order(store=store, order_no=order_no, lines=lines, paid_at=days_ago(0.1), **fields)


def back(order: Order, *goods: str, amount: str = "", number: str = "B1", **fields) -> None:
    """Goods ("2 cherry 54") or money come back, and everybody hears of it."""
    lines = [LineDraft(sku, D(count), D(paid) / D(count), D(paid)) for count, sku, paid in map(str.split, goods)]
    total = amount or str(sum((line.amount for line in lines), D(0)))
    make_return(total, sale=order, return_no=number, lines=lines, **fields)
    news_arrives()


def standing(coupon: Coupon) -> tuple[str, Decimal | None, list[str]]:
    coupon.refresh_from_db()
    return coupon.state, coupon.given_back, moves(coupon)


def notes(coupon: Coupon) -> list[tuple[str, Decimal]]:
    rows = CouponEvent.objects.filter(coupon=coupon, move="returned").order_by("pk")
    return list(rows.values_list("note", "amount"))


def test_a_return_of_one_piece_takes_back_its_part_of_the_coupon_and_of_the_budget(store, template):
    coupon = redeem(make_coupon(template=template))
    order = sale(store)
    assert used_budget(template) == D(10)
    back(order, "1 cherry 27", number="B1")
    assert standing(coupon) == ("used", D("3.00"), ["redeemed", "returned"])  # 10 x 54/90 = 6.00 for two
    assert (notes(coupon), used_budget(template)) == ([("B1", D("3.00"))], D("7.00"))
    [fact] = told("coupon.given_back")
    assert (fact.member_id, fact.subject) == (coupon.member_id, coupon.pk)
    assert fact.data == {
        "template": template.pk, "channel": "pos", "order": "R1", "amount": "3.00", "refund": "B1",
        "threshold_holds": True,
    }  # fmt: skip
    assert broken() == []


def test_hearing_of_it_again_changes_nothing(store, template):
    coupon = redeem(make_coupon(template=template))
    order = sale(store)
    back(order, "1 cherry 27")
    before = standing(coupon), notes(coupon), used_budget(template), len(told("coupon.given_back"))
    for reaction, kind in (
        (reactions.give_back_returns, "order.returned"), (reactions.reconcile_orders, "order.recorded"),
        (reactions.give_back_redeemed, "coupon.redeemed"),
    ):  # fmt: skip
        reaction(told(kind))
    assert (standing(coupon), notes(coupon), used_budget(template), len(told("coupon.given_back"))) == before


def test_each_refund_takes_its_own_part_and_what_is_kept_falls_below_the_threshold(store, template):
    coupon = redeem(make_coupon(template=template))
    order = sale(store)
    back(order, "1 apple 9", number="B1")
    back(order, "1 cherry 27", number="B2")
    back(order, amount="9", number="B3")
    assert notes(coupon) == [("B1", D("1.00")), ("B2", D("3.00")), ("B3", D("1.00"))]
    assert [fact.data["threshold_holds"] for fact in told("coupon.given_back")] == [True, True, False]
    assert used_budget(template) == D("5.00")
    assert broken() == []


def test_the_parts_of_all_lines_add_up_to_the_coupon(store):
    policy.change("coupons.back_on_full_return", False, by=None)
    coupon = redeem(make_coupon(template=make_template(amount_off=D("10.00"), budget=D(50))), amount="70")
    lines = [LineDraft(sku, D(1), D("23.33"), D("20.00")) for sku in ("a", "b", "c")]
    order = sale(store, lines=lines)
    for number, sku in enumerate("cab"):
        back(order, f"1 {sku} 20", number=f"B{number}")
    assert [amount for _note, amount in notes(coupon)] == [D("3.33"), D("3.34"), D("3.33")]
    assert standing(coupon)[:2] == ("used", D("10.00"))
    assert used_budget(coupon.template) == 0
    assert broken() == []


def test_when_everything_came_back_the_coupon_is_good_again(store, template):
    coupon = redeem(make_coupon(template=template))
    order = sale(store)
    back(order, "1 cherry 27", number="B1")
    back(order, "1 cherry 27", "3 apple 27", "1 bag 9", number="B2")
    assert standing(coupon) == ("issued", None, ["redeemed", "returned", "reversed"])
    assert (coupon.order_no, coupon.discount, used_budget(template)) == ("", None, D(0))
    [fact] = told("coupon.reversed")
    assert (fact.subject, fact.data["order"], fact.data["amount"]) == (coupon.pk, "R1", "10.00")
    assert broken() == []
    assert redeem(coupon, "R2").state == "used"
    assert used_budget(template) == D(10)


def test_all_the_money_back_is_everything_too_and_an_ended_coupon_stays_ended(store, template):
    coupon = make_coupon(template=template, at=days_ago(9))
    redeem(coupon, at=days_ago(4))
    back(sale(store), amount="90")
    assert standing(coupon)[::2] == ("expired", ["redeemed", "reversed"])
    assert used_budget(template) == 0
    assert broken() == []


def test_the_order_that_named_the_coupon_does_not_use_it_again_after_everything_came_back(store, template):
    coupon = make_coupon(make_member(), template=template, at=days_ago(2))
    order = sale(store, coupon_codes=[coupon.code])
    news_arrives()
    assert standing(coupon)[0] == "used"
    back(order, amount="90")
    reactions.reconcile_orders(told("order.recorded"))
    assert standing(coupon)[0] == "issued"
    assert moves(coupon) == ["redeemed", "reversed"]


@pytest.mark.parametrize("arrival", list(itertools.permutations(["redemption", "order", "B2", "B1"]))[::3])
def test_whatever_arrives_first_the_coupon_stands_the_same(store, template, arrival):
    coupon = make_coupon(template=template)
    for what in arrival:
        if what == "redemption":
            redeem(coupon)
        elif what == "order":
            sale(store)
        else:
            one = {"B1": [LineDraft("cherry", D(1), D(27), D(27))], "B2": [LineDraft("apple", D(2), D(9), D(18))]}
            total = sum(line.amount for line in one[what])
            make_return(str(total), sale_no="R1", return_no=what, lines=one[what], store=store)
        news_arrives()
    assert standing(coupon)[:2] == ("used", D("5.00"))
    assert (sorted(notes(coupon)), used_budget(template)) == ([("B1", D("3.00")), ("B2", D("2.00"))], D("5.00"))
    assert broken() == []


def test_only_the_lines_it_is_for_bear_a_coupon(store):
    fruit = Category.objects.create(name="水果")
    Product.objects.create(sku="cherry", name="车厘子", category=fruit)
    template = make_template(category_ids=[fruit.pk], budget=D(50))
    coupon = redeem(make_coupon(template=template), lines=[redemption.Line("cherry", D("60.00"), D(2))])
    order = sale(store)
    back(order, "3 apple 27", "1 bag 9", number="B1")
    assert standing(coupon)[1:] == (None, ["redeemed"])
    back(order, "1 cherry 27", number="B2")
    assert notes(coupon) == [("B2", D("5.00"))]
    assert told("coupon.given_back")[0].data["threshold_holds"] is False
    assert broken() == []


@pytest.mark.parametrize(
    ("terms", "off", "taken"),
    [
        ({"kind": "fixed_price", "fixed_price": D(20), "cap": D(30), "skus": ["cherry"]}, "10.00", "5.00"),
        ({"kind": "free_shipping", "cap": D(8)}, "6.00", None),
        ({"kind": "gift", "gift_name": "草莓", "gift_value": D(9)}, "0.00", None),
        ({"kind": "percent_off", "percent": D(80), "cap": D(15)}, "15.00", "4.50"),
    ],
)
def test_what_a_partial_return_takes_of_each_kind(store, terms, off, taken):
    template = make_template(budget=D(50), **terms)
    coupon = redeem(make_coupon(template=template), lines=[redemption.Line("cherry", D(60), D(2))], delivery=D(6))
    cost = used_budget(template)
    back(sale(store), "1 cherry 27")
    assert standing(coupon)[1] == (D(taken) if taken else None)
    assert (coupon.discount, used_budget(template)) == (D(off), cost - D(taken or 0))
    assert broken() == []


def test_a_return_of_another_receipt_or_without_one_takes_nothing(store, template):
    coupon = redeem(make_coupon(template=template))
    sale(store)
    other = sale(store, "R2")
    back(other, "1 cherry 27")
    make_return("27", store=store, member=coupon.member, return_no="B9")
    news_arrives()
    assert standing(coupon) == ("used", None, ["redeemed"])


def test_a_till_may_reverse_what_was_partly_returned(store, template):
    coupon = redeem(make_coupon(template=template))
    back(sale(store), "1 cherry 27")
    redemption.reverse(coupon.code, channel="pos", order_no="R1")
    assert standing(coupon)[:2] == ("issued", None)
    assert used_budget(template) == 0
    assert broken() == []


def test_many_receipts_take_as_many_queries_as_one(store, template, django_assert_max_num_queries):
    for number in range(5):
        redeem(make_coupon(template=template), f"R{number}")
        order = sale(store, f"R{number}")
        make_return("27", sale=order, return_no=f"B{number}", lines=[LineDraft("cherry", D(1), D(27), D(27))])
    with django_assert_max_num_queries(16):
        reactions.give_back_returns(told("order.returned"))
    assert (set(Coupon.objects.values_list("given_back", flat=True)), used_budget(template)) == ({D("3.00")}, D(35))


def test_the_audit_notices_what_history_does_not_say(store, template):
    coupon = redeem(make_coupon(template=template))
    back(sale(store), "1 cherry 27")
    assert broken() == []
    Coupon.objects.filter(pk=coupon.pk).update(given_back=D("4.00"))
    assert {difference.name for difference in broken()} == {"coupons.given_back", "coupons.budget"}
