"""Effects with their 95 % intervals, all on one scale: green above zero, red below, hollow where zero lies within."""

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from members.insight.charts.svg import percent, picture, shape


def interval(low: float, estimate: float, high: float, bottom: float, top: float, height: int = 26) -> SafeString:
    """An effect in percentage points between the ends ``bottom`` and ``top`` of the scale."""
    look = "pos" if low > 0 else "neg" if high < 0 else "ns"
    middle = height / 2

    def at(value: float) -> str:
        return _at(min(max(value, bottom), top), bottom, top)

    shapes = [shape("line", css="in-ci__0", x1=at(0), x2=at(0), y1=0, y2=height)]
    shapes.append(shape("line", css="in-ci__l", x1=at(low), x2=at(high), y1=middle, y2=middle))
    shapes += [
        shape("line", css="in-ci__l", x1=at(end), x2=at(end), y1=middle - 4, y2=middle + 4) for end in (low, high)
    ]
    shapes.append(shape("circle", css="in-ci__p", cx=at(estimate), cy=middle, r=4.5))
    words = {"estimate": f"{estimate:+.1f}", "low": f"{low:+.1f}", "high": f"{high:+.1f}"}
    said = _("%(estimate)s points, 95%% interval %(low)s to %(high)s") % words
    return picture(f"in-ci in-ci--{look}", said, "100%", height, shapes)


def interval_axis(ticks: Sequence[float], bottom: float, top: float) -> SafeString:
    """The scale over a column of intervals; decoration, since each interval says its figures."""
    shapes = [
        shape("text", f"{tick:+g}" if tick else "0", css="in-axt", x=_at(tick, bottom, top), y=12, text_anchor="middle")
        for tick in ticks
    ]
    return picture("in-ci", "", "100%", 16, shapes)


def _at(value: float, bottom: float, top: float) -> str:
    """A place on the scale, with room for half a word at both ends."""
    return percent(6 + (value - bottom) / ((top - bottom) or 1) * 88)
