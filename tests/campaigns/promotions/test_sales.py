"""Which orders got which promotions, told from their lines: exact for flash prices and gifts, and always made anew."""

from decimal import Decimal

import pytest

from campaigns import memberdays
from campaigns.models import Promotion, PromotionSale
from campaigns.promotions import end
from campaigns.promotions.sales import count_sales, had_by
from members.audit import audit
from members.models import Order
from members.orders.drafts import LineDraft
from members.orders.intake import record_order
from tests.campaigns.promoting import make_promotion, stock_shelves
from tests.campaigns.scenery import deliver_again, deliver_all, last_batch
from tests.makers import (
    days_ago,
    make_draft,
    make_member,
    make_member_day,
    make_order,
    make_return,
    make_store,
    make_tiers,
)

pytestmark = pytest.mark.django_db
FLASH = {"prices": [{"sku": "F001", "price": "19.90"}]}
GIFT = {"gifts": [{"name": "酸奶", "sku": "F071", "value": "8.80", "quantity": 1}], "from": "99"}


@pytest.fixture(autouse=True)
def _goods():
    stock_shelves()
    make_tiers()


@pytest.fixture
def store():
    return make_store("滨河路店")


@pytest.fixture
def xiaomei():
    return make_member("张晓梅", tier="gold")


def line(sku: str, quantity: str, price: str, amount: str | None = None) -> LineDraft:
    """A line of a receipt; paid in full unless an amount is given."""
    return LineDraft(sku, Decimal(quantity), Decimal(price), Decimal(amount) if amount is not None else None)


def bought(*lines: LineDraft, **fields) -> Order:
    """An order of these lines and all that follows from it."""
    order = make_order(lines=list(lines), **fields)
    deliver_all()
    return order


def sales(promotion: Promotion) -> list[tuple[int, Decimal]]:
    """Pieces and yuan off of each order that got it, in the order of the orders."""
    rows = PromotionSale.objects.filter(promotion=promotion).order_by("order_id")
    return list(rows.values_list("pieces", "off"))


def sums(promotion: Promotion) -> tuple[int, int, Decimal]:
    promotion.refresh_from_db()
    return promotion.orders, promotion.sold, promotion.off


@pytest.mark.parametrize(
    ("sold", "pieces", "off"),
    [
        (line("F001", "2", "29.90", "39.80"), 2, "20.00"),  # both at the flash price
        (line("F001", "3", "29.90", "69.70"), 2, "20.00"),  # two of three
        (line("F001", "2", "19.90"), 2, "0.00"),  # the till rings up the flash price itself
        (line("F001", "2", "29.90", "36.80"), 2, "20.00"),  # and a coupon beside it
        (line("F001", "2", "29.90", "54.80"), 0, None),  # a coupon of 5 yuan is no flash price
        (line("F001", "2", "29.90"), 0, None),
        (line("F001", "0.75", "29.90", "14.93"), 1, "10.00"),  # by weight, one piece
        (line("F002", "2", "15.90", "1.00"), 0, None),  # another product
    ],
)
def test_pieces_at_the_flash_price_are_told_from_what_was_paid(store, sold, pieces, off):
    promotion = make_promotion("秒杀", kind="flash_price", params=FLASH)
    bought(sold, store=store)
    assert sales(promotion) == ([(pieces, Decimal(off))] if pieces else [])
    assert sums(promotion) == ((1, pieces, Decimal(off)) if pieces else (0, 0, 0))


def test_what_comes_back_may_be_had_again(store, xiaomei):
    promotion = make_promotion("秒杀", kind="flash_price", params=FLASH, member_limit=3)
    order = bought(line("F001", "3", "29.90", "69.70"), store=store, member=xiaomei)
    assert had_by(xiaomei.pk, [promotion.pk]) == {promotion.pk: 2}
    make_return("29.90", sale=order, lines=[line("F001", "1", "29.90")])
    deliver_all()
    assert had_by(xiaomei.pk, [promotion.pk]) == {promotion.pk: 2}  # of the two she kept both may be flash
    make_return("19.90", sale=order, lines=[line("F001", "1", "19.90")])
    deliver_all()
    assert had_by(xiaomei.pk, [promotion.pk]) == {promotion.pk: 1}
    assert sums(promotion) == (1, 1, Decimal("10.00"))


def test_an_order_that_came_back_whole_got_nothing(store):
    promotion = make_promotion(params={"steps": [{"from": "50", "off": "10"}]})
    order = bought(line("F001", "2", "29.90", "49.80"), store=store)
    assert sums(promotion) == (1, 0, Decimal("10.00"))
    make_return("49.80", sale=order)
    deliver_all()
    assert (sums(promotion), PromotionSale.objects.count()) == ((0, 0, 0), 0)


def test_a_return_that_was_known_before_its_order_is_counted(store):
    promotion = make_promotion("秒杀", kind="flash_price", params=FLASH)
    make_return("19.90", sale_no="N-1", store=store, lines=[line("F001", "1", "19.90")])
    bought(line("F001", "2", "29.90", "39.80"), store=store, order_no="N-1")
    assert sales(promotion) == [(1, Decimal("10.00"))]


