"""Coupons and offers stand on a member's timeline in words."""

from decimal import Decimal

import pytest

from coupons import offers
from coupons.models import Offer
from coupons.wallet import history_of
from members import chronicle
from members.orders.drafts import LineDraft
from tests.coupons.shop import Shop, news_arrives, open_shop, redeem
from tests.makers import days_ago, make_coupon, make_order, make_return, make_template

pytestmark = pytest.mark.django_db


def titles(shop: Shop) -> list[str]:
    """What Xiaoman reads about Xiaomei's coupons and contacts, newest first."""
    kinds = [chronicle.Category.COUPON, chronicle.Category.TOUCH]
    return [entry.title for entry in chronicle.timeline_of(shop.xiaomei, shop.xiaoman, kinds=kinds)]


def test_a_coupon_is_told_from_its_issue_to_its_use():
    shop = open_shop()
    redeem(make_coupon(shop.xiaomei))
    assert titles(shop) == ["用掉满60减10", "领到满60减10"]


def test_an_offer_is_told_with_the_name_of_its_guide():
    shop = open_shop()
    offer = offers.send(
        shop.xiaoman,
        shop.xiaomei,
        template=make_template(open_to_guides=True),
        text="车厘子到了",
        channel="wecom",
        request_key="k1",
    )
    Offer.objects.filter(pk=offer.pk).update(leaves_at=days_ago(0.0001))
    offers.leave(offer.pk)
    assert f"{shop.xiaoman.name}发了消息" in titles(shop)


def test_a_return_is_told_with_what_it_took_back_of_the_coupon():
    shop = open_shop()
    coupon = redeem(make_coupon(shop.xiaomei))
    lines = [LineDraft("F001", Decimal(2), Decimal(50), Decimal(90), name="阳光玫瑰")]
    sale = make_order(store=shop.store, order_no="R1", lines=lines, member=shop.xiaomei, paid_at=days_ago(0.1))
    make_return("45", sale=sale, lines=[LineDraft("F001", Decimal(1), Decimal(45), Decimal(45))])
    news_arrives()
    kinds = [chronicle.Category.COUPON]
    newest = chronicle.timeline_of(shop.xiaomei, shop.xiaoman, kinds=kinds)[0]
    assert (newest.title, newest.note) == ("满60减10：部分商品已退", "收回优惠 ¥5.00 · 剩余商品不足用券门槛")
    [history] = [line for line in history_of(coupon) if line.move == "returned"]
    assert (history.amount, history.note) == (Decimal("5.00"), sale.returns.get().return_no)
