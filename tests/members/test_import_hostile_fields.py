"""Every column of an order file holds things that no file should: each such row is told with its line and a reason or
is harmless, numbers and moments are never guessed, and the good rows around it go in."""

import pytest

from members.audit import audit
from members.imports.rejects import REASONS
from members.models import Order, Product, RejectedRow
from stores.csvfiles import BadFile
from stores.models import JobState
from tests.makers import make_store, make_tiers
from tests.members.order_files import COLUMNS, imported, line, picture, text_of

pytestmark = pytest.mark.django_db
HOSTILE = [
    "NaN", "-NaN", "Infinity", "1e400", "-1", "9" * 400, "0x10", "１２", "1_000", "1,5", "x" * 20_000, "=cmd()|A1",
    "\u202e13812345678", "\ufeff", "\U0001f600", "null", "[]", "{}", "<script>", "'; DROP TABLE x; --",
    "a\tb", "\\N", "\\.", "%s", "..",
]  # fmt: skip
NEVER = {"paid_at", "store_code", "kind", "quantity", "unit_price"}


@pytest.fixture(autouse=True)
def _shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    make_tiers()
    make_store("滨河路店", code="S1")


def quoted(value: str) -> str:
    """A value as a field of a CSV file."""
    return '"' + value.replace('"', '""') + '"'


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_of_nonsense_is_told_and_its_neighbours_go_in(column):
    rows = [line(**{"order_no": f"B{nth}", column: quoted(value)}) for nth, value in enumerate(HOSTILE)]
    between = [text for nth, row in enumerate(rows) for text in (row, line(f"G{nth}"))]
    _order_import, done = imported(text_of(*between))
    assert done.state == JobState.DONE
    assert Order.objects.filter(order_no__startswith="G").count() == len(HOSTILE)
    refused = RejectedRow.objects.values_list("line", "code", "text")
    assert {code for _line, code, _text in refused} <= set(REASONS)
    assert {place % 2 for place, _code, _text in refused} <= {0}  # the good rows stand on odd lines
    assert all(len(text) <= 500 and "\0" not in text for _line, _code, text in refused)
    assert done.rejected + done.orders_new == 2 * len(HOSTILE)
    if column in NEVER:
        assert done.rejected == len(HOSTILE)
    assert not Product.objects.filter(sku__contains="\t").exists()
    assert audit() == []


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"\xed\xa0\x80", b"a\x00b", b"\x1f\x8b"])
def test_bytes_that_are_no_text_turn_the_whole_file_away_and_change_nothing(raw):
    before = picture()
    good = text_of(line("G1"), line("G2")).encode()
    with pytest.raises(BadFile) as refused:
        imported(good + raw + b"\n")
    assert str(refused.value).endswith("。")
    assert picture() == before


def test_control_a_good_value_in_every_column_goes_in():
    _order_import, done = imported(text_of(*(line(f"G{nth}") for nth in range(3))))
    assert (done.rejected, done.orders_new) == (0, 3)
