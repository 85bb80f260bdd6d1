"""How the workbench writes money, numbers, days, times and phones (`{% load formats %}`).

Money `¥1,386`, dates `11-26`, phones `138 0013 8000` once revealed; a masked phone is written as it comes.
"""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def money(value: Decimal | float | None) -> str:
    """Return an amount in yuan, with cents only where there are some: ¥1,386 or ¥63.50. Nothing known is a dash."""
    if value is None:
        return "—"
    amount = round(Decimal(value), 2)
    sign = "−" if amount < 0 else ""
    digits = f"{abs(amount):,.0f}" if amount == amount.to_integral_value() else f"{abs(amount):,.2f}"
    return f"{sign}¥{digits}"


@register.filter
def yuan(value: Decimal | float | None) -> str:
    """Return an amount rounded to whole yuan, for figures that are read at a glance."""
    return money(None if value is None else round(Decimal(value)))


@register.filter
def number(value: int | float | None) -> str:
    """Return a count with thousands separators; nothing known is a dash."""
    return "—" if value is None else f"{value:,.0f}"


@register.filter
def signed(value: float) -> str:
    """Return an effect with one decimal and its sign: +4.9 or −0.8."""
    return f"{value:+.1f}".replace("-", "−")


@register.filter
def day(value: date | datetime | None) -> str:
    """Return a date as 11-26, with the year in front when it is not this year. A moment is read in local time."""
    if value is None:
        return ""
    on = _local_date(value)
    return f"{on:%m-%d}" if on.year == timezone.localdate().year else f"{on:%Y-%m-%d}"


@register.filter
def clock(value: datetime | None) -> str:
    """Return the local time as 10:42."""
    return "" if value is None else f"{timezone.localtime(value):%H:%M}"


@register.filter
def near_day(value: date | datetime | None) -> str:
    """Return yesterday, today, tomorrow or the date."""
    if value is None:
        return ""
    words = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    distance = (_local_date(value) - timezone.localdate()).days
    return words.get(distance) or day(value)


@register.filter
def days_ago(value: date | datetime | None) -> int | None:
    """Return how many days lie between then and today; nothing known stays nothing."""
    return None if value is None else (timezone.localdate() - _local_date(value)).days


@register.filter
def phone(value: str | None) -> str:
    """Return a revealed mobile number in groups (138 0013 8000); anything else as it comes."""
    text = value or ""
    return f"{text[:3]} {text[3:7]} {text[7:]}" if len(text) == 11 and text.isdecimal() else text


@register.filter
def initial(named: object) -> str:
    """Return the first character of a name (or of what has one), for the round picture."""
    return str(named or "·").strip()[:1]


@register.filter
def share(part: float, whole: float) -> float:
    """Return `part` in per cent of `whole`, nothing of nothing being 0."""
    return float(part) / float(whole) * 100 if whole else 0.0


def _local_date(value: date | datetime) -> date:
    """Return the local day of a moment, or the day itself."""
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
