"""Facts that are numbers: counts, money, scores."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.segments import snapshots
from members.segments.registry import FACTS, MEMBER, Asked, Binder, Condition, Fact, Inline, Meaningless, Test
from members.segments.snapshots import Snapshot

ORDERS, VALUE = gettext_lazy("Purchases"), gettext_lazy("Value")
MOST = Decimal(10) ** 9
SIGNS = {"eq": "=", "ne": "<>", "gte": ">=", "lte": "<="}
NOT_A_NUMBER = gettext_lazy("Enter a number.")


def number(value: Any) -> Decimal:
    """A number from JSON. Raises Meaningless."""
    try:
        found = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > MOST:
        raise Meaningless(NOT_A_NUMBER)
    return found


def compared(op: str, value: Any, actual: Any) -> bool:
    """A comparison as SQL makes it, but that nothing known is never right. ``between`` includes both ends."""
    if actual is None:
        return False
    if op == "between":
        return bool(value[0] <= actual <= value[1])
    return bool({"eq": actual == value, "ne": actual != value, "gte": actual >= value, "lte": actual <= value}[op])


def compared_sql(column: str, op: str, value: Any, binder: Binder) -> str:
    """The same as SQL."""
    if op == "between":
        return f"{column} BETWEEN {binder.bind(_plain(value[0]))} AND {binder.bind(_plain(value[1]))}"
    return f"{column} {SIGNS[op]} {binder.bind(_plain(value))}"


def _plain(value: Decimal) -> Decimal | int:
    """A whole number as one: compared with a decimal, an index of whole numbers is of no use."""
    return int(value) if value == value.to_integral_value() else value


def asked_number(op: str, value: Any) -> Any:
    """The number, or the two of ``between``, that something is compared with. Raises Meaningless."""
    if op != "between":
        return number(value)
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise Meaningless(gettext_lazy("Enter two numbers, from and to."))
    low, high = number(value[0]), number(value[1])
    if low > high:
        raise Meaningless(gettext_lazy("The first number is above the second."))
    return (low, high)


def comparison(op: str, value: Any) -> str:
    """A comparison in words."""
    if op == "between":
        return _("from %(low)s to %(high)s") % {"low": shown(value[0]), "high": shown(value[1])}
    words = {
        "eq": _("exactly %(n)s"),
        "ne": _("other than %(n)s"),
        "gte": _("at least %(n)s"),
        "lte": _("at most %(n)s"),
    }
    return words[op] % {"n": shown(value)}


def shown(value: Decimal) -> str:
    """A number without empty decimals."""
    return f"{value.normalize():f}"


class NumberFact(Fact):
    """A number on the member row or among their facts; ``absent`` is what it is for somebody without facts."""

    kind = "number"
    operators = ("gte", "lte", "between", "eq", "ne")

    def __init__(self, key: str, label: Any, *, group: Any, table: str, column: str = "", absent: Any = None) -> None:
        super().__init__(key, label, group=group)
        self.table, self.column, self.absent = table, column or key, absent
        self.needs = (snapshots.FACTS,) if table == FACTS else ()

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """One number, or two."""
        if where:
            raise Meaningless(gettext_lazy("This is not counted over time."))
        return Asked(self.key, op, asked_number(op, value))

    def plain(self, asked: Asked) -> Any:
        """Numbers as texts, so that nothing is rounded."""
        return [shown(one) for one in asked.value] if asked.op == "between" else shown(asked.value)

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """A comparison of the column."""
        column = f"{self.table}.{self.column}"
        text = compared_sql(column, asked.op, asked.value, binder)
        if self.absent is None:
            return Inline(self.table, text)
        return Inline(self.table, text, text.replace(column, f"coalesce({column}, {self.absent})", 1))

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        return lambda one: compared(asked.op, asked.value, self._actual(one))

    def told(self, asked: Asked) -> str:
        """Orders in 365 days at least 4."""
        return f"{self.label} {comparison(asked.op, asked.value)}"

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """The number."""
        actual = self._actual(one)
        return _("unknown") if actual is None else shown(Decimal(actual))

    def _actual(self, one: Snapshot) -> Any:
        if self.table == MEMBER:
            return getattr(one.member, self.column)
        return getattr(one.facts, self.column) if one.facts else self.absent


NUMBERS = (
    NumberFact("orders", gettext_lazy("Orders in all"), group=ORDERS, table=FACTS, absent=0),
    NumberFact("spend", gettext_lazy("Spend in all, yuan"), group=ORDERS, table=FACTS, absent=0),
    NumberFact("orders_365d", gettext_lazy("Orders in 365 days"), group=ORDERS, table=FACTS, absent=0),
    NumberFact("spend_365d", gettext_lazy("Spend in 365 days, yuan"), group=ORDERS, table=FACTS, absent=0),
    NumberFact("average_basket", gettext_lazy("Average basket, yuan"), group=ORDERS, table=FACTS),
    NumberFact("usual_gap_days", gettext_lazy("Usual days between orders"), group=ORDERS, table=FACTS),
    NumberFact("recency_score", gettext_lazy("R score"), group=VALUE, table=FACTS),
    NumberFact("frequency_score", gettext_lazy("F score"), group=VALUE, table=FACTS),
    NumberFact("money_score", gettext_lazy("M score"), group=VALUE, table=FACTS),
    NumberFact("growth", gettext_lazy("Growth value"), group=VALUE, table=MEMBER),
    NumberFact("points", gettext_lazy("Points"), group=VALUE, table=MEMBER),
)