def test_a_revision_is_counted_anew_and_the_same_news_twice_changes_nothing(store):
    promotion = make_promotion("秒杀", kind="flash_price", params=FLASH)
    draft = {"store": store, "order_no": "N-1", "paid_at": days_ago(0.1)}
    record_order(make_draft(lines=[line("F001", "2", "29.90", "39.80")], **draft))
    deliver_all()
    record_order(make_draft(lines=[line("F001", "1", "29.90", "19.90")], revision=1, **draft))
    deliver_all()
    assert (sales(promotion), sums(promotion)) == ([(1, Decimal("10.00"))], (1, 1, Decimal("10.00")))
    deliver_again(last_batch())
    count_sales(Order.objects.values_list("pk", flat=True))
    assert (sales(promotion), sums(promotion)) == ([(1, Decimal("10.00"))], (1, 1, Decimal("10.00")))


def test_gifts_are_lines_that_nothing_was_paid_for(store):
    promotion = make_promotion("满99送酸奶", kind="gift", params=GIFT, stock=10)
    bought(line("F011", "3", "39.90"), line("F071", "1", "8.80", "0.00"), store=store)
    bought(line("F011", "3", "39.90"), line("F071", "1", "8.80"), store=store)  # bought, not given
    assert (sales(promotion), sums(promotion)) == ([(1, Decimal("8.80"))], (1, 1, Decimal("8.80")))


def test_orders_get_a_reduction_when_they_were_cheaper_by_at_least_as_much(store):
    two_steps = {"steps": [{"from": "200", "off": "30"}, {"from": "300", "off": "60"}]}
    promotion = make_promotion(params=two_steps)
    for amount in ("250.00", "240.00", "251.00", "280.00"):
        bought(line("F011", "7", "40.00", amount), store=store)  # 280 at list price
    bought(line("F011", "8", "40.00", "250.00"), store=store)
    assert [off for _pieces, off in sales(promotion)] == [Decimal(30), Decimal(30), Decimal(60)]


def test_second_items_bundles_and_percentages_are_told_too(store, xiaomei):
    half = make_promotion("第2件半价", kind="nth_item", params={"nth": 2, "paid": "50", "same_item": True})
    pair = make_promotion("两件套", kind="bundle", params={
        "parts": [{"skus": ["F041"], "count": 1}, {"skus": ["F042"], "count": 1}], "price": "30"})  # fmt: skip
    gold = make_promotion("金卡日", kind="tier_percent", params={
        "percents": [{"tier": xiaomei.tier_id, "paid": "90"}]})  # fmt: skip
    bought(line("F001", "2", "20.00", "30.00"), store=store)
    bought(line("F041", "1", "20.00", "16.00"), line("F042", "1", "20.00", "14.00"), store=store)
    bought(line("F011", "1", "100.00", "90.00"), store=store, member=xiaomei)
    bought(line("F011", "1", "100.00", "90.00"), store=store)
    assert sales(half) == [(0, Decimal("10.00"))]
    assert sales(pair) == [(0, Decimal("10.00"))]
    assert sales(gold) == [(0, Decimal("10.00"))]


def test_only_orders_of_the_window_place_channel_and_tier_count(store, xiaomei):
    other = make_store("徐家汇店")
    sold = (line("F001", "1", "29.90", "19.90"),)
    promotion = make_promotion(
        "秒杀", kind="flash_price", params=FLASH, store_ids=[store.pk], channels=["pos"], tier_ids=[xiaomei.tier_id]
    )
    bought(*sold, store=other, member=xiaomei)
    bought(*sold, store=store, member=xiaomei, channel="web")
    bought(*sold, store=store, member=make_member("李雷"))
    bought(*sold, store=store)
    bought(*sold, store=store, member=xiaomei, paid_at=days_ago(2))
    assert sales(promotion) == []
    bought(*sold, store=store, member=xiaomei)
    assert sales(promotion) == [(1, Decimal("10.00"))]


def test_orders_paid_before_the_end_count_when_they_come_late_and_later_ones_do_not(store):
    promotion = make_promotion("秒杀", kind="flash_price", params=FLASH)
    end(promotion)
    sold = (line("F001", "1", "29.90", "19.90"),)
    bought(*sold, store=store, paid_at=days_ago(0.5))
    bought(*sold, store=store)
    assert len(sales(promotion)) == 1


def test_on_a_member_day_only_its_dates_count(store):
    day = make_member_day(recurrence="FREQ=DAILY", points_factor=2)
    memberdays.publish(day)
    today = make_promotion("会员日秒杀", kind="flash_price", params=FLASH, member_day=day)
    bought(line("F001", "1", "29.90", "19.90"), store=store)
    assert len(sales(today)) == 1
    day.occurrences.all().delete()
    bought(line("F001", "1", "29.90", "19.90"), store=store)
    assert len(sales(today)) == 1


def test_the_audit_finds_sums_that_are_not_those_of_the_sales(store):
    promotion = make_promotion("秒杀", kind="flash_price", params=FLASH)
    bought(line("F001", "1", "29.90", "19.90"), store=store)
    assert [one.name for one in audit() if "promotion" in one.name] == []
    Promotion.objects.filter(pk=promotion.pk).update(sold=7)
    assert [one.name for one in audit() if "promotion" in one.name] == ["promotion_sums_its_sales"]
