"""The words that all kinds share: numbers without trailing zeros, weekdays, hours, validity."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from coupons.kinds.base import Terms
from stores.places import zone_of

OFF_THE_BILL = ("amount_off", "percent_off")
WORKDAYS, WEEKEND = (1, 2, 3, 4, 5), (6, 7)


def plain(number: Decimal) -> str:
    """A number as people write it: 8.50 -> 8.5, 60.00 -> 60."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def joined(parts: Sequence[str]) -> str:
    """Parts of a sentence, separated as the language does."""
    return pgettext("between the parts of a coupon's sentence", ", ").join(part for part in parts if part)


def listed(names: Sequence[str]) -> str:
    """Names in a row."""
    return pgettext("between names", ", ").join(names)


def from_amount(threshold: Decimal) -> str:
    """From which amount a coupon works."""
    return _("from ¥%(threshold)s") % {"threshold": plain(threshold)} if threshold else _("no minimum")


def at_most(cap: Decimal | None) -> str:
    """The most that comes off; nothing when there is no bound."""
    return _("at most ¥%(cap)s off") % {"cap": plain(cap)} if cap else ""


def on_goods(terms: Terms) -> str:
    """On which goods money comes off: all, or some; nothing for kinds whose condition says so already."""
    if terms.kind not in OFF_THE_BILL:
        return ""
    return _("certain products only") if terms.skus or terms.category_ids else _("on everything")


def on_weekdays(weekdays: Sequence[int]) -> str:
    """On which days a coupon works; nothing when on all."""
    days = tuple(sorted(set(weekdays)))
    if not days or len(days) == 7:
        return ""
    if days == WORKDAYS:
        return _("not at weekends")
    if days == WEEKEND:
        return _("only at weekends")
    names = {1: _("Mon"), 2: _("Tue"), 3: _("Wed"), 4: _("Thu"), 5: _("Fri"), 6: _("Sat"), 7: _("Sun")}
    listed = pgettext("between weekdays", ", ").join(names[day] for day in days)
    return _("on %(weekdays)s") % {"weekdays": listed}


def in_hours(start: time | None, end: time | None) -> str:
    """At which hours a coupon works; nothing when at all."""
    if start is None and end is None:
        return ""
    return f"{start or time(0):%H:%M}–{end:%H:%M}" if end else f"{start:%H:%M}–24:00"


def when(terms: Terms) -> str:
    """Weekdays and hours together."""
    return joined([on_weekdays(terms.weekdays), in_hours(terms.hour_from, terms.hour_until)])


def validity_text(terms: Terms) -> str:
    """How long a coupon is valid: two dates, or days from its issue."""
    if terms.valid_days is None:
        if terms.valid_from is None or terms.valid_until is None:
            return ""
        return _("%(first)s to %(last)s") % {"first": first_day(terms.valid_from), "last": last_day(terms.valid_until)}
    days = ngettext("%(days)s day", "%(days)s days", terms.valid_days) % {"days": terms.valid_days}
    if not terms.start_after_days:
        return _("valid %(days)s") % {"days": days}
    return ngettext(
        "valid %(days)s, starting %(after)s day after it is given",
        "valid %(days)s, starting %(after)s days after it is given",
        terms.start_after_days,
    ) % {"days": days, "after": terms.start_after_days}


def first_day(moment: date | datetime) -> str:
    """The day something begins, in the chain's calendar."""
    return f"{_day(moment):%Y-%m-%d}"


def last_day(until: date | datetime) -> str:
    """The last day before an exclusive end; a plain date is itself the last day."""
    return f"{_day(until - timedelta(microseconds=1)) if isinstance(until, datetime) else until:%Y-%m-%d}"


def _day(moment: date | datetime) -> date:
    return moment.astimezone(zone_of(None)).date() if isinstance(moment, datetime) else moment
