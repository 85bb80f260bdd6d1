"""Coupons, offers and gifts go where their member went, whatever a till does in that moment, and come home."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coupons import exchange, offers, redemption
from coupons.errors import CouponRefused
from coupons.issuing import issue_coupon
from coupons.models import Coupon, CouponState, IssueRun, Offer, PointsExchange
from coupons.reactions import follow_merges, follow_partings
from coupons.voiding import void
from coupons.wallet import wallet_of
from members.ledgers import points
from members.models import TimelineFact
from members.oneid import merging
from stores.jobs import plan
from stores.models import Staff
from tests.coupons.shop import agree, broken, lock, news_arrives, open_shop, redeem
from tests.makers import days_ago, make_admin, make_coupon, make_member, make_order, make_template
from tests.members.merges import fresh, merged, parted

pytestmark = pytest.mark.django_db


@pytest.fixture
def jianguo() -> Staff:
    return make_admin("何建国")


@pytest.fixture
def pair():
    """Zhang Xiaomei, and what she is in the mini-program."""
    return open_shop().xiaomei, make_member("", phone="13987654321")


def unheard(kept, absorbed, by: Staff):
    """A merge whose news has not arrived at the coupons yet."""
    return merging.merge(kept, absorbed, why="hand", by=by)


def test_the_wallet_goes_along_and_comes_home(pair, jianguo):
    xiaomei, app = pair
    own, theirs = make_coupon(xiaomei), make_coupon(app)
    made = merged(xiaomei, app, jianguo)
    assert set(wallet_of(xiaomei)) == {own, theirs}
    parted(made, jianguo)
    assert list(wallet_of(app)) == [theirs]
    assert broken() == []


def test_what_happened_to_a_coupon_meanwhile_goes_home_with_it(pair, jianguo):
    xiaomei, app = pair
    coupon = make_coupon(app)
    made = merged(xiaomei, app, jianguo)
    redeem(coupon, member_id=xiaomei.pk)
    assert TimelineFact.objects.get(kind="coupon.redeemed").member == xiaomei
    parted(made, jianguo)
    assert TimelineFact.objects.get(kind="coupon.redeemed").member == app


def test_a_coupon_whose_owner_was_merged_in_this_moment_is_redeemed(pair, jianguo):
    xiaomei, app = pair
    coupons = [make_coupon(app) for _nth in range(3)]
    unheard(xiaomei, app, jianguo)
    for nth, named in enumerate((xiaomei.pk, app.pk, None)):
        assert redemption.check(coupons[nth].code, amount=Decimal(100), member_id=named).ok
        redeem(coupons[nth], f"R{nth}", member_id=named)
    assert set(TimelineFact.objects.filter(kind="coupon.redeemed").values_list("member", flat=True)) == {xiaomei.pk}
    news_arrives()
    assert set(Coupon.objects.values_list("member", "state")) == {(xiaomei.pk, "used")}
    assert broken() == []


def test_the_tier_that_counts_is_that_of_the_kept_member(pair, jianguo):
    gold, app = make_member("李四", tier="gold"), pair[1]
    coupon = make_coupon(app, template=make_template(tier_ids=[gold.tier_id]))
    with pytest.raises(CouponRefused):
        redeem(coupon)
    unheard(gold, app, jianguo)
    assert redeem(coupon).state == CouponState.USED


def test_a_coupon_of_somebody_else_is_still_refused(pair, jianguo):
    xiaomei, app = pair
    unheard(xiaomei, app, jianguo)
    with pytest.raises(CouponRefused) as refusal:
        redeem(make_coupon(), member_id=app.pk)
    assert refusal.value.code == "not_coupon_owner"


def test_a_coupon_locked_at_a_till_is_redeemed_after_the_merge(pair, jianguo):
    xiaomei, app = pair
    coupon = make_coupon(app, template=make_template(budget=Decimal(100)))
    lock(coupon, member_id=app.pk)
    merged(xiaomei, app, jianguo)
    assert redeem(coupon, member_id=app.pk).state == CouponState.USED
    assert broken() == []


def test_an_order_that_names_the_coupon_finds_it_before_the_news_does(pair, jianguo):
    xiaomei, app = pair
    coupon = make_coupon(app, at=days_ago(1))
    unheard(xiaomei, app, jianguo)
    make_order("100.00", identity=("phone", "13987654321"), coupon_codes=[coupon.code])
    news_arrives()
    coupon.refresh_from_db()
    assert (coupon.state, coupon.member) == ("used", xiaomei)


def test_the_limit_per_member_counts_both_from_the_first_moment(pair, jianguo):
    xiaomei, app = pair
    template = make_template(member_limit=2)
    make_coupon(xiaomei, template=template)
    make_coupon(app, template=template)
    made = unheard(xiaomei, app, jianguo)
    for heard in (False, True):
        with pytest.raises(CouponRefused) as refusal:
            issue_coupon(template, xiaomei, origin="staff")
        assert refusal.value.code == "limit_reached", heard
        news_arrives()
    parted(made, jianguo)
    assert issue_coupon(template, xiaomei, origin="staff")


def test_two_coupons_of_one_bulk_issue_stay_two(pair, jianguo):
    xiaomei, app = pair
    template = make_template()
    run = IssueRun.objects.create(
        template=template, terms=template.terms, issued=2, job=plan("coupons.issue", params={})
    )
    own, theirs = make_coupon(xiaomei, template=template), make_coupon(app, template=template)
    Coupon.objects.update(run=run)
    made = merged(xiaomei, app, jianguo)
    assert list(wallet_of(xiaomei).order_by("pk").values_list("pk", "is_double")) == [
        (own.pk, False),
        (theirs.pk, True),
    ]
    assert broken() == []
    parted(made, jianguo)
    assert set(Coupon.objects.values_list("member", "is_double")) == {(xiaomei.pk, False), (app.pk, False)}


def test_a_second_one_is_told_apart_through_a_chain(pair, jianguo):
    xiaomei, app = pair
    third, template = make_member("王五"), make_template()
    run = IssueRun.objects.create(
        template=template, terms=template.terms, issued=3, job=plan("coupons.issue", params={})
    )
    for member in (xiaomei, app, third):
        make_coupon(member, template=template)
    Coupon.objects.update(run=run)
    before = list(Coupon.objects.order_by("pk").values_list("member", "is_double"))
    first, second = merged(xiaomei, app, jianguo), merged(third, xiaomei, jianguo)
    assert Coupon.objects.filter(member=third, is_double=True).count() == 2
    parted(first, jianguo)
    assert Coupon.objects.get(member=app).is_double is False
    parted(second, jianguo)
    assert list(Coupon.objects.order_by("pk").values_list("member", "is_double")) == before


def test_an_offer_that_waits_leaves_to_whom_the_member_has_become(pair, jianguo):
    xiaomei, _app = pair
    other = make_member("张小梅", guide=xiaomei.guide)
    for member in pair:
        agree(member)
    agree(other)
    offer = offers.send(xiaomei.guide, other, template=None, text="您好", channel="wecom", request_key="k1")
    Offer.objects.update(leaves_at=timezone.now() - timedelta(seconds=1))
    unheard(xiaomei, other, jianguo)
    assert offers.leave(offer.pk).state == "sent"
    news_arrives()
    offer.refresh_from_db()
    assert (offer.member, offer.state) == (xiaomei, "sent")


def test_points_of_an_exchange_come_back_to_the_kept_member(pair, jianguo):
    xiaomei, app = pair
    points.adjust(app, 500, note="开户", by=None, at=days_ago(30))
    taken = exchange.exchange(app, make_template(points_price=300), request_key="x1")
    merged(xiaomei, app, jianguo)
    assert PointsExchange.objects.get().member == xiaomei
    taken.coupon.refresh_from_db()
    void(taken.coupon, note="不要了", by=jianguo)
    news_arrives()
    assert fresh(xiaomei)[0].points == 500


def test_the_news_may_arrive_twice_late_and_in_any_order(pair, jianguo):
    xiaomei, app = pair
    third, coupon = make_member("王五"), make_coupon(app)
    first, second = unheard(xiaomei, app, jianguo), unheard(third, xiaomei, jianguo)
    one, two = TimelineFact.objects.filter(kind="member.merged").order_by("pk")
    for facts in ([two], [one], [one], [two]):
        follow_merges(facts)
    assert Coupon.objects.get().member == third
    merging.unmerge(second, by=jianguo)
    parting = list(TimelineFact.objects.filter(kind="member.unmerged", subject=second.pk))
    follow_partings(parting)
    follow_partings(parting)
    assert Coupon.objects.get().member == xiaomei
    merging.unmerge(first, by=jianguo)
    follow_merges([one])
    assert Coupon.objects.get().member == xiaomei, "the merge was undone before: nothing moves"
    follow_partings(list(TimelineFact.objects.filter(kind="member.unmerged", subject=first.pk)))
    assert Coupon.objects.get() == coupon
    assert Coupon.objects.get().member == app


def test_a_merge_undone_before_its_news_arrived_moves_nothing(pair, jianguo):
    xiaomei, app = pair
    make_coupon(app)
    merging.unmerge(unheard(xiaomei, app, jianguo), by=jianguo)
    follow_partings(list(TimelineFact.objects.filter(kind="member.unmerged")))
    follow_merges(list(TimelineFact.objects.filter(kind="member.merged")))
    assert Coupon.objects.get().member == app
