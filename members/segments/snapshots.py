"""What rules in memory look at: some members with their facts, tags, purchases and lists, read in a few queries."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from members.models import ListedMember, Member, MemberFacts, MemberTag, SegmentSpan

FACTS, TAGS, PURCHASES, LISTS, SEGMENTS = OWN = "facts", "tags", "purchases", "lists", "segments"
EVERYTHING = ("everything",)  # whatever any fact needs, of apps above, too
Reader = Callable[[Sequence[int], datetime], Mapping[int, Any]]
READERS: dict[str, Reader] = {}
"""What else may be needed, by name: a function of member ids and a moment that reads it, for whom there is something.
Facts announce theirs (see ``registry.announce``); a Snapshot holds it under ``more``."""
BOUGHT = """
SELECT o.member_id, o.paid_at, o.store_id, o.channel, o.net_amount - o.returned_amount,
    (SELECT array_agg(DISTINCT l.product_id) FROM members_orderline l WHERE l.order_id = o.id),
    (SELECT array_agg(DISTINCT p.category_id) FROM members_orderline l JOIN members_product p ON p.id = l.product_id
     WHERE l.order_id = o.id AND p.category_id IS NOT NULL)
FROM members_order o WHERE o.member_id = ANY(%s)
"""


@dataclass(frozen=True)
class Bought:
    """An order as rules see it; ``kept`` is what was paid for it and not given back, in yuan."""

    at: datetime
    store_id: int
    channel: str
    kept: Decimal
    products: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Snapshot:
    """One member, as of the moment it was read. ``more`` is what apps above know, by the name they read it under."""

    member: Member
    facts: MemberFacts | None = None
    tags: frozenset[int] = frozenset()
    purchases: Sequence[Bought] = ()
    lists: frozenset[int] = frozenset()
    segments: frozenset[int] = frozenset()
    more: Mapping[str, Any] = field(default_factory=dict)


NOTHING_KNOWN = Snapshot(Member())
"""Somebody without any facts: what facts say of them in memory tells whether a query may leave them out."""


def read(members: Iterable[Member], needs: Iterable[str], *, at: datetime) -> list[Snapshot]:
    """Snapshots of members, in their order, with what ``needs`` names; tags that have ended by ``at`` are gone."""
    members, wanted = list(members), set(needs)
    if wanted & set(EVERYTHING):
        wanted = {*OWN, *READERS}
    ids = [member.pk for member in members]
    facts = MemberFacts.objects.in_bulk(ids) if FACTS in wanted else {}
    carried = MemberTag.objects.filter(member__in=ids).exclude(expires_at__lte=at)
    tags = _sets(carried.values_list("member", "tag")) if TAGS in wanted else {}
    lists = (
        _sets(ListedMember.objects.filter(member__in=ids).values_list("member", "member_list"))
        if LISTS in wanted
        else {}
    )
    spans = SegmentSpan.objects.filter(member__in=ids, until=None)
    inside = _sets(spans.values_list("member", "segment")) if SEGMENTS in wanted else {}
    bought = _bought(ids) if PURCHASES in wanted else {}
    more = {name: READERS[name](ids, at) for name in wanted - set(OWN)}
    return [
        Snapshot(
            member,
            facts.get(member.pk),
            frozenset(tags.get(member.pk, ())),
            bought.get(member.pk, ()),
            frozenset(lists.get(member.pk, ())),
            frozenset(inside.get(member.pk, ())),
            {name: found[member.pk] for name, found in more.items() if member.pk in found},
        )
        for member in members
    ]


def _sets(pairs: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for member, one in pairs:
        found[member].add(one)
    return found


def _bought(ids: list[int]) -> dict[int, list[Bought]]:
    found: dict[int, list[Bought]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, [ids])
        for member, at, store, channel, kept, products, categories in cursor.fetchall():
            found[member].append(
                Bought(at, store, channel, kept, frozenset(products or ()), frozenset(categories or ()))
            )
    return found
