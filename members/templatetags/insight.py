"""The charts of members.insight.charts as tags, and where the members behind a figure are listed."""

from collections.abc import Mapping
from typing import Any

from django import template

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
