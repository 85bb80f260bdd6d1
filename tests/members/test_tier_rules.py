"""Rules of tiers: drafted with sentences for what cannot be, in versions by day, never changed once in force."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import Tier, TierRules
from members.tiering import tierrollout, tierrules, tiersimulation
from members.windows import windows
from stores import jobs
from stores.errors import Conflict, Refusal
from tests.makers import days_ago, make_marketer, make_member, make_order, make_tiers
from tests.members.tierpeople import draft
from tests.members.tierstories import history_of, standing_of, tier_of

pytestmark = pytest.mark.django_db


def applied(rules: TierRules) -> TierRules:
    """Simulated, in force, and everybody settled."""
    jobs.run_to_end(tiersimulation.start(rules).pk)
    rules = tierrollout.apply(rules, by=None)
    jobs.run_to_end(rules.job_id)
    return rules


def thresholds() -> dict[str, int | None]:
    """What the tiers need, by code."""
    return dict(Tier.objects.values_list("code", "threshold"))


def test_without_any_version_the_thresholds_of_the_tiers_hold_from_the_beginning():
    tiers = make_tiers()
    (only,) = tierrules.versions()
    assert (only.effective_from, only.window_days, only.review_days, only.grace_days) == (None, 365, 365, 30)
    assert only.needs == ((tiers["plain"].pk, 0), (tiers["silver"].pk, 1000), (tiers["gold"].pk, 5000))
    assert only.best(999) == only.best(-5) == tiers["plain"].pk
    assert only.best(5000) == tiers["gold"].pk


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"needs": {"plain": 10}}, "lowest_needs_zero"),
        ({"needs": {"silver": 0}}, "bad_need"),
        ({"needs": {"gold": 2_000_000_000}}, "bad_need"),
        ({"needs": {"silver": -1}}, "bad_need"),
        ({"needs": {"silver": 6000}}, "tier_order"),
        ({"needs": {"black": 5000}}, "same_need"),
        ({"needs": {"black": 0}}, "bad_need"),
        ({"window_days": 0}, "bad_days"),
        ({"review_days": 3651}, "bad_days"),
        ({"notice_days": 366}, "bad_notice"),
        ({"grace_days": 366}, "bad_grace"),
    ],
)
def test_what_cannot_hold_is_refused_in_a_sentence_and_writes_nothing(fields, code):
    with pytest.raises(Refusal) as refused:
        draft(**fields)
    assert refused.value.code == code
    assert str(refused.value)
    assert not TierRules.objects.exists()


def test_a_tier_that_members_hold_cannot_be_left_out_and_an_unknown_one_not_named():
    tiers = make_tiers()
    numbers = {"window_days": 365, "review_days": 365, "notice_days": 30, "grace_days": 30}
    for needs, code in (
        ({tiers["plain"].pk: 0, tiers["gold"].pk: 5000}, "tier_left_out"),
        ({tier.pk: tier.threshold for tier in tiers.values()} | {999_999: 7}, "unknown_tier"),
    ):
        with pytest.raises(Refusal) as refused:
            tierrules.save_draft(None, needs=needs, downgrades="at_review", **numbers)
        assert refused.value.code == code


def test_rules_in_force_are_mirrored_on_the_tiers_and_the_first_ones_kept():
    rules = applied(draft(needs={"silver": 5000, "gold": 9000, "black": 1000}))
    assert thresholds() == {"plain": 0, "silver": 5000, "gold": 9000, "black": 1000}
    first, second = tierrules.versions()
    assert (first.effective_from, [need for _tier, need in first.needs]) == (None, [0, 1000, 5000])
    assert (second.effective_from, [need for _tier, need in second.needs]) == (windows().today, [0, 1000, 5000, 9000])
    assert tierrules.versions(windows().today - timedelta(days=1)) == [first]
    rules.refresh_from_db()
    assert (rules.state, rules.effective_from) == ("applied", windows().today)


def test_rules_in_force_no_longer_change_and_are_applied_once():
    rules = applied(draft(needs={"silver": 900}))
    with pytest.raises(Conflict):
        tierrollout.apply(rules, by=None)
    with pytest.raises(Conflict):
        tiersimulation.start(rules)
    needs = {int(pk): need for pk, need in rules.thresholds.items()}
    with pytest.raises(Conflict):
        tierrules.save_draft(rules, needs=needs, window_days=1, review_days=1, notice_days=0, grace_days=0,
                             downgrades="at_once")  # fmt: skip
    rules.refresh_from_db()
    assert (rules.window_days, thresholds()["silver"]) == (365, 900)


def test_nobody_puts_rules_into_force_whose_effect_they_have_not_seen():
    rules = draft(needs={"silver": 900})
    with pytest.raises(Refusal) as refused:
        tierrollout.apply(rules, by=None)
    assert refused.value.code == "not_simulated"
    assert thresholds()["silver"] == 1000


def test_a_simulation_of_yesterday_or_of_other_rules_does_not_count():
    rules, other = draft(needs={"silver": 900}), draft(needs={"silver": 800})
    for one in (rules, other):
        jobs.run_to_end(tiersimulation.start(one).pk)
    tierrollout.apply(other, by=None)
    stale = draft(needs={"silver": 700})
    jobs.run_to_end(tiersimulation.start(stale).pk)
    found = TierRules.objects.get(pk=stale.pk)
    TierRules.objects.filter(pk=stale.pk).update(simulation={**found.simulation, "day": "2020-01-01"})
    for one in (rules, stale):
        with pytest.raises(Refusal) as refused:
            tierrollout.apply(one, by=None)
        assert refused.value.code == "simulation_outdated"
    assert thresholds()["silver"] == 800


def test_a_changed_draft_has_to_be_simulated_anew_and_a_running_simulation_keeps_nothing():
    rules = draft(needs={"silver": 900})
    job = tiersimulation.start(rules)
    needs = {int(pk): need for pk, need in rules.thresholds.items()}
    tierrules.save_draft(rules, needs=needs, window_days=100, review_days=100, notice_days=9, grace_days=9,
                         downgrades="at_once", note="更短", by=make_marketer())  # fmt: skip
    assert jobs.run_to_end(job.pk).state == "done"
    rules.refresh_from_db()
    assert (rules.simulation, rules.simulated_at, rules.job, rules.note) == (None, None, None, "更短")


# --- what rules do to one member ---------------------------------------------------------------------------------
@pytest.fixture
def mei():
    """Zhang Xiaomei, silver since a hundred days by an order of 1,200."""
    mei = make_member("张晓梅", joined_at=days_ago(300))
    make_order("1200.00", member=mei, paid_at=days_ago(100))
    return mei


def test_a_lower_bar_lifts_at_once(mei):
    applied(draft(needs={"gold": 1200}))
    assert tier_of(mei) == "gold"
    assert history_of(mei)[-1] == ("silver", "gold", "rules")
    assert standing_of(mei) == ("gold", windows().today + timedelta(days=365), None)


def test_a_higher_bar_waits_for_the_review(mei):
    was = standing_of(mei)
    applied(draft(needs={"silver": 3000}))
    assert (tier_of(mei), standing_of(mei)) == ("silver", was)


def test_a_higher_bar_takes_at_once_where_that_was_chosen(mei):
    applied(draft(needs={"silver": 3000}, downgrades="at_once"))
    assert tier_of(mei) == "plain"
    assert history_of(mei)[-1] == ("silver", "plain", "rules")


def test_a_shorter_window_counts_less_and_a_longer_one_more(mei):
    make_order("900.00", member=mei, paid_at=days_ago(500))
    applied(draft(needs={"gold": 2000}, window_days=730))
    mei.refresh_from_db()
    assert (mei.growth, mei.tier.code) == (2100, "gold")
    applied(draft(needs={"gold": 2000}, window_days=30, downgrades="at_once"))
    mei.refresh_from_db()
    assert (mei.growth, mei.tier.code) == (0, "plain")


def test_orders_of_today_earn_by_the_new_rules(mei):
    """Gold from this morning on: an order of noon is paid in gold, whenever today the rules are applied."""
    order = make_order("100.00", member=mei, paid_at=timezone.now())
    points = dict(mei.orders.values_list("pk", "rate__by_tier"))[order.pk]
    applied(draft(needs={"gold": 1200}))
    mei.refresh_from_db()
    gold = points[str(make_tiers()["gold"].pk)][1]
    assert mei.points == 1200 + int(100 * gold)
