"""Finding members: a few signs typed on a phone, filters, an order, and pages by cursor."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import cursors, membercodes
from members.identitykinds import BadIdentity, normalise
from members.memberfilters import MemberFilters, condition, in_small_scope
from members.models import Identity, IdentityKind, Member, MemberState, MemberTag
from members.names import initials_of
from members.tags import groups_for, living
from stores.errors import Refusal
from stores.models import Staff

PAGE, LARGEST_PAGE = 20, 50
LONGEST_QUERY = 60
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NOBODY = Q(pk__in=())

MONTHLY = """
    SELECT o.member_id,
           %(months)s - 1 - (extract(year FROM age(this.month, own.month)) * 12
                             + extract(month FROM age(this.month, own.month)))::int AS slot,
           count(*), sum(o.net_amount - o.returned_amount)
    FROM members_order o
    CROSS JOIN LATERAL (SELECT date_trunc('month', o.paid_at AT TIME ZONE %(zone)s)) AS own (month)
    CROSS JOIN (SELECT date_trunc('month', %(now)s::timestamptz AT TIME ZONE %(zone)s)) AS this (month)
    WHERE o.member_id = ANY(%(ids)s) AND o.paid_at <= %(now)s
      AND o.paid_at >= (this.month - make_interval(months => %(months)s - 1)) AT TIME ZONE %(zone)s
    GROUP BY 1, 2
