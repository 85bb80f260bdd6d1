"""What happened to a sample of members, and for which of them a rule held at a moment of the past.

The number of orders and the days since the first and last one are known for any moment; every other fact is taken as it
is today.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from campaigns.journeys.matching import matching
from members.segments import trees
from members.segments.facts.days import WITHIN
from members.segments.facts.numbers import compared
from members.segments.registry import Asked
from members.segments.trees import ANY, NONE, Node
from members.windows import local_day

ORDER = "order.recorded"
KNOWN = ("orders", "first_order", "last_order")
SAMPLE = """
    SELECT m.id, m.bucket, m.guide_id FROM members_member m
     WHERE m.state = 'active' AND m.bucket < %(share)s ORDER BY m.id
"""
ORDERS = "SELECT member_id, paid_at FROM members_order WHERE member_id = ANY(%s) AND paid_at < %s ORDER BY paid_at"
NEWS = """
    SELECT member_id, kind, at, subject FROM members_timelinefact
     WHERE member_id = ANY(%s) AND kind = ANY(%s) AND at >= %s AND at < %s ORDER BY at, id
"""


@dataclass
class Past:
    """One member's past: when they bought, and other news by kind, with what each was about."""

    member: int
    bucket: int
    guide: int | None
    orders: list[datetime] = field(default_factory=list)
    news: dict[str, list[tuple[datetime, int | None]]] = field(default_factory=lambda: defaultdict(list))

    def of(self, event: str, after: datetime, until: datetime) -> list[tuple[datetime, int | None]]:
        """The news of a kind after a moment and up to another, with what each was about."""
        told = [(at, None) for at in self.orders] if event == ORDER else self.news.get(event, [])
        return [one for one in told if after < one[0] <= until]

    def came(self, event: str, after: datetime, until: datetime) -> datetime | None:
        """When an event first came after a moment, until another."""
        return next((at for at, _subject in self.of(event, after, until)), None)


class Rules:
    """Asks rules of single members at moments of the past."""

    def __init__(self, members: Sequence[int], at: datetime) -> None:
        self.members, self.at = members, at
        self.today: set[str] = set()  # the facts that were taken as of today
        self._fitting: dict[Asked, frozenset[int]] = {}
        self._trees: dict[int, Node] = {}

    def fits(self, rule: Mapping[str, Any] | None, past: Past, at: datetime) -> bool:
        """Whether the rule held for the member then; none holds for everybody."""
        if rule is None:
            return True
        if id(rule) not in self._trees:  # the flow that holds the rules outlives this
            self._trees[id(rule)] = trees.parse(rule)
        return self._holds(self._trees[id(rule)], past, at)

    def _holds(self, node: Node, past: Past, at: datetime) -> bool:
        if isinstance(node, Asked):
            return self._leaf(node, past, at)
        found = (self._holds(part, past, at) for part in node.parts)
        if node.how == NONE:
            return not any(found)
        return any(found) if node.how == ANY else all(found)

    def _leaf(self, asked: Asked, past: Past, at: datetime) -> bool:
        if asked.fact not in KNOWN or asked.where:
            if asked not in self._fitting:
                self.today.add(asked.fact)
                self._fitting[asked] = matching(trees.dump(asked), self.members, at=self.at)
            return past.member in self._fitting[asked]
        count = bisect_right(past.orders, at)
        if asked.fact == "orders":
            return compared(asked.op, asked.value, Decimal(count))
        if not count:
            return False
        day = local_day(past.orders[0 if asked.fact == "first_order" else count - 1])
        ago = (local_day(at) - day).days
        return ago < asked.value if asked.op == WITHIN else ago > asked.value


def sample(share: int, kinds: Sequence[str], first: datetime, last: datetime) -> dict[int, Past]:
    """The members whose bucket lies below ``share`` of 10,000, with their orders so far and the news of some kinds."""
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE, {"share": share})
        found = {row[0]: Past(*row) for row in cursor.fetchall()}
        cursor.execute(ORDERS, [list(found), last])
        for member, at in cursor.fetchall():
            found[member].orders.append(at)
        cursor.execute(NEWS, [list(found), [kind for kind in kinds if kind != ORDER], first, last])
        for member, kind, at, subject in cursor.fetchall():
            found[member].news[kind].append((at, subject))
    return found
