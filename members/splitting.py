"""Splitting members among the guides of their store, by the rule that a leader chose. Decides, changes nothing."""

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member, MemberState, Order, SplitRule
from stores.errors import Refusal
from stores.models import Role, Staff

SERVED_WITHIN = timedelta(days=365)
WARM, COOL = timedelta(days=60), timedelta(days=365)


@dataclass(frozen=True)
class SplitRow:
    """One successor: members ``now``, how many come in addition (``plus``), and ``after``; ``served`` of the new ones
    they have served within a year."""

    guide: Staff
    now: int
    plus: int
    after: int
    served: int = 0


@dataclass(frozen=True)
class Split:
    """A decision: member -> successor, and the same as counts per successor, by name."""

    guides: dict[int, int]
    rows: list[SplitRow]


@dataclass(frozen=True)
class How:
    """How to split. ``stores`` are those that members may go to by where they buy (None: any); ``counts`` says for the
    rule "by number" how many each successor takes, and ``chosen`` for "one by one" who takes whom."""

    rule: str
    stores: Collection[int] | None = None
    counts: Mapping[int, int] | None = None
    chosen: Mapping[int, int] | None = None


def split(
    members: models.QuerySet[Member], how: How | str, *, store_id: int | None, without: Staff | None = None
) -> Split:
    """Decide who takes over each of ``members``: somebody of their home store (``store_id`` for those without one).

    The warmest are dealt first, so that each successor gets a fair share of them. Raises Refusal ``unknown_rule``,
    ``no_successor`` when a store has no other guide than ``without``, or ``too_many`` when more are promised to
    successors by number than there are.
    """
    how = How(how) if isinstance(how, str) else how
    if how.rule not in SplitRule.values:
        raise Refusal(_("Choose how to split the members."), code="unknown_rule")
    by_store, classes = _sorted_out(members, how, store_id)
    guides: dict[int, int] = {}
    rows: list[SplitRow] = []
    for store, ids in by_store.items():
        if ids or store == store_id:
            part = _split_in_store(ids, how, classes, _successors(store, without))
            guides |= part.guides
            rows += part.rows
    return Split(guides, sorted(rows, key=lambda row: (row.guide.name, row.guide.pk)))


def _sorted_out(
    members: models.QuerySet[Member], how: How, store_id: int | None
) -> tuple[dict[int | None, list[int]], dict[int, Any]]:
    """The members of each store, the warmest first, and the class in which each is dealt out."""
    by_store: dict[int | None, list[int]] = {store_id: []}
    classes: dict[int, Any] = {}
    now = timezone.now()
    staffed = _staffed(how)
    columns = ("pk", "home_store_id", "tier_id", "facts__last_order_at", "facts__favourite_store_id")
    warmest_first = members.order_by(F("facts__last_order_at").desc(nulls_last=True), "pk")
    for pk, home, tier, last, favourite in warmest_first.values_list(*columns):
        place = favourite if favourite in staffed else home
        by_store.setdefault(place or store_id, []).append(pk)
        classes[pk] = tier if how.rule == SplitRule.TIER else _warmth(last, now)
    return by_store, classes


def _staffed(how: How) -> Collection[int]:
    """The stores that members may go to because they buy there: those that have a guide."""
    if how.rule != SplitRule.STORE:
        return ()
    guides = Staff.objects.filter(is_active=True, role=Role.GUIDE)
    if how.stores is not None:
        guides = guides.filter(store__in=how.stores)
    return set(guides.values_list("store_id", flat=True))


def _warmth(last: datetime | None, now: datetime) -> int:
    """0 for who bought lately, 1 for who bought within a year, 2 for all others."""
    return 0 if last and last > now - WARM else 1 if last and last > now - COOL else 2


def _successors(store_id: int | None, without: Staff | None) -> dict[int, Staff]:
    rows = Staff.objects.filter(store=store_id, is_active=True, role=Role.GUIDE)
    rows = rows.exclude(left_on__gte=timezone.localdate())  # whoever is about to leave takes nobody over
    found = {staff.pk: staff for staff in rows if without is None or staff.pk != without.pk}
    if not found:
        raise Refusal(_("Nobody else serves in this store. Transfer a guide here first."), code="no_successor")
    return found


