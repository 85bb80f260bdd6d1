"""Splitting members among the guides of their store: by who served them last, or evenly. Decides, changes nothing."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member, MemberState, Order
from stores.errors import Refusal
from stores.models import Role, Staff

SERVED_WITHIN = timedelta(days=365)


class SplitRule(models.TextChoices):
    """How members are split."""

    LATEST_SERVED = "latest_served", _("By who served them last")
    EVEN = "even", _("Evenly")


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


def split(members: models.QuerySet[Member], rule: str, *, store_id: int | None, without: Staff | None = None) -> Split:
    """Decide who takes over each of ``members``: somebody of their home store (``store_id`` for those without one).

    The warmest are dealt first, so that each successor gets a fair share of them. Raises Refusal ``unknown_rule``, or
    ``no_successor`` when a store has no other guide than ``without``.
    """
    if rule not in SplitRule.values:
        raise Refusal(_("Choose how to split the members."), code="unknown_rule")
    by_store: dict[int | None, list[int]] = {store_id: []}
    warmest_first = members.order_by(F("facts__last_order_at").desc(nulls_last=True), "pk")
    for pk, home in warmest_first.values_list("pk", "home_store_id"):
        by_store.setdefault(home or store_id, []).append(pk)
    guides: dict[int, int] = {}
    rows: list[SplitRow] = []
    for store, ids in by_store.items():
        if ids or store == store_id:
            part = _split_in_store(ids, rule, _successors(store, without))
            guides |= part.guides
            rows += part.rows
    return Split(guides, sorted(rows, key=lambda row: (row.guide.name, row.guide.pk)))


def _successors(store_id: int | None, without: Staff | None) -> dict[int, Staff]:
    rows = Staff.objects.filter(store=store_id, is_active=True, role=Role.GUIDE)
    found = {staff.pk: staff for staff in rows if without is None or staff.pk != without.pk}
    if not found:
        raise Refusal(_("Nobody else serves in this store. Transfer a guide here first."), code="no_successor")
    return found


def _split_in_store(ids: list[int], rule: str, successors: dict[int, Staff]) -> Split:
    living = Member.objects.filter(guide__in=list(successors), state=MemberState.ACTIVE).exclude(pk__in=ids)
    now = {row["guide"]: row["count"] for row in living.values("guide").annotate(count=models.Count("pk"))}
    served = _latest_served(ids, successors)
    guides = {pk: served[pk] for pk in ids if pk in served} if rule == SplitRule.LATEST_SERVED else {}
    _deal([pk for pk in ids if pk not in guides], guides, {pk: now.get(pk, 0) for pk in successors})
    plus = Counter(guides.values())
    known = Counter(guide for pk, guide in served.items() if guides[pk] == guide)
    rows = [
        SplitRow(staff, now.get(pk, 0), plus[pk], now.get(pk, 0) + plus[pk], known[pk])
        for pk, staff in successors.items()
    ]
    return Split(guides, rows)


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
