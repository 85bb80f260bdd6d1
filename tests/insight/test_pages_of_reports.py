"""The pages of a report: for HQ the chain, for leaders their stores, for guides nothing; as a table, as a file."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.admin.insight import members_of
from members.insight import summarising
from members.insight.reports import REPORTS
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.windows import windows
from stores.models import Job, Staff
from tests.insight.trial import Trial
from tests.makers import (
    days_ago,
    make_area_manager,
    make_guide,
    make_manager,
    make_marketer,
    make_member,
    make_order,
    make_region,
    make_store,
)
from workbench.presenters import insightlinks

pytestmark = pytest.mark.django_db
OWN = {"fact": "tier", "op": "in", "value": [3, 4]}


@pytest.fixture
def shops(monkeypatch):
    """Two stores of the east and one far away, with an order each; a report over them."""
    monkeypatch.setitem(REPORTS, "trial", Trial())
    east = make_region("华东")
    shops = [make_store("静安寺店", region=east), make_store("=1+1店", region=east), make_store("广州店")]
    for shop in shops:
        make_order("40.00", member=make_member(home_store=shop), store=shop, paid_at=days_ago(3))
    return shops


def signed_in(person: Staff) -> Client:
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(person)
    return browser


def figures(answer) -> list[tuple[str, int]]:
    return answer.context["page"].answer.figures.rows


def test_hq_sees_the_chain_and_narrows_it_to_a_region_or_a_store(shops):
    browser, url = signed_in(make_marketer()), reverse("insight-report", args=["trial"])
    assert len(figures(browser.get(url))) == 3
    assert len(figures(browser.get(url, {"place": f"region-{shops[0].region_id}"}))) == 2
    assert figures(browser.get(url, {"place": f"store-{shops[2].pk}"})) == [("广州店", 1)]
    assert figures(browser.get(url, {"from": "2020-01-01", "to": "2020-12-31"})) == []
    assert browser.get(url, {"place": "store-999999"}).status_code == 404
    assert browser.get(reverse("insight-report", args=["nothing"])).status_code == 404


def test_a_name_that_only_one_store_has_is_taken_and_others_are_offered(shops):
    browser, url = signed_in(make_marketer()), reverse("insight-report", args=["trial"])
    assert figures(browser.get(url, {"place_typed": "静安"})) == [("静安寺店", 1)]
    several = browser.get(url, {"place_typed": "店"})
    assert len(figures(several)) == 3
    assert f'value="store-{shops[0].pk}"' in several.content.decode()
    assert (
        f'value="store-{shops[0].pk}"'
        in browser.get(reverse("insight-places"), {"place_typed": "静安"}).content.decode()
    )


def test_the_page_says_how_it_is_counted_and_holds_the_figures_as_a_table(shops):
    page = signed_in(make_marketer()).get(reverse("insight-report", args=["trial"])).content.decode()
    assert "Each order counts once" in page
    assert '<th scope="row">静安寺店</th><td class="is-num">1</td>' in page
    assert "style=" not in page[page.index('id="insight"') :].partition("</details>")[0]


def test_a_report_without_figures_says_what_is_true(shops):
    answer = signed_in(make_marketer()).get(reverse("insight-report", args=["trial"]), {"by": "none"})
    assert "还没有可看的。" in answer.content.decode()
    assert "in-table" not in answer.content.decode()


def test_a_file_holds_the_same_begins_no_formula_and_is_on_record(shops):
    chen = make_marketer()
    answer = signed_in(chen).get(reverse("insight-export", args=["trial"]), {"place": f"region-{shops[0].region_id}"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert ["Store", "Orders"] in rows
    assert ["'=1+1店", "1"] in rows
    assert ["静安寺店", "1"] in rows
    assert not [row for row in rows if row[:1] == ["广州店"]]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    entry = LogEntry.objects.get(object_id="trial")
    assert (entry.user, entry.object_repr) == (chen, "Orders by store")
    assert f"region-{shops[0].region_id}" in entry.change_message


def test_hq_has_the_figures_counted_anew_once_at_a_time(shops):
    browser = signed_in(make_marketer())
    for _time in range(2):
        answer = browser.post(reverse("insight-anew"), {"report": "trial"})
        assert answer["Location"] == reverse("insight-report", args=["trial"])
    assert Job.objects.filter(kind=summarising.JOB).count() == 1
    assert browser.get(reverse("insight-anew")).status_code == 405
    assert "<progress" in browser.get(reverse("insight")).content.decode()


@pytest.mark.parametrize("make", [make_guide, make_manager, make_area_manager])
def test_people_of_stores_do_not_get_into_the_pages_of_hq(shops, make):
    browser = signed_in(make())
    for name, args in (("insight", []), ("insight-report", ["trial"]), ("insight-export", ["trial"])):
        assert "/login/" in browser.get(reverse(name, args=args))["Location"]
    assert not LogEntry.objects.exists()
    browser.post(reverse("insight-anew"))
    assert not Job.objects.exists()


def test_a_manager_sees_the_own_store_alone_however_they_ask(shops):
    zhou = make_manager("周敏", store=shops[0])
    browser = signed_in(zhou)
    assert figures(browser.get("/insight/trial/")) == [("静安寺店", 1)]
    for asked in (f"store-{shops[1].pk}", f"region-{shops[0].region_id}", "store-999999"):
        assert browser.get("/insight/trial/", {"place": asked}).status_code == 404
    assert browser.get("/insight/trial/", {"place_typed": "广州"}).status_code == 200
    assert figures(browser.get("/insight/trial/", {"place_typed": "广州"})) == [("静安寺店", 1)]
    assert browser.get("/insight/trial/headline/").content.decode().count("1 ") == 1


def test_an_area_manager_sees_the_region_and_its_stores_one_by_one(shops):
    browser = signed_in(make_area_manager(region=shops[0].region))
    assert [name for name, _orders in figures(browser.get("/insight/trial/"))] == ["=1+1店", "静安寺店"]
    assert figures(browser.get("/insight/trial/", {"place": f"store-{shops[0].pk}"})) == [("静安寺店", 1)]
    assert browser.get("/insight/trial/", {"place": f"store-{shops[2].pk}"}).status_code == 404
    assert "广州" not in browser.get("/insight/places/", {"place_typed": "店"}).content.decode()


def test_a_guide_is_turned_away_and_a_report_for_hq_alone_is_not_there(shops, monkeypatch):
    assert signed_in(make_guide(store=shops[0])).get("/insight/trial/").status_code == 403
    browser = signed_in(make_manager(store=shops[0]))
    assert "Orders by store" in browser.get("/insight/").content.decode()
    monkeypatch.setattr(Trial, "for_managers", False)
    assert browser.get("/insight/trial/").status_code == 404
    assert browser.get("/insight/trial/headline/").status_code == 404
    assert "Orders by store" not in browser.get("/insight/").content.decode()


def test_a_rule_leads_to_the_editor_of_segments_at_hq():
    url = members_of({"all": [OWN]})
    assert url.startswith(reverse("admin:members_segment_add"))
    answer = signed_in(make_marketer()).get(url)
    assert answer.status_code == 200


def test_a_rule_leads_a_leader_to_the_list_only_where_the_list_means_the_same():
    store = make_store()
    zhou = make_manager(store=store)
    here = {"fact": "home_store", "op": "in", "value": [store.pk]}
    assert insightlinks.members_of(zhou, {"all": [OWN, here]}) == "/m/?tier=3&tier=4"
    assert insightlinks.members_of(zhou, OWN) == "/m/?tier=3&tier=4"
    for other in (
        {"fact": "home_store", "op": "in", "value": [store.pk + 1]},
        {"fact": "orders_365d", "op": "gte", "value": 4},
        {"any": [OWN]},
    ):
        assert insightlinks.members_of(zhou, {"all": [OWN, other]}) == ""
    assert insightlinks.members_of(zhou, None) == ""


def test_the_editor_begins_with_the_rule_and_one_that_means_nothing_is_said_to():
    browser, add = signed_in(make_marketer()), reverse("admin:members_segment_add")
    growing = {"fact": "stage", "op": "in", "value": ["growing"]}
    assert 'value="growing"' in browser.get(members_of({"all": [growing]})).content.decode()
    for broken in ("{", "[1]", '{"all": []}', '{"fact": "password", "op": "gte", "value": 1}', "[" * 9000):
        answer = browser.get(add, {"rule": broken})
        assert answer.status_code == 200
        assert 'value="growing" checked' not in answer.content.decode()


def test_every_report_asks_a_leader_at_most_twelve_queries(shops):
    for summary in SUMMARIES.values():
        rebuild(summary, windows().today)
    manager, area = make_manager(store=shops[0]), make_area_manager(region=shops[0].region)
    asked = {}
    for person, place in ((manager, ""), (area, ""), (area, f"store-{shops[0].pk}")):
        browser = signed_in(person)
        for key in REPORTS:
            browser.get(f"/insight/{key}/", {"place": place})
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(f"/insight/{key}/", {"place": place}).status_code == 200
            asked[key, person.name, place] = len([one for one in queries if '"stores_setting"' not in one["sql"]])
    assert len(asked) == 3 * len(REPORTS) > 20
    assert {key: many for key, many in asked.items() if many > 12} == {}
