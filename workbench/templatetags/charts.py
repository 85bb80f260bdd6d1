"""The charts of `workbench.charts` as template tags: `{% load charts %}{% ring 5 14 %}`."""

from django import template

from members.insight.charts.intervals import interval
from workbench.charts import progress, rhythm

register = template.Library()

for draw in (
    progress.ring,
    progress.bar,
    progress.stack,
    progress.tier_path,
    rhythm.spark,
    rhythm.rhythm,
    interval,
):
    register.simple_tag(draw)
