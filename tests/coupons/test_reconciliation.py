"""A till that was offline names its coupons in the order: they are marked as used, once, and only rightly."""

from decimal import Decimal

import pytest

from coupons.models import Coupon
from coupons.reactions import reconcile_orders
from members.ledgers.earning import plain_rate
from members.models import Category, Order, OrderCoupon, OrderLine, Product, TimelineFact
from tests.coupons.shop import broken, lock, moves, redeem, told, used_budget
from tests.makers import days_ago, make_coupon, make_member, make_store, make_template, number

pytestmark = pytest.mark.django_db

D = Decimal


def order(*codes: str, member=None, amount="90.00", at=None, order_no="", sku="apple") -> Order:
    """An order as it was recorded, with the coupons its till named."""
    product, _new = Product.objects.get_or_create(sku=sku, defaults={"name": sku})
    row = Order.objects.create(
        channel="pos", order_no=order_no or f"O{number()}", fingerprint=b"", member=member, store=make_store(),
        paid_at=at or days_ago(0.1), list_amount=D(amount), net_amount=D(amount) - 10,
        rate=plain_rate(), named=member.pk if member else None,
    )  # fmt: skip
    OrderLine.objects.create(
        order=row, line_no=1, product=product, paid_at=row.paid_at, quantity=2, unit_price=D(amount) / 2,
        amount=D(amount) - 10,
    )  # fmt: skip
    OrderCoupon.objects.bulk_create([OrderCoupon(order=row, code=code) for code in codes])
    return row


def hear_of(*orders: Order) -> None:
    """The reaction to order.recorded."""
    reconcile_orders([TimelineFact(kind="order.recorded", subject=row.pk) for row in orders])


def states(*coupons: Coupon) -> list[str]:
    return [Coupon.objects.get(pk=coupon.pk).state for coupon in coupons]


def issued(**given) -> Coupon:
    return make_coupon(given.pop("member", None) or make_member(), at=days_ago(2), **given)


def test_the_coupons_of_an_order_are_used_at_the_time_of_the_sale():
    coupon = issued(template=make_template(budget=D(50)))
    sale = order(coupon.code.lower(), member=coupon.member)
    hear_of(sale)
    hear_of(sale)
    coupon.refresh_from_db()
    assert (coupon.state, coupon.order_no, coupon.used_at, coupon.discount) == (
        "used",
        sale.order_no,
        sale.paid_at,
        D(10),
    )
    assert (moves(coupon), used_budget(coupon.template)) == (["redeemed"], D(10))
    [fact] = told("coupon.redeemed")
    assert fact.data == {"template": coupon.template_id, "channel": "pos", "order": sale.order_no, "amount": "10.00"}
    assert broken() == []


def test_a_thousand_orders_take_as_many_queries_as_two(django_assert_max_num_queries):
    template = make_template()
    sales = [order(issued(template=template).code) for _ in range(12)]
    with django_assert_max_num_queries(12):
        hear_of(*sales)
    assert Coupon.objects.filter(state="used").count() == 12


def test_a_lock_of_the_same_receipt_is_redeemed_and_its_budget_counted_once():
    coupon = lock(issued(template=make_template(budget=D(50))), "O-77")
    hear_of(order(coupon.code, order_no="O-77"))
    assert (states(coupon), used_budget(coupon.template)) == (["used"], D(10))
    assert broken() == []


def test_what_the_till_redeemed_online_is_not_touched_again():
    coupon = redeem(issued(), "O-78")
    hear_of(order(coupon.code, order_no="O-78"))
    assert (moves(coupon), len(told("coupon.redeemed"))) == (["redeemed"], 1)


def test_what_is_held_or_used_by_another_receipt_belongs_to_others_or_had_ended_stays():
    locked, used = lock(issued(), "X1"), redeem(issued(), "X2")
    foreign, ended = issued(member=make_member("吴晓峰")), make_coupon(at=days_ago(30))
    hear_of(
        order(locked.code), order(used.code), order(foreign.code, member=make_member()), order(ended.code),
        order("nonsense", "7" * 17),
    )  # fmt: skip
    assert states(locked, used, foreign, ended) == ["locked", "used", "issued", "issued"]
    assert len(told("coupon.redeemed")) == 1
    assert broken() == []


def test_of_two_orders_that_name_one_coupon_the_earlier_has_it():
    coupon = issued()
    late, early = order(coupon.code, at=days_ago(0.5)), order(coupon.code, at=days_ago(1))
    hear_of(late, early)
    coupon.refresh_from_db()
    assert coupon.order_no == early.order_no
    assert moves(coupon) == ["redeemed"]


def test_a_budget_is_not_overdrawn():
    template = make_template(budget=D(25))
    coupons = [issued(template=template) for _ in range(3)]
    hear_of(*[order(coupon.code, at=days_ago(1 - n / 10)) for n, coupon in enumerate(coupons)])
    assert (states(*coupons), used_budget(template)) == (["used", "used", "issued"], D(20))
    assert broken() == []


def test_a_percentage_counts_the_lines_it_is_for():
    fruit = Category.objects.create(name="水果")
    Product.objects.create(sku="cherry", name="车厘子", category=fruit)
    template = make_template(kind="percent_off", percent=D(80), cap=D(50), category_ids=[fruit.pk])
    on_fruit, on_bags = issued(template=template), issued(template=template)
    hear_of(order(on_fruit.code, sku="cherry"), order(on_bags.code, sku="bag"))
    discounts = [Coupon.objects.get(pk=coupon.pk).discount for coupon in (on_fruit, on_bags)]
    assert discounts == [D("18.00"), D("0.00")]
