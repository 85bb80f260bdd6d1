"""The charts of members.insight.charts as tags, and where the members behind a figure are listed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format

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


@register.filter
def figure(cell: Any) -> str:
    """A cell of a table as it is read: thousands apart, money with two decimals, a dash for nothing."""
    if cell is None:
        return "—"
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return str(cell)
    places = 0 if isinstance(cell, int) else 2 if isinstance(cell, Decimal) else 1
    return number_format(cell, places, use_l10n=True, force_grouping=True)
