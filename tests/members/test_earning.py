"""What a yuan earns: rates, rules pushed from above, the benefit of a tier, frozen with the order. Points by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members.ledgers import earning, points
from members.models import EarningRule, Member, Order, PointsEntry
from members.orders.intake import record_order
from members.orders.settlement import settle
from stores import policy
from stores.errors import Refusal
from tests.makers import days_ago, make_draft, make_member, make_order, make_return, make_store, make_tiers, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    """Zhang Xiaomei, a member since a month."""
    return make_member("张晓梅")


def member_day(source: str = "member-day:1", **fields) -> EarningRule:
    """Triple points, double growth, from yesterday to tomorrow."""
    window = {"starts_at": days_ago(1), "ends_at": days_ago(-1)}
    factors = {"growth_factor": Decimal(2), "points_factor": Decimal(3)}
    return earning.push_rule(source=source, title="会员日", **{**window, **factors, **fields})


def earned(order: Order, tier: str = "plain") -> tuple[Decimal, Decimal]:
    """What a yuan of it earns in growth and points for somebody who held ``tier`` when it was paid."""
    rate = order.rate
    growth, points = rate.by_tier.get(str(make_tiers()[tier].pk), (rate.growth, rate.points))
    return Decimal(str(growth)), Decimal(str(points))


def test_a_rule_multiplies_what_orders_within_its_window_earn(mei):
    rule = member_day()
    inside = make_order("10.00", member=mei)
    assert earned(inside) == (2, 3)
    assert earned(make_order(paid_at=rule.starts_at)) == (2, 3)
    assert earned(make_order(paid_at=rule.ends_at)) == (1, 1)
    assert earned(make_order(paid_at=rule.starts_at - timedelta(seconds=1))) == (1, 1)
    mei.refresh_from_db()
    assert (mei.growth, mei.points) == (20, 30)


def test_the_best_matching_rule_applies_and_they_do_not_multiply(mei):
    here, elsewhere = make_store(), make_store()
    gold = make_tiers()["gold"]
    member_day("a", points_factor=Decimal("1.5"), growth_factor=Decimal(4))
    member_day("b", points_factor=Decimal(2), growth_factor=Decimal(1), store_ids=[here.pk])
    member_day("c", points_factor=Decimal(9), growth_factor=Decimal(9), tier_ids=[gold.pk])
    assert earned(make_order(member=mei, store=here)) == (4, 2)
    assert earned(make_order(member=mei, store=elsewhere)) == (4, Decimal("1.5"))
    assert earned(make_order(member=mei, store=elsewhere), "gold") == (9, 9)


def test_the_benefit_of_a_tier_counts_where_it_is_better():
    sun = make_member("孙丽")
    assert earned(make_order(member=sun), "silver") == (1, Decimal("1.2"))
    member_day(points_factor=Decimal("1.1"), growth_factor=Decimal("1.1"))
    assert earned(make_order(member=sun), "silver") == (Decimal("1.1"), Decimal("1.2"))
    assert earned(make_order(member=sun), "plain") == (Decimal("1.1"), Decimal("1.1"))


def test_a_rule_withdrawn_or_a_rate_changed_leaves_recorded_orders_alone(mei):
    member_day()
    order = make_order("10.00", member=mei)
    assert earning.withdraw_rule("member-day:1")
    assert not earning.withdraw_rule("member-day:1")
    policy.change("growth.per_yuan", 5.0, by=None)
    settle([mei.pk])
    make_return("4.00", sale=order)
    mei.refresh_from_db()
    assert (mei.growth, mei.points) == (12, 18)
    assert earned(make_order("10.00", member=mei)) == (5, 1)


def test_the_same_source_again_replaces_its_rule_and_nonsense_is_refused():
    member_day()
    member_day(points_factor=Decimal(5))
    assert EarningRule.objects.get().points_factor == 5
    for nonsense in ({"ends_at": days_ago(2)}, {"growth_factor": Decimal(-1)}):
        with pytest.raises(Refusal):
            member_day(**nonsense)
    assert EarningRule.objects.get().points_factor == 5


def test_a_revision_of_another_day_earns_by_that_day(mei):
    rule = member_day()
    draft = make_draft("10.00", member=mei, paid_at=rule.starts_at - timedelta(days=3))
    record_order(draft)
    record_order(make_draft("10.00", member=mei, order_no=draft.order_no, store_code=draft.store_code, revision=1))
    mei.refresh_from_db()
    assert (mei.growth, mei.points) == (20, 30)
    totals = {entry.at: 0 for entry in PointsEntry.objects.all()}
    for entry in PointsEntry.objects.all():
        totals[entry.at] += entry.delta
    assert sorted(totals.values()) == [0, 30]


def test_fractions_are_cut_off_per_order(mei):
    for _nth in range(3):
        make_order("0.99", member=mei)
    mei.refresh_from_db()
    assert (mei.growth, mei.points) == (0, 0)
    assert not PointsEntry.objects.exists()


def test_points_expire_at_the_end_of_the_month_twelve_months_later(mei):
    make_order("10.00", member=mei, paid_at=moment("2026-01-31", "16:30"))  # half past midnight of 1 February there
    entry = PointsEntry.objects.get()
    assert entry.expires_at == moment("2027-02-28", "16:00")
    assert points.expiry_of(entry.at, None) == entry.expires_at


def test_points_are_given_and_taken_by_hand_but_never_below_zero(mei):
    points.adjust(mei, 50, note="生日补发", by=None)
    points.adjust(mei, -20, note="误发", by=None)
    mei.refresh_from_db()
    assert mei.points == 30
    with pytest.raises(Refusal) as refused:
        points.adjust(mei, -31, note="误发", by=None)
    assert (refused.value.code, refused.value.extra) == ("points_short", {"points": 30})
    assert PointsEntry.objects.filter(expires_at=None).get().delta == -20
    assert PointsEntry.objects.filter(member=mei).count() == 2


def test_points_spent_before_the_order_came_back_show_zero_and_stay_a_debt_in_the_ledger(mei):
    order = make_order("100.00", member=mei)
    points.adjust(mei, -70, note="换购", by=None)
    make_return("100.00", sale=order)
    assert Member.objects.get(pk=mei.pk).points == 0
    make_order("90.00", member=mei, paid_at=timezone.now())
    assert Member.objects.get(pk=mei.pk).points == 20
