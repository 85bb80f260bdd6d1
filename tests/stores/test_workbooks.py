"""Workbooks from outside: read as a person would type them, never worked out, and refused before they swell."""

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from openpyxl import Workbook

from stores import csvfiles, workbooks
from stores.csvfiles import MIB, BadFile, Limits
from stores.csvrows import Rows

SMALL = Limits(size=4 * MIB, line=4096, ratio=50, ratio_counts_from=MIB)
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: list[Any], **more: list[list[Any]]) -> bytes:
    """A workbook whose first sheet has these rows, and further sheets by name."""
    book = Workbook(write_only=True)
    first = book.create_sheet("名单")
    for row in rows:
        first.append(row)
    for title, others in more.items():
        sheet = book.create_sheet(title)
        for row in others:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(content: bytes, part: str, by: bytes) -> bytes:
    """The workbook with another content of one part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, by if name == part else old.read(name))
    return out.getvalue()


def read(tmp_path, content: bytes, limits: Limits = SMALL) -> list[tuple[int, list[str]]]:
    csvfiles.receive(io.BytesIO(content), tmp_path / "list.csv", limits)
    return list(Rows(tmp_path / "list.csv"))


def refused(tmp_path, content: bytes, limits: Limits = SMALL) -> str:
    """The code of the refusal; nothing is left behind."""
    with pytest.raises(BadFile) as why:
        csvfiles.receive(io.BytesIO(content), tmp_path / "list.csv", limits)
    assert not list(tmp_path.iterdir())
    assert str(why.value)
    return why.value.code


def test_cells_come_out_as_a_person_would_type_them(tmp_path):
    row = [
        "张晓梅, VIP",
        13812345678,
        15.8,
        0.1 + 0.2,
        date(2026, 5, 1),
        datetime.combine(date(2026, 5, 1), time(9, 30)),
        True,
        'a"b\nc',
    ]
    assert read(tmp_path, workbook(row)) == [
        (1, ["张晓梅, VIP", "13812345678", "15.8", "0.3", "2026-05-01", "2026-05-01 09:30:00", "1", 'a"b c'])
    ]


def test_rows_keep_the_numbers_they_have_in_the_sheet_and_the_width_of_the_first(tmp_path):
    rows = [["phone", "name", None], ["13812345678"], [], ["13912345678", "周子涵", None], [], []]
    assert read(tmp_path, workbook(*rows)) == [
        (1, ["phone", "name"]), (2, ["13812345678", ""]), (4, ["13912345678", "周子涵"])]  # fmt: skip


def test_only_the_first_sheet_that_is_shown_is_read(tmp_path):
    book = Workbook()
    book.active.sheet_state = "hidden"
    book.active.append(["hidden"])
    book.create_sheet("a").append(["first"])
    book.create_sheet("b").append(["second"])
    out = io.BytesIO()
    book.save(out)
    assert read(tmp_path, out.getvalue()) == [(1, ["first"])]


def test_formulas_are_not_worked_out_but_what_was_saved_as_their_result_is_read(tmp_path):
    plain = workbook(["x"], ["=1+1"])
    assert read(tmp_path, plain) == [(1, ["x"])]
    (tmp_path / "list.csv").unlink()
    with zipfile.ZipFile(io.BytesIO(plain)) as parts:
        sheet = parts.read(SHEET)
    saved = changed(plain, SHEET, sheet.replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>"))
    assert read(tmp_path, saved) == [(1, ["x"]), (2, ["2"])]


def test_a_number_that_lost_its_last_digits_is_not_taken(tmp_path):
    assert refused(tmp_path, workbook(["order_no"], [2026112200000001])) == "file_number_cut"
    assert read(tmp_path, workbook(["order_no"], ["2026112200000001"]))[1][1] == ["2026112200000001"]  # as text


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK\x03\x04" + bytes(500), b"PK\x03\x04 workbook"])
def test_what_only_begins_like_a_workbook_is_refused(tmp_path, content):
    assert refused(tmp_path, content) == "file_workbook"


def test_another_archive_an_old_workbook_and_half_a_workbook_are_refused(tmp_path):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as parts:
        parts.writestr("word/document.xml", "<a/>")
    whole = workbook(["a"], ["b"])
    assert refused(tmp_path, archive.getvalue()) == "file_workbook"
    assert refused(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1") == "file_workbook_old"
    assert refused(tmp_path, whole[: len(whole) // 2]) == "file_workbook"
    assert refused(tmp_path, changed(whole, SHEET, b"<worksheet><sheetData><row>")) == "file_workbook"
    assert refused(tmp_path, changed(whole, "xl/workbook.xml", b"not markup")) == "file_workbook"
    assert refused(tmp_path, changed(whole, "[Content_Types].xml", b"<Types/>")) == "file_workbook"


def test_an_empty_sheet_is_an_empty_file(tmp_path):
    assert refused(tmp_path, workbook()) == "file_empty"
    assert refused(tmp_path, workbook([None, ""])) == "file_empty"


def test_a_bomb_is_not_unpacked(tmp_path):
    """Three megabytes of one sign pack to three thousand bytes."""
    bomb = changed(workbook(["a"]), SHEET, b"<worksheet>" + b" " * (3 * MIB) + b"</worksheet>")
    assert len(bomb) < 20_000
    assert refused(tmp_path, bomb) == "file_bomb"
    assert refused(tmp_path, bomb, Limits(size=2 * MIB, ratio=10**6)) == "file_too_large"
    assert refused(tmp_path, bomb, Limits(ratio=10**6)) == "file_empty"  # control: the caps are what stopped it


def test_entities_that_swell_are_not_read(tmp_path):
    swelling = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><worksheet><a>&c;</a></worksheet>'
    assert refused(tmp_path, changed(workbook(["a"]), SHEET, swelling)) == "file_workbook"
    wide = swelling.decode().encode("utf-16")
    assert refused(tmp_path, changed(workbook(["a"]), SHEET, wide)) == "file_workbook"


def test_too_many_columns_rows_and_elements_are_refused(tmp_path, monkeypatch):
    assert refused(tmp_path, workbook(["a"] * (workbooks.MOST_COLUMNS + 1))) == "file_too_wide"
    far = b'<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row></sheetData>'
    named = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</worksheet>'
    assert read(tmp_path, changed(workbook(["a"]), SHEET, named % far.replace(b"XFD", b"A"))) == [(1, ["1"])]  # control
    (tmp_path / "list.csv").unlink()
    monkeypatch.setattr(workbooks, "MOST_ELEMENTS", 50)
    many = b"<sheetData><row>" + b"<c/>" * 60 + b"</row></sheetData>"
    assert refused(tmp_path, changed(workbook(["a"]), SHEET, named % many)) == "file_too_many_cells"
    monkeypatch.undo()
    monkeypatch.setattr(workbooks, "MOST_ROWS", 5)
    again = b"<sheetData>" + b'<row r="1"/>' * 9 + b"</sheetData>"
    assert refused(tmp_path, changed(workbook(["a"]), SHEET, named % again)) == "file_too_many_cells"
    assert refused(tmp_path, workbook(*[["a"]] * 6)) == "file_too_many_cells"
    monkeypatch.undo()
    monkeypatch.setattr(workbooks, "MOST_CELLS", 10)
    assert refused(tmp_path, workbook(*[["a", "b", "c"]] * 6)) == "file_too_many_cells"


def test_what_holds_for_text_holds_for_cells(tmp_path):
    assert refused(tmp_path, workbook(["x" * 5000])) == "file_line_too_long"
