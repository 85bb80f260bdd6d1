"""Gifts of tiers: given once per period when a tier is reached or a birthday is near, or the reason why not."""

from datetime import date

import pytest
from django.db import transaction

from coupons import catalogue, gifts, reactions
from coupons.models import Coupon, GivenGift, TierGift
from members import benefits, birthdaynews
from members.birthdays import keys_between
from members.defaults import ensure_defaults
from members.models import Benefit, BenefitUse, TimelineFact
from stores.errors import Conflict, Refusal
from tests.coupons.shop import broken, news_arrives
from tests.makers import make_coupon, make_member, make_order, make_return, make_template

pytestmark = pytest.mark.django_db
TODAY = "2026-11-22T02:00:00Z"


@pytest.fixture(autouse=True)
def _a_day_in_november(time_machine):
    time_machine.move_to(TODAY)
    ensure_defaults()


def gift_of(kind: str, tier: str, **fields) -> TierGift:
    """The gift of a tier as a coupon of its own."""
    benefit = Benefit.objects.get(tier__code=tier, kind=f"{kind}_gift")
    return TierGift.objects.create(benefit=benefit, template=make_template(f"{tier} {kind}", **fields))


def birthday_is_told(on: date) -> None:
    """The night tells the birthdays of a day."""
    with transaction.atomic():
        for key in keys_between(on, 0):
            birthdaynews.tell(key, 0)
    news_arrives()


def wallet(member) -> list[str]:
    """The coupons a member has, by name."""
    return list(Coupon.objects.filter(member=member).order_by("pk").values_list("template__name", flat=True))


def test_reaching_a_tier_brings_its_gift():
    gift = gift_of("upgrade", "silver")
    mei = make_member("张晓梅")
    make_order("1200.00", member=mei)
    news_arrives()
    coupon = Coupon.objects.get(member=mei)
    assert (coupon.template, coupon.origin, coupon.origin_id) == (gift.template, "tier", gift.pk)
    used = BenefitUse.objects.get()
    assert (used.benefit, used.reference, used.period) == (gift.benefit, "gift:2000-01-01", date(2000, 1, 1))
    assert broken() == []


def test_a_leap_over_a_tier_brings_the_gift_of_the_tier_reached():
    gift_of("upgrade", "silver"), gift_of("upgrade", "gold")
    mei = make_member("张晓梅")
    make_order("6000.00", member=mei)
    news_arrives()
    assert wallet(mei) == ["gold upgrade"]


def test_falling_and_rising_again_brings_no_second_gift():
    gift_of("upgrade", "silver")
    mei = make_member("张晓梅")
    for _nth in range(2):
        sale = make_order("1200.00", member=mei)
        news_arrives()
        make_return("1200.00", sale=sale)
        news_arrives()
    assert TimelineFact.objects.filter(member=mei, kind="member.tier_changed").count() == 4
    assert wallet(mei) == ["silver upgrade"]


def test_a_yearly_upgrade_gift_is_given_again_in_the_next_year(time_machine):
    gift = gift_of("upgrade", "silver")
    Benefit.objects.filter(pk=gift.benefit_id).update(period="year", quota=1)
    mei = make_member("张晓梅")
    for day in ("2026-11-22", "2026-12-20", "2027-01-05"):
        time_machine.move_to(f"{day}T02:00:00Z")
        sale = make_order("1200.00", member=mei)
        news_arrives()
        make_return("1200.00", sale=sale)
        news_arrives()
    assert wallet(mei) == ["silver upgrade"] * 2


def test_news_that_is_delivered_again_gives_nothing_more():
    gift_of("upgrade", "silver"), gift_of("birthday", "plain")
    mei, lily = make_member("张晓梅"), make_member("李雅琴", birthday=date(1990, 11, 24))
    make_order("1200.00", member=mei)
    birthday_is_told(date(2026, 11, 24))
    facts = list(TimelineFact.objects.filter(kind__in=["member.tier_changed", "member.birthday_near"]))
    for _nth in range(3):
        with transaction.atomic():
            reactions.give_gifts(facts)
    assert (wallet(mei), wallet(lily)) == (["silver upgrade"], ["plain birthday"])


def test_without_its_memory_the_news_would_give_again():
    """The control: what was given is forgotten, and the same news gives once more."""
    gift_of("upgrade", "silver")
    mei = make_member("张晓梅")
    make_order("1200.00", member=mei)
    news_arrives()
    GivenGift.objects.all().delete()
    BenefitUse.objects.all().delete()
    with transaction.atomic():
        reactions.give_gifts(list(TimelineFact.objects.filter(kind="member.tier_changed")))
    assert wallet(mei) == ["silver upgrade"] * 2


def test_two_members_becoming_one_is_no_new_tier():
    gift_of("upgrade", "silver")
    mei = make_member("张晓梅", tier="silver")
    fact = TimelineFact(kind="member.tier_changed", member=mei, at=mei.joined_at, batch=0)
    fact.data = {"from": Benefit.objects.get(tier__code="plain", kind="tasting").tier_id, "to": mei.tier_id}
    for why, count in (("merge", 0), ("grant", 1)):
        fact.data["why"] = why
        with transaction.atomic():
            reactions.give_gifts([fact])
        assert len(wallet(mei)) == count


