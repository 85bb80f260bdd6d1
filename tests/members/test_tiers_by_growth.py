"""Tiers by growth: reached at once, kept until the review, lost when what they rest on is brought back, explained."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members.ledgers import growth
from members.models import GrowthEntry, Member, TimelineFact
from members.orders.settlement import settle
from members.tiering.tiers import explain_tier
from stores.errors import Refusal
from tests.makers import days_ago, make_manager, make_member, make_order, make_return, make_tiers, moment

pytestmark = pytest.mark.django_db

THEN = moment("2025-06-01")


def tier_of(member: Member) -> str:
    """The code of the tier the member holds now."""
    return Member.objects.get(pk=member.pk).tier.code


@pytest.fixture
def mei():
    """Zhang Xiaomei, a member since a month."""
    return make_member("张晓梅")


def test_the_order_that_reaches_a_tier_lifts_the_member_at_once(mei):
    make_order("999.99", member=mei)
    assert tier_of(mei) == "plain"
    make_order("1.00", member=mei)
    mei.refresh_from_db()
    assert (mei.tier.code, mei.growth) == ("silver", 1000)
    assert timezone.now() - mei.tier_since < timedelta(minutes=1)
    tiers = make_tiers()
    fact = TimelineFact.objects.get(kind="member.tier_changed")
    assert fact.data == {"from": tiers["plain"].pk, "to": tiers["silver"].pk, "why": "growth"}


def test_one_large_order_leaps_over_a_tier(mei):
    make_order("5000.00", member=mei)
    assert tier_of(mei) == "gold"


def test_a_tier_stays_when_its_growth_leaves_the_window_until_the_review_and_its_grace_are_over(mei):
    make_order("1200.00", member=mei, paid_at=THEN, at=THEN)
    assert tier_of(mei) == "silver"
    settle([mei.pk], at=THEN + timedelta(days=394))
    mei.refresh_from_db()
    assert (mei.tier.code, mei.growth) == ("silver", 0)
    explained = explain_tier(mei, at=THEN + timedelta(days=394))
    assert (explained.earned.code, explained.is_kept, explained.missing) == ("plain", True, 5000)
    settle([mei.pk], at=THEN + timedelta(days=395))
    assert tier_of(mei) == "plain"


def test_a_return_of_the_very_growth_of_the_upgrade_takes_the_tier_back(mei):
    make_order("500.00", member=mei)
    order = make_order("600.00", member=mei)
    make_return("50.00", sale=order)
    assert tier_of(mei) == "silver"
    make_return("51.00", sale=order)
    assert tier_of(mei) == "plain"
    assert list(TimelineFact.objects.filter(kind="member.tier_changed").order_by("pk").values_list("data__why")) == [
        ("growth",),
        ("return",),
    ]


def test_a_gold_member_falls_to_what_the_day_of_the_upgrade_still_earns(mei):
    make_order("1500.00", member=mei, paid_at=THEN, at=THEN)
    large = make_order("4000.00", member=mei, paid_at=THEN + timedelta(days=10), at=THEN + timedelta(days=10))
    assert tier_of(mei) == "gold"
    late = THEN + timedelta(days=300)
    make_return("4000.00", sale=large, at=late, returned_at=late)
    mei.refresh_from_db()
    assert (mei.tier.code, mei.growth) == ("silver", 1500)
    settle([mei.pk], at=THEN + timedelta(days=364))
    assert tier_of(mei) == "silver"


def test_a_later_return_does_not_take_a_tier_that_other_orders_carry(mei):
    make_order("1100.00", member=mei, paid_at=THEN, at=THEN)
    other = make_order("300.00", member=mei, paid_at=THEN + timedelta(days=300), at=THEN + timedelta(days=300))
    late = THEN + timedelta(days=370)
    make_return("300.00", sale=other, at=late, returned_at=late)
    assert tier_of(mei) == "silver"


def test_a_tier_given_by_hand_is_not_taken_by_a_return():
    friend = make_member("李子涵", tier="gold")
    make_return("80.00", sale=make_order("100.00", member=friend))
    assert tier_of(friend) == "gold"


def test_orders_of_years_ago_earn_no_tier_today_but_would_have_then(mei):
    old = moment("2011-12-01")
    make_order("9000.00", member=mei, paid_at=old)
    mei.refresh_from_db()
    assert (mei.tier.code, mei.growth, mei.points) == ("plain", 0, 0)  # the points have long expired
    settle([mei.pk], at=moment("2011-12-10"))
    assert tier_of(mei) == "gold"


def test_a_tier_is_explained_with_what_is_missing_and_what_leaves_when(mei):
    make_order("600.00", member=mei, paid_at=moment("2025-03-10"), at=THEN)
    make_order("700.50", member=mei, paid_at=moment("2025-05-10"), at=THEN)
    mei.refresh_from_db()
    explained = explain_tier(mei, at=THEN)
    assert (explained.tier.code, explained.growth, explained.window_days) == ("silver", 1300, 365)
    assert (explained.next_tier.code, explained.missing, explained.progress) == ("gold", 3700, 26)
    assert (explained.leaving.on, explained.leaving.amount, explained.leaving.left) == (date(2026, 3, 10), 600, 700)
    assert explained.below_on == date(2026, 3, 10)
    assert not explained.is_kept


def test_the_highest_tier_lacks_nothing(mei):
    make_order("7000.00", member=mei)
    mei.refresh_from_db()
    explained = explain_tier(mei)
    assert (explained.next_tier, explained.missing, explained.progress) == (None, 0, 100)


def test_growth_is_corrected_by_hand_with_a_reason(mei):
    zhoumin = make_manager("周敏")
    mei.home_store = zhoumin.store
    mei.save()
    growth.adjust(mei, 1000, note="系统故障补录", by=zhoumin)
    assert tier_of(mei) == "silver"
    entry = GrowthEntry.objects.get()
    assert (entry.kind, entry.made_by, entry.note) == ("adjustment", zhoumin, "系统故障补录")
    for delta, note, code in ((0, "x", "bad_delta"), (5, " ", "reason_missing"), (-1001, "x", "growth_short")):
        with pytest.raises(Refusal) as refused:
            growth.adjust(mei, delta, note=note, by=zhoumin)
        assert refused.value.code == code
    assert GrowthEntry.objects.count() == 1


def test_a_correction_that_outlives_what_it_corrected_shows_zero_and_not_less(mei):
    make_order("100.00", member=mei, paid_at=days_ago(300))
    growth.adjust(mei, -80, note="误记", by=None)
    settle([mei.pk], at=timezone.now() + timedelta(days=100))
    mei.refresh_from_db()
    assert mei.growth == 0
    assert sum(GrowthEntry.objects.filter(member=mei).values_list("delta", flat=True)) == 20
    assert Decimal(mei.facts.spend) == Decimal("100.00")
