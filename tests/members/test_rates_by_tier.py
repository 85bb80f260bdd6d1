"""An order earns by the tier that was held when it was paid, also when that is known only later."""

from decimal import Decimal

import pytest

from members.audit import audit
from members.defaults import ensure_defaults
from members.ledgers import earning, growth
from members.models import EarningRate, Member, Order, PointsEntry
from members.orders.settlement import settle
from tests.makers import make_draft, make_member, make_order, make_return, make_tiers, moment
from tests.members.days import on

pytestmark = pytest.mark.django_db
DAY = "2026-04-01"


@pytest.fixture
def mei():
    """Zhang Xiaomei. Silver, from 1000 on, gives 1.2 points a yuan."""
    ensure_defaults()
    return make_member("张晓梅", joined_at=moment("2026-01-01"))


def buy(member: Member, day: str, amount: str, **fields) -> Order:
    """An order of a day, recorded in April."""
    with on(DAY):
        return make_order(amount, member=member, paid_at=moment(day), **fields)


def points_of(order: Order) -> int:
    """What the ledger says the order gave."""
    return sum(PointsEntry.objects.filter(order=order).values_list("delta", flat=True))


def sound() -> bool:
    with on(DAY):
        return audit() == []


def test_the_order_that_lifts_to_silver_earns_as_before_and_the_next_one_more(mei):
    lifting, next_one = buy(mei, "2026-02-01", "1200.00"), buy(mei, "2026-03-01", "100.00")
    assert (points_of(lifting), points_of(next_one)) == (1200, 120)
    mei.refresh_from_db()
    assert (mei.points, mei.growth, mei.tier.code) == (1320, 1300, "silver")
    assert sound()


def test_an_order_that_comes_late_lifts_those_behind_it_and_its_return_lets_them_fall(mei):
    before, after = buy(mei, "2026-01-20", "100.00"), buy(mei, "2026-03-01", "100.00")
    assert (points_of(before), points_of(after)) == (100, 100)
    late = buy(mei, "2026-02-01", "1200.00")
    assert (points_of(before), points_of(after)) == (100, 120)
    assert [entry.delta for entry in PointsEntry.objects.filter(order=after).order_by("pk")] == [100, 20]
    with on(DAY):
        make_return("1150.00", sale=late)
    assert (points_of(before), points_of(after), points_of(late)) == (100, 100, 50)
    assert sound()


def test_an_order_moved_to_another_day_lifts_what_then_lies_behind_it(mei):
    between = buy(mei, "2026-02-15", "100.00")
    draft = make_draft("1200.00", member=mei, paid_at=moment("2026-02-01"))
    lifting = buy(mei, "2026-02-01", "1200.00", order_no=draft.order_no, store_code=draft.store_code)
    assert points_of(between) == 120
    buy(mei, "2026-03-01", "1200.00", order_no=draft.order_no, store_code=draft.store_code, revision=1)
    assert (points_of(between), points_of(lifting)) == (100, 1200)
    buy(mei, "2026-02-01", "1200.00", order_no=draft.order_no, store_code=draft.store_code, revision=2)
    assert (points_of(between), points_of(lifting)) == (120, 1200)
    assert sound()


def test_growth_given_by_hand_for_a_day_in_the_past_counts_from_that_day(mei):
    order = buy(mei, "2026-03-01", "100.00")
    with on(DAY):
        growth.adjust(mei, 1000, note="迁移", by=None, at=moment("2026-02-01"))
    assert points_of(order) == 120
    assert sound()


def test_a_rule_for_a_tier_earns_its_growth_too_and_says_where_it_comes_from(mei):
    silver = make_tiers()["silver"]
    window = {"starts_at": moment("2026-02-20"), "ends_at": moment("2026-03-20"), "tier_ids": [silver.pk]}
    earning.push_rule(
        source="day:1",
        title="银卡日",
        **window,
        growth_factor=Decimal(2),
        points_factor=Decimal(3),
    )
    plain = buy(make_member("李子涵", joined_at=moment("2026-01-01")), "2026-03-01", "100.00")
    buy(mei, "2026-02-01", "1200.00")
    order = buy(mei, "2026-03-01", "100.00")
    assert order.rate == plain.rate
    assert order.rate.by_tier[str(silver.pk)] == [2, 3]
    assert order.rate.sources == ["积分 1.5 倍", "银卡日"]
    assert (points_of(plain), points_of(order)) == (100, 300)
    mei.refresh_from_db()
    assert (mei.growth, sound()) == (1400, True)


def test_orders_that_earn_alike_share_one_rate(mei):
    for nth in range(5):
        buy(mei, f"2026-02-0{nth + 1}", "10.00")
    assert EarningRate.objects.count() == 1
    assert earning.plain_rate() == EarningRate.objects.get()


def test_settling_again_writes_nothing(mei):
    for day, amount in (("2026-02-01", "1200.00"), ("2026-03-01", "100.00"), ("2026-01-10", "300.00")):
        buy(mei, day, amount)
    count = PointsEntry.objects.count()
    with on(DAY):
        settle([mei.pk])
    assert PointsEntry.objects.count() == count