"""


class Sort(models.TextChoices):
    """The orders a list can have."""

    LAST_ORDER = "last_order", _("Last order")
    LONGEST_AWAY = "longest_away", _("Longest away")
    SPEND = "spend", _("Spend in a year")
    NAME = "name", _("Name")
    JOINED = "joined", _("Newest")


@dataclass(frozen=True)
class _Order:
    key: Any
    descending: bool
    read: Any  # turns a cursor's text back into the key

    def order_by(self) -> tuple[Any, ...]:
        return (F("sort_key").desc(), F("pk").desc()) if self.descending else (F("sort_key").asc(), F("pk").asc())

    def after(self, value: Any, pk: int) -> Q:
        beyond = "lt" if self.descending else "gt"
        return Q(**{f"sort_key__{beyond}": value}) | Q(sort_key=value, **{f"pk__{beyond}": pk})


_LAST = Coalesce("facts__last_order_at", Value(NEVER))
_SPEND = Coalesce("facts__spend_365d", Value(Decimal(0)), output_field=models.DecimalField())
_ORDERS = {
    Sort.LAST_ORDER: _Order(_LAST, True, cursors.moment),
    Sort.LONGEST_AWAY: _Order(_LAST, False, cursors.moment),
    Sort.SPEND: _Order(_SPEND, True, cursors.number),
    Sort.NAME: _Order(F("initials"), False, cursors.word),
    Sort.JOINED: _Order(F("joined_at"), True, cursors.moment),
}


@dataclass(frozen=True)
class Page:
    """Some members of a list, each with tier, facts, guide and home store; ``next`` is the cursor of what follows."""

    rows: list[Member] = field(default_factory=list)
    next: str | None = None


def search_members(
    viewer: Staff,
    query: str = "",
    *,
    filters: MemberFilters | None = None,
    sort: str = Sort.LAST_ORDER,
    after: str | None = None,
    limit: int = PAGE,
) -> Page:
    """One page of the members that ``viewer`` looks after, in one query.

    ``query``: four digits are the end of a phone number, twelve a member code, a whole phone number an identity,
    letters the pinyin initials, anything else a name. Raises Refusal ``bad_cursor``, ``bad_sort``.
    """
    if sort not in Sort.values:
        raise Refusal(_("The list has no such order."), code="bad_sort")
    order, size = _ORDERS[Sort(sort)], max(1, min(limit, LARGEST_PAGE))
    rows = matching(viewer, query, filters).annotate(sort_key=order.key)
    if after:
        rows = rows.filter(_beyond(order, after))
    rows = rows.select_related("tier", "facts", "guide", "home_store").order_by(*order.order_by())
    found = list(rows[: size + 1])
    return Page(found[:size], _cursor(found[size - 1]) if len(found) > size else None)


def matching(viewer: Staff, query: str = "", filters: MemberFilters | None = None) -> models.QuerySet[Member]:
    """All members of ``search_members`` as a query: to count them, or to narrow a choice made above."""
    rows = Member.objects.visible_to(viewer).filter(state=MemberState.ACTIVE)
    return rows.filter(_meant(query, viewer)).filter(condition(filters or MemberFilters(), viewer))


def monthly_orders(member_ids: Iterable[int], *, months: int = 12, now: datetime | None = None) -> dict[int, list[int]]:
    """Orders per calendar month of each member, the present month last, in one query; every id has its row of bars."""
    return _monthly(member_ids, months, now, 2, 0)


def monthly_spend(
    member_ids: Iterable[int], *, months: int = 12, now: datetime | None = None
) -> dict[int, list[Decimal]]:
    """The same in yuan, less what came back."""
    return _monthly(member_ids, months, now, 3, Decimal(0))


def _monthly(member_ids: Iterable[int], months: int, now: datetime | None, column: int, empty: Any) -> dict[int, list]:
    ids = list(member_ids)
    bars: dict[int, list] = {pk: [empty] * months for pk in ids}
    params = {"ids": ids, "months": months, "now": now or timezone.now(), "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        cursor.execute(MONTHLY, params)
        for row in cursor.fetchall():
            bars[row[0]][row[1]] = row[column]
    return bars


def _meant(query: str, viewer: Staff) -> Q:
    """What somebody who types this is looking for."""
    text = " ".join(unicodedata.normalize("NFKC", query).split())[:LONGEST_QUERY]
    if not text:
        return Q()
    if "\x00" in text or not text.isprintable():
        return NOBODY
    digits = "".join(text.split())
    if digits.isascii() and digits.isdigit() and len(digits) == 4:
        return Q(phone_last4=digits)
    if membercodes.is_valid(digits):
        return Q(code=digits)
    if not any(sign.isalpha() for sign in text):
        return _by_phone(text) or _by_name(text, viewer)
    if text.isascii():
        return Q(initials__startswith=initials_of(text)) if initials_of(text) else NOBODY
    return _by_name(text, viewer)


def _by_phone(text: str) -> Q | None:
    try:
        phone = normalise(IdentityKind.PHONE, text)
    except BadIdentity:
        return None
    return Q(pk__in=Identity.objects.filter(kind=IdentityKind.PHONE, value=phone).values("member"))


def _by_name(text: str, viewer: Staff) -> Q:
    return Q(name__contains=text) if in_small_scope(viewer) else Q(name__startswith=text)


def _cursor(row: Any) -> str:
    key = row.sort_key
    return cursors.encode([key.isoformat() if isinstance(key, datetime) else str(key), row.pk])


def _beyond(order: _Order, after: str) -> Q:
    text, pk = cursors.decode(after, (str, int))
    try:
        return order.after(order.read(text), pk)
    except ValueError:
        raise cursors.lost() from None


def counts_by(viewer: Staff, column: str) -> dict[Any, int]:
    """How many of the viewer's members there are per ``tier_id``, ``stage`` or ``guide_id``, for a filter sheet."""
    rows = matching(viewer).order_by().values_list(column).annotate(models.Count("pk"))
    return dict(rows)


def counts_by_tag(viewer: Staff) -> dict[int, int]:
    """How many of the viewer's members carry each tag that the viewer may see."""
    carried = MemberTag.objects.visible_to(viewer).filter(living(), tag__group__in=groups_for(viewer))
    rows = carried.filter(member__state=MemberState.ACTIVE).order_by().values_list("tag_id")
    return dict(rows.annotate(models.Count("pk")))
