"""Headquarters' first page: figures that agree with the orders, switches that narrow them, and every figure opens."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F, Q, Sum
from django.test.utils import CaptureQueriesContext

from campaigns.cockpit.attention import attention
from members.insight.summaries import daysales
from members.insight.summaries.base import rebuild
from members.models import DaySales, Flow, Headcount, Member, MemberFacts, Order, SummaryState
from members.windows import first_moment, windows
from stores.models import Store
from workbench.demo.dice import Dice
from workbench.demo.summaries import build_summaries
from workbench.demo.walkins import build_walkins

MOST_QUERIES = 45


@pytest.fixture
def counted(chain, db):
    """The demonstration chain with orders of strangers, and all figures counted."""
    build_walkins(Dice(8))
    build_summaries()


@pytest.fixture
def hq(as_staff):
    browser = as_staff("hq")
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


def cockpit(answer):
    return answer.context["cockpit"]


def values(answer) -> list[str]:
    return [one.value for one in cockpit(answer).kpis]


def test_before_anything_was_counted_the_page_says_so_and_what_to_do(hq):
    answer = hq.get("/hq/")
    page = answer.content.decode()
    assert cockpit(answer).at is None
    assert "还没有数据" in page
    assert "/hq/members/orderimport/" in page
    assert "ck-kpi" not in page
    assert "会员在哪个阶段" not in page
    assert "还看不出" in page or "这些天没有券被核销" in page


def test_the_key_figures_agree_with_orders_and_facts(hq, counted):
    answer = hq.get("/hq/?days=30")
    today = windows().today
    ninety = MemberFacts.objects.filter(member__state="active", last_order_at__gte=first_moment(today, 90)).count()
    sixty = Q(last_order_at__gte=first_moment(today, 60), orders__gt=1)
    again = MemberFacts.objects.filter(sixty, member__state="active").count()
    everybody = Member.objects.filter(state="active").count()
    span = (first_moment(today - timedelta(days=30), 1), first_moment(today, 1))
    sold = Order.objects.filter(paid_at__gte=span[0], paid_at__lt=span[1])
    kept = Sum(F("net_amount") - F("returned_amount"))
    mine, whole = (rows.aggregate(all=kept)["all"] for rows in (sold.exclude(member=None), sold))
    assert 0 < mine < whole
    assert values(answer)[:3] == [f"{ninety}", f"{mine * 100 / whole:.1f}%", f"{again * 100 / everybody:.1f}%"]
    parts = {str(part.label): part.value for part in cockpit(answer).stages}
    assert sum(parts.values()) == everybody
    assert [len(one.points) > 1 for one in cockpit(answer).kpis] == [True] * 5


def test_every_figure_opens_and_so_do_the_cells_that_stand_for_enough_members(hq, counted):
    page = hq.get("/hq/").content.decode()
    main = page[page.index('id="cockpit"') :]
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/hq/[^"#]*)"', main)}
    assert len(links) > 25
    one_of_each = {link.partition("?")[0]: link for link in links}
    assert {link: status for link in one_of_each.values() if (status := hq.get(link).status_code) != 200} == {}
    assert "style=" not in main.partition("</main>")[0]


def test_the_switches_narrow_what_is_shown(hq, counted):
    store = Store.objects.first()
    whole, here = hq.get("/hq/"), hq.get("/hq/", {"place": f"region-{store.region_id}"})
    assert cockpit(here).scope.region == store.region
    heads = [sum(part.value for part in cockpit(answer).stages) for answer in (whole, here)]
    assert heads[1] == Member.objects.filter(state="active", home_store__region=store.region).count() < heads[0]
    assert cockpit(hq.get("/hq/?days=90")).span.days == 90
    assert cockpit(hq.get("/hq/?measure=basket")).answers["matrix"].options["measure"] == "basket"
    assert f"{cockpit(hq.get('/hq/?month=2026-02')).month.first}" == "2026-02-01"


@pytest.mark.parametrize(
    "query", ["days=x&place=store-999999&month=9999-99", "month=0000-00&place=%00", "days=31&measure=no"]
)
def test_what_has_no_meaning_is_taken_as_not_asked(hq, query):
    answer = hq.get(f"/hq/?{query}")
    assert (answer.status_code, cockpit(answer).days, cockpit(answer).scope.key) == (200, 30, "")


def test_the_page_reads_summaries_and_few_of_them(hq, counted):
    hq.get("/hq/")
    with CaptureQueriesContext(connection) as queries:
        hq.get("/hq/")
    texts = [query["sql"] for query in queries]
    assert len(texts) <= MOST_QUERIES
    large = ('FROM "members_order"', "FROM members_order", 'FROM "members_memberfacts"', 'FROM "members_member"')
    assert [text[:200] for text in texts if any(name in text for name in large)] == []


def test_a_page_that_read_orders_would_be_noticed(counted):
    with CaptureQueriesContext(connection) as queries:
        list(Order.objects.all()[:1])
    assert 'FROM "members_order"' in queries[0]["sql"]


def test_days_of_the_demonstration_are_what_the_product_counts(counted):
    today, columns = windows().today, ("store", "orders", "sales", "member_orders", "member_sales", "first_orders")
    days = DaySales.objects.filter(day__lt=today).order_by("-day").values_list("day", flat=True).distinct()
    for day in (days[0], days[5], days[40]):
        rows = DaySales.objects.filter(day=day).order_by("store").values_list(*columns)
        before = list(rows)
        rebuild(daysales.SUMMARY, day)
        assert list(rows.all()) == before != []
    newest = SummaryState.objects.filter(name="headcount").order_by("-day").first()
    assert newest.day == today
    first = Headcount.objects.order_by("day").first().day
    assert first < today - timedelta(days=150)


def test_members_came_into_the_stage_they_are_in(counted):
    last = """
        SELECT count(*) FROM members_member m JOIN LATERAL (
            SELECT data->>'to' AS stage, at FROM members_timelinefact t
            WHERE t.member_id = m.id AND kind = 'member.stage_changed' ORDER BY at DESC, id DESC LIMIT 1
        ) AS f ON f.stage <> m.stage OR f.at <> m.stage_since WHERE m.state = 'active'
    """
    with connection.cursor() as cursor:
        cursor.execute(last)
        assert cursor.fetchone() == (0,)
    assert Flow.objects.filter(of="stage", before="declining").exists()


def test_what_needs_a_look_counts_lines_and_not_things(counted):
    found = attention()
    assert found.open == sum(1 for name, many in vars(found).items() if name != "coming" and many)
    assert found.open > 0
