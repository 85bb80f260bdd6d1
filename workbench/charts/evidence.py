"""Evidence: an effect with its interval, a trend, and the repeat rate after the n-th order."""

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workbench.charts.svg import box, percent, picture, shape, short

Point = tuple[float, float]


def interval(
    low: float, estimate: float, high: float, floor: float = -4, ceiling: float = 12, width: int = 220, height: int = 28
) -> SafeString:
    """Return an estimate in percentage points with its 95 % interval over an axis from `floor` to `ceiling`.

    Green above zero, red below, grey and hollow when the interval spans zero: then nothing may be claimed.
    """
    middle = height / 2

    def at(value: float) -> float:
        return (max(floor, min(value, ceiling)) - floor) / (ceiling - floor) * width

    kind = "pos" if low > 0 else "neg" if high < 0 else "ns"
    whisker = f"{short(middle - 4)}v8"
    line = f"M{short(at(low))} {short(middle)}H{short(at(high))}M{short(at(low))} {whisker}M{short(at(high))} {whisker}"
    shapes = [
        shape("path", css="ci__0", d=f"M{short(at(0))} 0V{height}"),
        shape("path", css="ci__l", d=line),
        shape("circle", css="ci__p", cx=at(estimate), cy=middle, r=4.5),
    ]
    label = _("%(estimate)s percentage points, 95%% interval %(low)s to %(high)s") % {
        "estimate": f"{estimate:+g}",
        "low": f"{low:+g}",
        "high": f"{high:+g}",
    }
    return picture(f"ci ci--{kind}", label, width, height, shapes, **box(width, height))


def interval_axis(ticks: Sequence[tuple[float, str]], floor: float = -4, ceiling: float = 12, width: int = 208) -> str:
    """Return the axis words under a column of intervals. Decoration: every interval says its numbers."""
    shapes = [
        shape("text", label, css="axt", x=(tick - floor) / (ceiling - floor) * width, y=12, text_anchor="middle")
        for tick, label in ticks
    ]
    return picture("ciax", "", width, 16, shapes)


def trend(values: Sequence[float], label: str = "", width: int = 96, height: int = 32) -> SafeString:
    """Return a small line with its last point marked; at least two values."""
    low = min(values)
    spread = (max(values) - low) or 1
    step = (width - 6) / (len(values) - 1)
    points = [(2 + i * step, height - 4 - (value - low) / spread * (height - 8)) for i, value in enumerate(values)]
    line = _line(points)
    (first, _y), (last, last_y) = points[0], points[-1]
    shapes = [
        shape("path", css="trend__a", d=f"{line} L{short(last)} {height} L{short(first)} {height} Z"),
        shape("path", css="trend__l", d=line),
        shape("circle", css="trend__p", cx=last, cy=last_y, r=2.5),
    ]
    return picture("trend", label or _("Trend"), width, height, shapes, **box(width, height))


def repeat_curve(rates: Sequence[int], magic: int = 4, width: int = 560, height: int = 268) -> SafeString:
    """Return the share (per cent) who buy again after order 1, 2, ... with the turning order `magic` marked."""
    left, right, top, bottom = 40, 16, 30, 40
    step = (width - left - right - 44) / (len(rates) - 1)
    points = [(left + 22 + i * step, top + (100 - rate) / 80 * (height - top - bottom)) for i, rate in enumerate(rates)]
    floor = top + (height - top - bottom)
    line = _line(points)
    shapes = _grid(left, width - right, top, floor)
    shapes.append(
        shape("rect", css="curve__band", x=points[magic - 1][0] - step / 2, y=top - 22, width=step, height=floor, rx=8)
    )
    shapes.append(
        shape("path", css="curve__a", d=f"{line} L{short(points[-1][0])} {floor} L{short(points[0][0])} {floor} Z")
    )
    shapes.append(shape("path", css="curve__l", d=line))
    for order, (rate, point) in enumerate(zip(rates, points, strict=True), start=1):
        shapes += _turn(order, rate, point, order == magic, height - bottom + 20)
    spoken = ", ".join(_("after order %(n)s: %(rate)s%%") % {"n": n, "rate": rate} for n, rate in enumerate(rates, 1))
    return picture("curve", spoken, "100%", height, shapes, **box(width, height))


def _line(points: Sequence[Point]) -> str:
    """Return the path through the points."""
    return "M" + " L".join(f"{short(x)} {short(y)}" for x, y in points)


def _grid(left: float, right: float, top: float, floor: float) -> list[str]:
    """Return the lines at 20, 40 ... 100 per cent with their words."""
    shapes = []
    for rate in (20, 40, 60, 80, 100):
        y = top + (100 - rate) / 80 * (floor - top)
        shapes.append(shape("path", css="gl", d=f"M{left} {short(y)}H{right}"))
        shapes.append(shape("text", percent(rate), css="axt", x=left - 8, y=y + 4, text_anchor="end"))
    return shapes


def _turn(order: int, rate: int, point: Point, marked: bool, axis: float) -> list[str]:
    """Return the dot, the value and the axis word of one order."""
    x, y = point
    more = " is-magic" if marked else ""
    word = _("Order %(n)s") % {"n": order}
    return [
        shape("circle", css=f"curve__p{more}", cx=x, cy=y, r=6 if marked else 3.5),
        shape("text", percent(rate), css=f"curve__v{more}", x=x, y=y - (13 if marked else 10), text_anchor="middle"),
        shape("text", word, css=f"axt{more}", x=x, y=axis, text_anchor="middle"),
    ]
