"""Why this tier, what is missing, and what happens when: one explanation for guide, headquarters and partner."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.ledgers import growth
from members.models import GrowthEntry, Member, TierRules
from members.orders.settlement import settle
from members.tiering import tiergrants
from members.tiering.tiers import explain_tier
from members.windows import windows
from tests.makers import days_ago, make_marketer, make_member, make_order, make_return, make_tiers
from tests.members.tierpeople import draft
from tests.members.tierstories import bought, day, night, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    """Zhang Xiaomei, a member since the first day."""
    return make_member("张晓梅", joined_at=noon(0))


def explained(member: Member, after: int):
    """The explanation at noon of that day."""
    return explain_tier(Member.objects.select_related("tier").get(pk=member.pk), at=noon(after))


def steps(found) -> list[tuple[date, str, str]]:
    """Day, what, tier."""
    return [(step.on, step.what, step.tier.code) for step in found.steps]


def test_somebody_new_stands_where_everybody_begins(mei):
    found = explained(mei, 1)
    assert (found.tier.code, found.why, found.growth, found.missing, found.next_tier.code) == (
        "plain", "", 0, 1000, "silver",
    )  # fmt: skip
    assert (found.review_on, found.grace_until, found.grant, found.steps, found.changes) == (None, None, None, [], [])
    assert found.since == day(0)
    assert found.reason


def test_a_tier_by_growth_says_since_when_why_and_when_it_is_reviewed(mei):
    bought(mei, 1200, 10)
    bought(mei, 300, 100)
    found = explained(mei, 110)
    assert (found.tier.code, found.by_growth.code, found.why, found.since) == ("silver", "silver", "growth", day(10))
    assert (found.growth, found.missing, found.progress, found.window_days) == (1500, 3500, 30, 365)
    assert (found.review_on, found.to_keep, found.notice_on, found.is_noticed) == (day(375), 700, day(345), False)
    assert (found.leaving.on, found.leaving.amount, found.leaving.left) == (day(375), 1200, 300)
    assert found.below_on == day(375)
    assert [(one.before.code, one.after.code, one.why) for one in found.changes] == [("plain", "silver", "growth")]


def test_what_happens_without_new_orders_is_told_day_by_day(mei):
    bought(mei, 1200, 10)
    bought(mei, 300, 100)
    assert steps(explained(mei, 110)) == [
        (day(345), "notice", "silver"),
        (day(375), "leaving", "silver"),
        (day(375), "below", "silver"),
        (day(375), "grace", "silver"),
        (day(405), "review", "plain"),
    ]


def test_what_is_told_is_what_comes(mei):
    """The nights that follow do just what the explanation said, and nothing else."""
    bought(mei, 5000, 10)
    bought(mei, 1100, 200)
    told = [(on, tier) for on, what, tier in steps(explained(mei, 210)) if what == "review"]
    lived, tier = [], "gold"
    for after in range(211, 1200):
        if day(after) in {on + timedelta(days=more) for on, _tier in told for more in (-1, 0)}:
            night(mei, after)
            now = Member.objects.get().tier.code
            lived += [(day(after), now)] if now != tier else []
            tier = now
    assert lived == told == [(day(405), "silver"), (day(800), "plain")]


def test_within_the_time_of_notice_it_says_what_is_missing_to_keep_the_tier(mei):
    bought(mei, 1200, 10)
    night(mei, 345)
    found = explained(mei, 350)
    assert (found.is_noticed, found.to_keep, found.review_on) == (True, 1000, day(375))
    bought(mei, 1000, 351)
    found = explained(mei, 351)
    assert (found.is_noticed, found.to_keep, found.notice_on) == (False, 0, None)


def test_in_the_grace_period_it_says_until_when_and_how_much(mei):
    bought(mei, 1200, 10)
    bought(mei, 100, 370)
    night(mei, 375)
    found = explained(mei, 376)
    assert (found.grace_until, found.to_keep, found.is_noticed, found.is_kept) == (day(405), 900, False, True)
    assert steps(found)[0] == (day(405), "review", "plain")


def test_a_tier_by_hand_names_its_end_and_reason_and_what_growth_has_brought_beneath():
    mei, suwan = make_member("张晓梅"), make_marketer("苏婉")
    make_order("1500.00", member=mei, paid_at=days_ago(3))
    ends_on = windows().today + timedelta(days=60)
    tiergrants.grant(mei, make_tiers()["gold"], ends_on=ends_on, reason="媒体合作", by=suwan)
    mei.refresh_from_db()
    found = explain_tier(mei)
    assert (found.tier.code, found.by_growth.code, found.why) == ("gold", "silver", "grant")
    assert (found.grant.ends_on, found.grant.reason, found.grant.made_by) == (ends_on, "媒体合作", suwan)
    assert (ends_on + timedelta(days=1), "grant_ended", "silver") in steps(found)
    assert found.next_tier is None


def test_a_return_and_a_review_are_reasons_of_their_own(mei):
    order = bought(mei, 1000, 10)
    make_return("500.00", sale=order, returned_at=noon(20), at=noon(20))
    assert explained(mei, 21).why == "return"
    bought(mei, 600, 30)
    night(mei, 500)
    found = explained(mei, 500)
    assert (found.tier.code, found.why) == ("plain", "review")
    assert [one.why for one in found.changes] == ["review", "growth", "return", "growth"]


def test_every_sentence_is_there_in_words(mei):
    bought(mei, 1200, 10)
    found = explained(mei, 20)
    assert all(step.sentence and "%(" not in step.sentence for step in found.steps)
    assert found.reason
    assert found.changes[0].reason


def test_corrections_by_hand_count_and_leave_like_orders(mei):
    growth.adjust(mei, 1000, note="补录", by=None, at=noon(5))
    found = explain_tier(Member.objects.get(pk=mei.pk), at=noon(6))
    assert (found.growth, found.leaving.on) == (1000, day(370))


def test_the_explanation_takes_five_questions_however_long_the_past(mei):
    for after in range(0, 300, 30):
        bought(mei, 900, after)
    mei = Member.objects.select_related("tier").get(pk=mei.pk)
    with CaptureQueriesContext(connection) as asked:
        explain_tier(mei, at=noon(310))
    assert len(asked) <= 5


def test_an_order_that_comes_late_is_the_newest_reason_although_it_was_paid_long_ago(mei):
    order = bought(mei, 1000, 10)
    make_return("1000.00", sale=order, returned_at=noon(20), at=noon(20))
    make_order("1200.00", member=mei, paid_at=noon(15), at=noon(30))
    found = explained(mei, 31)
    assert (found.tier.code, found.why, found.since) == ("silver", "growth", day(15))
    assert [one.why for one in found.changes] == ["growth", "return", "growth"]


def test_growth_that_a_correction_left_below_zero_has_to_be_earned_as_well(mei):
    growth.adjust(mei, 100, note="补录", by=None, at=noon(5))
    GrowthEntry.objects.create(member=mei, kind="adjustment", delta=-300, at=noon(6), note="误记")
    settle([mei.pk], at=noon(7))
    found = explained(mei, 7)
    assert (found.growth, found.missing, found.progress) == (0, 1200, 0)


def test_a_review_set_by_earlier_and_longer_rules_is_told_as_well(mei):
    bought(mei, 1000, 10)
    TierRules.objects.filter(pk=draft().pk).update(state="applied")
    later = draft(window_days=90, review_days=90)
    TierRules.objects.filter(pk=later.pk).update(state="applied", effective_from=day(20))
    assert (day(405), "review", "plain") in steps(explained(mei, 30))
