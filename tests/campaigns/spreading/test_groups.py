"""Store groups: joined once, left, full, closed; claims take what is left and give the coupon with it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.models import GroupClaim, GroupMembership
from campaigns.spreading import claims, groups, posts
from coupons import redemption
from coupons.models import Coupon
from stores.errors import Refusal
from tests.campaigns.spreading.scenery import broken, group, line, post, product, shared_coupon
from tests.makers import make_guide, make_manager, make_member, make_order, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    """Lin Xiaoman, who keeps a group."""
    return make_guide()


@pytest.fixture
def zihan():
    """Zhou Zihan, a customer."""
    return make_member("周子涵")


def refused(verb, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as refusal:
        verb(*args, **kwargs)
    return refusal.value.code


def test_a_member_joins_once_leaves_and_may_come_back(lin, zihan):
    made = group(lin)
    assert groups.join(groups.group_of(made.join_code.lower()), zihan)[1]
    assert not groups.join(made, zihan, source="share")[1]
    assert GroupMembership.objects.get().source == "code"
    assert (groups.leave(made, zihan), groups.leave(made, zihan)) == (True, False)
    assert groups.join(made, zihan)[1]
    made.refresh_from_db()
    assert (made.members, GroupMembership.objects.count()) == (1, 1)
    assert broken() == []


def test_a_full_and_a_closed_group_take_nobody(lin, zihan):
    made = group(lin, most=1)
    groups.join(made, make_member())
    assert refused(groups.join, made, zihan) == "group_full"
    other = groups.set_open(group(lin), is_open=False, by=lin)
    assert refused(groups.join, other, zihan) == "group_closed"
    assert GroupMembership.objects.count() == 1


def test_only_its_people_decide_about_a_group(lin):
    made, he, zhou = group(lin), make_guide("何俊", store=lin.store), make_manager("周敏", store=lin.store)
    assert refused(groups.set_open, made, is_open=False, by=he) == "not_your_group"
    assert refused(groups.change_group, made, name="新名字", by=make_manager()) == "not_your_group"
    assert groups.change_group(made, name="新名字", owner=he, by=zhou).owner == he
    assert refused(groups.change_group, made, name="", by=zhou) == "name_missing"


def test_a_claim_gives_the_coupon_once_and_takes_one_of_the_stock(lin, zihan):
    made = group(lin)
    groups.join(made, zihan)
    offered = post(made, stock=5)
    got = claims.claim(offered, zihan)
    assert refused(claims.claim, offered, zihan) == "claimed_already"
    offered.refresh_from_db()
    coupon = Coupon.objects.get()
    assert (offered.claimed, got.coupon, coupon.origin, coupon.origin_id) == (1, coupon, "group", offered.pk)
    assert broken() == []


def test_two_each_are_two_and_no_third(lin, zihan):
    made = group(lin)
    groups.join(made, zihan)
    offered = post(made, product=product(), each=2, stock=9)
    assert [claims.claim(offered, zihan).nth for _nth in range(2)] == [1, 2]
    assert refused(claims.claim, offered, zihan) == "claimed_already"


def test_what_is_not_open_sold_out_or_not_for_them_is_not_claimed(lin, zihan):
    made, now = group(lin), timezone.now()
    assert refused(claims.claim, post(made), zihan) == "not_in_group"
    groups.join(made, zihan)
    assert refused(claims.claim, post(made, published=False), zihan) == "post_not_open"
    assert refused(claims.claim, post(made, opens_at=now + timedelta(hours=1)), zihan) == "post_not_open"
    assert refused(claims.claim, posts.end(post(made), by=lin), zihan) == "post_not_open"
    other = make_member("刘建国")
    groups.join(made, other)
    one = post(made, stock=1)
    claims.claim(one, other)
    assert refused(claims.claim, one, zihan) == "sold_out"
    assert GroupClaim.objects.count() == 1
    assert not zihan.coupons.exists()


def test_a_refused_coupon_leaves_the_stock_as_it_was(lin, zihan):
    made = group(lin)
    groups.join(made, zihan)
    offered = post(made, template=shared_coupon(stock=1), stock=5)
    offered.template.issued = 1
    offered.template.save()
    assert refused(claims.claim, offered, zihan) == "stock_spent"
    offered.refresh_from_db()
    assert (offered.claimed, GroupClaim.objects.count()) == (0, 0)


def test_only_what_headquarters_opened_for_sharing_is_posted(lin):
    made = group(lin)
    assert refused(post, made, template=make_template()) == "not_open_to_sharing"
    assert refused(post, made, text=" ") == "text_missing"
    assert refused(post, made, template=shared_coupon(), product=product()) == "one_thing"
    assert not made.posts.exists()


def test_results_count_claims_redeemed_coupons_and_what_was_bought(lin, zihan):
    made, other = group(lin), make_member("刘建国")
    for member in (zihan, other):
        groups.join(made, member)
    coupon_post, product_post = post(made), post(made, product=product())
    for member in (zihan, other):
        claims.claim(coupon_post, member)
    claims.claim(product_post, zihan)
    coupon = zihan.coupons.get()
    redemption.redeem(coupon.code, channel="pos", order_no="G-1", amount=Decimal(90), store=lin.store)
    make_order("90.00", member=zihan, order_no="G-1", store=lin.store)
    make_order(member=zihan, store=lin.store, lines=[line("F001", "30.00"), line("F002", "5.00")])
    found = posts.results_of([coupon_post.pk, product_post.pk])
    assert (found[coupon_post.pk].claimed, found[coupon_post.pk].used, found[coupon_post.pk].sales) == (2, 1, 90)
    assert (found[product_post.pk].members, found[product_post.pk].used, found[product_post.pk].sales) == (1, 1, 120)
