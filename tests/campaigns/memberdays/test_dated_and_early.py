"""A campaign from one day to another is one date; tiers with early access begin before the others."""

from datetime import date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction

from campaigns import memberdays
from campaigns.memberdays.dates import days_between, said
from campaigns.models import CampaignKind, EarlyAccess
from campaigns.promotions.live import live_promotions
from members.ledgers.earning import per_yuan
from members.models import EarningRule
from tests.campaigns.memberdays.scenery import published
from tests.campaigns.promoting import make_promotion
from tests.makers import make_member_day, make_store, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    """It is noon of 22 November 2026 in Shanghai."""
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False) as clock:
        yield clock


def dated(**fields):
    """A campaign from the 1st to the 5th of December with double points."""
    span = {"starts_on": date(2026, 12, 1), "ends_on": date(2026, 12, 5)}
    return make_member_day("丰收节", kind=CampaignKind.DATED, recurrence="", **span | fields)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def test_a_dated_campaign_is_one_date_with_one_rule_over_all_its_days():
    day = published(dated())
    one = day.occurrences.get()
    assert (one.on, one.until) == (date(2026, 12, 1), date(2026, 12, 5))
    rule = EarningRule.objects.get()
    assert (rule.starts_at, rule.ends_at) == (moment("2026-12-01T00:00:00"), moment("2026-12-06T00:00:00"))
    assert len(days_between(day, date(2026, 12, 3), date(2026, 12, 31))) == 3
    assert said(day) == "2026-12-01 至 2026-12-05"
    memberdays.plan_coming(day)
    assert day.occurrences.count() == 1


def test_without_a_last_day_it_is_none():
    with pytest.raises(IntegrityError), transaction.atomic():
        dated(ends_on=None)


def test_ended_in_the_middle_it_runs_out_that_day(clock):
    day = published(dated())
    clock.move_to("2026-12-02T09:00:00+08:00")
    memberdays.end(day)
    assert day.occurrences.get().until == date(2026, 12, 2)
    assert EarningRule.objects.get().ends_at == moment("2026-12-03T00:00:00")


def test_gold_begins_two_days_early_with_multiplier_and_promotion_and_silver_does_not():
    tiers, store = make_tiers(), make_store()
    day = dated()
    EarlyAccess.objects.create(member_day=day, tier=tiers["gold"], days=2)
    published(day)
    promotion = make_promotion(member_day=day, ends_at=moment("2027-01-01T00:00:00"))

    def points(tier: str, at: str) -> Decimal:
        return per_yuan(store_id=store.pk, tier_id=tiers[tier].pk, at=moment(at), benefits=())[1]

    assert [points(tier, "2026-11-29T10:00:00") for tier in ("gold", "silver")] == [2, 1]
    assert [points(tier, "2026-11-28T10:00:00") for tier in ("gold", "silver")] == [1, 1]
    assert [points(tier, "2026-12-01T10:00:00") for tier in ("gold", "silver")] == [2, 2]

    def tiers_of(at: str) -> list[frozenset[int]]:
        live = live_promotions(store, channel="pos", at=moment(at))
        return [one.tier_ids for one in live if one.promotion.pk == promotion.pk]

    assert tiers_of("2026-11-28T10:00:00") == []
    assert tiers_of("2026-11-29T10:00:00") == [frozenset([tiers["gold"].pk])]
    assert tiers_of("2026-12-04T10:00:00") == [frozenset()]


def test_the_end_withdraws_the_early_rules_too():
    day = dated()
    EarlyAccess.objects.create(member_day=day, tier=make_tiers()["gold"], days=2)
    published(day)
    assert EarningRule.objects.count() == 2
    memberdays.end(day)
    assert not EarningRule.objects.exists()