def _split_in_store(ids: list[int], how: How, classes: Mapping[int, Any], successors: dict[int, Staff]) -> Split:
    living = Member.objects.filter(guide__in=list(successors), state=MemberState.ACTIVE).exclude(pk__in=ids)
    now = {row["guide"]: row["count"] for row in living.values("guide").annotate(count=models.Count("pk"))}
    served = _latest_served(ids, successors)
    guides = _decided(ids, how, classes, served, {pk: now.get(pk, 0) for pk in successors})
    plus = Counter(guides.values())
    known = Counter(guide for pk, guide in served.items() if guides.get(pk) == guide)
    rows = [
        SplitRow(staff, now.get(pk, 0), plus[pk], now.get(pk, 0) + plus[pk], known[pk])
        for pk, staff in successors.items()
    ]
    return Split(guides, rows)


def _decided(
    ids: list[int], how: How, classes: Mapping[int, Any], served: Mapping[int, int], loads: Mapping[int, int]
) -> dict[int, int]:
    if how.rule in (SplitRule.TIER, SplitRule.WARMTH):
        return _by_class(ids, classes, loads)
    if how.rule == SplitRule.MANUAL:
        return _by_number(ids, {pk: (how.counts or {}).get(pk, 0) for pk in loads})
    if how.rule == SplitRule.BY_HAND:
        mine = set(ids)
        return {pk: guide for pk, guide in (how.chosen or {}).items() if pk in mine and guide in loads}
    guides = {pk: served[pk] for pk in ids if pk in served} if how.rule == SplitRule.LATEST_SERVED else {}
    _deal([pk for pk in ids if pk not in guides], guides, loads)
    return guides


def _latest_served(member_ids: list[int], guides: Iterable[int]) -> dict[int, int]:
    """Member -> the one of these guides who served them last, within a year."""
    rows = Order.objects.filter(
        member_id__in=member_ids, guide_id__in=list(guides), paid_at__gte=timezone.now() - SERVED_WITHIN
    )
    latest = rows.order_by("member_id", "-paid_at", "-pk").distinct("member_id")
    return dict(latest.values_list("member_id", "guide_id"))


def _deal(members: list[int], guides: dict[int, int], loads: Mapping[int, int]) -> None:
    """Give each member to whoever has fewest at that moment."""
    taken = Counter(guides.values())
    heap = [(load + taken[pk], pk) for pk, load in loads.items()]
    heapq.heapify(heap)
    for member in members:
        load, pk = heap[0]
        guides[member] = pk
        heapq.heapreplace(heap, (load + 1, pk))


def _by_class(members: list[int], classes: Mapping[int, Any], loads: Mapping[int, int]) -> dict[int, int]:
    """Each class dealt out in equal shares; what does not divide goes to whoever received or has fewest."""
    of_class: dict[Any, list[int]] = {}
    for pk in members:
        of_class.setdefault(classes[pk], []).append(pk)
    guides: dict[int, int] = {}
    for some in of_class.values():
        received = Counter(guides.values())
        heap = [(0, received[pk], load, pk) for pk, load in loads.items()]
        heapq.heapify(heap)
        for member in some:
            own, all_in_all, load, pk = heap[0]
            guides[member] = pk
            heapq.heapreplace(heap, (own + 1, all_in_all + 1, load, pk))
    return guides


def _by_number(members: list[int], counts: Mapping[int, int]) -> dict[int, int]:
    """As many as was said to each, in turn, so that each gets warm and cold ones; the others stay."""
    if sum(counts.values()) > len(members) or any(count < 0 for count in counts.values()):
        raise Refusal(
            _("There are %(count)s members to hand over. Lower the numbers.") % {"count": len(members)},
            code="too_many",
        )
    left = {pk: count for pk, count in counts.items() if count}
    guides: dict[int, int] = {}
    for member in members:
        if not left:
            break
        taker = max(left, key=lambda pk: (left[pk] / counts[pk], counts[pk], -pk))
        guides[member] = taker
        left[taker] -= 1
        if not left[taker]:
            del left[taker]
    return guides
