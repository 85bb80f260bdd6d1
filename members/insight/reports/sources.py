"""Channel sources: where members came from, and how many of them bought, bought again, and what they spent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.insight.charts.bars import Bar
from members.insight.reports.base import Headline, Option, Report, Table
from members.insight.reports.figures import counted, happened, in_percent, in_yuan, per_head, rule_of, share
from members.insight.scope import Range, Scope
from members.models import SourceCount

SHOWN = 15


@dataclass(frozen=True)
class Source:
    """Members who joined from somewhere, or in a month; of them who bought since, who bought again, and their spend.

    ``keys`` are the sources as they are recorded.
    """

    name: str
    members: int
    bought: int
    again: int
    spend: Decimal
    keys: tuple[str, ...] = ()

    @property
    def bought_share(self) -> float | None:
        """In percent of those who joined."""
        return share(self.bought, self.members)

    @property
    def again_share(self) -> float | None:
        """In percent of those who bought."""
        return share(self.again, self.bought)

    @property
    def per_head(self) -> Decimal | None:
        """Spend in yuan for each who joined."""
        return per_head(self.spend, self.members)


@dataclass(frozen=True)
class Figures:
    """The sources, the largest first, those beyond the first few as one; the months; and (month, source) for files."""

    first: date
    last: date
    sources: Sequence[Source]
    months: Sequence[Source]
    by_both: Sequence[tuple[date, Source]]
    bars: Sequence[Bar]

    @property
    def columns(self) -> list[tuple[str, Sequence[int]]]:
        """Joined per month, as a chart takes them: bought since, and not."""
        return [(one.name, (one.bought, one.members - one.bought)) for one in self.months]

    @property
    def names(self) -> list[Any]:
        """What the two parts of a column are."""
        return [_("bought since"), _("not yet")]


MEASURES: dict[str, tuple[Any, Callable[[Source], Any], Callable[[Any], str]]] = {
    "members": (gettext_lazy("Joined"), lambda one: one.members, counted),
    "bought": (gettext_lazy("Bought, of those who joined"), lambda one: one.bought_share, in_percent),
    "again": (gettext_lazy("Bought again, of those who bought"), lambda one: one.again_share, in_percent),
    "per_head": (gettext_lazy("Spend per head"), lambda one: one.per_head, in_yuan),
}


class Sources(Report):
    """Members by where they came from."""

    key = "sources"
    title = gettext_lazy("Channel sources")
    definition = gettext_lazy(
        "Living members who joined in the months that the days touch, by where they came from. Bought: with at least "
        "one order since they are known, until the last count; bought again: with at least two, of those who bought. "
        "Spend per head: all they spent less what came back, for each who joined, buyers or not. Newer months had less "
        "time to buy."
    )
    icon = "call_split"
    usual_days = 365
    summaries = ("sources",)
    options = (Option("measure", gettext_lazy("Figure"), [(key, one[0]) for key, one in MEASURES.items()]),)

    def figures(self, scope: Scope, span: Range, options: Mapping[str, str]) -> Figures | None:
        """The sources of the months; None when nobody joined in them."""
        rows = scope.narrow(SourceCount.objects.filter(month__range=(span.first_month, span.last_month)))
        both = [
            (month, Source(name, members, bought, again, spend, (name,)))
            for month, name, members, bought, again, spend in _summed(rows, "month", "source")
        ]
        if not both:
            return None
        by_name: dict[str, list[Source]] = {}
        by_month: dict[date, list[Source]] = {}
        for month, one in both:
            by_name.setdefault(one.name, []).append(one)
            by_month.setdefault(month, []).append(one)
        largest = sorted((_together(name, found) for name, found in by_name.items()), key=lambda one: -one.members)
        shown = [_told(one) for one in largest[:SHOWN]]
        if largest[SHOWN:]:
            rest = _("%(number)s other sources") % {"number": len(largest) - SHOWN}
            shown.append(_together(rest, largest[SHOWN:]))
        _label, value, text = MEASURES[options["measure"]]
        named_months = [f"{month:%Y-%m}" for month in span.months()]
        bars = [
            Bar(
                one.name,
                float(value(one) or 0),
                text(value(one)),
                _("%(members)s joined") % {"members": counted(one.members)},
                rule_of(scope, [happened("joined_by", sources=one.keys, months=named_months)]),
                one.members,
            )
            for one in shown
        ]
        months = [_together(f"{month:%Y-%m}", by_month[month]) for month in sorted(by_month)]
        return Figures(span.first_month, span.last_month, shown, months, [(on, _told(one)) for on, one in both], bars)

    def tables(self, figures: Figures) -> list[Table]:
        """By source, by month, and by both."""
        heads = [
            _("Joined"),
            _("Bought"),
            "%",
            _("Bought again"),
            "%",
            _("Spend, yuan"),
            _("Spend per head"),
        ]
        return [
            Table(_("By source"), [_("Came from"), *heads], [_line(one) for one in figures.sources]),
            Table(_("By month of joining"), [_("Month"), *heads], [_line(one) for one in figures.months]),
            Table(
                _("By month and source"),
                [_("Month"), _("Came from"), *heads],
                [[f"{month:%Y-%m}", *_line(one)] for month, one in figures.by_both],
            ),
        ]

    def headline(self, scope: Scope, span: Range) -> Headline | None:
        """How many joined, and how many of them bought."""
        rows = scope.narrow(SourceCount.objects.filter(month__range=(span.first_month, span.last_month)))
        sums = rows.aggregate(joined=Sum("members"), buyers=Sum("bought"))
        if not sums["joined"]:
            return None
        note = _("%(share)s of them bought") % {"share": in_percent(share(sums["buyers"], sums["joined"]))}
        return Headline(counted(sums["joined"]), _("members joined"), note)


def _summed(rows: QuerySet, *columns: str) -> Any:
    sums = {f"all_{name}": Sum(name) for name in ("members", "bought", "again", "spend")}
    return rows.order_by(*columns).values_list(*columns).annotate(**sums)


def _together(name: str, parts: Sequence[Source]) -> Source:
    return Source(
        name,
        sum(one.members for one in parts),
        sum(one.bought for one in parts),
        sum(one.again for one in parts),
        sum((one.spend for one in parts), Decimal(0)),
        tuple(sorted({key for one in parts for key in one.keys})),
    )


def _told(one: Source) -> Source:
    return one if one.name else _together(_("Unknown"), [one])


def _line(one: Source) -> list[Any]:
    shares = (one.bought_share, one.again_share)
    return [one.name, one.members, one.bought, shares[0], one.again, shares[1], one.spend, one.per_head]
