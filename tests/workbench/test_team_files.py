"""Files that managers take: within their stores, masked, with a reason, written down, limited, harmless."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from openpyxl import load_workbook

from campaigns.models import Attribution, WorkMonth
from campaigns.work import counting
from campaigns.work.reading import this_month
from stores import jobs, policy
from stores.errors import NotFound, Refusal
from tests.concurrency.crowd import at_once as _at_once
from tests.makers import make_area_manager, make_order
from tests.workbench.scenery import make_chain, signed_in
from workbench import filestaken

pytestmark = pytest.mark.django_db
GUIDES = {"what": "guides", "kind": "csv", "reason": "月会"}


@pytest.fixture
def worked(chain):
    """A sale owed to Lin Xiaoman and one to Gu Zhixia; the night has counted."""
    for member in (chain.zihan, chain.anna):
        order = make_order("88.00", member=member, store=member.home_store)
        Attribution.objects.filter(order=order).delete()
        Attribution.objects.create(
            order=order, member=member, kind="direct", guide=member.guide, store=member.home_store,
            amount="88.00", ordered_at=order.paid_at,
        )  # fmt: skip
    jobs.run_to_end(counting.start().pk)
    return chain


def cells(answer) -> list[list[str]]:
    """The rows of a CSV answer."""
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_manager_takes_the_guides_of_the_store_and_headquarters_read_why(worked):
    answer = signed_in(worked.zhou).post("/team/export/", GUIDES)
    rows = cells(answer)
    assert {row[0] for row in rows[1:]} == {"何俊", "林小满"}
    entry = LogEntry.objects.get(user=worked.zhou)
    assert (entry.change_message, entry.object_id) == ("月会", "guides")
    assert answer["Cache-Control"] == "no-store"


def test_sales_name_members_by_code_and_masked_number_alone(worked):
    answer = signed_in(worked.zhou).post("/team/export/", {**GUIDES, "what": "sales"})
    text = answer.content.decode()
    assert worked.zihan.code in text
    assert "138****1234" in text
    assert "13800001234" not in text
    assert "周子涵" not in text
    assert worked.anna.code not in text, "she belongs to another store"


def test_a_workbook_holds_the_same(worked):
    answer = signed_in(worked.zhou).post("/team/export/", {**GUIDES, "kind": "xlsx"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert {row[0].value for row in sheet.iter_rows(min_row=2)} == {"何俊", "林小满"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_begins_a_formula(worked, kind):
    type(worked.lin).objects.filter(pk=worked.lin.pk).update(name="=HYPERLINK(1)")
    answer = signed_in(worked.zhou).post("/team/export/", {**GUIDES, "kind": kind})
    if kind == "csv":
        names = [row[0] for row in cells(answer)]
    else:
        found = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows())
        names = [row[0].value for row in found]
        assert all(cell.data_type != "f" for row in found for cell in row)
    assert "'=HYPERLINK(1)" in names


@pytest.mark.parametrize("change", [{"reason": " "}, {"what": "members"}, {"kind": "exe"}])
def test_without_a_reason_or_of_something_else_there_is_no_file(worked, change):
    answer = signed_in(worked.zhou).post("/team/export/", {**GUIDES, **change})
    assert answer.status_code == 422
    assert "attachment" not in answer.get("Content-Disposition", "")
    assert not LogEntry.objects.exists()


def test_after_the_last_file_of_the_day_there_is_none(worked):
    policy.change("exports.per_day", 1, by=None)
    desk = signed_in(worked.zhou)
    assert desk.post("/team/export/", GUIDES).status_code == 200
    assert desk.post("/team/export/", GUIDES).status_code == 422
    assert LogEntry.objects.count() == 1
    policy.change("exports.per_day", 2, by=None)
    assert desk.post("/team/export/", GUIDES).status_code == 200


def test_a_file_that_is_too_long_is_refused_whole(worked):
    policy.change("exports.most_rows", 1, by=None)
    with pytest.raises(Refusal) as refusal:
        filestaken.take("guides", worked.store, WorkMonth.objects.first().month, "csv", reason="月会", by=worked.zhou)
    assert refusal.value.code == "too_many_rows"
    assert not LogEntry.objects.exists()


def test_guides_and_neighbours_take_nothing(worked):
    assert signed_in(worked.lin).post("/team/export/", GUIDES).status_code == 403
    assert signed_in(worked.zhou).post(f"/team/export/?store={worked.elsewhere.pk}", GUIDES).status_code == 404
    with pytest.raises(NotFound):
        filestaken.take("guides", worked.elsewhere, WorkMonth.objects.first().month, "csv", reason="a", by=worked.zhou)
    assert not LogEntry.objects.exists()


def test_an_area_manager_takes_the_stores_of_the_region(worked):
    area = make_area_manager("沈立新", region=worked.store.region)
    rows = cells(signed_in(area).post("/team/export/", {**GUIDES, "what": "stores"}))
    assert [row[0] for row in rows[1:]] == sorted(["滨河路店", "西溪店"])


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_the_last_file_of_the_day_take_one():
    chain = make_chain()
    policy.change("exports.per_day", 1, by=None)
    month = this_month()
    _at_once([lambda: filestaken.take("guides", chain.store, month, "csv", reason="月会", by=chain.zhou)] * 4)
    assert LogEntry.objects.count() == 1
