"""RFM grid: buyers by two of the three scores, with what they spend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import moneycuts
from members.facts import RECENCY_BINS
from members.insight.charts.matrix import Cell, Head, Matrix, Row
from members.insight.reports.base import PLACE, Headline, Option, Report, Table
from members.insight.reports.figures import counted, in_percent, in_yuan, leaf, per_head, rule_of, share
from members.insight.scope import Range, Scope
from members.models import RfmCount
from members.windows import windows

AXES = {
    "rf": ("recency", "frequency"),
    "rm": ("recency", "money"),
    "fm": ("frequency", "money"),
}
LETTER = {"recency": "R", "frequency": "F", "money": "M"}
MOST_ORDERS = 4


@dataclass(frozen=True)
class Axis:
    """A score and its bins: (score, what it means in days, orders or yuan), the best first."""

    column: str
    bins: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Figures:
    """Members and spend by the scores of two axes; the grid as it is drawn."""

    across: Axis
    down: Axis
    counts: Mapping[tuple[int, int], tuple[int, Decimal]]
    members: int
    grid: Matrix


class Rfm(Report):
    """The grid of two scores."""

    key = "rfm"
    title = gettext_lazy("RFM grid")
    definition = gettext_lazy(
        "Living members who ever bought, by scores as of the last count. R: days since the last order; F: orders in "
        "all, 1, 2, 3, 4 or more; M: spend in all less what came back, in fifths of all buyers whose cut points are "
        "fixed for a month. On a cut point the lower score holds. What a score means in days, orders and yuan stands "
        "beside it."
    )
    icon = "apps"
    takes = frozenset((PLACE,))
    summaries = ("rfm",)
    options = (
        Option("axes", gettext_lazy("Axes"), [("rf", "R × F"), ("rm", "R × M"), ("fm", "F × M")]),
        Option(
            "measure",
            gettext_lazy("Figure"),
            [
                ("members", gettext_lazy("Members")),
                ("per_head", gettext_lazy("Spend per head")),
                ("spend", gettext_lazy("Spend")),
            ],
        ),
    )

    def figures(self, scope: Scope, span: Range, options: Mapping[str, str]) -> Figures | None:
        """The grid; None while nobody who bought was counted."""
        first, second = AXES[options["axes"]]
        rows = scope.narrow(RfmCount.objects.all()).values_list(first, second)
        found = rows.annotate(all_members=Sum("members"), all_spend=Sum("spend"))
        counts = {(one, two): (members, spend) for one, two, members, spend in found}
        if not counts:
            return None
        down, across = _axis(first), _axis(second)
        everybody = sum(members for members, _spend in counts.values())
        lines = [
            Row(
                Head(f"{LETTER[first]}{score}", note=meaning),
                [_cell(scope, (first, score), (second, other), counts.get((score, other)), options, everybody)
                 for other, _meaning in across.bins],
            )
            for score, meaning in down.bins
        ]  # fmt: skip
        heads = [Head(f"{LETTER[second]}{score}", note=meaning) for score, meaning in across.bins]
        caption = _("Members by %(one)s and %(two)s") % {"one": LETTER[first], "two": LETTER[second]}
        return Figures(across, down, counts, everybody, Matrix(caption, heads, lines))

    def tables(self, figures: Figures) -> list[Table]:
        """One line per pair of scores."""
        rows = [
            [f"{LETTER[figures.down.column]}{score}", meaning, f"{LETTER[figures.across.column]}{other}", sense, *both]
            for score, meaning in figures.down.bins
            for other, sense in figures.across.bins
            if (both := figures.counts.get((score, other)))
        ]
        down, across = LETTER[figures.down.column], LETTER[figures.across.column]
        headers = [down, _("means"), across, _("means"), _("Members"), _("Spend, yuan")]
        return [Table(self.title, headers, rows)]

    def headline(self, scope: Scope, span: Range) -> Headline | None:
        """The share of buyers who bought lately and often."""
        rows = scope.narrow(RfmCount.objects.all()).values_list("recency", "frequency").annotate(all=Sum("members"))
        best = len(RECENCY_BINS.value) + 1
        counts = {(recency, frequency): members for recency, frequency, members in rows}
        value = share(counts.get((best, MOST_ORDERS), 0), sum(counts.values()))
        return Headline(in_percent(value), _("of buyers came lately and often (R and F best)")) if counts else None


def _cell(
    scope: Scope,
    one: tuple[str, int],
    two: tuple[str, int],
    count: tuple[int, Decimal] | None,
    options: Mapping[str, str],
    everybody: int,
) -> Cell:
    if count is None:
        return Cell(None)
    members, spend = count
    each = per_head(spend, members)
    figures: dict[str, tuple[Any, str, str]] = {
        "members": (members, counted(members), in_percent(share(members, everybody))),
        "per_head": (each, in_yuan(each), _("%(members)s members") % {"members": counted(members)}),
        "spend": (spend, in_yuan(spend), _("%(members)s members") % {"members": counted(members)}),
    }
    value, text, note = figures[options["measure"]]
    rule = rule_of(scope, [leaf(f"{column}_score", "eq", score) for column, score in (one, two)])
    return Cell(float(value or 0), text, note=note, rule=rule, members=members)


def _axis(column: str) -> Axis:
    """The scores and their raw bins as they are now."""
    if column == "frequency":
        words = [_("1 order"), _("2 orders"), _("3 orders"), _("4 and more")]
        return Axis(column, list(reversed(list(enumerate(words, 1)))))
    if column == "recency":
        bins = sorted(RECENCY_BINS.value)
        edges = [0, *bins]
        words = [_span(low, high - 1, _("%(low)s–%(high)s days")) for low, high in zip(edges, bins, strict=False)]
        words.append(_("from %(low)s days") % {"low": edges[-1]})
        return Axis(column, [(len(words) - nth, word) for nth, word in enumerate(words)])
    cuts = [in_yuan(cut) for cut in moneycuts.current(windows().today)]
    words = [_("up to %(high)s") % {"high": cuts[0]}]
    words += [_span(low, high, _("%(low)s–%(high)s")) for low, high in zip(cuts, cuts[1:], strict=False)]
    words.append(_("above %(low)s") % {"low": cuts[-1]})
    return Axis(column, list(reversed(list(enumerate(words, 1)))))


def _span(low: Any, high: Any, words: str) -> str:
    return words % {"low": low, "high": high}
