"""Bars: one per line with its figure, columns over time, and parts of a whole with their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from members.insight.charts.matrix import FEWEST_OPENED, Linker
from members.insight.charts.svg import percent, picture, shape

SHADES = ("in-f1", "in-f2", "in-f4", "in-f5", "in-fw", "in-f3")
LEAST_SEEN = 0.4  # per cent: a part that is there is never drawn as nothing


@dataclass(frozen=True)
class Bar:
    """A line: its name, how long the bar is, the figure in words, what stands behind it; perhaps whose it is."""

    label: Any
    value: float
    text: str
    note: Any = ""
    rule: Mapping[str, Any] | None = None
    members: int | None = None


@dataclass(frozen=True)
class Part:
    """A part of a whole: its name, how much it is, and a shade (one of SHADES; by its turn unless given)."""

    label: Any
    value: float
    text: str = ""
    shade: str = ""
    rule: Mapping[str, Any] | None = None
    members: int | None = None


def bars(rows: Sequence[Bar], label: Any, linker: Linker | None = None) -> SafeString:
    """Horizontal bars, the longest over the whole width."""
    longest = max((row.value for row in rows), default=0) or 1
    shown = [{"row": row, "url": _link(row, linker), "bar": _filled(max(row.value, 0) / longest * 100)} for row in rows]
    return render_to_string("members/insight/charts/_bars.html", {"rows": shown, "label": label})


def stacked(parts: Sequence[Part], label: Any, linker: Linker | None = None) -> SafeString:
    """One bar made of parts, and their names with shares below."""
    whole = sum(part.value for part in parts) or 1
    shown: list[dict[str, Any]] = [
        {
            "part": part,
            "shade": part.shade or SHADES[nth % len(SHADES)],
            "share": part.value * 100 / whole,
            "url": _link(part, linker),
        }
        for nth, part in enumerate(parts)
    ]
    said = ", ".join(f"{part.label} {part.value * 100 / whole:.0f}%" for part in parts)
    bar = stack([(one["shade"], one["share"]) for one in shown], f"{label}: {said}")
    return render_to_string("members/insight/charts/_parts.html", {"parts": shown, "bar": bar})


def stack(parts: Sequence[tuple[str, float]], label: str = "", height: int = 14) -> SafeString:
    """Only the bar: (shade, per cent) from left to right."""
    start, shapes = 0.0, []
    for shade, share in parts:
        if share > 0:
            wide = max(share - 0.4, LEAST_SEEN)
            shapes.append(shape("rect", css=shade, x=percent(start), width=percent(wide), height="100%", rx=3))
        start += share
    return picture("in-stack", label, "100%", height, shapes)


def columns(
    months: Sequence[tuple[Any, Sequence[float]]], names: Sequence[Any], label: Any, *, height: int = 220
) -> SafeString:
    """Upright bars, one per (word, values): the values stand on each other, the first of them at the bottom."""
    if not months:
        return SafeString("")
    highest = max(sum(values) for _word, values in months) or 1
    room, step = height - 44, 100 / len(months)
    every = -(-len(months) // 12)  # words need room
    shapes: list[str] = [shape("line", css="in-gl", x1=0, x2="100%", y1=height - 22, y2=height - 22)]
    for nth, (word, values) in enumerate(months):
        floor, middle = float(height - 22), percent((nth + 0.5) * step)
        for turn, value in enumerate(values):
            tall = value / highest * room
            floor -= tall
            place = {"x": percent(nth * step + step * 0.14), "width": percent(step * 0.72)}
            shapes.append(shape("rect", css=SHADES[turn % len(SHADES)], **place, y=floor, height=tall, rx=2))
        if nth % every == 0:
            shapes.append(
                shape("text", f"{sum(values):,.0f}", css="in-axt", x=middle, y=floor - 5, text_anchor="middle")
            )
            shapes.append(shape("text", word, css="in-axt", x=middle, y=height - 6, text_anchor="middle"))
    said = ", ".join(f"{word} {sum(values):,.0f}" for word, values in months)
    drawn = picture(
        "in-curve",
        pgettext("chart", "%(what)s: %(figures)s") % {"what": label, "figures": said},
        "100%",
        height,
        shapes,
    )
    return drawn if len(names) < 2 else format_html("{}{}", drawn, _legend(names))


def _legend(names: Sequence[Any]) -> SafeString:
    items = format_html_join(
        "", '<li><i class="{}"></i>{}</li>', ((SHADES[nth % len(SHADES)], name) for nth, name in enumerate(names))
    )
    return format_html('<ul class="in-names">{}</ul>', items)


def _filled(share: float) -> SafeString:
    return picture("in-bar", "", "100%", 8, [shape("rect", width=percent(share), height="100%", rx=3)])


def _link(one: Bar | Part, linker: Linker | None) -> str:
    enough = one.members is None or one.members >= FEWEST_OPENED
    return linker(one.rule) if linker is not None and one.rule and enough else ""
