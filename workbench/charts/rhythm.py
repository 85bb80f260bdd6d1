"""A member's own rhythm: twelve monthly bars, and one dot per order beside the silence since."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from members.insight.charts.svg import box, joined, percent, picture, shape

FULL_DOT = 160  # yuan of an order drawn with the largest dot
HATCH = "rhythm-hatch"


def spark(amounts: Sequence[float], width: int = 58, height: int = 22, name: str = "") -> SafeString:
    """Return monthly bars, oldest first; an empty month is a hairline, so a silence is seen as one."""
    if not amounts:
        return SafeString("")
    top = max(amounts) or 1
    step = width / len(amounts)
    thick = min(max(3.0, step * 0.45), step - 1.6)
    shapes = []
    for month, amount in enumerate(amounts):
        tall = 1.5 if not amount else max(3.0, float(amount) / float(top) * height)
        css = "z" if not amount else "l" if month >= len(amounts) - 3 else ""
        shapes.append(_bar(css, month * step, height - tall, thick, tall))
    label = _("Spend of %(name)s over the last 12 months") % {"name": name} if name else _("Spend, last 12 months")
    return picture("spark", label, width, height, shapes, **box(width, height))


@lru_cache(4096)
def _bar(css: str, at: float, top: float, thick: float, tall: float) -> SafeString:
    """One month; most are empty or as high as one seen before."""
    return shape("rect", css=css, x=at, y=top, width=thick, height=tall, rx=1)


def rhythm(
    orders: Sequence[tuple[int, Decimal | float]],
    usual: int | None = None,
    months: Sequence[tuple[str, int]] = (),
    span: int = 365,
    height: int = 92,
) -> SafeString:
    """Return one dot per order (area grows with the amount) over the last `span` days.

    `orders` are (days ago, amount); `usual` is the member's own gap in days, drawn as the day the next visit was due;
    `months` are (label, days ago) along the axis. The hatched band is the silence since the last order.
    """
    base = height - 22
    shown = [(days, amount) for days, amount in orders if days <= span]

    def at(days: float) -> str:
        return percent((span - days) / span * 100)

    shapes = [shape("line", css="ax", x1=0, x2="100%", y1=base, y2=base)]
    shapes += [_month(label, days, span, at(days), height) for label, days in months]
    if shown:
        last = min(days for days, _amount in shown)
        late = bool(usual) and last > usual
        if late:
            shapes[:0] = _silence(at(last), percent(last / span * 100), base)
        shapes += [_order(at(days), days, amount, base) for days, amount in shown]
        if late:
            due = at(last - usual)
            shapes.append(shape("line", css="rhythm__e", x1=due, x2=due, y1=base, y2=6))
    return picture("rhythm", _spoken(shown, usual), "100%", height, shapes)


def _spoken(orders: Sequence[tuple[int, Decimal | float]], usual: int | None) -> str:
    """Return what the chart says, for those who hear it."""
    if not orders:
        return _("No order in the last year")
    words = {"count": len(orders), "days": min(days for days, _amount in orders), "usual": usual}
    if usual:
        return _("%(count)s orders in a year, last one %(days)s days ago, usually every %(usual)s days") % words
    return _("%(count)s orders in a year, last one %(days)s days ago") % words


def _silence(start: str, width: str, base: int) -> list[str]:
    """Return the soft band and the hatching over it."""
    line = shape("path", css="rhythm__h", d="M0 0v6")
    hatch = shape(
        "pattern", line, id=HATCH, width=6, height=6, patternUnits="userSpaceOnUse", patternTransform="rotate(45)"
    )
    band = {"x": start, "y": 6, "width": width, "height": base - 6}
    return [
        shape("defs", hatch),
        shape("rect", css="rhythm__gap", **band),
        shape("rect", **band, fill=f"url(#{HATCH})"),
    ]


def _month(label: str, days: int, span: int, at: str, height: int) -> str:
    """Return one word under the axis; today is warm and ends at the edge."""
    anchor = "end" if days == 0 else "start" if days >= span else "middle"
    css = "axt is-warn" if days == 0 else "axt"
    return shape("text", label, css=css, x=at, y=height - 4, text_anchor=anchor)


def _order(at: str, days: int, amount: Decimal | float, base: int) -> str:
    """Return the stem and the dot of one order, with its amount as the tooltip."""
    radius = 2 + min(float(amount) / FULL_DOT, 2.25) ** 0.5 * 4
    title = shape("title", _("%(days)s days ago ¥%(amount)s") % {"days": days, "amount": f"{amount:,.0f}"})
    stem = shape("line", css="rhythm__s", x1=at, x2=at, y1=base, y2=base - 28)
    return joined([stem, shape("circle", title, css="rhythm__p", cx=at, cy=base - 30, r=radius)])
