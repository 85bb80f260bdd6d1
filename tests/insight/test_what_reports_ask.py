"""Reports on where members stand read few rows with few queries; the job that counts goes on where it was stopped."""

import pytest
from django.test import Client
from django.urls import reverse

from members.insight import summarising
from members.insight.reports import REPORTS
from members.insight.scope import Range, Scope
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.models import DaySales, Headcount
from members.windows import windows
from stores import jobs
from stores.models import Job
from tests.insight.crowd import make_crowd
from tests.makers import days_ago, make_admin, make_member, make_order

pytestmark = pytest.mark.django_db
MOST = {"matrix": 6, "migration": 6, "stages": 5, "rfm": 3, "sources": 2}
PAGE = 14  # session, who it is, menu, jobs and as of, beside the report itself


@pytest.fixture
def _counted():
    """A crowd whose standings were counted today."""
    make_crowd(71, size=12)
    for name in ("headcount", "rfm", "sources", "flow"):
        rebuild(SUMMARIES[name], windows().today)


@pytest.mark.usefixtures("_counted")
def test_the_figures_and_the_page_of_a_report_take_a_few_queries(django_assert_max_num_queries):
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(make_admin())
    browser.get(reverse("insight"))  # what is remembered for good
    for key, most in MOST.items():
        report, span = REPORTS[key], Range.back(90, windows().today)
        with django_assert_max_num_queries(most):
            figures = report.figures(Scope(), span, report.cleaned({}))
            assert report.tables(figures)
        with django_assert_max_num_queries(most):
            assert report.headline(Scope(), span)
        with django_assert_max_num_queries(most + PAGE):
            answer = browser.get(reverse("insight-report", args=[key]))
        assert answer.status_code == 200
        assert answer.context["page"].answer.tables


@pytest.fixture
def _few_summaries(monkeypatch):
    """The job knows two summaries, one of them by days; two orders a week apart."""
    monkeypatch.setattr(summarising, "SUMMARIES", {name: SUMMARIES[name] for name in ("headcount", "sales")})
    for ago in (7, 1):
        make_order(member=make_member(), paid_at=days_ago(ago))


@pytest.mark.usefixtures("_few_summaries")
def test_the_job_counts_everything_and_again_only_what_is_due():
    whole = jobs.run_to_end(summarising.start(everything=True).pk)
    assert (whole.state, whole.done, whole.total) == ("done", 9, 9)  # today's headcount, eight days of sales
    assert whole.result == {"headcount": Headcount.objects.count(), "sales": 2}
    due = jobs.run_to_end(summarising.start().pk)
    assert due.done < whole.done
    assert DaySales.objects.count() == 2


@pytest.mark.usefixtures("_few_summaries")
def test_a_count_stopped_between_two_days_goes_on_with_the_next_and_is_not_begun_twice():
    job = summarising.start(everything=True)
    assert summarising.start(everything=True) == job
    assert Job.objects.filter(kind=summarising.JOB).count() == 1
    while not job.cursor.get("days"):
        jobs.run(job.pk, seconds=0.005)
        job.refresh_from_db()
    left = job.cursor["days"]
    while job.cursor["days"] == left:
        jobs.run(job.pk, seconds=0.005)
        job.refresh_from_db()
    assert job.cursor["days"] == left[1:]
    done = jobs.run_to_end(job.pk)
    assert (done.state, done.done) == ("done", 9)
    assert DaySales.objects.count() == 2
