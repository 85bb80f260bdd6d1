"""A bad row is turned away with its line and reason, together with its whole order; its neighbours go on."""

import csv
import io

import pytest
from django.utils import translation

from members.imports import run
from members.imports.rejects import REASONS
from members.models import Order, Product, RejectedRow
from stores.models import JobState
from tests.makers import make_store, make_tiers
from tests.members.order_files import imported, line, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    make_tiers()
    make_store("滨河路店", code="S1")


def turned_away() -> list[tuple[int, str]]:
    return list(RejectedRow.objects.order_by("line", "code").values_list("line", "code"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"channel": ""}, "bad_channel"),
        ({"channel": "a channel"}, "bad_channel"),
        ({"order_no": ""}, "bad_order_no"),
        ({"order_no": "9" * 65}, "bad_order_no"),
        ({"kind": "refund"}, "bad_kind"),
        ({"paid_at": "08/03/2026 14:05"}, "bad_time"),
        ({"paid_at": "2026-02-30T14:05:00"}, "bad_time"),
        ({"paid_at": "2026-03-08"}, "bad_time"),
        ({"paid_at": "0001-01-01T00:00:00+14:00"}, "bad_time"),
        ({"paid_at": "2126-03-08T14:05:00"}, "future_date"),
        ({"store_code": "S9"}, "unknown_store"),
        ({"member": "13812345678"}, "bad_identity"),
        ({"member": "phone:12345"}, "bad_identity"),
        ({"member": "phone:13800138000"}, "bad_identity"),
        ({"member": "shoe_size:43"}, "bad_identity"),
        ({"sku": ""}, "bad_sku"),
        ({"sku": "S" * 61}, "bad_sku"),
        ({"quantity": "0"}, "bad_quantity"),
        ({"quantity": "-1"}, "bad_quantity"),
        ({"quantity": "1e3"}, "bad_quantity"),
        ({"quantity": "NaN"}, "bad_quantity"),
        ({"quantity": "１"}, "bad_quantity"),
        ({"quantity": "0.0001"}, "bad_quantity"),
        ({"unit_price": ""}, "bad_price"),
        ({"unit_price": "12.3456"}, "bad_price"),
        ({"quantity": "9999999", "unit_price": "999999"}, "amount_too_large"),
        ({"sku": "A,B"}, "wrong_column_count"),
    ],
)
def test_a_bad_value_is_told_by_line_and_code_and_the_neighbours_go_on(fields, code):
    _order_import, done = imported(text_of(line("A1"), line(**{"order_no": "BAD", **fields}), line("A2")))
    assert turned_away() == [(3, code)]
    assert (done.state, done.rejected, done.orders_new) == (JobState.DONE, 1, 2)
    assert sorted(Order.objects.values_list("order_no", flat=True)) == ["A1", "A2"]


def test_every_reason_is_a_sentence_in_chinese():
    for code, sentence in REASONS.items():
        with translation.override("en"):
            assert str(sentence).endswith("."), code


def test_an_order_with_one_bad_line_is_left_out_whole():
    imported(
        text_of(line("A1"), line("A1", quantity="x"), line("A2"), line("A1", sku="PEAR"), line("A1", kind="return"))
    )
    assert turned_away() == [(2, "order_incomplete"), (3, "bad_quantity"), (5, "order_incomplete")]
    assert list(Order.objects.values_list("order_no", flat=True)) == ["A2"]


def test_a_bad_kind_spoils_sale_and_return_of_that_number():
    imported(text_of(line("A1"), line("A1", kind="swap"), line("A1", kind="return")))
    assert turned_away() == [(2, "order_incomplete"), (3, "bad_kind"), (4, "order_incomplete")]
    assert not Order.objects.exists()


def test_lines_that_disagree_about_their_order_turn_it_away():
    imported(text_of(line("A1"), line("A1", member="card_no:K-77"), line("A2")))
    assert turned_away() == [(2, "mixed_header"), (3, "mixed_header")]
    assert list(Order.objects.values_list("order_no", flat=True)) == ["A2"]


def test_lines_that_name_two_share_links_turn_their_order_away():
    share = ",share_code"
    imported(text_of(line("A1") + ",T4B8VN3R", line("A1", sku="PEAR") + ",K7M2QX9C", line("A2") + ",T4B8VN3R",
                     line("A3") + "," + "X" * 33, line("A3") + ",", more_columns=share))  # fmt: skip
    assert turned_away() == [(2, "mixed_header"), (3, "mixed_header"), (5, "bad_share_code"), (6, "order_incomplete")]
    assert list(Order.objects.values_list("order_no", flat=True)) == ["A2"]


def test_a_known_order_with_other_content_is_turned_away_and_stays_as_it_is():
    imported(text_of(line("A1")))
    imported(text_of(line("A1", quantity="3"), line("A2")))
    assert turned_away() == [(2, "order_conflict")]
    assert str(Order.objects.get(order_no="A1").net_amount) == "31.60"


def test_one_poisoned_row_in_ten_thousand_stops_nobody():
    rows = [line(f"N{number}") for number in range(10_000)]
    rows[7_000] = line("N7000", paid_at="yesterday")
    _order_import, done = imported(text_of(*rows))
    assert turned_away() == [(7_002, "bad_time")]
    assert done.orders_new == 9_999


def test_line_numbers_count_lines_of_the_file_even_behind_fields_of_several_lines():
    imported(text_of(line("A1", product_name='"哈密瓜\n 礼盒, 两只"'), "", line("A2", kind="x")))
    assert turned_away() == [(5, "bad_kind")]
    assert Product.objects.get().name == "哈密瓜 礼盒, 两只"


def test_the_file_of_rejected_rows_is_safe_in_a_spreadsheet_and_hides_phones():
    order_import, _done = imported(
        text_of(line("A1", sku="=cmd()", quantity="0"), line("=A2", kind="x"), line("A3", channel="@x"))
    )
    text = "".join(run.rejects_csv(order_import))
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:])))[1:]
    assert [row[:2] for row in rows] == [["2", "bad_quantity"], ["3", "bad_kind"], ["4", "bad_channel"]]
    assert all(row[2] for row in rows)
    assert rows[2][3].startswith("'@x")
    assert "138****5678" in text
    assert "13812345678" not in text


@pytest.mark.parametrize("written", ["phone:+8613912345678", "phone:008613912345678", "phone:+447911123456"])
def test_no_number_is_kept_with_a_rejected_row_however_it_is_written(written):
    imported(text_of(line("A1", member=written, quantity="0"), line("A2", member=written, channel="pos", sku="")))
    kept = " ".join(RejectedRow.objects.values_list("text", flat=True))
    assert "****" in kept
    assert "13912345678" not in kept
    assert "7911123456" not in kept


def test_after_the_reason_is_gone_the_same_file_can_be_imported_again():
    text = text_of(line("A1"), line("A2", store_code="S2"))
    first, _done = imported(text)
    make_store("新店", code="S2")
    second, done = imported(text)
    assert second != first
    assert (done.orders_new, done.orders_same, done.rejected) == (1, 1, 0)


def test_what_postgresql_copy_would_read_as_a_command_is_text():
    imported(text_of(line("A1", sku="\\N", product_name="\\.\t\\"), line("A\\2", sku="\\.")))
    assert dict(Product.objects.values_list("sku", "name")) == {"\\N": "\\. \\", "\\.": "哈密瓜"}
    assert Order.objects.filter(order_no="A\\2").exists()
