"""The fit over members in the database, and the outlook of each: what the formulas say of what a look at each finds."""

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.utils import timezone

from members.insight.purchases import last_whole_day
from members.insight.reports.value import outlook_rules
from members.insight.value import bgnbd, fits, foretelling, gammagamma, kept, lives, outlooks
from members.models import EarningRate, Member, MemberFacts, MemberOutlook, Order, OutlookCount, ValueFit
from members.segments import compiling
from members.segments.trees import parse
from members.windows import local_day, windows
from stores import jobs
from tests.insight.people import lived
from tests.makers import days_ago, make_store, make_tiers, number

pytestmark = pytest.mark.django_db
COUNT = 330
SHOP = bgnbd.Parameters(r=0.9, alpha=4.0, a=0.8, b=2.5)
BASKETS = gammagamma.Parameters(p=6.25, q=3.74, v=150.0)


@pytest.fixture
def people() -> list[Member]:
    """Members with the purchases of simulated lives in a year; the first of them was erased since."""
    seen, stores, tier = lived(COUNT, SHOP, BASKETS, seed=7, weeks=52), [make_store(), None], make_tiers()["plain"]
    rate = EarningRate.objects.create(key="life", growth=1, points=1, by_tier={}, months=12, sources=[])
    members = Member.objects.bulk_create(
        Member(code=f"L{number()}", joined_at=days_ago(400), tier=tier, tier_since=days_ago(400),
               home_store=stores[nth % 2]) for nth in range(COUNT)
    )  # fmt: skip
    orders = []
    for nth, one in enumerate(members):
        weeks = np.linspace(0, seen.t[nth], int(seen.x[nth]) + 1)
        amount = Decimal(f"{seen.total[nth] / len(weeks):.2f}")
        moments = [days_ago(2 + 7 * (seen.T[nth] - week)) for week in weeks]
        orders += [_order(one, at, amount, rate, stores[0]) for at in moments]
        orders.append(_order(one, moments[0], Decimal("5.00"), rate, stores[0]))  # on the same day: no purchase more
    Order.objects.bulk_create(orders)
    MemberFacts.objects.bulk_create(MemberFacts(member=one, orders=1, first_order_at=days_ago(400),
                                                computed_at=timezone.now()) for one in members)  # fmt: skip
    Member.objects.filter(pk=members[0].pk).update(state="erased")
    return members[1:]


def _order(member: Member, at: datetime, amount: Decimal, rate: EarningRate, store) -> Order:
    return Order(channel="pos", order_no=f"L{number()}", fingerprint=b"", member=member, store=store, paid_at=at,
                 list_amount=amount, net_amount=amount, rate=rate, named=member.pk)  # fmt: skip


def days_of(members) -> dict[int, list]:
    """The days on which each bought."""
    found = {one.pk: set() for one in members}
    for member, at in Order.objects.filter(member__in=found).values_list("member", "paid_at"):
        found[member].add(local_day(at))
    return {key: sorted(days) for key, days in found.items()}


def foretold() -> jobs.Job:
    """The nightly job, worked off."""
    return jobs.run_to_end(jobs.plan(foretelling.JOB, params={}).pk)


def test_everybody_gets_what_the_formulas_say_of_their_purchases(people, monkeypatch):
    monkeypatch.setattr(outlooks, "PER_CHUNK", 150)
    job = foretold()
    fit, until = ValueFit.objects.get(), last_whole_day(windows().today)
    assert (job.state, job.done, fit.members, fit.until) == ("done", COUNT - 1, COUNT - 1, until)
    stored = MemberOutlook.objects.in_bulk()
    assert stored.keys() == {one.pk for one in people}
    purchases, spending = fits.purchases_of(fit), fits.spending_of(fit)
    for key, days in days_of(people).items():
        x, t, age = (np.array([float(one)]) for one in
                     (len(days) - 1, (days[-1] - days[0]).days / 7, (until - days[0]).days / 7))  # fmt: skip
        still = None if len(days) == 1 else pytest.approx(bgnbd.alive(purchases, x, t, age)[0], abs=6e-4)
        total = float(sum(Order.objects.filter(member=key).values_list("net_amount", flat=True)))
        mean = gammagamma.expected_purchase(spending, np.array([float(len(days))]), np.array([total]))[0]
        assert stored[key].alive == still
        assert stored[key].expected_90d == pytest.approx(bgnbd.expected(purchases, x, t, age, 90 / 7)[0], abs=6e-3)
        year = bgnbd.expected(purchases, x, t, age, 365 / 7)[0] * mean
        assert float(stored[key].value_365d) == pytest.approx(year, rel=1e-3, abs=0.06)


