"""New rules are simulated for everybody, and what comes into force is what was simulated."""

from collections import Counter

import pytest
from django.db import connection

from members.audit import audit
from members.models import Member, Tier, TierChange, TierRules, TierStanding
from members.orders.settlement import settle
from members.tiering import tierrollout, tiersimulation
from members.tiering.tiersimulation import Move
from members.windows import windows
from stores import jobs
from stores.models import JobState
from tests.members.tierpeople import draft, populate, tiers_of

pytestmark = pytest.mark.django_db
CASES = {
    "the same": {},
    "silver easier": {"needs": {"silver": 700}},
    "silver harder, at the review": {"needs": {"silver": 1500}},
    "silver harder, at once": {"needs": {"silver": 1500}, "downgrades": "at_once"},
    "all harder, at once": {"needs": {"silver": 4000, "gold": 9000}, "downgrades": "at_once"},
    "a tier between": {"needs": {"black": 2000}},
    "a tier between, at once": {"needs": {"black": 2000, "gold": 6000}, "downgrades": "at_once"},
    "a tier on top": {"needs": {"black": 5100}},
    "half the window, at once": {"window_days": 180, "downgrades": "at_once"},
    "half the window": {"window_days": 180},
    "twice the window": {"window_days": 730},
    "no grace": {"grace_days": 0, "review_days": 30},
    "all at once": {
        "needs": {"silver": 600, "black": 1200}, "window_days": 400, "review_days": 90, "grace_days": 5,
        "notice_days": 10, "downgrades": "at_once",
    },
}  # fmt: skip


def matrix(moves: list[Move]) -> Counter:
    """How many go from which tier to which, by kind of store; those who stay left out."""
    codes = dict(Tier.objects.values_list("pk", "code"))
    return Counter(
        {
            (codes[move.before], codes[move.after], move.kind): move.members
            for move in moves
            if move.before != move.after
        }
    )


def applied(rules: TierRules) -> TierRules:
    """The rules in force, their job done."""
    assert jobs.run_to_end(tiersimulation.start(rules).pk).state == JobState.DONE
    rules = tierrollout.apply(TierRules.objects.get(pk=rules.pk), by=None)
    assert jobs.run_to_end(rules.job_id).state == JobState.DONE
    return TierRules.objects.get(pk=rules.pk)


def actual(ids: list[int], before: dict[int, str]) -> Counter:
    """Who really moved."""
    kinds = dict(Member.objects.filter(pk__in=ids).values_list("pk", "home_store__kind"))
    now = tiers_of(ids)
    return Counter((before[pk], now[pk], kinds[pk] or "") for pk in ids if before[pk] != now[pk])


def states(ids: list[int]) -> list[tuple]:
    """All that rules decide about these members."""
    members = Member.objects.filter(pk__in=ids).order_by("pk")
    rows = TierStanding.objects.filter(member__in=ids).order_by("member_id")
    return [
        *members.values_list("pk", "tier__code", "tier_since", "growth", "points", "points_owed"),
        *rows.values_list("member_id", "tier__code", "since", "review_on", "grace_until", "next_on"),
    ]


@pytest.mark.parametrize("case", CASES)
def test_what_comes_into_force_is_what_was_simulated_and_nobody_is_forgotten(case):
    ids = populate()
    before = tiers_of(ids)
    rules = draft(**CASES[case])
    simulated = tiersimulation.simulate(rules)
    assert tiers_of(ids) == before
    rules = applied(rules)
    assert matrix(tiersimulation.kept(rules).moves) == matrix(simulated.moves) == actual(ids, before)
    assert matrix(tierrollout.moves_of(rules)) == actual(ids, before)
    assert simulated.members == len(ids)
    was = states(ids)
    settle(ids)
    assert states(ids) == was
    assert audit() == []


def test_the_cases_really_move_people_up_and_down_and_not_all_alike():
    """Control: an equality of nothing would prove nothing."""
    populate()
    found = {
        case: sum(matrix(tiersimulation.simulate(draft(**fields)).moves).values()) for case, fields in CASES.items()
    }
    assert found["the same"] == 0
    assert len([count for count in found.values() if count >= 5]) >= 8
    assert len(set(found.values())) >= 6


def test_rules_put_right_on_the_same_day_leave_no_trace_of_the_first_ones():
    ids = populate()
    before = tiers_of(ids)
    applied(draft(needs={"silver": 4000, "gold": 9000}, downgrades="at_once"))
    assert tiers_of(ids) != before
    again = draft()
    simulated = tiersimulation.simulate(again)
    applied(again)
    assert tiers_of(ids) == before
    assert sum(matrix(simulated.moves).values()) > 0


def test_the_members_history_says_that_the_rules_changed():
    ids = populate()
    applied(draft(needs={"silver": 700}))
    moved = TierChange.objects.filter(member__in=ids, after__code="silver", why="rules")
    assert moved.exists()


def test_a_range_at_a_time_comes_to_the_same(monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE members_member_id_seq RESTART")  # else most ranges would be empty
    populate()
    rules = draft(needs={"silver": 700}, window_days=180)
    whole = tiersimulation.simulate(rules)
    monkeypatch.setattr(tiersimulation, "RANGE", 7)
    monkeypatch.setattr(tiersimulation, "FOLDED", 2)
    assert tiersimulation.simulate(rules) == whole
    assert jobs.run_to_end(tiersimulation.start(rules).pk).state == JobState.DONE
    rules.refresh_from_db()
    assert tiersimulation.kept(rules) == whole


def test_a_job_in_small_parts_comes_to_the_same(monkeypatch):
    ids = populate()
    before = tiers_of(ids)
    monkeypatch.setattr(tierrollout, "PER_CHUNK", 5)
    rules = applied(draft(needs={"silver": 700}, window_days=180, downgrades="at_once"))
    assert matrix(tierrollout.moves_of(rules)) == actual(ids, before)
    assert rules.job.done == rules.job.total > 5


def test_the_cost_of_benefits_is_compared():
    populate()
    costs = tiersimulation.simulate(draft(needs={"silver": 4000}, downgrades="at_once")).costs
    silver = Tier.objects.get(code="silver").pk
    ours = [cost for cost in costs if cost["tier"] == silver]
    assert {cost["title"] for cost in ours} == {"积分 1.2 倍", "新品试吃", "生日礼", "会员日加赠"}
    assert all(float(cost["after"]) < float(cost["before"]) for cost in ours)


def test_an_empty_house_can_be_simulated():
    found = tiersimulation.simulate(draft())
    assert (found.members, found.moves, found.costs) == (0, [], [])


def test_a_member_with_a_grant_stays_where_the_grant_holds_them():
    ids = populate()
    applied(draft(needs={"silver": 800_000, "gold": 900_000}, downgrades="at_once"))
    today = windows().today
    kept = Member.objects.filter(pk__in=ids, tier_grants__starts_on__lte=today, tier_grants__ends_on__gte=today)
    assert set(kept.values_list("tier__code", flat=True)) == {"silver", "gold"}
    others = Member.objects.filter(pk__in=ids).exclude(pk__in=kept.values("pk"))
    assert set(others.values_list("tier__code", flat=True)) == {"plain"}
