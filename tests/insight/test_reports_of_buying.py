"""Reports of buying say what a look at each member finds, and every figure leads to just those it counts."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from members.insight.purchases import last_whole_day
from members.insight.reports import REPORTS
from members.insight.scope import Range, Scope
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.models import Member, MemberOutlook, ValueFit
from members.segments import compiling
from members.segments.trees import parse
from members.windows import windows
from tests.insight import byhand
from tests.insight.buyers import buy_all, make_buyers
from tests.makers import make_manager, make_marketer, make_member, make_store

pytestmark = pytest.mark.django_db


def counted() -> None:
    """A night."""
    for name in ("gaps", "cohorts", "outlook"):
        rebuild(SUMMARIES[name], windows().today)


def of_rule(rule) -> int:
    return compiling.count(parse(rule))


def test_rates_are_those_of_each_member_and_lead_to_who_has_not_come_back():
    crowd, today = make_buyers(11), windows().today
    counted()
    store = crowd.stores[0]
    span = Range(today - timedelta(days=400), today - timedelta(days=40))
    for scope in (Scope(), Scope(frozenset([store.pk]), store=store)):
        members = [one for one in crowd.members if scope.store in (None, one.home_store)]
        people, until = byhand.lives(members, last_whole_day(today)), last_whole_day(today)
        figures = REPORTS["repeat"].answer(scope, span, {"within": "90"}).figures
        expected = byhand.gaps(people, until, span.months())
        for step in figures.steps:
            times = [
                (days, again) for (nth, again, days), n in expected.items() if nth == step.nth for _one in range(n)
            ]
            if step.rate:
                assert step.rate.value == pytest.approx(byhand.product_limit(times, 90))
                assert step.rate.low <= step.rate.value <= step.rate.high
            assert step.waiting == sum(not again for _days, again in times) == of_rule(step.rule)
        assert sum(step.rate is not None for step in figures.steps) > 2 or scope.store


def test_a_jump_that_is_certain_is_told_and_one_that_is_not_is_not():
    store, today = make_store(), windows().today
    # all come twice; of those a few, but whoever came three times comes again
    plan = {make_member(home_store=store): [200, 190, *([180, 170, 160] if nth % 4 == 0 else [])] for nth in range(40)}
    buy_all(plan, store)
    counted()
    report, span = REPORTS["repeat"], Range.back(365, today)
    answer = report.answer(Scope(), span, {})
    assert (answer.options["within"], answer.figures.magic.number) == ("60", 3)
    assert answer.figures.points[answer.figures.magic_index].value == 100
    assert str(answer.figures.magic.number) in answer.figures.sentence
    few = report.answer(Scope(), Range(today - timedelta(days=2), today), {})
    assert few.figures is None


def test_a_triangle_leads_to_its_cohorts_and_adds_up_to_all_members():
    crowd, today = make_buyers(12), windows().today
    counted()
    people = byhand.lives(crowd.members, last_whole_day(today))
    answer = REPORTS["cohorts"].answer(Scope(), Range.back(900, today), {"measure": "share"})
    figures = answer.figures
    assert sum(one.size for one in figures.cohorts) == len(people)
    rows = figures.matrix.rows[1:]
    for cohort, row in zip(reversed(figures.cohorts), rows, strict=True):
        size, *cells = row.cells
        assert size.members == cohort.size == of_rule(size.rule)
        led = [cell for cell in cells if cell.rule]
        if len(cohort.cells) > 1:
            assert [cell.members for cell in led] == [cohort.cells[-1].buyers]
            assert of_rule(led[0].rule) == cohort.cells[-1].buyers
    cell, size = figures.together[1]
    over = [one for one in figures.cohorts if len(one.cells) > 2 or (len(one.cells) == 2 and month_is_over(today))]
    assert (cell.buyers, size) == (sum(one.cells[1].buyers for one in over), sum(one.size for one in over))
    heads = {measure: REPORTS["cohorts"].answer(Scope(), Range.back(900, today), {"measure": measure})
             for measure in ("buyers", "orders", "spend")}  # fmt: skip
    assert all(one.figures.matrix.rows for one in heads.values())


def month_is_over(today: date) -> bool:
    return today.day == 1


def test_what_is_expected_leads_to_those_of_whom_it_is():
    store = make_store()
    fit = ValueFit.objects.create(
        until=windows().today,
        members=6,
        log_likelihood=-1,
        parameters=PARAMETERS,
        calibration=[{"purchases": 1, "members": 4, "came": 2, "expected": 2.5}],
    )
    for alive, soon in ((None, 0.2), (0.1, 0.0), (0.2, 0.4), (0.6, 1.0), (0.8, 3.0), (1.0, 5.0)):
        for home in (store, None):
            MemberOutlook.objects.create(
                member=make_member(home_store=home), alive=alive, expected_90d=soon, value_365d=100, fit=fit
            )
    Member.objects.filter(pk=MemberOutlook.objects.latest("pk").pk).update(state="erased")
    counted()
    for scope, members in ((Scope(), 11), (Scope(frozenset([store.pk]), store=store), 6)):
        answer = REPORTS["value"].answer(scope, Range.back(90, windows().today), {})
        assert answer.figures.members == sum(one.members for one in answer.figures.groups) == members
        for one in answer.figures.groups:
            assert (of_rule(one.rule), of_rule(one.soon_rule)) == (one.members, one.soon)
        assert [one.band for one in answer.figures.groups] == ["80", "60", "20", "0", "once"]
    assert answer.figures.off_by == "+25.0%"


PARAMETERS = {
    "purchases": dict.fromkeys(("r", "alpha", "a", "b"), {"value": 1.0, "low": None, "high": None}),
    "spending": dict.fromkeys(("p", "q", "v"), {"value": 2.0, "low": 1.0, "high": 3.0}),
    "cut": "2026-01-01",
}
PROOF = [{"purchases": n, "members": 4, "came": 2 * n, "expected": 2.5 * n} for n in (1, 2, 3)]


@pytest.mark.parametrize("key", ["repeat", "cohorts", "value"])
def test_figures_take_a_few_queries_of_summaries(key, django_assert_max_num_queries):
    crowd, today = make_buyers(14, size=20), windows().today
    fit = ValueFit.objects.create(until=today, members=0, log_likelihood=-1, parameters=PARAMETERS, calibration=PROOF)
    MemberOutlook.objects.create(member=crowd.members[-1], alive=0.5, expected_90d=1, value_365d=80, fit=fit)
    counted()
    store, report = crowd.stores[0], REPORTS[key]
    region = Scope(frozenset(one.pk for one in crowd.stores[:1]), region=store.region)
    for scope in (Scope(), region, Scope(frozenset([store.pk]), store=store)):
        with django_assert_max_num_queries(3):
            report.answer(scope, Range.back(700, today), {})
        with django_assert_max_num_queries(3):
            report.headline(scope, Range.back(700, today))


def test_pages_open_for_hq_and_managers_with_figures_and_without():
    crowd, today = make_buyers(13), windows().today
    doors = [(make_marketer(), "insight-report"), (make_manager(store=crowd.stores[0]), "workbench:insight-report")]
    for nth in range(2):
        if nth:
            fit = ValueFit.objects.create(
                until=today, members=0, log_likelihood=-1, parameters=PARAMETERS, calibration=PROOF
            )
            for one in crowd.members:
                MemberOutlook.objects.create(member=one, alive=0.5, expected_90d=1, value_365d=80, fit=fit)
            counted()
        for key in ("repeat", "cohorts", "value"):
            for person, door in doors:
                browser = Client(headers={"Accept-Language": "en"})
                browser.force_login(person)
                page = browser.get(reverse(door, args=[key]))
                assert page.status_code == 200
                text = page.content.decode()
                assert ("in-curve" in text or "in-tri" in text) == bool(nth), (key, nth)
                assert "口径" in text
