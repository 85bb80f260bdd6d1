"""Reading a file part by part gives the rows of reading it at once, wherever the parts end."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.csvfiles import BadFile
from stores.csvrows import Rows

CELLS = st.text(st.sampled_from('ab,"\n\r瓜 \t'), max_size=12)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=30)


def in_parts(path, budget: int | None) -> list[tuple[int, list[str]]]:
    """All rows, read ``budget`` bytes at a time."""
    found, offset, line, ended = [], 0, 1, False
    while not ended:
        rows = Rows(path, offset=offset, line=line, budget=budget)
        found += list(rows)
        offset, line, ended = rows.offset, rows.line, rows.ended
    return found


@given(
    table=TABLES,
    budget=st.integers(1, 200),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_parts_of_any_size_give_the_same_rows_with_the_same_lines(tmp_path_factory, table, budget, newline, quoting):
    if quoting == csv.QUOTE_MINIMAL:  # the writer would leave a lone carriage return bare
        table = [[cell.replace("\r", "") for cell in row] for row in table]
    out = io.StringIO()
    csv.writer(out, lineterminator=newline, quoting=quoting).writerows(table)
    path = tmp_path_factory.mktemp("rows") / "table.csv"
    path.write_bytes(out.getvalue().encode())
    expected = list(csv.reader(io.StringIO(out.getvalue(), newline=""), strict=True))
    whole = in_parts(path, None)
    assert [row for _line, row in whole] == expected
    assert in_parts(path, budget) == whole


def test_a_row_knows_the_line_it_begins_on(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('a,b\n"one\ntwo",c\n\nd,e\n')
    assert list(Rows(path)) == [(1, ["a", "b"]), (2, ["one\ntwo", "c"]), (5, ["d", "e"])]


@pytest.mark.parametrize("budget", [None, 1, 5])
def test_an_open_quotation_mark_is_refused_with_its_line(tmp_path, budget):
    path = tmp_path / "table.csv"
    path.write_text('a,b\nc,"d\ne,f\n')
    with pytest.raises(BadFile) as refused:
        in_parts(path, budget)
    assert refused.value.extra == {"line": 2}
