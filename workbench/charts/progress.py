"""Progress: ring, bar, stacked bar and the way to the next tier."""

from collections.abc import Sequence
from math import pi

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from members.insight.charts.svg import box, percent, picture, shape


def ring(done: int, total: int, size: int = 72, stroke: int = 7) -> SafeString:
    """Return a ring filled by `done` of `total`, with both numbers inside."""
    middle, radius = size / 2, (size - stroke) / 2
    length = 2 * pi * radius
    filled = length * min(done / total, 1) if total else 0.0
    circle = {"cx": middle, "cy": middle, "r": radius, "stroke_width": stroke}
    numbers = format_html('{}<tspan class="ring__d">/{}</tspan>', done, total)
    shapes = [
        shape("circle", css="ring__bg", **circle),
        shape(
            "circle",
            css="ring__fg",
            **circle,
            stroke_dasharray=f"{filled:.2f} {length:.2f}",
            transform=f"rotate(-90 {middle:g} {middle:g})",
        ),
        shape(
            "text", numbers, css="ring__n", x=middle, y=middle + 1, text_anchor="middle", dominant_baseline="central"
        ),
    ]
    if not filled:
        del shapes[1]  # a round cap of no length would still draw a dot
    label = _("%(done)s of %(total)s done") % {"done": done, "total": total}
    return picture("ring", label, size, size, shapes, **box(size, size))


def bar(value: float, css: str = "") -> SafeString:
    """Return a bar filled to `value` per cent (0-100). Decoration: the number stands beside it."""
    filled = max(0.0, min(float(value), 100.0))
    shapes = [shape("rect", width=percent(filled), height="100%", rx=3)]
    return picture(f"prog {css}".strip(), "", "100%", 6, shapes)


def stack(parts: Sequence[tuple[str, float]], css: str = "", gap: float = 0.6) -> SafeString:
    """Return (class, per cent) parts laid out from left to right. Decoration: the numbers stand beside it."""
    start, shapes = 0.0, []
    for part_css, share in parts:
        width = max(share - gap, 0.1)
        shapes.append(shape("rect", css=part_css, x=percent(start), width=percent(width), height="100%", rx=3))
        start += share
    return picture(f"stackbar {css}".strip(), "", "100%", 6, shapes)


def tier_path(growth: int, marks: Sequence[tuple[int, str]]) -> SafeString:
    """Return the way to the next tier. `marks` are (growth needed, label), rising; the last one is the goal."""
    goal = marks[-1][0] or 1
    shapes = [
        shape("rect", css="t", width="100%", height=8, rx=4),
        shape("rect", css="v", width=percent(min(growth / goal, 1) * 100), height=8, rx=4),
    ]
    for needed, label in marks:
        at = needed / goal * 100
        anchor = "start" if at == 0 else "end" if at >= 100 else "middle"
        if anchor == "middle":
            shapes.append(shape("line", css="k", x1=percent(at), x2=percent(at), y1=0, y2=8))
        shapes.append(shape("text", label, css="axt", x=percent(at), y=28, text_anchor=anchor))
    label = _("Growth value %(growth)s; steps: %(steps)s") % {
        "growth": intcomma(growth),
        "steps": ", ".join(str(name) for _needed, name in marks),
    }
    return picture("tiersvg", label, "100%", 34, shapes)
