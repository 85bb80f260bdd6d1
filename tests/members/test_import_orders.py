"""A file of orders becomes members, orders, returns and all that follows; twice is once; a dry run only tells."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from members.audit import audit
from members.imports import run
from members.models import Member, MemberFacts, Order, OrderImport, OrderLine, Return, StagedLine
from members.oneid.identities import find
from stores.models import JobState
from tests.makers import make_guide, make_store, make_tiers
from tests.members.order_files import gzipped, imported, line, picture, text_of, written

pytestmark = pytest.mark.django_db

XIAOMEI, YULIN = "phone:138 1234 5678", "card_no:K-77"


@pytest.fixture(autouse=True)
def _shop(settings, tmp_path):
    """Store S1 on Shanghai time, S2 in London, and a folder of our own for uploads."""
    settings.MEDIA_ROOT = tmp_path / "media"
    make_tiers()
    make_store("滨河路店", code="S1")
    make_store("London", code="S2", time_zone="Europe/London")


def test_orders_make_their_members_and_all_that_follows():
    _order_import, done = imported(
        text_of(
            line("A1", member=XIAOMEI),
            line("A1", member=XIAOMEI, sku="PEAR", product_name="雪梨", quantity="1.5", unit_price="3.333"),
            line("A2", member=YULIN, quantity="1", unit_price="0.005"),
            line("A3", member=""),
        )
    )
    assert (done.state, done.percent, done.lines, done.orders_new, done.members_new) == (JobState.DONE, 100, 4, 3, 2)
    assert done.rejected == 0
    order = Order.objects.get(order_no="A1")
    # 31.60, and 1.5 x 3.333 = 4.9995 rounded half up
    assert [one.amount for one in order.lines.order_by("line_no")] == [Decimal("31.60"), Decimal("5.00")]
    assert order.net_amount == Decimal("36.60")
    assert order.member == find("phone", "13812345678")
    assert order.member.facts.orders == 1
    assert order.member.growth == 36
    assert Order.objects.get(order_no="A2").net_amount == Decimal("0.01")
    assert Order.objects.get(order_no="A3").member is None
    assert not StagedLine.objects.exists()
    assert audit() == []


def test_a_time_without_offset_is_on_the_clock_of_its_store():
    imported(
        text_of(
            line("A1", paid_at="2026-07-08T14:05:00"),
            line("A2", paid_at="2026-07-08 14:05", store_code="S2"),
            line("A3", paid_at="2026-01-08 14:05:30", store_code="S2"),
            line("A4", paid_at="2026-07-08T14:05:00+02:00", store_code="S2"),
            line("A5", paid_at="2026-07-08T14:05:00Z"),
        )
    )
    assert dict(Order.objects.values_list("order_no", "paid_at")) == {
        "A1": datetime(2026, 7, 8, 6, 5, tzinfo=UTC),
        "A2": datetime(2026, 7, 8, 13, 5, tzinfo=UTC),
        "A3": datetime(2026, 1, 8, 14, 5, 30, tzinfo=UTC),
        "A4": datetime(2026, 7, 8, 12, 5, tzinfo=UTC),
        "A5": datetime(2026, 7, 8, 14, 5, tzinfo=UTC),
    }


def test_returns_lower_spend_and_growth_and_name_their_sale_if_they_know_it():
    imported(
        text_of(
            line("A1", quantity="10", unit_price="10") + ",",
            line("R1", kind="return", quantity="3", unit_price="10", paid_at="2026-03-09T10:00") + ",A1",
            line("R2", kind="return", quantity="1", unit_price="10", paid_at="2026-03-10T10:00") + ",",
            more_columns=",sale_no",
        )
    )
    assert Return.objects.get(return_no="R1").order == Order.objects.get(order_no="A1")
    member = Member.objects.get()
    assert MemberFacts.objects.get(member=member).spend == Decimal("60.00")
    assert member.growth == 60
    assert audit() == []


def test_optional_columns_bring_category_guide_and_coupons():
    xiaoman = make_guide(employee_no="E007")
    more = ",category,guide_no,coupons"
    imported(text_of(line("A1") + ",瓜果,E007,ABCD1234 EFGH5678", line("A2") + ",,NOBODY,", more_columns=more))
    order = Order.objects.get(order_no="A1")
    assert order.guide == xiaoman
    assert sorted(order.coupons.values_list("code", flat=True)) == ["ABCD1234", "EFGH5678"]
    assert OrderLine.objects.filter(order=order).get().product.category.name == "瓜果"
    assert Order.objects.get(order_no="A2").guide is None


def test_the_same_file_again_is_known_and_changes_nothing_even_by_force():
    text = text_of(line("A1"), line("R1", kind="return", quantity="1"), line("A2", member=""))
    first, _done = imported(text)
    before = picture()
    again, _done = imported(gzipped(text))  # the content counts, not the wrapping
    assert again == first
    assert picture() == before
    forced, done = imported(text, force=True)
    assert forced != first
    assert (done.orders_new, done.orders_same, done.returns_new, done.returns_same, done.members_new) == (0, 2, 0, 1, 0)
    assert picture() == before


def test_a_dry_run_tells_what_would_happen_and_writes_no_orders():
    imported(text_of(line("A1")))
    before = picture()
    text = text_of(line("A1"), line("A2"), line("A3", member=YULIN), line("A4", store_code="S9"))
    order_import, done = imported(text, dry_run=True)
    assert (done.is_dry_run, done.orders_new, done.orders_same, done.members_new, done.rejected) == (True, 2, 1, 1, 1)
    assert "S9" in "".join(run.rejects_csv(order_import))
    assert picture() == before
    _order_import, real = imported(text)
    assert (real.orders_new, real.orders_same, real.members_new, real.rejected) == (2, 1, 1, 1)


def test_stages_may_be_settled_for_a_day_of_the_past():
    text = text_of(line("A1", paid_at="2011-12-01T10:00"))
    imported(text, as_of=datetime(2011, 12, 10, tzinfo=UTC))
    assert Member.objects.get().stage == "growing"
    assert MemberFacts.objects.get().orders_365d == 1
    imported(text, force=True)
    assert audit(at=datetime(2011, 12, 10, tzinfo=UTC)) == []


def test_the_command_tells_what_it_did_and_what_it_turned_away(tmp_path, capsys):
    path = written(tmp_path, line("A1"), line("A2", store_code="S9"))
    rejects = tmp_path / "rejects.csv"
    call_command("import_orders", str(path), rejects=str(rejects), as_of=date(2026, 3, 31))
    assert "1" in capsys.readouterr().out
    assert Order.objects.count() == 1
    assert rejects.read_text(encoding="utf-8-sig").splitlines()[1].startswith("3,unknown_store,")


def test_the_command_says_when_a_file_was_imported_before(tmp_path, capsys):
    path = written(tmp_path, line("A1"))
    call_command("import_orders", str(path))
    capsys.readouterr()
    call_command("import_orders", str(path))
    assert "--force" in capsys.readouterr().out
    assert OrderImport.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_file_is_kept_until_the_import_is_done_and_no_longer(settings):
    order_import, _done = imported(text_of(line("A1")))
    assert order_import.job.params["file"]
    assert list((settings.MEDIA_ROOT / "imports").iterdir()) == []


def test_a_missing_file_is_one_clear_sentence(tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("import_orders", str(tmp_path / "nowhere.csv"))
    assert "nowhere.csv" in str(refused.value)
    assert not OrderImport.objects.exists()