def test_the_fit_counts_every_member_once_and_is_checked_against_the_time_after(people):
    until = last_whole_day(windows().today)
    fit = fits.make(until)
    counted, known = lives.purchases(until).people, days_of(people)
    every = sorted((len(days) - 1, round((days[-1] - days[0]).days / 7), round((until - days[0]).days / 7))
                   for days in known.values())  # fmt: skip
    assert sorted(_spread(counted)) == every
    cut = datetime.fromisoformat(fit.parameters["cut"]).date()
    for row in fit.calibration:
        before = [[day for day in days if day <= cut] for days in known.values()]
        after = [sum(day > cut for day in days) for days in known.values()]
        among = [later for days, later in zip(before, after, strict=True)
                 if days and min(len(days), kept.MOST_SHOWN) == row["purchases"]]  # fmt: skip
        assert (row["members"], row["came"]) == (len(among), sum(among))
    came, expected = (sum(row[name] for row in fit.calibration) for name in ("came", "expected"))
    assert expected == pytest.approx(came, rel=0.3)
    assert len(fit.calibration) > 3


def _spread(people: bgnbd.Triples) -> list[tuple[int, int, int]]:
    rows = np.stack([people.x, people.t, people.T], axis=1).repeat(people.count.astype(int), axis=0)
    return [tuple(row) for row in rows.astype(int).tolist()]


def test_a_second_night_writes_nothing_anew_drops_who_is_gone_and_after_a_week_fits_anew(people):
    foretold()
    touched = set(MemberOutlook.objects.extra(select={"row": "xmin::text"}).values_list("member", "row"))
    Member.objects.filter(pk=people[0].pk).update(state="erased")
    foretold()
    assert ValueFit.objects.count() == 1, "a fit lasts a week"
    left = set(MemberOutlook.objects.extra(select={"row": "xmin::text"}).values_list("member", "row"))
    assert left == {one for one in touched if one[0] != people[0].pk}
    ValueFit.objects.update(fitted_at=timezone.now() - timedelta(days=8))
    foretold()
    assert ValueFit.objects.count() == 2


def test_too_few_members_are_no_ground_for_a_fit(people):
    Order.objects.filter(member__gt=people[120].pk).delete()
    job = foretold()
    assert (job.state, job.result) == ("done", {"too_few": True})
    assert not MemberOutlook.objects.exists()


def test_each_count_by_store_is_the_count_of_its_rule(people):
    foretold()
    assert set(OutlookCount.objects.values_list("store", flat=True)) == {one.home_store_id for one in people}
    for row in OutlookCount.objects.exclude(store=None):
        place = {"fact": "home_store", "op": "in", "value": [row.store_id]}
        assert compiling.count(parse({"all": [*outlook_rules(row.band), place]})) == row.members
        soon = {"fact": "expected_90d", "op": "gte", "value": 1}
        assert compiling.count(parse({"all": [*outlook_rules(row.band), soon, place]})) == row.soon
    assert OutlookCount.objects.count() > 4


def test_a_house_just_filled_is_foretold_at_once(people, monkeypatch):
    monkeypatch.setattr(outlooks, "PER_CHUNK", 100)
    assert foretelling.foretell_all()
    assert MemberOutlook.objects.count() == COUNT - 1
