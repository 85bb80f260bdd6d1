"""Finding members: a few signs typed on a phone, filters, an order, and pages by cursor."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q, Value, Window
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import cursors, membercodes
from members.memberfilters import MemberFilters, are_few, beyond_usual, condition, in_small_scope
from members.models import Identity, IdentityKind, Member, MemberState, MemberTag
from members.names import initials_of
from members.oneid import lineage
from members.oneid.identitykinds import BadIdentity, normalise
from members.oneid.identityseals import is_identity
from members.tags import groups_for, living
from stores.errors import Refusal
from stores.models import Staff

PAGE, LARGEST_PAGE = 20, 50
LONGEST_QUERY = 60
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
    """How a list is sorted: by a column, then by key. Rows without a value come last, newest first."""

    column: str
    descending: bool
    read: Callable[[str], Any]  # turns the text in a cursor back into the value

    def rows(self, members: models.QuerySet[Member], few: bool, after: tuple[Any, int] | None) -> models.QuerySet:
        """Those with a value, as (value, key); ``few`` when all of them are one store's at most."""
        # Only for the whole chain or a region may the planner walk the index of the column: in one store it would walk
        # past everybody else's members to find the few it wants.
        value = Coalesce(F(self.column), F(self.column)) if few else F(self.column)
        rows = members.filter(**{f"{self.column}__isnull": False}).annotate(sort_key=value)
        if after:
            beyond = "lt" if self.descending else "gt"
            further = Q(**{f"sort_key__{beyond}": after[0]})
            rows = rows.filter(further | Q(sort_key=after[0], **{f"pk__{beyond}": after[1]}))
        return rows.order_by("-sort_key" if self.descending else "sort_key", "-pk" if self.descending else "pk")

    def rest(self, members: models.QuerySet[Member], after: int | None) -> models.QuerySet:
        """Those without a value, as (nothing, key)."""
        rows = members.filter(**{f"{self.column}__isnull": True}).annotate(sort_key=F(self.column))
        return (rows.filter(pk__lt=after) if after else rows).order_by("-pk")


_ORDERS = {
    Sort.LAST_ORDER: _Order("facts__last_order_at", True, cursors.moment),
    Sort.LONGEST_AWAY: _Order("facts__last_order_at", False, cursors.moment),
    Sort.SPEND: _Order("facts__spend_365d", True, cursors.number),
    Sort.NAME: _Order("initials", False, cursors.word),
    Sort.JOINED: _Order("joined_at", True, cursors.moment),
}


@dataclass(frozen=True)
class Page:
    """Some members of a list, each with tier, facts, guide and home store; ``next`` is the cursor of what follows,
    ``beyond`` how many of the whole list stay away beyond their usual gap, where that was asked."""

    rows: list[Member] = field(default_factory=list)
    next: str | None = None
    beyond: int = 0


def search_members(
    viewer: Staff,
    query: str = "",
    *,
    filters: MemberFilters | None = None,
    sort: str = Sort.LAST_ORDER,
    after: str | None = None,
    limit: int = PAGE,
    count_beyond: bool = False,
) -> Page:
    """One page of the members that ``viewer`` looks after, in two or three queries; a first page may count, on the same
    way through the list, who is beyond their usual gap.

    ``query``: four digits are the end of a phone number, twelve a member code, a whole phone number an identity,
    letters the pinyin initials, anything else a name. Raises Refusal ``bad_cursor``, ``bad_sort``.
    """
    if sort not in Sort.values:
        raise Refusal(_("The list has no such order."), code="bad_sort")
    order, size = _ORDERS[Sort(sort)], max(1, min(limit, LARGEST_PAGE))
    keys, beyond = _keys(
        order, matching(viewer, query, filters), are_few(viewer, filters), after, size + 1, count_beyond
    )
    shown = Member.objects.visible_to(viewer).select_related("tier", "facts", "guide", "home_store")
    members = shown.in_bulk([pk for _value, pk in keys[:size]])
    rows = [members[pk] for _value, pk in keys[:size] if pk in members]
    return Page(rows, _cursor(*keys[size - 1]) if len(keys) > size else None, beyond)


def matching(viewer: Staff, query: str = "", filters: MemberFilters | None = None) -> models.QuerySet[Member]:
    """All members of ``search_members`` as a query: to count them, or to narrow a choice made above."""
    rows = Member.objects.visible_to(viewer).filter(state=MemberState.ACTIVE)
    return rows.filter(_meant(query, are_few(viewer, filters))).filter(condition(filters or MemberFilters(), viewer))


