"""Members invite friends: both are rewarded after the friend's first order, once; nobody invites themselves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import InviteCode, Referral
from campaigns.recruiting import codes, referring, rewarding
from campaigns.recruiting.joining import device_mark
from coupons.models import Coupon, CouponTemplate
from members import profiles
from members.models import Member
from members.placing import Place
from stores import policy
from stores.errors import Conflict, NotFound, Refusal
from tests.makers import days_ago, make_member, make_order, make_return, make_template
from tests.recruiting.people import asked, joined, make_programme, news_arrives, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


def newcomer(shop, name: str = "吴晓峰", phone: str = "13900001111") -> Member:
    return make_member(name, guide=shop.hejun, phone=phone, joined_at=timezone.now())


def buys(shop, member: Member, amount: str = "100.00", **fields):
    order = make_order(amount, member=member, store=shop.store, **fields)
    news_arrives()
    return order


def given(member: Member) -> int:
    return Coupon.objects.filter(member=member, origin="referral", state="issued").count()


def test_both_are_rewarded_after_the_friends_first_order_and_only_after_that(shop):
    make_programme(inviter_points=50, inviter_template=make_template("老友券"), friend_points=20)
    meimei, feng = make_member("张晓梅", guide=shop.xiaoman), newcomer(shop)
    referral, is_new = referring.refer(meimei, feng)
    assert (is_new, referral.state, given(meimei)) == (True, "pending", 0)
    first = buys(shop, feng)
    buys(shop, feng)
    referral.refresh_from_db()
    assert (referral.state, referral.order) == ("rewarded", first)
    assert (given(meimei), given(feng)) == (1, 0)
    assert (referral.inviter_points.delta, referral.friend_points.delta) == (50, 20)


def test_who_was_not_invited_brings_nobody_anything(shop):
    """Control."""
    make_programme()
    buys(shop, newcomer(shop))
    assert Coupon.objects.filter(origin="referral").count() == 0


def test_an_invitation_on_the_sign_up_page_counts(shop):
    make_programme()
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    inviter = referring.inviter_of(referring.code_of(meimei).code)
    friend = joined(codes.of_guide(shop.hejun), shop.hejun, phone="13900001111", inviter=inviter)
    assert (Referral.objects.get().inviter, Referral.objects.get().friend) == (meimei, friend)


def test_a_member_keeps_one_invite_code(shop):
    meimei = make_member("张晓梅")
    assert referring.code_of(meimei) == referring.code_of(meimei)
    assert referring.inviter_of(f" {InviteCode.objects.get().code.lower()} ") == meimei
    with pytest.raises(NotFound):
        referring.inviter_of("RABCDEFG")


def test_nobody_invites_themselves_by_a_second_number(shop):
    make_programme()
    meimei = make_member("张晓梅", guide=shop.xiaoman, phone="13812345678", joined_at=timezone.now())
    with pytest.raises(Refusal) as refused:
        referring.refer(meimei, meimei)
    assert (refused.value.code, refused.value.extra) == ("self_referral", {"why": "same_person"})
    assert Referral.objects.count() == 0


def test_the_phone_on_which_the_inviter_signed_up_brings_no_friend(shop):
    make_programme()
    code = codes.of_guide(shop.xiaoman)
    meimei = joined(code, shop.xiaoman, device="手机一")
    same = joined(code, shop.xiaoman, phone="13900001111", device="手机一", inviter=meimei)
    assert Member.objects.count() == 2
    assert not Referral.objects.filter(friend=same).exists()
    other = joined(code, shop.xiaoman, phone="13900002222", device="手机二", inviter=meimei)
    assert Referral.objects.get().friend == other
    with pytest.raises(Refusal):  # and no second friend on that phone
        referring.refer(meimei, newcomer(shop, phone="13900003333"), device=device_mark("手机二"))


def test_the_same_address_counts_as_oneself_where_headquarters_say_so(shop):
    make_programme()
    meimei, feng = make_member("张晓梅", guide=shop.xiaoman), newcomer(shop)
    for member in (meimei, feng):
        profiles.update(member, place=Place(30.2741, 120.1551))
    policy.change("referrals.same_address_is_self", True, by=None)
    with pytest.raises(Refusal) as refused:
        referring.refer(meimei, feng)
    assert refused.value.extra == {"why": "same_address"}
    policy.change("referrals.same_address_is_self", False, by=None)
    assert referring.refer(meimei, feng)[1]


def test_only_somebody_new_is_invited_and_only_once(shop):
    make_programme()
    meimei, anna, feng = make_member("张晓梅"), make_member("Anna"), newcomer(shop)
    old = make_member("老会员", joined_at=days_ago(90))
    buyer = newcomer(shop, phone="13900002222")
    buys(shop, buyer)
    for friend in (old, buyer):
        with pytest.raises(Refusal) as refused:
            referring.refer(meimei, friend)
        assert refused.value.code == "friend_not_new"
    assert referring.refer(meimei, feng)[1]
    assert not referring.refer(meimei, feng)[1]
    with pytest.raises(Conflict) as taken:
        referring.refer(anna, feng)
    assert (taken.value.code, Referral.objects.get().inviter) == ("already_referred", meimei)


def test_without_a_programme_nobody_is_invited(shop):
    make_programme(ends_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(Refusal) as refused:
        referring.refer(make_member("张晓梅"), newcomer(shop))
    assert refused.value.code == "no_programme"


def test_beyond_the_ceiling_of_the_month_only_the_friend_is_rewarded(shop):
    make_programme(monthly_ceiling=1)
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    friends = [newcomer(shop, f"朋友{nth}", f"1390000111{nth}") for nth in range(2)]
    for friend in friends:
        referring.refer(meimei, friend)
        buys(shop, friend)
    assert (given(meimei), given(friends[0]), given(friends[1])) == (1, 1, 1)
    assert [row.inviter_why for row in Referral.objects.order_by("pk")] == ["", "ceiling"]


def test_a_small_first_order_is_none_and_an_order_too_late_ends_it(shop):
    make_programme(least_amount=50)
    meimei, feng = make_member("张晓梅"), newcomer(shop)
    referring.refer(meimei, feng)
    buys(shop, feng, "20.00")
    assert Referral.objects.get().state == "pending"
    Referral.objects.update(due_at=days_ago(3))
    assert rewarding.lapse(timezone.now()) == 1
    assert (Referral.objects.get().reason, given(meimei)) == ("no_order", 0)


def test_a_reward_that_has_run_out_is_noted_and_the_other_side_gets_theirs(shop):
    scarce = make_template("老友券", stock=1)
    CouponTemplate.objects.filter(pk=scarce.pk).update(issued=1)
    make_programme(inviter_template=scarce, friend_template=make_template("新友券"))
    meimei, feng = make_member("张晓梅"), newcomer(shop)
    referring.refer(meimei, feng)
    buys(shop, feng)
    row = Referral.objects.get()
    assert (row.state, row.inviter_why, given(meimei), given(feng)) == ("rewarded", "stock_spent", 0, 1)


def test_when_the_first_order_comes_back_what_is_unused_is_taken_back(shop):
    make_programme(inviter_template=make_template("老友券"), inviter_points=50, friend_template=make_template("新友券"))
    meimei, feng = make_member("张晓梅", guide=shop.xiaoman), newcomer(shop)
    referring.refer(meimei, feng)
    order = buys(shop, feng)
    Coupon.objects.filter(member=feng, origin="referral").update(
        state="used", used_at=timezone.now(), discount=10, order_no="X1"
    )
    make_return("100.00", sale=order)
    news_arrives()
    row = Referral.objects.get()
    assert (row.state, row.reason) == ("void", "returned")
    assert list(row.kept) == ["friend_coupon"]
    meimei.refresh_from_db()
    assert (given(meimei), meimei.points) == (0, 0)


def test_a_return_after_the_days_for_it_takes_nothing_back(shop):
    """Control of the one above."""
    make_programme(return_days=0)
    meimei, feng = make_member("张晓梅", guide=shop.xiaoman), newcomer(shop)
    referring.refer(meimei, feng)
    order = buys(shop, feng, paid_at=days_ago(0.5))
    make_return("100.00", sale=order)
    news_arrives()
    assert (Referral.objects.get().state, given(meimei)) == ("rewarded", 1)


def test_an_order_that_came_back_before_we_heard_of_it_rewards_nobody(shop):
    make_programme()
    meimei, feng = make_member("张晓梅"), newcomer(shop)
    referring.refer(meimei, feng)
    order = make_order("100.00", member=feng, store=shop.store)
    make_return("100.00", sale=order)
    news_arrives()
    assert (Referral.objects.get().state, given(meimei)) == ("pending", 0)


def test_an_unconfirmed_friend_is_nobodys_friend(shop):
    make_programme()
    asked(codes.of_guide(shop.hejun), inviter=make_member("张晓梅"), phone="13900001111")
    assert Referral.objects.count() == 0
