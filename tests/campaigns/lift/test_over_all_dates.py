"""The effect of a recurring campaign over all of its dates: each member counts once, however often they took part."""

import random
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from campaigns.lift import boards, measuring
from campaigns.models import Effect, MemberDayOccurrence
from stores import jobs
from stores.models import JobState
from tests.campaigns.lift.people import a_date, buy, crowd, take_part
from tests.makers import days_ago

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _round_percents(monkeypatch):
    monkeypatch.setattr(measuring.arms, "held_out_share", lambda _salt, percent: percent / 100)


def dates_of_a_campaign(many: int, *, percent: int = 20) -> list[MemberDayOccurrence]:
    """Dates of one campaign, twenty days apart, the last of them yesterday."""
    first = a_date(on=days_ago(1 + 20 * (many - 1)), percent=percent)
    found = [first]
    for nth in range(1, many):
        at = days_ago(1 + 20 * (many - 1 - nth))
        on = timezone.localdate(at)
        found.append(
            MemberDayOccurrence.objects.create(
                member_day=first.member_day, on=on, until=on, enrolled_at=at - timedelta(days=1)
            )
        )
    return found


def over(day, measure: str = "bought") -> Effect:
    return Effect.objects.get(campaign=day, measure=measure, part="dates")


def noon_of(occurrence: MemberDayOccurrence):
    return occurrence.enrolled_at + timedelta(days=1)


def test_a_campaign_is_measured_over_its_dates_by_heads_as_statsmodels_does_with_the_members():
    dates, members = dates_of_a_campaign(3), crowd(200)
    for occurrence in dates:
        take_part(occurrence, members[:160], members[160:])
    often = [random.Random(nth).choice((0, 1, 2, 3)) if nth < 160 else nth % 2 for nth in range(200)]
    for nth, occurrence in enumerate(dates):
        buy([one for one, times in zip(members, often, strict=True) if times > nth], at=noon_of(occurrence))
    measuring.measure_campaign(dates[0].member_day)
    found, spent = over(dates[0].member_day), over(dates[0].member_day, "spend")
    shares = np.array(often) / 3
    compared = CompareMeans(DescrStatsW(shares[:160]), DescrStatsW(shares[160:]))
    low, high = compared.tconfint_diff(usevar="unequal")
    assert (found.key, found.treated, found.control) == ("3", 160, 40)
    assert found.effect == pytest.approx(shares[:160].mean() - shares[160:].mean())
    assert (found.low, found.high) == pytest.approx((low, high))
    assert spent.effect == pytest.approx(found.effect * 60)
    assert found.verdict == "better"


def test_whoever_always_buys_is_no_proof_again_with_each_date():
    """The same members buy on all of six dates: six times the rows, but no more is known."""
    dates, members = dates_of_a_campaign(6, percent=50), crowd(120)
    for occurrence in dates:
        take_part(occurrence, members[:60], members[60:])
        buy([*members[:16], *members[60:69]], at=noon_of(occurrence))
    measuring.measure_campaign(dates[0].member_day)
    found = over(dates[0].member_day)
    naive_low, _high = confint_proportions_2indep(16 * 6, 360, 9 * 6, 360, method="newcomb", compare="diff")
    assert naive_low > 0  # the control: as experiments apart they would have been a proof
    assert found.low < 0 < found.high
    assert found.verdict == "cannot_tell"


def test_members_of_some_dates_only_count_by_their_share_of_these():
    dates, members = dates_of_a_campaign(2, percent=50), crowd(120)
    take_part(dates[0], members[:60], members[60:])
    take_part(dates[1], members[:30], members[60:])
    buy(members[:30], at=noon_of(dates[0]))
    measuring.measure_campaign(dates[0].member_day)
    found = over(dates[0].member_day)
    assert (found.treated, found.control) == (60, 60)
    assert found.treated_value == pytest.approx((30 * 0.5 + 30 * 0) / 60)


def test_one_date_is_no_campaign_over_dates_and_a_withdrawn_one_does_not_count():
    dates, members = dates_of_a_campaign(2), crowd(100)
    for occurrence in dates:
        take_part(occurrence, members[:80], members[80:])
    MemberDayOccurrence.objects.filter(pk=dates[0].pk).update(withdrawn_at=timezone.now())
    assert measuring.measure_campaign(dates[0].member_day) == []
    MemberDayOccurrence.objects.filter(pk=dates[0].pk).update(withdrawn_at=None)
    assert len(measuring.measure_campaign(dates[0].member_day)) == 2


def test_the_nightly_job_measures_it_after_its_dates_and_the_board_shows_it_beside_them():
    dates, members = dates_of_a_campaign(2), crowd(200)
    for occurrence in dates:
        take_part(occurrence, members[:160], members[160:])
        buy([*members[:80], *members[160:168]], at=noon_of(occurrence))
    day = dates[0].member_day
    assert jobs.run_to_end(jobs.plan("campaigns.measure", params={}, natural_key="l:1").pk).state == JobState.DONE
    board = boards.of_campaign(day)
    assert (board.dates, board.over.effect.verdict) == (2, "better")
    assert [line.name for line in board.groups[0].lines][1:] == [f"{one.on:%Y-%m-%d}" for one in reversed(dates)]
    as_of = over(day).as_of
    for one in MemberDayOccurrence.objects.all():
        one.on = one.until = one.on - timedelta(days=40)
        one.save()
    jobs.run_to_end(jobs.plan("campaigns.measure", params={}, natural_key="l:2").pk)
    assert over(day).as_of > as_of
    assert over(day).is_final
    as_of = over(day).as_of
    jobs.run_to_end(jobs.plan("campaigns.measure", params={}, natural_key="l:3").pk)
    assert over(day).as_of == as_of