def needs_a_store(viewer: Staff, query: str) -> bool:
    """Whether a list is had for one store alone: whoever leads several has too many members to put them in order for
    every page, but a search finds few among all of them."""
    return not in_small_scope(viewer) and not query.strip()


def is_too_short(viewer: Staff, query: str, filters: MemberFilters) -> bool:
    """Whether so few signs are no search: among all members of a region too many begin with one."""
    return len(query.strip()) == 1 and not are_few(viewer, filters)


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
    params: dict[str, Any] = {"ids": ids, "months": months, "now": now or timezone.now(), "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        cursor.execute(MONTHLY, params)
        for row in cursor.fetchall():
            bars[row[0]][row[1]] = row[column]
    return bars


def _meant(query: str, few: bool) -> Q:
    """What somebody who types this is looking for."""
    text = " ".join(unicodedata.normalize("NFKC", query).split())[:LONGEST_QUERY]
    if not text:
        return Q()
    if "\x00" in text or not text.isprintable():
        return NOBODY
    digits = "".join(text.split())
    if digits.isascii() and digits.isdigit() and len(digits) == 4:
        return _or_formerly(phone_last4=digits)
    if membercodes.is_valid(digits):
        return _or_formerly(code=digits)
    if not any(sign.isalpha() for sign in text):
        return _by_phone(text) or _by_name(text, few)
    if text.isascii():
        return Q(initials__startswith=initials_of(text)) if initials_of(text) else NOBODY
    return _by_name(text, few)


def _or_formerly(**which: str) -> Q:
    """Members like this, and those who have absorbed a record like this."""
    gone = list(Member.objects.filter(state=MemberState.MERGED, **which).values_list("pk", flat=True))
    return Q(**which) | Q(pk__in=lineage.living_ids(gone).values()) if gone else Q(**which)


def _by_phone(text: str) -> Q | None:
    try:
        phone = normalise(IdentityKind.PHONE, text)
    except BadIdentity:
        return None
    return Q(pk__in=Identity.objects.filter(is_identity(IdentityKind.PHONE, phone)).values("member"))


def _by_name(text: str, few: bool) -> Q:
    return Q(name__contains=text) if few else Q(name__startswith=text)


def _keys(
    order: _Order,
    members: models.QuerySet[Member],
    few: bool,
    after: str | None,
    count: int,
    count_beyond: bool = False,
) -> tuple[list[tuple[Any, int]], int]:
    """(value, key) of the next rows: first those with a value, then those without; and how many are beyond their gap:
    nobody without a value is."""
    position = _position(order, after) if after else None
    keys: list[tuple[Any, int]] = []
    beyond = 0
    if position is None or position[0] is not None:
        rows = order.rows(members, few, position)
        over = Window(models.Count("pk", filter=beyond_usual(timezone.now()))) if count_beyond else Value(0)
        found = list(rows.annotate(over=over).values_list("sort_key", "pk", "over")[:count])
        keys, beyond = [(value, pk) for value, pk, _over in found], found[0][2] if found else 0
        position = None
    if len(keys) < count:
        rest = order.rest(members, position[1] if position else None)
        keys += rest.values_list("sort_key", "pk")[: count - len(keys)]
    return keys, beyond


def _cursor(value: Any, pk: int) -> str:
    return cursors.encode(
        [value.isoformat() if isinstance(value, datetime) else None if value is None else str(value), pk]
    )


def _position(order: _Order, after: str) -> tuple[Any, int]:
    text, pk = cursors.decode(after, ((str, type(None)), int))
    try:
        return (None if text is None else order.read(text)), pk
    except ValueError:
        raise cursors.lost() from None


def counts_by(viewer: Staff, column: str) -> dict[Any, int]:
    """How many of the viewer's members there are per ``tier_id``, ``stage`` or ``guide_id``, for a filter sheet."""
    rows = matching(viewer).order_by().values_list(column).annotate(models.Count("pk"))
    return dict(rows)


def counts_by_tag(viewer: Staff) -> dict[int, int]:
    """How many of the viewer's members carry each tag that the viewer may see."""
    return {pk: count for pk, _name, count in tags_by_use(viewer)}


def tags_by_use(viewer: Staff, store: int | None = None) -> list[tuple[int, str, int]]:
    """The tags that the viewer may see and their members, or those of one ``store`` (its key), carry: id, name, how
    many carry it; most used first."""
    carried = MemberTag.objects.visible_to(viewer).filter(living(), tag__group__in=groups_for(viewer))
    if store:
        carried = carried.filter(member__home_store=store)
    rows = carried.filter(member__state=MemberState.ACTIVE).order_by().values_list("tag_id", "tag__name")
    return list(rows.annotate(used=models.Count("member")).order_by("-used", "tag__name"))
