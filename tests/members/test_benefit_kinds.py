"""What each kind of benefit means: its value, its words, and for a birthday gift which birthday it counts for."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from members import benefits
from members.benefitkinds import REGISTRY, Recorded, quota_text, type_of
from members.defaults import ensure_defaults
from members.models import Benefit, BenefitKind, Birthday, Tier, TierChange
from stores.errors import Refusal
from tests.makers import days_ago, make_member, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _as_delivered():
    ensure_defaults()


def draft(kind: str, **fields) -> Benefit:
    """A benefit that is not saved."""
    return Benefit(kind=kind, title="权益", **fields)


def test_every_kind_has_its_type_and_the_house_begins_without_contradictions():
    assert set(REGISTRY) == set(BenefitKind.values)
    assert all(kind.key == key for key, kind in REGISTRY.items())
    begun = Benefit.objects.all()
    assert begun
    assert [benefit.title for benefit in begun if type_of(benefit).problems(benefit)] == []


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("percent_off", {}, "value"),
        ("percent_off", {"value": Decimal(95)}, "value"),
        ("points_factor", {"value": Decimal(1)}, "value"),
        ("points_factor", {"value": Decimal(2), "quota": 3, "period": "month"}, "period"),
        ("tasting", {"value": Decimal(3)}, "value"),
        ("tasting", {"period": "month"}, "quota"),
        ("upgrade_gift", {"period": "once", "quota": 2}, "quota"),
    ],
)
def test_a_benefit_that_contradicts_itself_is_found(kind, fields, field):
    benefit = draft(kind, **fields)
    assert [name for name, _sentence in type_of(benefit).problems(benefit)] == [field]


def test_each_kind_reads_as_people_say_it():
    assert type_of(draft("percent_off")).sentence(draft("percent_off", value=Decimal("5.00"))) == "收银时 9.5折"
    assert type_of(draft("points_factor")).sentence(draft("points_factor", value=Decimal("1.50"))) == "积分 1.5 倍"
    with translation.override("en"):
        assert type_of(draft("percent_off")).sentence(draft("percent_off", value=Decimal(5))) == "5% off at the till"
    assert all(kind.sentence(draft(key, value=Decimal(2))) for key, kind in REGISTRY.items())
    assert quota_text(draft("tasting", quota=2, period="month")) == "每月 2 次"


def test_who_records_a_use_follows_from_the_kind():
    by = {key: kind.recorded for key, kind in REGISTRY.items()}
    assert {key for key, how in by.items() if how == Recorded.ITSELF} == {"points_factor", "dedicated_guide"}
    assert {key for key, how in by.items() if how == Recorded.TILL} == {"percent_off"}


def used_on(member, benefit, *days: str) -> list[date]:
    """The periods that uses on these days count for."""
    return [type_of(benefit).span(benefit, member, date.fromisoformat(day)).key for day in days]


def test_a_birthday_gift_counts_for_the_birthday_that_lies_nearest():
    gift = Benefit.objects.get(tier__code="gold", kind="birthday_gift")
    mei = make_member("张晓梅", tier="gold", birthday=date(1990, 1, 3))
    assert used_on(mei, gift, "2026-12-28", "2027-01-03", "2027-02-01") == [date(2027, 1, 1)] * 3
    assert used_on(mei, gift, "2026-06-01") == [date(2026, 1, 1)]
    assert used_on(make_member("没说", tier="gold"), gift, "2026-12-28") == [date(2026, 1, 1)]


def test_lunar_birthdays_of_one_solar_year_have_a_gift_each():
    gift = Benefit.objects.get(tier__code="gold", kind="birthday_gift")
    xiao = make_member("马骁", tier="gold", birthday=date(1985, 1, 10), birthday_calendar=Birthday.LUNAR)  # 冬月二十
    assert used_on(xiao, gift, "2026-01-08", "2026-12-28") == [date(2025, 1, 1), date(2026, 1, 1)]
    span = type_of(gift).span(gift, xiao, date(2026, 1, 8))
    assert span.again_on == date(2026, 12, 21)  # a week before the next


def test_an_upgrade_gift_of_one_tier_does_not_use_up_that_of_another():
    silver, gold = (Benefit.objects.get(tier__code=code, kind="upgrade_gift") for code in ("silver", "gold"))
    mei = make_member("张晓梅", tier="silver")
    benefits.use(mei, silver, reference="a")
    mei.tier = gold.tier
    mei.save()
    assert benefits.use(mei, gold, reference="a")


def test_a_use_reported_late_is_good_when_the_tier_was_held_then():
    tiers = make_tiers()
    mei = make_member("张晓梅", tier="plain", joined_at=days_ago(300))
    for before, after, days in (("plain", "gold", 100), ("gold", "plain", 2)):
        TierChange.objects.create(member=mei, before=tiers[before], after=tiers[after], why="growth", at=days_ago(days))
    shipping = Benefit.objects.get(tier=Tier.objects.get(code="gold"), kind="free_shipping")
    assert benefits.use(mei, shipping, reference="in time", at=days_ago(3))
    for days in (1, 200):
        with pytest.raises(Refusal) as refused:
            benefits.use(mei, shipping, reference="not then", at=days_ago(days))
        assert refused.value.code == "benefit_not_held"
