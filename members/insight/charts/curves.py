"""Curves: shares after the n-th step with their intervals, lines over time or days, and a sparkline.

Positions along the width are per cent and the text stands outside the part that is stretched, so a curve is as wide
as its place and its words stay readable on a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from members.insight.charts.svg import box, joined, percent, picture, shape, short

TOP, BOTTOM = 26, 28  # pixels above and below the plot
LOOKS = 6  # how many lines look different


@dataclass(frozen=True)
class Point:
    """A step of a curve: its name, the figure, and the interval it lies in (95 %), if that is known."""

    label: Any
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """A named line: (x, y) in rising x, and perhaps the (x, low, high) of its interval."""

    name: Any
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float, float]] = ()


@dataclass(frozen=True)
class _Plot:
    """Where values lie: x in per cent of the width, y in pixels from above."""

    left: float
    right: float
    bottom: float
    top: float
    height: int

    def x(self, value: float) -> float:
        """Per cent of the width, between margins that the words of the axis need."""
        return 10 + (value - self.left) / ((self.right - self.left) or 1) * 84

    def y(self, value: float) -> float:
        """Pixels from above."""
        part = (value - self.bottom) / ((self.top - self.bottom) or 1)
        return TOP + (1 - part) * (self.height - TOP - BOTTOM)

    def path(self, points: Sequence[tuple[float, float]]) -> str:
        """The way through some points."""
        return "M" + " L".join(f"{short(self.x(x))} {short(self.y(y))}" for x, y in points)

    def area(self, points: Sequence[tuple[float, float, float]]) -> str:
        """What lies between the low and the high of some points."""
        there = [(x, high) for x, _low, high in points]
        back = [(x, low) for x, low, _high in reversed(points)]
        return f"{self.path([*there, *back])} Z"


def curve(points: Sequence[Point], label: Any, *, magic: int | None = None, height: int = 260) -> SafeString:
    """Shares in per cent after each step, written beside their points; ``magic`` is the index of the step that matters.

    ``label`` says in words what is shown; the figures are added to it.
    """
    if not points:
        return SafeString("")
    values = [edge for one in points for edge in (one.value, one.low, one.high) if edge is not None]
    bottom = max(0.0, min(values) // 20 * 20 - (20 if min(values) % 20 < 4 else 0))
    top = min(100.0, -(-max(values) // 20) * 20) or 20.0
    plot = _Plot(0, max(len(points) - 1, 1), bottom, top, height)
    said = "; ".join(f"{one.label} {one.value:.0f}%" for one in points)
    shapes = [*_grid(plot, "%"), *_magic(plot, magic, len(points)), _stretched(plot, _of_points(plot, points))]
    for nth, one in enumerate(points):
        shapes += _step(plot, nth, one, css=" is-magic" if nth == magic else "")
    return picture("in-curve", f"{label}: {said}", "100%", height, shapes)


def lines(
    series: Sequence[Line],
    label: Any,
    *,
    ticks: Sequence[tuple[float, Any]],
    unit: str = "%",
    top: float | None = None,
    height: int = 260,
) -> SafeString:
    """Lines over one axis, told apart by colour and dashes, with their names below. ``ticks`` are (x, word)."""
    drawn = [one for one in series if one.points]
    if not drawn:
        return SafeString("")
    highest = max([y for one in drawn for _x, y in one.points] + [high for one in drawn for _x, _l, high in one.band])
    across = [x for one in drawn for x, _y in one.points] + [x for x, _word in ticks]
    plot = _Plot(min(across), max(across), 0.0, top or _round(highest), height)
    inner = [shape("path", css=f"in-band in-s{nth % LOOKS}", d=plot.area(one.band)) for nth, one in _banded(drawn)]
    inner += [shape("path", css=f"in-line in-s{nth % LOOKS}", d=plot.path(one.points)) for nth, one in enumerate(drawn)]
    words = [
        shape("text", word, css="in-axt", x=percent(plot.x(x)), y=height - 8, text_anchor="middle") for x, word in ticks
    ]
    svg = picture("in-curve", str(label), "100%", height, [*_grid(plot, unit), _stretched(plot, inner), *words])
    names = [str(one.name) for one in drawn if one.name]
    return svg if len(names) < 2 else format_html("{}{}", svg, _legend(names))


def sparkline(values: Sequence[float], label: Any = "", width: int = 76, height: int = 32) -> SafeString:
    """A small line from the oldest to the newest value; nothing for fewer than two."""
    if len(values) < 2:
        return SafeString("")
    low, high = min(values), max(values)
    reach = (high - low) or 1
    spots = [
        (2 + nth * (width - 6) / (len(values) - 1), height - 4 - (value - low) / reach * (height - 8))
        for nth, value in enumerate(values)
    ]
    way = "M" + " L".join(f"{short(float(x))} {short(float(y))}" for x, y in spots)
    (first_x, _y), (x, y) = spots[0], spots[-1]
    shapes = [
        shape("path", css="in-trend__a", d=f"{way} L{short(float(x))} {height} L{short(float(first_x))} {height} Z"),
        shape("path", css="in-trend__l", d=way),
        shape("circle", css="in-trend__p", cx=float(x), cy=float(y), r=2.5),
    ]
    return picture("in-trend", str(label), width, height, shapes, **box(width, height))


def _round(value: float) -> float:
    """The next number that an axis of four parts likes to end with."""
    size = 10.0 ** len(str(int(value)))
    return next((size * part for part in (0.1, 0.2, 0.4, 0.6, 0.8) if size * part >= value), size)


def _grid(plot: _Plot, unit: str) -> list[str]:
    """Five levels with their figures."""
    shapes: list[str] = []
    for nth in range(5):
        value = plot.bottom + (plot.top - plot.bottom) * nth / 4
        y = plot.y(value)
        shapes.append(shape("line", css="in-gl", x1=0, x2="100%", y1=y, y2=y))
        shapes.append(
            shape("text", f"{value:,.4g}{unit}" if value < 1000 else f"{value:,.0f}{unit}", css="in-axt", x=0, y=y - 4)
        )
    return shapes


def _stretched(plot: _Plot, shapes: Sequence[str]) -> SafeString:
    """Shapes whose x is per cent: drawn as wide as there is room, lines as thin as ever."""
    return shape(
        "svg", joined(shapes), viewBox=f"0 0 100 {plot.height}", preserveAspectRatio="none", width="100%", height="100%"
    )


def _of_points(plot: _Plot, points: Sequence[Point]) -> list[str]:
    spots = [(float(nth), one.value) for nth, one in enumerate(points)]
    floor = [(x, plot.bottom, y) for x, y in spots]
    band = [
        (float(nth), one.low, one.high)
        for nth, one in enumerate(points)
        if one.low is not None and one.high is not None
    ]
    shapes = [shape("path", css="in-curve__a", d=plot.area(floor))]
    if len(band) > 1:
        shapes.append(shape("path", css="in-band in-s0", d=plot.area(band)))
    return [*shapes, shape("path", css="in-line in-s0", d=plot.path(spots))]


def _step(plot: _Plot, nth: int, one: Point, css: str) -> list[str]:
    x, y = percent(plot.x(nth)), plot.y(one.value)
    return [
        shape("circle", css=f"in-curve__p{css}", cx=x, cy=y, r=6 if css else 3.5),
        shape(
            "text", f"{one.value:.0f}%", css=f"in-curve__v{css}", x=x, y=y - (13 if css else 9), text_anchor="middle"
        ),
        shape("text", one.label, css=f"in-axt{css}", x=x, y=plot.height - 8, text_anchor="middle"),
    ]


def _magic(plot: _Plot, magic: int | None, count: int) -> list[str]:
    """The broad band behind the step that matters."""
    if magic is None or not 0 <= magic < count:
        return []
    wide = min(84 / max(count - 1, 1), 14)
    start = percent(plot.x(magic) - wide / 2)
    return [
        shape("rect", css="in-curve__band", x=start, y=4, width=percent(wide), height=plot.height - BOTTOM - 4, rx=8)
    ]


def _banded(series: Sequence[Line]) -> list[tuple[int, Line]]:
    return [(nth, one) for nth, one in enumerate(series) if len(one.band) > 1]


def _legend(names: Sequence[str]) -> SafeString:
    items = format_html_join(
        "",
        '<li><svg class="in-key" width="22" height="10" aria-hidden="true"><line class="in-line in-s{}" x1="1" x2="21" '
        'y1="5" y2="5"/></svg>{}</li>',
        ((nth % LOOKS, name) for nth, name in enumerate(names)),
    )
    return format_html('<ul class="in-names">{}</ul>', items)
