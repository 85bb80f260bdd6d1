"""Coupons and offers stand on a member's timeline in words."""

import pytest

from coupons import offers
from coupons.models import Offer
from members import chronicle
from tests.coupons.shop import Shop, open_shop, redeem
from tests.makers import days_ago, make_coupon, make_template

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
