"""What the charts and the formats say: silence and money are never shown as more than they are."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from workbench.charts.progress import ring
from workbench.charts.rhythm import rhythm, spark
from workbench.icons import shapes_by_name
from workbench.templatetags.formats import day, initial, money, phone, share, signed
from workbench.templatetags.icons import icon


def test_a_silence_is_drawn_only_when_it_is_longer_than_usual():
    late = rhythm([(47, 40), (74, 63)], usual=14)
    in_time = rhythm([(10, 40), (24, 63)], usual=14)
    assert "rhythm__gap" in late
    assert "rhythm__gap" not in in_time


def test_a_member_without_orders_has_a_chart_that_says_so():
    with translation.override("en"):
        assert 'aria-label="No order in the last year"' in rhythm([])
    assert spark([]) == ""


def test_a_name_in_a_chart_is_escaped():
    assert "<script>" not in spark([1, 0, 2], name="<script>")


def test_a_ring_with_nothing_done_has_no_filled_arc():
    assert "ring__fg" not in ring(0, 14)
    assert "ring__fg" in ring(5, 14)


@pytest.mark.parametrize(("value", "text"), [(1386, "¥1,386"), ("63.50", "¥63.50"), (-8, "−¥8"), (None, "—")])
def test_money_shows_cents_only_where_there_are_some(value, text):
    assert money(value) == text


def test_an_evening_in_utc_is_already_the_next_day_in_the_shop():
    assert day(datetime(2020, 11, 21, 18, tzinfo=UTC)) == "2020-11-22"


def test_only_a_whole_number_is_grouped_and_a_masked_one_stays_masked():
    assert phone("13800138000") == "138 0013 8000"
    assert phone("138****8000") == "138****8000"


def test_small_words_have_safe_edges():
    assert signed(-0.84) == "−0.8"
    assert share(3, 0) == 0
    assert initial("") == "·"


def test_an_unknown_icon_is_found_by_the_first_page_that_uses_it():
    assert "clock" in shapes_by_name()
    with pytest.raises(KeyError):
        icon("clokc")
