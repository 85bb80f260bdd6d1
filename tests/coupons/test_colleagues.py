"""No coupon from colleague to colleague: known by any identity, also by one that a merge brought; with controls."""

import pytest

from coupons import colleagues, exchange, issueruns, offers
from coupons.errors import CouponRefused
from coupons.models import Coupon, Offer, OfferState, PointsExchange
from members.ledgers import points
from members.models import Member
from members.oneid import identities, merging
from stores import jobs, policy
from stores.staff import leave
from tests.coupons.shop import Shop, agree, broken, open_shop
from tests.makers import days_ago, make_guide, make_marketer, make_member, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def staff_number(member: Member, number: str) -> None:
    """Headquarters marks a member as somebody who works here."""
    identities.attach(member, "staff", number)


def is_refused(shop: Shop, member: Member | None = None) -> bool:
    """Whether a coupon for the member is refused as one for a colleague; then nothing was written."""
    member, template = member or shop.xiaomei, make_template(open_to_guides=True)
    check = offers.pre_send_check(shop.xiaoman, member, template, "wecom")
    given = {"template": template, "text": "您好", "channel": "wecom", "request_key": f"k{template.pk}"}
    if check.works_here:
        with pytest.raises(CouponRefused) as caught:
            offers.send(shop.xiaoman, member, **given)
        assert (caught.value.code, check.refusal.code) == ("member_is_staff", "member_is_staff")
        assert not Offer.objects.filter(template=template).exists()
    else:
        offers.take_back(offers.send(shop.xiaoman, member, **given), by=shop.xiaoman)
    return check.works_here


def test_a_member_who_works_nowhere_here_is_no_colleague(shop):
    assert not is_refused(shop)
    staff_number(shop.xiaomei, "E-nobody")
    assert not is_refused(shop)


@pytest.mark.parametrize("who", ["oneself", "a colleague"])
@pytest.mark.parametrize("by", ["phone", "phone with country code", "employee number", "user name", "capitals"])
def test_each_identity_tells(shop, who, by):
    person = shop.xiaoman if who == "oneself" else make_guide("郑可欣", employee_no="E00777", username="kexin")
    if by.startswith("phone"):
        person.phone = "13812345678" if by == "phone" else "+8613812345678"
        person.save()
    else:
        number = person.username if by == "user name" else person.employee_no
        staff_number(shop.xiaomei, number.upper() if by == "capitals" else number)
    assert is_refused(shop)
    assert colleagues.members_of([person]) == {shop.xiaomei.pk}
    assert colleagues.is_oneself(shop.xiaoman, shop.xiaomei) == (who == "oneself")


def test_who_has_left_is_a_member_like_any_other(shop):
    kexin = make_guide("郑可欣", phone="13812345678")
    assert is_refused(shop)
    leave(kexin)
    assert not is_refused(shop)


def test_hq_may_allow_it(shop):
    make_guide("郑可欣", phone="13812345678")
    policy.change("offers.to_staff", True, by=None)
    template = make_template(open_to_guides=True)
    assert offers.pre_send_check(shop.xiaoman, shop.xiaomei, template, "wecom").refusal is None


def test_what_a_merge_brings_counts_and_goes_again_with_it(shop):
    twin = make_member("张小妹", guide=shop.xiaoman)
    agree(twin)
    staff_number(twin, make_guide("郑可欣").employee_no)
    assert not is_refused(shop)
    merge = merging.merge(shop.xiaomei, twin, why="hand", by=None)
    assert is_refused(shop)
    merging.unmerge(merge, by=None)
    assert not is_refused(shop)


@pytest.mark.parametrize("meanwhile", ["marked", "merged", "hired", "nothing"])
def test_an_offer_that_waits_does_not_leave_for_who_turns_out_to_be_a_colleague(shop, meanwhile):
    kexin = make_guide("郑可欣")
    template = make_template(open_to_guides=True)
    offer = offers.send(shop.xiaoman, shop.xiaomei, template=template, text="", channel="wecom", request_key="k")
    if meanwhile == "marked":
        staff_number(shop.xiaomei, kexin.employee_no)
    elif meanwhile == "merged":
        twin = make_member("郑可欣", guide=shop.xiaoman)
        agree(twin)
        staff_number(twin, kexin.employee_no)
        merging.merge(twin, shop.xiaomei, why="hand", by=None)
    elif meanwhile == "hired":
        make_guide("张晓梅", phone="13812345678")
    Offer.objects.update(leaves_at=days_ago(0.0001))
    state = OfferState.SENT if meanwhile == "nothing" else OfferState.FAILED
    assert offers.leave(offer.pk).state == state
    assert Coupon.objects.count() == (meanwhile == "nothing")
    assert [row for row in broken() if "budget" in row.name or "quota" in row.name] == []


def test_nobody_exchanges_points_for_themselves_a_colleague_does(shop):
    points.adjust(shop.xiaomei, 500, note="开卡礼", by=None, at=days_ago(20))
    template = make_template(points_price=100)
    staff_number(shop.xiaomei, shop.xiaoman.employee_no)
    with pytest.raises(CouponRefused) as caught:
        exchange.exchange(shop.xiaomei, template, request_key="1", by=shop.xiaoman)
    assert (caught.value.code, PointsExchange.objects.count(), Coupon.objects.count()) == ("own_exchange", 0, 0)
    assert exchange.exchange(shop.xiaomei, template, request_key="2", by=shop.zhou_min).coupon.member == shop.xiaomei


@pytest.mark.parametrize("above", [0, 50_000])
def test_whoever_issues_in_bulk_is_left_out_and_everybody_else_gets_one(shop, above):
    policy.change("coupons.bulk_approval_above", above, by=None)
    maker, second = make_marketer("苏婉"), make_marketer("陈立")
    own, seconds = make_member("苏婉"), make_member("陈立")
    staff_number(own, maker.username)
    staff_number(seconds, second.username)
    run = issueruns.prepare(make_template(), {}, by=maker)
    assert run.expected == 2
    run = issueruns.submit(run, by=maker)
    if above == 0:
        run = issueruns.approve(run, by=second, seen=issueruns.Seen(2, run.terms_id))
    jobs.run(run.job_id)
    given = {shop.xiaomei, seconds} if above else {shop.xiaomei}
    assert {coupon.member for coupon in Coupon.objects.all()} == given


def test_without_the_guard_the_coupon_would_arrive(shop, monkeypatch):
    """The control."""
    staff_number(shop.xiaomei, shop.xiaoman.employee_no)
    assert is_refused(shop)
    monkeypatch.setattr(colleagues, "colleague_behind", lambda member: None)
    assert not is_refused(shop)
