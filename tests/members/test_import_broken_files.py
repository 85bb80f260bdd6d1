"""A file that is broken as a whole gets one clear sentence and changes nothing, however late the fault is found."""

import gzip
import io
import os

import pytest
from django.core.management import CommandError, call_command

from members.imports import run
from members.models import Order, OrderImport, RejectedRow, StagedLine
from stores import csvfiles, jobs
from stores.csvfiles import BadFile, Limits
from stores.models import Job, JobState
from tests.makers import make_store, make_tiers
from tests.members.order_files import HEADER, imported, line, picture, text_of, written

pytestmark = pytest.mark.django_db

GOOD = text_of(*(line(f"A{number}") for number in range(50)))


@pytest.fixture(autouse=True)
def _shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    make_tiers()
    make_store("滨河路店", code="S1")


class LongLine(io.RawIOBase):
    """200 MB without a line end, made up while it is read; counts what was asked for."""

    def __init__(self) -> None:
        self.left = 200_000_000
        self.position = 0

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.position = offset
        return offset

    def tell(self) -> int:
        return self.position

    def read(self, size: int = -1) -> bytes:
        self.position += size
        self.left -= size
        return b"x" * size if self.left > 0 else b""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "file_empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf", "file_empty", id="only a byte order mark"),
        pytest.param(f"{HEADER}\n".encode(), "file_no_rows", id="only a header"),
        pytest.param(b"a,b\n1,2\n", "columns_missing", id="other columns"),
        pytest.param(GOOD.replace(",", ";").encode(), "columns_missing", id="semicolons"),
        pytest.param(GOOD.replace("sku", "sku,sku", 1).encode(), "columns_twice", id="a column twice"),
        pytest.param(GOOD.replace("sku", "sku,colour", 1).encode(), "columns_unknown", id="an unknown column"),
        pytest.param(GOOD.encode("gb18030"), "file_not_utf8", id="GBK"),
        pytest.param(GOOD.encode("utf-16"), "file_not_utf8", id="UTF-16"),
        pytest.param(GOOD.encode() + "西".encode()[:2], "file_not_utf8", id="ends inside a character"),
        pytest.param(GOOD.encode() + b"pos,\0\n", "file_nul", id="NUL"),
        pytest.param(gzip.compress(GOOD.encode())[:-20], "file_damaged", id="truncated gzip"),
        pytest.param(gzip.compress(GOOD.encode())[:-8] + b"\1" * 8, "file_damaged", id="wrong checksum"),
        pytest.param(gzip.compress(GOOD.encode()) + b"junk", "file_damaged", id="junk after gzip"),
        pytest.param(b"\x1f\x8b", "file_damaged", id="only the sign of gzip"),
        pytest.param(b"PK\x03\x04...", "file_workbook", id="not really xlsx"),
        pytest.param(b"\xd0\xcf\x11\xe0...", "file_workbook_old", id="xls"),
        pytest.param(GOOD.encode() + b"p" * 70_000 + b"\n", "file_line_too_long", id="a long line"),
    ],
)
def test_a_broken_file_is_refused_at_once_and_nothing_is_kept(settings, content, code):
    before = picture()
    with pytest.raises(BadFile) as refused:
        run.start(io.BytesIO(content), "orders.csv")
    assert refused.value.code == code
    assert "%(" not in str(refused.value)
    assert picture() == before
    assert not Job.objects.exists()
    assert list((settings.MEDIA_ROOT / "imports").iterdir()) == []


def test_a_line_of_200_mb_is_refused_after_its_first_megabytes():
    endless = LongLine()
    with pytest.raises(BadFile) as refused:
        run.start(endless, "orders.csv")
    assert refused.value.code == "file_line_too_long"
    assert endless.left > 190_000_000


def test_a_file_that_unpacks_without_end_is_refused(tmp_path):
    bomb = gzip.compress(b"\n" * 40_000_000)
    with pytest.raises(BadFile) as refused:
        csvfiles.receive(io.BytesIO(bomb), tmp_path / "out.csv")
    assert refused.value.code == "file_bomb"


def test_a_file_above_the_limit_is_refused(tmp_path):
    with pytest.raises(BadFile) as refused:
        csvfiles.receive(io.BytesIO(GOOD.encode()), tmp_path / "out.csv", Limits(size=1000))
    assert refused.value.code == "file_too_large"
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("broken", ['pos,"A9', 'pos,"A9"x,sale', 'pos,A9,sale,"open\nand,on"and,on'])
def test_quotation_marks_that_do_not_match_undo_the_whole_file(settings, broken):
    before = picture()
    order_import, done = imported(GOOD + line("A8", store_code="S9") + f"\n{broken}\n" + GOOD)
    assert done.state == JobState.FAILED
    assert "53" in done.sentence
    assert picture() == before
    assert not RejectedRow.objects.exists()
    assert list((settings.MEDIA_ROOT / "imports").iterdir()) == []


def test_a_fault_behind_many_good_lines_undoes_those_too():
    many = text_of(*(line(f"B{number}", product_name="瓜" * 60) for number in range(100_000)))
    order_import = run.start(io.BytesIO((many + 'pos,"open\n').encode()), "orders.csv")
    states = []
    jobs.run_to_end(order_import.job_id, progress=lambda job: states.append(StagedLine.objects.count()))
    assert max(states) > 0  # the fault came after lines had been staged and committed
    assert run.summary(order_import).state == JobState.FAILED
    assert not StagedLine.objects.exists()
    assert not Order.objects.exists()


def test_a_refused_file_sent_again_is_refused_again():
    first, _done = imported(GOOD + 'pos,"open\n')
    again, done = imported(GOOD + 'pos,"open\n')
    assert again == first
    assert done.sentence
    assert not StagedLine.objects.exists()


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", GOOD.encode() + b'pos,"open\n'])
def test_the_command_ends_with_one_sentence(tmp_path, content):
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("import_orders", str(path))
    assert refused.value.returncode == 1
    assert "\n" not in str(refused.value)
    assert not Order.objects.exists()


def test_a_folder_and_an_unreadable_file_are_refused(tmp_path):
    with pytest.raises(CommandError, match="media|pytest"):
        call_command("import_orders", str(tmp_path))
    path = written(tmp_path, line("A1"))
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything
        call_command("import_orders", str(path))
    else:
        with pytest.raises(CommandError):
            call_command("import_orders", str(path))


def test_a_byte_order_mark_and_windows_line_ends_are_fine():
    _order_import, done = imported(b"\xef\xbb\xbf" + text_of(line("A1"), "", line("A2")).replace("\n", "\r\n").encode())
    assert (done.state, done.orders_new, done.rejected) == (JobState.DONE, 2, 0)
    assert OrderImport.objects.count() == 1