def test_a_tier_that_is_gone_before_the_news_arrives_brings_nothing():
    gift_of("upgrade", "silver")
    mei = make_member("张晓梅")
    make_return("1200.00", sale=make_order("1200.00", member=mei))
    news_arrives()
    assert wallet(mei) == []
    assert not GivenGift.objects.exists()


def test_a_birthday_brings_the_gift_of_the_tier_held_once_a_birthday(time_machine):
    gift_of("birthday", "plain"), gift_of("birthday", "gold")
    mei = make_member("张晓梅", tier="gold", birthday=date(1990, 11, 24))
    birthday_is_told(date(2026, 11, 24))
    birthday_is_told(date(2026, 11, 24))
    assert wallet(mei) == ["gold birthday"]
    time_machine.move_to("2027-11-20T02:00:00Z")
    birthday_is_told(date(2027, 11, 24))
    assert wallet(mei) == ["gold birthday"] * 2


def test_a_new_year_between_gift_and_birthday_is_one_birthday(time_machine):
    gift_of("birthday", "plain")
    mei = make_member("张晓梅", birthday=date(1990, 1, 2))
    time_machine.move_to("2026-12-28T02:00:00Z")
    birthday_is_told(date(2027, 1, 2))
    left = next(one for one in benefits.left_of(mei) if one.benefit.kind == "birthday_gift")
    assert (wallet(mei), left.left) == (["plain birthday"], 0)
    time_machine.move_to("2027-01-03T02:00:00Z")
    with pytest.raises(Refusal):
        benefits.use(mei, left.benefit, reference="by hand")


def test_what_was_handed_over_is_not_given_again_and_headquarters_sees_why():
    gift = gift_of("birthday", "plain")
    mei = make_member("张晓梅", birthday=date(1990, 11, 24))
    benefits.use(mei, gift.benefit, reference="at the counter")
    birthday_is_told(date(2026, 11, 24))
    assert wallet(mei) == []
    given = GivenGift.objects.get()
    assert given.refusal == "benefit_used_up"
    with pytest.raises(Conflict):
        gifts.give_again(given, by=None)


def test_a_gift_of_several_coupons_is_given_whole():
    gift = gift_of("birthday", "plain")
    TierGift.objects.create(benefit=gift.benefit, template=make_template("试吃券"))
    mei = make_member("张晓梅", birthday=date(1990, 11, 24))
    birthday_is_told(date(2026, 11, 24))
    assert wallet(mei) == ["plain birthday", "试吃券"]
    assert BenefitUse.objects.count() == 1


def test_what_is_switched_off_gives_nothing():
    for switch in (TierGift, Benefit):
        gift = gift_of("birthday", "plain")
        switch.objects.filter(pk=gift.pk if switch is TierGift else gift.benefit_id).update(is_active=False)
        mei = make_member("张晓梅", birthday=date(1990, 11, 24))
        birthday_is_told(date(2026, 11, 24))
        assert wallet(mei) == []
        TierGift.objects.all().delete()


def test_the_last_ones_go_out_and_the_rest_are_kept_with_the_reason_until_there_is_more():
    gift = gift_of("birthday", "plain", stock=2)
    crowd = [make_member(f"会员{nth}", birthday=date(1990, 11, 24)) for nth in range(4)]
    birthday_is_told(date(2026, 11, 24))
    assert [len(wallet(member)) for member in crowd] == [1, 1, 0, 0]
    assert list(GivenGift.objects.exclude(refusal="").values_list("refusal", flat=True)) == ["stock_spent"] * 2
    assert BenefitUse.objects.count() == 2
    assert broken() == []
    waiting = GivenGift.objects.get(member=crowd[2])
    with pytest.raises(Refusal) as refused:
        gifts.give_again(waiting, by=None)
    assert refused.value.code == "stock_spent"
    catalogue.change_template(gift.template, by=None, stock=3)
    given = gifts.give_again(waiting, by=None)
    assert (given.refusal, gifts.give_again(given, by=None).coupon) == ("", given.coupon)
    assert len(wallet(crowd[2])) == 1


@pytest.mark.parametrize(
    ("fields", "stopped", "why"),
    [({"member_limit": 1}, False, "limit_reached"), ({}, True, "template_not_active"),
     ({"valid_from": date(2026, 1, 1), "valid_until": date(2026, 11, 1)}, False, "terms_ended")],
)  # fmt: skip
def test_a_coupon_that_cannot_be_given_is_kept_with_the_reason(fields, stopped, why):
    gift = gift_of("birthday", "plain", **fields)
    mei = make_member("张晓梅", birthday=date(1990, 11, 24))
    if why == "limit_reached":
        make_coupon(mei, template=gift.template)
    if stopped:
        catalogue.stop(gift.template, None)
    before = len(wallet(mei))
    birthday_is_told(date(2026, 11, 24))
    assert len(wallet(mei)) == before
    assert GivenGift.objects.get().refusal == why
    assert not BenefitUse.objects.exists()


def test_a_thousand_birthdays_take_as_many_queries_as_one(django_assert_max_num_queries):
    gift_of("birthday", "plain")
    people = [make_member(f"会员{nth}", birthday=date(1990, 11, 24)) for nth in range(60)]
    due = [gifts.Due(member.pk, "birthday_gift", date(2026, 11, 24)) for member in people]
    with django_assert_max_num_queries(16), transaction.atomic():
        assert gifts.give(due) == 60
