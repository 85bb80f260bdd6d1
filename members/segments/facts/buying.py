"""Facts about buying: on how many days somebody bought, and what is expected of them by the nightly fit."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import MemberOutlook
from members.segments import snapshots
from members.segments.facts.numbers import ORDERS, VALUE, asked_number, compared, compared_sql, comparison, shown
from members.segments.registry import FACTS, Asked, Binder, Condition, Fact, Inline, Meaningless, Members, Test
from members.segments.snapshots import Reader, Snapshot
from members.windows import local_day

# Of one or two orders the facts know the days; those of more are looked at, member by member.
DAYS = """
    CASE WHEN coalesce(f.orders, 0) < 2 THEN coalesce(f.orders, 0)
        WHEN f.orders = 2 THEN 1 + (NOT {same_day})::int
        ELSE (SELECT count(DISTINCT (o.paid_at AT TIME ZONE {zone})::date) FROM members_order o
              WHERE o.member_id = f.member_id) END
"""
SAME_DAY = "((f.first_order_at AT TIME ZONE {zone})::date = (f.last_order_at AT TIME ZONE {zone})::date)"
OUTLOOK = "outlook"
SIGNS = {"gte": ">=", "lte": "<="}


def outlooks(ids: Sequence[int], at: datetime) -> Mapping[int, MemberOutlook]:
    """The outlooks of some members."""
    return MemberOutlook.objects.in_bulk(ids)


class _Number(Fact):
    """A number that is not narrowed to anything."""

    kind = "number"

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """One number, or two."""
        if where:
            raise Meaningless(gettext_lazy("This is not counted over time."))
        return Asked(self.key, op, asked_number(op, value))

    def plain(self, asked: Asked) -> Any:
        """Numbers as texts, so that nothing is rounded."""
        return [shown(one) for one in asked.value] if asked.op == "between" else shown(asked.value)

    def told(self, asked: Asked) -> str:
        """Purchases at least 4."""
        return f"{self.label} {comparison(asked.op, asked.value)}"


class PurchasesFact(_Number):
    """Business days on which a member bought: what insight calls purchases."""

    operators = ("gte", "lte", "between", "eq")
    needs = (snapshots.PURCHASES,)

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """Days among the orders of those who have enough of them; who is asked about is narrowed by all else first."""
        zone = binder.bind(settings.TIME_ZONE)
        same_day = SAME_DAY.format(zone=zone)
        if asked.op == "eq" and asked.value == 1:
            return Inline(FACTS, f"f.orders > 0 AND {same_day}")
        text = compared_sql(f"({DAYS.format(zone=zone, same_day=same_day)})", asked.op, asked.value, binder)
        if asked.op == "lte":
            return Inline(FACTS, text)
        least = asked.value[0] if asked.op == "between" else asked.value
        return Inline(FACTS, f"coalesce(f.orders, 0) >= {binder.bind(least)} AND {text}")

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        return lambda one: compared(asked.op, asked.value, _days(one))

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """The number."""
        return shown(_days(one))


class OutlookFact(_Number):
    """A number of the nightly outlook, ``parts`` of it making one; nobody without an outlook has it."""

    operators = ("gte", "lte", "between")
    needs = (OUTLOOK,)

    def __init__(self, key: str, label: Any, *, parts: int = 1) -> None:
        super().__init__(key, label, group=VALUE)
        self.parts = parts

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """Members by their outlook."""
        column = f"o.{self.key}"
        if asked.op == "between":
            low, high = (self._bound(binder, one) for one in asked.value)
            text = f"{column} BETWEEN {low} AND {high}"
        else:
            text = f"{column} {SIGNS[asked.op]} {self._bound(binder, asked.value)}"
        return Members(f"SELECT o.member_id FROM members_memberoutlook o WHERE {text}")

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory, with the very same division."""
        several = asked.op == "between"
        value = tuple(float(one) / self.parts for one in asked.value) if several else float(asked.value) / self.parts
        return lambda one: compared(asked.op, value, self._actual(one))

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """The number, or that nothing is known."""
        actual = self._actual(one)
        return _("unknown") if actual is None else f"{actual * self.parts:.4g}"

    def readers(self) -> Mapping[str, Reader]:
        """Outlooks are read for these facts alone."""
        return {OUTLOOK: outlooks}

    def _bound(self, binder: Binder, value: Decimal) -> str:
        return f"({binder.bind(float(value))}::float8 / {self.parts})"

    def _actual(self, one: Snapshot) -> float | None:
        known = one.more.get(OUTLOOK)
        return getattr(known, self.key) if known else None


def _days(one: Snapshot) -> Decimal:
    return Decimal(len({local_day(bought.at) for bought in one.purchases}))


BUYING = (
    PurchasesFact("purchase_days", gettext_lazy("Purchases (days with an order)"), group=ORDERS),
    OutlookFact("alive", gettext_lazy("Probability of still coming, %"), parts=100),
    OutlookFact("expected_90d", gettext_lazy("Purchases expected in 90 days")),
)
