"""The few shapes all charts are made of, with escaped attributes and short numbers."""

from collections.abc import Iterable
from functools import cache

from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString

Value = str | float | int


def short(value: float) -> str:
    """Return a coordinate with at most two decimals and no trailing zeros, always with a decimal point."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def percent(value: float) -> str:
    """Return a coordinate in per cent of the chart's width, so that text never scales with the chart."""
    return f"{short(value)}%"


def shape(tag: str, content: str = "", **attributes: Value) -> SafeString:
    """Return one SVG element. `css` becomes `class`; underscores in names become dashes; numbers are shortened."""
    written = "".join(
        f' {_attribute(name)}="{short(value) if isinstance(value, float) else escape(value)}"'
        for name, value in attributes.items()
        if value != ""
    )
    # a list draws hundreds of these, so it is put together by hand: every part has just been escaped
    return SafeString(f"<{tag}{written}>{conditional_escape(content)}</{tag}>")  # nosec B703


@cache
def _attribute(name: str) -> str:
    return "class" if name == "css" else name.replace("_", "-")


def joined(shapes: Iterable[str]) -> SafeString:
    """Return shapes one after the other."""
    return SafeString("".join(map(conditional_escape, shapes)))  # nosec B703: each is escaped here


def picture(css: str, label: str, width: str | float, height: float, shapes: Iterable[str], **more: str) -> SafeString:
    """Return the `<svg>` around shapes; an empty label marks it as decoration."""
    spoken = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return shape("svg", joined(shapes), css=css, width=width, height=height, **more, **spoken)


def box(width: float, height: float) -> dict[str, str]:
    """Return the viewBox attribute of a chart drawn in its own pixels."""
    return {"viewBox": f"0 0 {short(float(width))} {short(float(height))}"}
