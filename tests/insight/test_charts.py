"""What charts show: printed figures, a picture that says itself in words, links only where members are enough."""

import re
from datetime import date

import pytest
from django.utils import translation

from members.insight.charts.bars import Bar, Part, bars, columns, stack, stacked
from members.insight.charts.calendar import Day, month_calendar
from members.insight.charts.curves import Line, Point, curve, lines, sparkline
from members.insight.charts.intervals import interval, interval_axis
from members.insight.charts.matrix import Cell, Head, Matrix, Row, heat, moves, steps, triangle

RULE = {"fact": "tier", "op": "in", "value": [3]}


def linker(rule):
    return f"/members/?tier={rule['value'][0]}"


def matrix(*cells):
    return Matrix("Tier by kind", [Head("Street", "12")], [Row(Head("Gold", look="gold"), cells)])


def everything():
    """One of each chart."""
    points = [Point(f"{n}", 30.0 + n, 25.0 + n, 35.0 + n) for n in range(5)]
    line = Line("East", [(0, 1), (30, 40)], [(0, 0, 2), (30, 35, 45)])
    return [
        heat(matrix(Cell(1.0, "1%", rule=RULE)), linker),
        moves(matrix(Cell(1.0, "1%", mood="up"))),
        triangle(matrix(Cell(1.0, "1%"), Cell(None))),
        curve(points, "After the n-th purchase", magic=2),
        lines([line, Line("West", [(0, 2), (30, 20)])], "Bought again", ticks=[(0, "0"), (30, "30")]),
        sparkline([1, 3, 2], "Sales"),
        bars([Bar("WeCom", 12, "12", rule=RULE)], "Sources", linker),
        columns([("05", [3, 4]), ("06", [1, 0])], ["New", "Back"], "Months"),
        stacked([Part("New", 3, "3"), Part("Lost", 1, "1")], "Stages"),
        interval(-1, 2, 5, -4, 12),
        month_calendar(date(2026, 11, 1), {date(2026, 11, 8): Day(182, "182", "Day")}, date(2026, 11, 22), "November"),
    ]


def test_no_chart_has_a_style_attribute_or_a_script():
    for drawn in everything():
        assert "style=" not in drawn
        assert "<script" not in drawn


def test_every_picture_says_itself_in_words_and_every_table_has_a_caption():
    for drawn in everything():
        outer = re.search(r"<(svg|table|ul)[^>]*>", drawn).group(0)
        assert "aria-label" in outer or "<caption" in drawn, drawn[:200]


def test_names_are_escaped():
    bad = "<b>East</b>"
    for drawn in (
        heat(Matrix(bad, [Head(bad)], [Row(Head(bad), [Cell(1.0, bad)])])),
        lines([Line(bad, [(0, 1), (1, 2)]), Line("x", [(0, 1)])], bad, ticks=[(0, bad)]),
        bars([Bar(bad, 1, bad)], bad),
        columns([(bad, [1])], [bad, bad], bad),
        stacked([Part(bad, 1)], bad),
        curve([Point(bad, 5.0)], bad),
    ):
        assert bad not in drawn


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, None, 11], [0, None, 5]), ([4, 4], [0, 0]), ([], []), ([None], [None]), ([0, 5, 10], [0, 2, 5])],
)
def test_shades_go_from_the_smallest_to_the_largest(values, expected):
    assert steps(values) == expected


def test_a_cell_of_few_members_is_not_opened():
    many, few = Cell(1.0, "9%", rule=RULE, members=30), Cell(1.0, "9%", rule=RULE, members=29)
    assert 'href="/members/?tier=3"' in heat(matrix(many), linker)
    assert "href" not in heat(matrix(few), linker)
    assert "href" not in heat(matrix(many))


def test_the_curve_marks_the_step_that_matters_and_says_all_figures():
    drawn = curve([Point("1st", 31.0), Point("2nd", 58.0)], "Again", magic=1)
    assert 'aria-label="Again: 1st 31%; 2nd 58%"' in drawn
    assert drawn.count("is-magic") == 3
    assert "in-curve__band" not in curve([Point("1st", 31.0)], "Again")


def test_nothing_to_draw_is_nothing():
    assert curve([], "Again") == lines([], "x", ticks=[]) == sparkline([4]) == columns([], [], "x") == ""


@pytest.mark.parametrize(
    ("low", "high", "look"), [(1, 3, "in-ci--pos"), (-3, -1, "in-ci--neg"), (-1, 3, "in-ci--ns"), (0, 3, "in-ci--ns")]
)
def test_an_interval_across_zero_looks_like_it_cannot_tell(low, high, look):
    assert look in interval(low, (low + high) / 2, high, -4, 12)


def test_an_interval_says_its_figures():
    with translation.override("en"):
        assert 'aria-label="+2.0 points, 95% interval -1.0 to +5.0"' in interval(-1, 2, 5, -4, 12)
    assert "+5" in interval_axis([0, 5, 10], -4, 12)


def test_a_small_part_is_still_seen_and_none_is_not_drawn():
    assert stack([("in-f1", 0.01), ("in-f2", 0), ("in-f4", 99.99)]).count("<rect") == 2


def test_a_month_has_its_days_marks_today_and_what_comes():
    days = {date(2026, 11, 8): Day(182, "182", "Day"), date(2026, 11, 23): Day(mark="Day", url="/days/")}
    drawn = month_calendar(date(2026, 11, 1), days, date(2026, 11, 22), "November")
    assert drawn.count("in-cal__d ") == 30
    assert drawn.count("<td></td>") == 12  # Sunday the first, Monday the thirtieth
    assert 'class="in-cal__d  is-today"><b>22</b>' in drawn
    assert 'href="/days/" class="in-cal__d  is-next"' in drawn
