"""Points for coupons: both or neither, once per request, what is missing said beforehand, and points that come back."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from coupons import bulk, catalogue, exchange, voiding
from coupons.exchange import options_for
from coupons.models import Coupon, CouponState, PointsExchange
from members.ledgers import points
from members.models import Member, PointsEntry, TimelineFact
from stores import policy
from stores.errors import NotFound, Refusal
from tests.concurrency.crowd import after_looking, at_once
from tests.coupons.shop import broken, news_arrives, open_shop, redeem
from tests.makers import days_ago, make_admin, make_guide, make_member, make_template, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    """The store by the river; Zhang Xiaomei has 500 points that she may spend."""
    shop = open_shop()
    points.adjust(shop.xiaomei, 500, note="开卡礼", by=None, at=days_ago(20))
    return shop


def take(shop, template, key: str = "a", **how) -> PointsExchange:
    """Zhang Xiaomei takes a coupon."""
    return exchange.exchange(shop.xiaomei, template, request_key=key, **how)


def points_of(member: Member) -> int:
    """The points on the member row, which are those of the ledger."""
    return Member.objects.get(pk=member.pk).points


def contents() -> tuple:
    """Everything an exchange writes, to show that a refused one wrote nothing."""
    return (
        list(Coupon.objects.values_list("pk", "state")),
        list(PointsEntry.objects.values_list("pk", "delta")),
        list(PointsExchange.objects.values_list("pk", "returned_at")),
        TimelineFact.objects.count(),
    )


def refusal_of(call, *args, **kwargs) -> Refusal:
    """What stood against a call."""
    with pytest.raises(Refusal) as refused:
        call(*args, **kwargs)
    return refused.value


def test_the_points_go_and_the_coupon_comes(shop):
    made = take(shop, make_template(points_price=300), by=shop.xiaoman)
    assert (made.points, made.made_by, made.coupon.origin, made.coupon.guide) == (300, shop.xiaoman, "exchange", None)
    assert points_of(shop.xiaomei) == 200
    spent = PointsEntry.objects.get(kind="spent")
    assert (spent.delta, spent.reference, spent.note) == (-300, made.reference, "满60减10")
    assert broken() == []


def test_the_same_request_is_one_exchange(shop):
    template = make_template(points_price=200)
    assert take(shop, template) == take(shop, template)
    assert (points_of(shop.xiaomei), Coupon.objects.count()) == (300, 1)
    take(shop, template, "b")
    assert (points_of(shop.xiaomei), Coupon.objects.count()) == (100, 2)


def test_a_request_for_something_else_is_a_mistake(shop):
    template, other = make_template(points_price=100), make_template(points_price=150)
    take(shop, template)
    before = contents()
    assert refusal_of(take, shop, other).code == "request_key_reused"
    stranger = make_member("刘建国")
    assert refusal_of(exchange.exchange, stranger, template, request_key="a").code == "request_key_reused"
    assert contents() == before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"points_price": None}, "not_for_points"),
        ({"points_price": 501}, "points_short"),
        ({"points_price": 100, "stock": 0}, "stock_spent"),
        ({"points_price": 100, "valid_from": date(2026, 1, 1), "valid_until": date(2026, 2, 1)}, "terms_ended"),
        ({"points_price": 100, "tier_ids": "gold"}, "tier_not_in_scope"),
    ],
)
def test_a_refused_exchange_changes_nothing(shop, fields, code):
    if "tier_ids" in fields:
        fields = fields | {"tier_ids": [make_tiers()["gold"].pk]}
    template = make_template(**fields)
    before = contents()
    assert refusal_of(take, shop, template).code == code
    assert contents() == before


def test_what_is_stopped_or_used_up_for_the_member_is_refused(shop):
    template = make_template(points_price=100, member_limit=1)
    take(shop, template)
    before = contents()
    assert refusal_of(take, shop, template, "b").code == "limit_reached"
    catalogue.stop(template, None)
    assert refusal_of(take, shop, template, "c").code == "template_not_active"
    assert contents() == before


def test_new_points_are_frozen_and_buy_nothing_yet(shop):
    points.adjust(shop.xiaomei, 1000, note="补", by=None)
    assert points_of(shop.xiaomei) == 1500
    assert refusal_of(take, shop, make_template(points_price=501)).code == "points_short"
    assert take(shop, make_template(points_price=500))


def test_guides_exchange_for_their_own_members_only(shop):
    template = make_template(points_price=100)
    before = contents()
    with pytest.raises(NotFound):
        take(shop, template, by=make_guide("唐薇"))
    assert contents() == before


def test_the_list_says_what_stands_against_each_coupon(shop):
    for name, fields in {
        "便宜": {"points_price": 100}, "太贵": {"points_price": 620}, "发完": {"points_price": 50, "stock": 0},
        "金卡": {"points_price": 60, "tier_ids": [make_tiers()["gold"].pk]}, "不换": {},
    }.items():  # fmt: skip
        make_template(name, **fields)
    listed = {one.template.name: one.refusal and one.refusal.code for one in options_for(shop.xiaomei)}
    assert listed == {"发完": "stock_spent", "金卡": "tier_not_in_scope", "便宜": None, "太贵": "points_short"}
    assert str(options_for(shop.xiaomei)[-1].refusal) == "还差 120 积分"
    assert [one.price for one in options_for()] == [50, 60, 100, 620]


def test_withdrawing_an_unused_coupon_gives_the_points_back_once(shop):
    made = take(shop, make_template(points_price=300))
    admin = make_admin()
    for _nth in range(2):
        voiding.void(made.coupon, by=admin)
    news_arrives()
    made.refresh_from_db()
    assert (made.returned_at is not None, made.coupon.state, points_of(shop.xiaomei)) == (True, "voided", 500)
    assert PointsEntry.objects.filter(kind="given_back").count() == 1
    assert broken() == []


def test_a_used_or_ended_coupon_is_not_withdrawn(shop, time_machine):
    made = take(shop, make_template(points_price=100))
    redeem(made.coupon)
    assert refusal_of(voiding.void, made.coupon, by=None).code == "coupon_not_unused"
    ended = take(shop, make_template(points_price=100), "b")
    time_machine.move_to(ended.coupon.valid_until)
    before = contents()
    assert refusal_of(voiding.void, ended.coupon, by=None).code == "coupon_not_unused"
    assert contents() == before


def test_a_store_undoes_for_some_minutes_headquarters_later_too(shop):
    made = take(shop, make_template(points_price=100), by=shop.xiaoman)
    PointsExchange.objects.filter(pk=made.pk).update(made_at=days_ago(1))
    made.refresh_from_db()
    before = contents()
    assert refusal_of(voiding.undo_exchange, made, by=shop.xiaoman).code == "exchange_undo_too_late"
    assert contents() == before
    assert voiding.undo_exchange(made, by=make_admin()).returned_at
    fresh = take(shop, make_template(points_price=100), "b", by=shop.xiaoman)
    assert voiding.undo_exchange(fresh, by=shop.xiaoman).returned_at
    assert points_of(shop.xiaomei) == 500


@pytest.mark.parametrize(("back", "left"), [(False, 200), (True, 500)])
def test_points_of_a_coupon_that_ended_come_back_only_where_headquarters_says_so(shop, time_machine, back, left):
    policy.change("exchange.points_back_when_expired", back, by=None)
    made = take(shop, make_template(points_price=300))
    time_machine.move_to(made.coupon.valid_until)
    bulk.end(bulk.Move.EXPIRED, [made.coupon.pk], "coupon.expired", to_sql="'expired'", at=made.coupon.valid_until)
    news_arrives()
    assert points_of(shop.xiaomei) == left
    assert Coupon.objects.get().state == CouponState.EXPIRED


@pytest.mark.django_db(transaction=True)
def test_points_for_two_coupons_buy_two_whoever_asks(shop):
    template = make_template(points_price=200)
    asked = [partial(take, shop, template, f"{nth}") for nth in range(16)]
    outcome = at_once(asked)
    assert outcome.broken == []
    assert (len(outcome.done), set(outcome.refused)) == (2, {"points_short"})
    assert (points_of(shop.xiaomei), Coupon.objects.count()) == (100, 2)


@pytest.mark.django_db(transaction=True)
def test_one_request_sent_sixteen_times_is_one_exchange(shop):
    template = make_template(points_price=100)
    outcome = at_once([partial(take, shop, template)] * 16)
    assert (outcome.broken, outcome.refused, len(outcome.done)) == ([], [], 16)
    assert (points_of(shop.xiaomei), Coupon.objects.count()) == (400, 1)


@pytest.mark.django_db(transaction=True)
def test_the_last_one_of_the_stock_is_paid_for_once(shop):
    template, crowd = make_template(points_price=100, stock=1), [make_member(f"会员{nth}") for nth in range(8)]
    for member in crowd:
        points.adjust(member, 100, note="开卡礼", by=None, at=days_ago(20))
    outcome = at_once([partial(exchange.exchange, one, template, request_key=f"{one.pk}") for one in crowd])
    assert (outcome.broken, len(outcome.done), set(outcome.refused)) == ([], 1, {"stock_spent"})
    assert sorted(points_of(member) for member in crowd) == [0] + [100] * 7
    assert Decimal(sum(PointsEntry.objects.filter(kind="spent").values_list("delta", flat=True))) == -100


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_points_would_be_spent_twice(shop, monkeypatch):
    """The control: the member is read and not locked, and the ledger goes below what there was."""
    monkeypatch.setattr(points, "lock_member", lambda member, by=None: Member.objects.get(pk=member.pk))
    monkeypatch.setattr(points, "settle_locked", lambda *args, **kwargs: 0)
    monkeypatch.setattr(points, "purse_of", after_looking(points.purse_of, 8))
    spends = [partial(points.spend, shop.xiaomei, 500, reference=f"r{nth}") for nth in range(8)]
    outcome = at_once(spends)
    assert len(outcome.done) > 1
