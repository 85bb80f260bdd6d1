"""One number signs up once however many confirm it, and two first orders at once reward an invitation once."""

from itertools import cycle

import pytest
from django.db import transaction
from django.utils import timezone

from campaigns.models import CodeDay, JoinState, Referral, SignUp
from campaigns.recruiting import codes, counting, joining, referring, rewarding, welcoming
from campaigns.recruiting.completing import complete
from coupons.models import Coupon
from members.models import Identity, Member, Order
from tests.concurrency.crowd import at_once, meeting
from tests.makers import make_member, make_order, make_template
from tests.recruiting.people import PHONE, asked, campaign_code, make_programme, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_guides_who_confirm_two_sign_ups_of_one_number_make_one_member():
    shop = open_shop()
    code = campaign_code(store=shop.store, template=make_template("新人券"))
    requests = [asked(code) for _nth in range(4)]
    guides = cycle([shop.xiaoman, shop.hejun])
    outcome = at_once(
        [lambda r=r, g=g: joining.confirm_in_store(r, by=g) for r, g in zip(requests, guides, strict=False)]
    )
    assert (outcome.broken, outcome.refused) == ([], [])
    assert (Member.objects.count(), Identity.objects.count(), SignUp.objects.count()) == (1, 1, 1)
    assert CodeDay.objects.get().sign_ups == 1
    at_once([lambda: welcoming.welcome([SignUp.objects.get().pk]) for _nth in range(4)])
    assert Coupon.objects.count() == 1


def test_one_request_confirmed_at_once_ends_once():
    shop = open_shop()
    request = asked(codes.of_guide(shop.xiaoman))
    outcome = at_once([lambda: joining.confirm_in_store(request, by=shop.xiaoman) for _nth in range(4)])
    assert (len(outcome.done), outcome.refused, outcome.broken) == (1, ["join_ended"] * 3, [])
    request.refresh_from_db()
    assert request.state == JoinState.CONFIRMED


def test_without_the_lock_on_the_request_it_would_end_more_than_once():
    """Control: read, then end, as it is often written."""
    shop, all_looked = open_shop(), meeting(4)
    request = asked(codes.of_guide(shop.xiaoman))

    def carelessly() -> None:
        assert request.state == JoinState.WAITING
        all_looked()
        with transaction.atomic():
            complete(request, phone=PHONE, by=shop.xiaoman)

    assert len(at_once([carelessly for _nth in range(4)]).done) > 1


def test_two_guides_phones_open_one_code():
    shop = open_shop()
    outcome = at_once([lambda: codes.of_guide(shop.xiaoman).pk for _nth in range(6)])
    assert (len(set(outcome.done)), outcome.broken) == (1, [])


def test_a_visitor_who_scans_many_times_at_once_counts_once():
    code = codes.of_guide(open_shop().xiaoman)
    at_once([lambda: counting.count_scan(code, "手机一") for _nth in range(8)])
    assert CodeDay.objects.get().scans == 1


def invited() -> tuple[Member, list[Order]]:
    """Xiaomei has invited Feng, who has paid twice; nobody has looked at the orders yet."""
    shop = open_shop()
    make_programme()
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    feng = make_member("吴晓峰", guide=shop.hejun, joined_at=timezone.now())
    referring.refer(meimei, feng)
    return meimei, [make_order("100.00", member=feng, store=shop.store) for _nth in range(2)]


def test_two_first_orders_at_once_reward_once():
    meimei, orders = invited()
    outcome = at_once([lambda one=one: rewarding.settle_orders([one.pk]) for one in orders * 3])
    assert (outcome.broken, sum(outcome.done)) == ([], 1)
    assert Referral.objects.get().state == "rewarded"
    assert Coupon.objects.filter(member=meimei).count() == 1
    assert Coupon.objects.count() == 2


def test_without_the_locks_both_would_be_rewarded_more_than_once():
    """Control: the same race on a row that was read before."""
    meimei, orders = invited()

    rows = [Referral.objects.select_related("programme").get() for _nth in range(4)]

    def read_before(held: Referral) -> None:
        with transaction.atomic():
            rewarding._reward(held, orders[0])

    at_once([lambda held=held: read_before(held) for held in rows])
    assert Coupon.objects.filter(member=meimei).count() > 1


def test_friends_who_buy_at_once_do_not_go_beyond_the_ceiling():
    shop = open_shop()
    make_programme(monthly_ceiling=2)
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    orders = []
    for nth in range(5):
        friend = make_member(f"朋友{nth}", guide=shop.hejun, joined_at=timezone.now())
        referring.refer(meimei, friend)
        orders.append(make_order("100.00", member=friend, store=shop.store))
    outcome = at_once([lambda one=one: rewarding.settle_orders([one.pk]) for one in orders])
    assert outcome.broken == []
    assert Coupon.objects.filter(member=meimei).count() == 2
    assert Referral.objects.filter(inviter_why="ceiling").count() == 3
