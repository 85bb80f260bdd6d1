"""Rules to begin with: the ones that everybody needs."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.defaults import SLEEPING_DAYS
from members.lifecycle import DECLINING_AFTER, GOLDEN_DAYS, REGULAR_ORDERS


@dataclass(frozen=True)
class Example:
    """A rule with the name it is offered under."""

    key: str
    name: Any
    rule: dict[str, Any]


def examples() -> list[Example]:
    """The usual segments, with headquarters' own numbers."""
    regular, golden = leaf("orders_365d", "gte", REGULAR_ORDERS.value), GOLDEN_DAYS.value
    scores = [leaf(name, "gte", 4) for name in ("recency_score", "frequency_score", "money_score")]
    found = (
        ("pre_churn", _("Regulars about to be lost"), [regular, leaf("last_order", "before", DECLINING_AFTER.value)]),
        ("golden", _("First order in the golden window"), [leaf("first_order", "within", golden)]),
        ("one_timers", _("Came once, and not again"), [leaf("orders", "eq", 1), leaf("first_order", "before", golden)]),
        ("sleeping", _("Long away"), [leaf("last_order", "before", SLEEPING_DAYS)]),
        ("birthday", _("Birthday in the coming week"), [leaf("birthday", "within", 7)]),
        ("best", _("Best by RFM"), scores),
    )
    return [Example(key, name, {"all": parts}) for key, name, parts in found]


def leaf(fact: str, op: str, value: int) -> dict[str, Any]:
    """A condition about a number."""
    return {"fact": fact, "op": op, "value": str(value)}
