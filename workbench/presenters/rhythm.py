"""The rhythm of a member's orders, and the news below it with the silences between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members import chronicle
from members.chronicle import Category, Entry
from members.memberfilters import BEYOND_TIMES
from members.models import Member, Order
from stores.models import Staff
from stores.places import business_day
from workbench.presenters.links import Choice, address

SPAN, QUARTERS = 365, (3, 6, 9, 12)
PAGE = 20


@dataclass(frozen=True)
class Rhythm:
    """One point per order of the last year, and the words along the axis."""

    orders: list[tuple[int, Decimal]]
    usual: int | None
    months: list[tuple[str, int]]


def rhythm_of(member: Member, viewer: Staff) -> Rhythm:
    """The member's orders of the last year, in one query."""
    today = business_day(viewer.store, timezone.now())
    since = timezone.now() - timedelta(days=SPAN)
    rows = Order.objects.visible_to(viewer).filter(member=member, paid_at__gte=since).order_by("paid_at")
    orders = [
        ((today - business_day(viewer.store, paid_at)).days, net - returned)
        for paid_at, net, returned in rows.values_list("paid_at", "net_amount", "returned_amount")
    ]
    facts = getattr(member, "facts", None)
    return Rhythm(orders, facts.usual_gap_days if facts else None, _months(today))


def news(
    member: Member, viewer: Staff, *, kind: str = "", before: str | None = None, limit: int = PAGE
) -> dict[str, Any]:
    """One page of the timeline and where the older items are."""
    kinds = [kind] if kind in Category.values else None
    entries = chronicle.timeline_of(member, viewer, kinds=kinds, before=before or None, limit=limit)
    if not before and kinds is None:
        _mark_silences(entries, member)
    more = {"kind": kind, "before": entries[-1].cursor} if len(entries) == limit else None
    return {"timeline": entries, "more_url": address("member-feed", member.pk, query=more) if more else ""}


def kinds_of(member: Member, viewer: Staff, current: str) -> list[Choice]:
    """The chips above the timeline; those without any item are left out."""
    counts = chronicle.counts_of(member, viewer)
    found = [Choice(_("All"), address("member-feed", member.pk), current not in Category.values)]
    for category in Category:
        if counts.get(category.value):
            url = address("member-feed", member.pk, query={"kind": category.value})
            found.append(Choice(str(category.label), url, current == category.value, counts[category.value]))
    return found


def _mark_silences(entries: Sequence[Entry], member: Member) -> None:
    """Say below an item that nothing was bought for much longer than usual after it."""
    facts = getattr(member, "facts", None)
    usual = facts.usual_gap_days if facts else None
    newer: datetime = timezone.now()
    above: Entry | None = None
    for entry in entries:
        if entry.is_order:
            days = (newer - entry.at).days
            if usual and above and days > BEYOND_TIMES * usual:
                words = ngettext(
                    "%(days)s day without an order, usually %(usual)s",
                    "%(days)s days without an order, usually %(usual)s",
                    days,
                )
                above.gap = words % {"days": days, "usual": usual}
            newer = entry.at
        above = entry


def _months(today: date) -> list[tuple[str, int]]:
    """The beginnings of the quarters within the last year, and today."""
    marks = []
    for back in range(13):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        first = date(year, month + 1, 1)
        days = (today - first).days
        if first.month in QUARTERS and 30 < days < SPAN - 10:
            marks.append((date_format(first, _("M")), days))
    return [*reversed(marks), (_("Today"), 0)]
