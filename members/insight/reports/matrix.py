"""Tier by kind of store: how many members there are, how many of them come again, what they spend."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.insight.charts.matrix import Cell, Head, Matrix, Row
from members.insight.reports.base import Headline, Option, Report, Table
from members.insight.reports.figures import (
    Rule,
    changed,
    counted,
    headcount_day,
    in_percent,
    in_yuan,
    leaf,
    per_head,
    rule_of,
    share,
)
from members.insight.scope import Range, Scope
from members.models import Headcount, Tier
from stores.models import StoreKind

NOWHERE = ""
COUNTS = ("members", "bought_30d", "bought_60d", "bought_90d", "again_60d", "orders_365d", "spend_365d")
Counts = dict[str, Any]


@dataclass(frozen=True)
class Measure:
    """What a cell says of its counts: the figure, how it is printed, the conditions and the number of those meant."""

    label: Any
    value: Callable[[Counts], Any]
    shown: Callable[[Any], str]
    places: int = 0
    leaves: Sequence[Rule] = ()
    meant: str = "members"


def _bought(label: Any, days: int) -> Measure:
    column = f"bought_{days}d"
    return Measure(
        label,
        lambda counts: share(counts[column], counts["members"]),
        in_percent,
        places=1,
        leaves=[leaf("last_order", "within", days)],
        meant=column,
    )


MEASURES: dict[str, Measure] = {
    "again_60d": Measure(
        gettext_lazy("60-day repeat rate"),
        lambda counts: share(counts["again_60d"], counts["members"]),
        in_percent,
        places=1,
        leaves=[leaf("last_order", "within", 60), leaf("orders", "gte", 2)],
        meant="again_60d",
    ),
    "members": Measure(gettext_lazy("Members"), lambda counts: counts["members"], counted),
    "basket": Measure(
        gettext_lazy("Average basket"), lambda counts: per_head(counts["spend_365d"], counts["orders_365d"]), in_yuan
    ),
    "spend": Measure(
        gettext_lazy("Spend per head"), lambda counts: per_head(counts["spend_365d"], counts["members"]), in_yuan
    ),
    "orders": Measure(
        gettext_lazy("Orders per head"),
        lambda counts: per_head(counts["orders_365d"], counts["members"]),
        lambda value: "—" if value is None else f"{value:.2f}",
        places=2,
    ),
    "bought_30d": _bought(gettext_lazy("Bought in 30 days"), 30),
    "bought_60d": _bought(gettext_lazy("Bought in 60 days"), 60),
    "bought_90d": _bought(gettext_lazy("Bought in 90 days"), 90),
}


@dataclass(frozen=True)
class Figures:
    """The matrix of one measure on a day, against another day; the counts behind it by (tier, kind of store)."""

    measure: Measure
    day: date
    before: date | None
    tiers: Sequence[Tier]
    kinds: Sequence[str]
    counts: Mapping[tuple[int, str], Counts]
    earlier: Mapping[tuple[int, str], Counts]
    matrix: Matrix


class TierByKind(Report):
    """Every tier in every kind of store."""

    key = "matrix"
    title = gettext_lazy("Tier by kind of store")
    definition = gettext_lazy(
        "Living members by their tier and the kind of their home store, as they stood when they were counted last on "
        "the last day shown. 60-day repeat rate: the share of a cell's members whose last order lies within 60 days "
        "and was not their only one. Bought in n days: the share with an order in these days. Basket, spend and orders "
        "per head: orders of the last 365 days, less what came back. The small figure is the change since the day "
        "before the days chosen, in percentage points for shares; kept are five weeks and the ends of months, and the "
        "nearest day before counts. Cells of fewer than 30 members do not lead to them."
    )
    icon = "grid_on"
    usual_days = 30
    summaries = ("headcount",)
    options = (Option("measure", gettext_lazy("Figure"), [(key, one.label) for key, one in MEASURES.items()]),)

    def figures(self, scope: Scope, span: Range, options: Mapping[str, str]) -> Figures | None:
        """The matrix of the chosen measure; None before the first count."""
        day = headcount_day(span.last)
        if day is None:
            return None
        before = headcount_day(min(span.first, day) - timedelta(days=1))
        counts, earlier = _counts(scope, day, before)
        measure = MEASURES[options["measure"]]
        tiers = [tier for tier in Tier.objects.order_by("-threshold") if any(key[0] == tier.pk for key in counts)]
        kinds = [kind for kind in (*StoreKind.values, NOWHERE) if any(key[1] == kind for key in counts)]
        is_now = headcount_day(date.max) == day
        rows = [
            Row(
                Head(tier.name, look=tier.look),
                [
                    _cell(measure, counts.get((tier.pk, kind)), earlier.get((tier.pk, kind)),
                          rule_of(scope, [*_place(tier, kind), *measure.leaves]) if is_now else None)
                    for kind in kinds
                ],
            )
            for tier in tiers
        ]  # fmt: skip
        caption = _("%(figure)s by tier and kind of store") % {"figure": measure.label}
        matrix = Matrix(caption, [Head(_kind(kind)) for kind in kinds], rows)
        return Figures(measure, day, before, tiers, kinds, counts, earlier, matrix)

    def tables(self, figures: Figures) -> list[Table]:
        """The measure as shown, and all counts behind it."""
        measure = figures.measure
        shown = [
            [tier.name, *(_value(measure, figures.counts.get((tier.pk, kind))) for kind in figures.kinds)]
            for tier in figures.tiers
        ]
        behind = [
            [tier.name, _kind(kind), *(figures.counts[tier.pk, kind][name] for name in COUNTS)]
            for tier in figures.tiers
            for kind in figures.kinds
            if (tier.pk, kind) in figures.counts
        ]
        labels = {field.name: field.verbose_name for field in Headcount._meta.fields}
        names = [labels[name] for name in COUNTS]
        return [
            Table(measure.label, [_("Tier"), *map(_kind, figures.kinds)], shown),
            Table(_("Counts behind it"), [_("Tier"), _("Kind of store"), *names], behind),
        ]

    def headline(self, scope: Scope, span: Range) -> Headline | None:
        """The repeat rate of all members."""
        day = headcount_day(span.last)
        if day is None:
            return None
        sums = scope.narrow(Headcount.objects.filter(day=day)).aggregate(all=Sum("members"), again=Sum("again_60d"))
        if not sums["all"]:
            return None
        note = _("%(members)s members") % {"members": counted(sums["all"])}
        return Headline(in_percent(share(sums["again"], sums["all"])), _("60-day repeat rate"), note)


def _counts(
    scope: Scope, day: date, before: date | None
) -> tuple[dict[tuple[int, str], Counts], dict[tuple[int, str], Counts]]:
    """The counts by tier and kind of store of both days."""
    found: dict[date, dict[tuple[int, str], Counts]] = {day: {}}
    rows = scope.narrow(Headcount.objects.filter(day__in=[one for one in (day, before) if one]))
    for row in rows.values("day", "tier_id", "store__kind").annotate(**{f"all_{name}": Sum(name) for name in COUNTS}):
        key = (row["tier_id"], row["store__kind"] or NOWHERE)
        found.setdefault(row["day"], {})[key] = {name: row[f"all_{name}"] for name in COUNTS}
    return found[day], found.get(before, {}) if before else {}


def _cell(measure: Measure, now: Counts | None, before: Counts | None, rule: Rule | None) -> Cell:
    if now is None:
        return Cell(None)
    value, earlier = _value(measure, now), _value(measure, before)
    note = (
        "" if measure.value(now) == now["members"] else _("%(members)s members") % {"members": counted(now["members"])}
    )
    return Cell(
        None if value is None else float(value),
        measure.shown(value),
        note=note,
        change=changed(_float(value), _float(earlier), places=measure.places),
        rule=rule,
        members=now[measure.meant],
    )


def _value(measure: Measure, counts: Counts | None) -> Any:
    return None if counts is None else measure.value(counts)


def _float(value: Decimal | float | None) -> float | None:
    return None if value is None else float(value)


def _place(tier: Tier, kind: str) -> list[Rule]:
    where = leaf("store_kind", "in", [kind]) if kind else leaf("store_kind", "not_in", list(StoreKind.values))
    return [leaf("tier", "in", [tier.pk]), where]


def _kind(kind: str) -> str:
    return str(StoreKind(kind).label) if kind else _("Without a home store")
