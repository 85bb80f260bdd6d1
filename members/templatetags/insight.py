"""The charts of members.insight.charts as tags, and where the members behind a figure are listed."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from members.insight.charts import bars, calendar, curves, intervals, matrix

register = template.Library()

for draw in (
    bars.bars,
    bars.columns,
    bars.stack,
    bars.stacked,
    calendar.month_calendar,
    curves.curve,
    curves.lines,
    curves.sparkline,
    intervals.interval,
    intervals.interval_axis,
    matrix.heat,
    matrix.moves,
    matrix.triangle,
):
    register.simple_tag(draw)


@register.simple_tag
def members_url(linker: matrix.Linker | None, rule: Mapping[str, Any] | None) -> str:
    """Where whoever looks finds the members of a rule, "" where they cannot: ``{% members_url linker rule %}``."""
    return linker(rule) if linker and rule else ""


@register.simple_tag
def table_rows(rows: Iterable[Iterable[Any]]) -> SafeString:
    """The body of a table, each line with its head; a table of cohorts has a thousand cells, too many for a loop in a
    template."""
    lines = []
    for row in rows:
        head, *cells = (conditional_escape(figure(cell)) for cell in row)
        written = "".join(f'<td class="is-num">{cell}</td>' for cell in cells)
        lines.append(f'<tr><th scope="row">{head}</th>{written}</tr>')
    return SafeString("".join(lines))  # nosec B703: every cell is escaped above


@register.filter
def figure(cell: Any) -> str:
    """A cell of a table as it is read: thousands apart, money with two decimals, a dash for nothing."""
    if cell is None:
        return "—"
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return str(cell)
    places = 0 if isinstance(cell, int) else 2 if isinstance(cell, Decimal) else 1
    return _written(cell, places, get_language() or "")


@lru_cache(8192)
def _written(cell: int | float | Decimal, places: int, _language: str) -> str:
    """A number in the language that is spoken now; most figures of a table are small and come again and again."""
    return number_format(cell, places, use_l10n=True, force_grouping=True)
