"""Benefits in use: so many per period of the store, once per reference, taken back, and never past the quota."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from members import benefits
from members.models import Benefit, BenefitUse, Tier, TimelineFact
from stores import policy
from stores.errors import NotFound, Refusal
from tests.makers import make_member, make_store, moment
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    """Binhe Road."""
    return open_shop()


@pytest.fixture
def mei(shop):
    """Zhang Xiaomei, gold, looked after by Lin Xiaoman."""
    return make_member("张晓梅", tier="gold", guide=shop.xiaoman)


def given(kind: str, tier: str = "gold", **fields) -> Benefit:
    """The only benefit of a kind that a tier gives, as the test wants it."""
    Benefit.objects.filter(tier__code=tier, kind=kind).delete()
    fields = {"title": "试吃", "quota": 2, "period": "month"} | fields
    return Benefit.objects.create(tier=Tier.objects.get(code=tier), kind=kind, **fields)


def left(member, benefit) -> tuple:
    """How many were used, how many are left, and the last day of the period."""
    found = next(one for one in benefits.left_of(member) if one.benefit == benefit)
    return found.used, found.left, found.until


def refusal_of(call, *args, **kwargs) -> Refusal:
    """What stood against a call."""
    with pytest.raises(Refusal) as refused:
        call(*args, **kwargs)
    return refused.value


def test_a_use_is_recorded_with_store_person_and_time_and_counts(shop, mei, time_machine):
    time_machine.move_to("2026-11-22T02:00:00Z")
    tasting = given("tasting")
    assert left(mei, tasting) == (0, 2, date(2026, 11, 30))
    used = benefits.use(mei, tasting, reference="visit-1", by=shop.xiaoman)
    assert (used.store, used.made_by, used.period) == (shop.store, shop.xiaoman, date(2026, 11, 1))
    assert left(mei, tasting) == (1, 1, date(2026, 11, 30))
    assert told(mei, "benefit.used") == [{"benefit": tasting.pk, "by": shop.xiaoman.pk}]


def test_the_same_reference_is_the_same_use_even_when_nothing_is_left(shop, mei):
    tasting = given("tasting", quota=1)
    first = benefits.use(mei, tasting, reference="visit-1")
    assert benefits.use(mei, tasting, reference=" visit-1 ") == first
    assert (BenefitUse.objects.count(), len(told(mei, "benefit.used"))) == (1, 1)


def test_what_is_used_up_is_refused_with_the_day_of_more_and_nothing_is_written(mei, time_machine):
    time_machine.move_to("2026-11-22T02:00:00Z")
    tasting = given("tasting", quota=1)
    benefits.use(mei, tasting, reference="a")
    refused = refusal_of(benefits.use, mei, tasting, reference="b")
    assert (refused.code, refused.extra["again_on"]) == ("benefit_used_up", date(2026, 12, 1))
    assert str(refused) == "已用完：1 / 1 次。2026-12-01 起可再用。"
    assert BenefitUse.objects.count() == TimelineFact.objects.filter(kind="benefit.used").count() == 1
    time_machine.move_to("2026-11-30T16:00:00Z")  # midnight in China
    benefits.use(mei, tasting, reference="b")
    assert left(mei, tasting) == (1, 0, date(2026, 12, 31))


def test_the_month_is_that_of_the_members_home_store(mei, time_machine):
    time_machine.move_to("2026-11-30T20:00:00Z")
    tasting = given("tasting", quota=1)
    far = make_member("Anna", tier="gold", home_store=make_store("London", time_zone="Europe/London"))
    assert benefits.use(mei, tasting, reference="a").period == date(2026, 12, 1)
    assert benefits.use(far, tasting, reference="a").period == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("period", "quota", "limit", "until"),
    [("year", 3, 3, date(2026, 12, 31)), ("once", None, 1, None), ("none", None, None, None), ("none", 5, None, None)],
)
def test_a_year_once_and_without_limit(mei, time_machine, period, quota, limit, until):
    time_machine.move_to("2026-11-22T02:00:00Z")
    extra = given("member_day_extra", quota=quota, period=period)
    for nth in range(limit or 7):
        benefits.use(mei, extra, reference=f"{nth}")
    assert left(mei, extra)[1:] == (None if limit is None else 0, until)
    if limit is not None:
        assert refusal_of(benefits.use, mei, extra, reference="more").code == "benefit_used_up"


def test_what_was_used_in_another_tier_counts_for_the_same_kind(mei):
    silver, gold = given("tasting", "silver", quota=2), given("tasting", "gold", quota=4, title="优先试吃")
    lily = make_member("李雅琴", tier="silver")
    for reference in "ab":
        benefits.use(lily, silver, reference=reference)
    lily.tier = gold.tier
    lily.save()
    assert left(lily, gold)[:2] == (2, 2)
    assert left(mei, gold)[:2] == (0, 4)


def test_two_benefits_of_a_kind_in_one_tier_are_counted_apart(mei):
    melon = given("tasting", quota=1)
    cherry = Benefit.objects.create(tier=melon.tier, kind="tasting", title="车厘子试吃", quota=1, period="month")
    benefits.use(mei, melon, reference="a")
    assert (left(mei, melon)[1], left(mei, cherry)[1]) == (0, 1)


def test_taken_back_counts_no_more_and_the_same_thing_can_be_recorded_anew(shop, mei):
    tasting = given("tasting", quota=1)
    used = benefits.use(mei, tasting, reference="a", by=shop.xiaoman)
    assert benefits.take_back(benefits.take_back(used, by=shop.xiaoman)).taken_back_at
    assert left(mei, tasting)[:2] == (0, 1)
    assert len(told(mei, "benefit.taken_back")) == 1
    again = benefits.use(mei, tasting, reference="a")
    assert (again.pk, left(mei, tasting)[:2]) == (used.pk, (1, 0))


def test_the_same_thing_recorded_anew_needs_room_as_well(mei):
    tasting = given("tasting", quota=1)
    benefits.take_back(benefits.use(mei, tasting, reference="a"))
    benefits.use(mei, tasting, reference="b")
    assert refusal_of(benefits.use, mei, tasting, reference="a").code == "benefit_used_up"
    assert BenefitUse.objects.filter(taken_back_at=None).count() == 1


def test_a_store_takes_back_for_a_day_headquarters_for_ever(shop, mei, time_machine):
    time_machine.move_to("2026-11-22T02:00:00Z", tick=False)
    policy.change("benefits.take_back_hours", 2, by=None)
    used = benefits.use(mei, given("tasting"), reference="a", by=shop.xiaoman)
    BenefitUse.objects.update(recorded_at=timezone.now() - timedelta(hours=3))
    assert refusal_of(benefits.take_back, used, by=shop.xiaoman).code == "take_back_too_late"
    assert BenefitUse.objects.get().taken_back_at is None
    assert benefits.take_back(used, by=shop.jianguo).taken_back_at


@pytest.mark.parametrize("who", ["hejun", "tangwei"])
def test_nobody_records_or_takes_back_for_members_of_others(shop, mei, who):
    tasting, stranger = given("tasting"), getattr(shop, who)
    with pytest.raises(NotFound):
        benefits.use(mei, tasting, reference="a", by=stranger)
    used = benefits.use(mei, tasting, reference="a", by=shop.xiaoman)
    with pytest.raises(NotFound):
        benefits.take_back(used, by=stranger)
    assert left(mei, tasting)[0] == 1


@pytest.mark.parametrize(
    ("kind", "fields", "how", "code"),
    [
        ("points_factor", {"value": 2, "quota": None, "period": "none"}, {}, "benefit_works_by_itself"),
        ("dedicated_guide", {"quota": None, "period": "none"}, {}, "benefit_works_by_itself"),
        ("tasting", {}, {"reference": "  "}, "reference_missing"),
        ("tasting", {"is_active": False}, {}, "benefit_not_held"),
        ("tasting", {"tier": "silver"}, {}, "benefit_not_held"),
        ("tasting", {}, {"at": moment("2100-01-01")}, "future_date"),
    ],
)
def test_what_cannot_be_recorded_says_why_and_changes_nothing(mei, kind, fields, how, code):
    benefit = given(kind, **fields)
    assert refusal_of(benefits.use, mei, benefit, **({"reference": "a"} | how)).code == code
    assert not BenefitUse.objects.exists()
    assert not TimelineFact.objects.filter(kind="benefit.used").exists()


def test_what_is_left_takes_two_queries_however_much_was_used(mei, django_assert_num_queries):
    tasting = given("tasting", quota=30)
    for nth in range(20):
        benefits.use(mei, tasting, reference=f"{nth}")
    with django_assert_num_queries(2):
        assert left(mei, tasting)[:2] == (20, 10)
