"""What several reports need: figures as they are printed, leaves of rules, and the newest headcount.

Figures are printed short and whole; tables and files keep them exact.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max, Sum
from django.utils.formats import number_format

from members.insight.scope import Scope
from members.models import Headcount, SummaryState

Rule = dict[str, Any]


def leaf(fact: str, op: str, value: Any) -> Rule:
    """One condition of a rule tree."""
    return {"fact": fact, "op": op, "value": value}


def happened(fact: str, **where: Sequence[Any]) -> Rule:
    """One condition of a rule tree: it happened at least once, narrowed like this."""
    return {"fact": fact, "op": "gte", "value": "1", "where": {name: list(some) for name, some in where.items()}}


def rule_of(scope: Scope, leaves: Sequence[Rule]) -> Rule:
    """The rule of the members in a place for whom all conditions hold."""
    return {"all": [*leaves, *scope.rule]}


def share(part: float | Decimal, whole: float | Decimal) -> float | None:
    """A part in percent; None of nothing."""
    return float(part) * 100 / float(whole) if whole else None


def per_head(sum_of: Decimal | float, heads: int) -> Decimal | None:
    """An amount for each; None for nobody."""
    return (Decimal(sum_of) / heads).quantize(Decimal("0.01")) if heads else None


def counted(number: int) -> str:
    """12,345."""
    return str(number_format(number, 0, use_l10n=True, force_grouping=True))


def in_percent(value: float | None) -> str:
    """42.8 %, a dash for nothing."""
    return "—" if value is None else f"{value:.1f}%"


def in_yuan(value: Decimal | None) -> str:
    """¥1,235, a dash for nothing."""
    return "—" if value is None else f"¥{number_format(value, 0, use_l10n=True, force_grouping=True)}"


def changed(now: float | None, before: float | None, *, places: int = 0) -> str:
    """By how much a figure moved, with its sign; nothing when it is not known."""
    return "" if now is None or before is None else f"{now - before:+,.{places}f}".replace("-", "−")


def headcount_day(upto: date) -> date | None:
    """The newest day whose members were counted, not after ``upto``; None when there is none."""
    return SummaryState.objects.filter(name="headcount", day__lte=upto).aggregate(day=Max("day"))["day"]


def members_by(column: str, scope: Scope, day: date) -> Mapping[Any, int]:
    """How many members a place had on a counted day, by a column of the headcount."""
    counts = scope.narrow(Headcount.objects.filter(day=day)).values_list(column).annotate(members=Sum("members"))
    return dict(counts)
