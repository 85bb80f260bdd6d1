"""What the database says of the members of many lives, in the words of the oracle, fetched for all of them at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.db.models.functions import Coalesce

from members.models import EntryKind, GrowthEntry, Member, MemberFacts, Order, PointsEntry, TierStanding
from tests.members.oracle.expectation import Standing
from tests.members.oracle.facts import Facts
from tests.torture.lives import Life
from tests.torture.programmes import TIERS

OF_ORDERS = (EntryKind.ORDER, EntryKind.RETURN)
NAMES = {"favourite_store": "favourite_store__code", "favourite_category": "favourite_category__name"}


def look_at(lives: Sequence[Life]) -> dict[int, Standing]:
    """Member -> what all tables say of them. A ledger that contradicts itself shows as worth at odd moments."""
    numbers = {member: len(life.mine("")) for life in lives for member in life.members.values()}
    ids = list(numbers)
    seen: dict[int, dict[str, Any]] = {pk: {"tier": TIERS[0]} for pk in ids}
    _members(ids, seen)
    _standings(ids, seen)
    _orders(ids, seen, numbers)
    _expired(ids, seen)
    _facts(ids, seen)
    return {pk: Standing(**columns) for pk, columns in seen.items()}


def next_changes(ids: Iterable[int]) -> dict[int, Any]:
    """Member -> the day on which something changes by itself."""
    return dict(MemberFacts.objects.filter(member__in=ids).values_list("member", "next_change_on"))


def _members(ids: Sequence[int], seen: dict[int, dict[str, Any]]) -> None:
    columns = ("pk", "growth", "points", "points_owed", "tier__code", "tier_since", "stage")
    for pk, growth, points, owed, held, since, stage in Member.objects.filter(pk__in=ids).values_list(*columns):
        seen[pk] |= {
            "growth": growth,
            "points": points,
            "owed": owed,
            "held": held,
            "held_since": since,
            "stage": stage,
        }


def _standings(ids: Sequence[int], seen: dict[int, dict[str, Any]]) -> None:
    columns = ("member", "tier__code", "since", "review_on", "grace_until")
    for pk, tier, since, review, grace in TierStanding.objects.filter(member__in=ids).values_list(*columns):
        seen[pk] |= {"tier": tier, "since": since, "review_on": review, "grace_until": grace}


def _orders(ids: Sequence[int], seen: dict[int, dict[str, Any]], numbers: dict[int, int]) -> None:
    growth, points = _earned(GrowthEntry, ids), _earned(PointsEntry, ids)
    back: dict[int, dict[Any, Decimal]] = defaultdict(dict)
    worth: dict[int, dict[Any, Any]] = defaultdict(dict)
    columns = ("pk", "member", "channel", "order_no", "paid_at", "returned_amount")
    for pk, member, channel, number, paid_at, returned in Order.objects.filter(member__in=ids).values_list(*columns):
        key = channel, number[numbers[member] :]
        back[member][key] = returned
        worth[member][key] = growth.pop((pk, paid_at), 0), points.pop((pk, paid_at), 0)
    owners = dict(Order.objects.filter(pk__in=[pk for pk, _at in (*growth, *points)]).values_list("pk", "member"))
    for ledger in (growth, points):
        for (pk, at), total in ledger.items():
            worth[owners[pk]]["elsewhere", str(at)] = total
    for member in ids:
        seen[member] |= {"returned": back[member], "worth": worth[member]}


def _earned(ledger: Any, ids: Sequence[int]) -> dict[tuple[int, datetime], int]:
    sums = ledger.objects.filter(member__in=ids, kind__in=OF_ORDERS).values_list("order", "at").annotate(Sum("delta"))
    return {(order, at): total for order, at, total in sums.order_by() if total}


def _expired(ids: Sequence[int], seen: dict[int, dict[str, Any]]) -> None:
    found: dict[int, dict[Any, int]] = defaultdict(dict)
    entries = PointsEntry.objects.filter(member__in=ids, kind=EntryKind.EXPIRY)
    earned_at = Coalesce("order__paid_at", "lot__at")
    for member, lot, at, total in entries.values_list("member", earned_at, "at").annotate(Sum("delta")).order_by():
        if total:
            found[member][lot, at] = -total
    for member in ids:
        seen[member]["expired"] = found[member]


def _facts(ids: Sequence[int], seen: dict[int, dict[str, Any]]) -> None:
    columns = [NAMES.get(one.name, one.name) for one in fields(Facts)]
    for pk, *values in MemberFacts.objects.filter(member__in=ids).values_list("member", *columns):
        seen[pk]["facts"] = Facts(*values)
