"""Repeat rate: what share of members comes again after the n-th purchase, and at which number it jumps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.insight.charts.bars import Bar
from members.insight.charts.curves import Point
from members.insight.reports.base import Headline, Option, Report, Table
from members.insight.reports.figures import Rule, counted, in_percent, leaf, rule_of
from members.insight.scope import Range, Scope
from members.insight.summaries import gaps
from members.insight.survival import Jump, Rate, magic_number, repeat_rate
from members.windows import windows

HORIZONS = {
    30: gettext_lazy("30 days"),
    60: gettext_lazy("60 days"),
    90: gettext_lazy("90 days"),
    180: gettext_lazy("180 days"),
    365: gettext_lazy("A year"),
}
USUAL_HORIZON = 60


@dataclass(frozen=True)
class Step:
    """After the n-th purchase: the rate, None while nobody has been watched for so long; how many have not come back
    since, and the rule of those."""

    nth: int
    rate: Rate | None
    waiting: int
    rule: Rule


@dataclass(frozen=True)
class Figures:
    """The rates after each number of purchases made in some months, and the number that matters, if one can tell."""

    first: date
    last: date
    horizon: int
    steps: Sequence[Step]
    magic: Jump | None

    @property
    def points(self) -> list[Point]:
        """The curve, in percent."""
        return [
            Point(_("No. %(n)s") % {"n": one.nth}, one.rate.value * 100, one.rate.low * 100, one.rate.high * 100)
            for one in self.steps
            if one.rate
        ]

    @property
    def magic_index(self) -> int | None:
        """Which point of the curve is the magic number."""
        numbers = [one.nth for one in self.steps if one.rate]
        return numbers.index(self.magic.number) if self.magic else None

    @property
    def bars(self) -> list[Bar]:
        """Who has not come back yet, by number of purchases."""
        return [
            Bar(_("After purchase no. %(n)s") % {"n": one.nth}, one.waiting, counted(one.waiting), "", one.rule,
                one.waiting)
            for one in self.steps
        ]  # fmt: skip

    @property
    def sentence(self) -> str:
        """What the curve says."""
        if self.magic is None:
            return _("No magic number can be told: the intervals of any two neighbours touch.")
        found, before = self._rate(self.magic.number), self._rate(self.magic.number - 1)
        return _(
            "The magic number is %(n)s. After purchase no. %(n)s %(share)s come again within %(days)s days, after no. "
            "%(before)s only %(less)s: a jump of %(by)s points (95%% interval %(low)s to %(high)s)."
        ) % {
            "n": self.magic.number, "before": self.magic.number - 1, "days": self.horizon, "share": found,
            "less": before, "by": f"{self.magic.by * 100:.1f}", "low": f"{self.magic.low * 100:.1f}",
            "high": f"{self.magic.high * 100:.1f}",
        }  # fmt: skip

    def _rate(self, nth: int) -> str:
        return next(in_percent(one.rate.value * 100) for one in self.steps if one.nth == nth and one.rate)


class Repeat(Report):
    """How many come again after the n-th purchase."""

    key = "repeat"
    title = gettext_lazy("Coming again after the n-th purchase")
    definition = gettext_lazy(
        "Of living members who made their n-th purchase in the months that the days touch: the share that bought again "
        "within the days chosen. Who has been watched for less time counts as long as they were (Kaplan-Meier). A "
        "purchase is a business day with an order: several orders on one day are one purchase, and an order that came "
        "back is one, too. Counted until yesterday. The band holds the true rate with a certainty of 95% (Greenwood, "
        "log-log). The magic number is where the rate jumps most over the number before, counting only jumps between "
        "rates whose intervals do not touch. It says who comes again, not that one more purchase would make anybody "
        "loyal."
    )
    icon = "repeat"
    usual_days = 365
    summaries = (gaps.NAME,)
    options = (
        Option("within", gettext_lazy("Within"), [(str(days), label) for days, label in HORIZONS.items()], "60"),
    )

    def figures(self, scope: Scope, span: Range, options: Mapping[str, str]) -> Figures | None:
        """The rates; None when nobody bought in these months."""
        found = gaps.read(scope, span)
        if not found:
            return None
        horizon, today = int(options["within"]), windows().today
        steps = [
            Step(
                nth,
                repeat_rate(one.followed, one.waiting, horizon),
                int(one.waiting.sum()),
                rule_of(scope, [leaf("purchase_days", "eq", nth), *last_bought(span, today)]),
            )
            for nth, one in sorted(found.items())
        ]
        return Figures(span.first_month, span.last_month, horizon, steps, _magic(steps))

    def tables(self, figures: Figures) -> list[Table]:
        """The rates with their intervals, and how many they rest on."""
        heads = [
            _("Purchase"),
            _("Came again within %(days)s days, %%") % {"days": figures.horizon},
            _("Interval from"),
            _("Interval to"),
            _("Made it"),
            _("Watched that long"),
            _("Not back yet"),
        ]
        return [Table(_("Coming again after the n-th purchase"), heads, [_line(one) for one in figures.steps])]

    def headline(self, scope: Scope, span: Range) -> Headline | None:
        """The magic number, or the rate after the first purchase."""
        figures = self.figures(scope, span, {"within": str(USUAL_HORIZON)})
        if figures is None:
            return None
        if figures.magic:
            return Headline(str(figures.magic.number), _("is the magic number"), figures.sentence)
        rate = figures.steps[0].rate
        label = _("come again within %(days)s days after the first purchase") % {"days": USUAL_HORIZON}
        return Headline(in_percent(rate.value * 100), label) if rate else None


def last_bought(span: Range, today: date) -> list[Rule]:
    """The conditions of those whose last order fell into the months that a span touches, as days before today."""
    end = (span.last_month + timedelta(days=32)).replace(day=1)
    found = [leaf("last_order", "within", max((today - span.first_month).days + 1, 1))]
    return [*found, leaf("last_order", "before", (today - end).days)] if (today - end).days > 0 else found


def _magic(steps: Sequence[Step]) -> Jump | None:
    """Over the numbers that follow each other from the first on."""
    return magic_number([one.rate for nth, one in enumerate(steps, start=1) if one.nth == nth])


def _line(one: Step) -> list[Any]:
    if one.rate is None:
        return [one.nth, None, None, None, None, None, one.waiting]
    shares = [round(share * 100, 2) for share in (one.rate.value, one.rate.low, one.rate.high)]
    return [one.nth, *shares, one.rate.began, one.rate.watched, one.waiting]
