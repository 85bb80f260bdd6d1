"""Lifetime value: how probable it is that members still come, what they are expected to buy, and how good that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.insight.charts.bars import Bar
from members.insight.charts.curves import Line
from members.insight.reports.base import PLACE, Headline, Report, Table
from members.insight.reports.figures import Rule, counted, in_percent, in_yuan, leaf, per_head, rule_of, share
from members.insight.scope import Range, Scope
from members.insight.summaries import outlookcounts
from members.insight.value import kept
from members.models import OutlookCount, ValueFit

Band = OutlookCount.Band
FIFTHS = ("0", "20", "40", "60", "80")
MEANINGS = {
    "r": gettext_lazy("r: how alike the rates of coming are"),
    "alpha": gettext_lazy("alpha: weeks that scale the rates of coming"),
    "a": gettext_lazy("a: leaving after a purchase"),
    "b": gettext_lazy("b: staying after a purchase"),
    "p": gettext_lazy("p: how alike the purchases of one member are"),
    "q": gettext_lazy("q: how alike the means of members are"),
    "v": gettext_lazy("v: yuan that scale the means"),
}


@dataclass(frozen=True)
class Group:
    """Members who still come with a like probability, and what is expected of them all."""

    band: str
    members: int
    soon: int
    expected: float
    value: Decimal
    rule: Rule
    soon_rule: Rule


@dataclass(frozen=True)
class Proof:
    """Members with so many purchases in the first part of the time, and per head what they bought in the second."""

    purchases: int
    members: int
    came: float
    expected: float


@dataclass(frozen=True)
class Figures:
    """The groups of a place, all of them together, and the fit that this rests on."""

    groups: Sequence[Group]
    members: int
    expected: float
    value: Decimal
    fit: ValueFit
    proofs: Sequence[Proof]

    @property
    def bars(self) -> list[Bar]:
        """Members by how probable it is that they still come."""
        note = _("%(orders)s purchases in 90 days · %(spend)s in a year")
        return [
            Bar(
                Band(one.band).label,
                one.members,
                counted(one.members),
                note % {"orders": counted(round(one.expected)), "spend": in_yuan(one.value)},
                one.rule,
                one.members,
            )
            for one in self.groups
        ]

    @property
    def soon_bars(self) -> list[Bar]:
        """The same for those of whom a purchase is expected in 90 days."""
        return [
            Bar(Band(one.band).label, one.soon, counted(one.soon), in_percent(share(one.soon, one.members)),
                one.soon_rule, one.soon)
            for one in self.groups
            if one.soon
        ]  # fmt: skip

    @property
    def lines(self) -> list[Line]:
        """Purchases per head in the second part of the time: made, and expected."""
        came = [(float(one.purchases), one.came) for one in self.proofs]
        expected = [(float(one.purchases), one.expected) for one in self.proofs]
        return [Line(_("made"), came), Line(_("expected"), expected)]

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Numbers of purchases in the first part; the last stands for more, too."""
        return [
            (float(one.purchases), f"{one.purchases}{'+' if one.purchases == kept.MOST_SHOWN else ''}")
            for one in self.proofs
        ]

    @property
    def off_by(self) -> str:
        """By how much all expectations together missed what came."""
        came = sum(one.came * one.members for one in self.proofs)
        expected = sum(one.expected * one.members for one in self.proofs)
        return f"{(expected / came - 1) * 100:+.1f}%".replace("-", "−") if came else "—"

    @property
    def cut(self) -> str | None:
        """The day that parted the time for the proof."""
        return self.fit.parameters.get("cut")


class Value(Report):
    """What members will be worth."""

    key = "value"
    title = gettext_lazy("Lifetime value and who still comes")
    definition = gettext_lazy(
        "From the numbers of purchases of living members (business days with an order, until yesterday) BG/NBD learns "
        "how often people come and when they stop (Fader, Hardie & Lee 2005), and Gamma-Gamma how much they spend "
        "(Fader & Hardie 2013). One fit for the whole chain, made anew every week. After one purchase alone nobody can "
        "tell whether a member still comes: they have no probability, but expected purchases. Spend in a year is "
        "expected purchases times the expected spend on one, less what comes back as far as it has come back by now. "
        "The proof: fitted on the first part of the time, compared with the second."
    )
    icon = "trending_up"
    takes = frozenset((PLACE,))
    summaries = (outlookcounts.NAME,)

    def figures(self, scope: Scope, span: Range, options: Mapping[str, str]) -> Figures | None:
        """The groups of a place; None before the first fit."""
        fit = kept.newest()
        groups = _groups(scope)
        if fit is None or not groups:
            return None
        proofs = [
            Proof(row["purchases"], int(row["members"]), row["came"] / row["members"], row["expected"] / row["members"])
            for row in fit.calibration
        ]
        members, expected = sum(one.members for one in groups), sum(one.expected for one in groups)
        return Figures(groups, members, expected, sum((one.value for one in groups), Decimal(0)), fit, proofs)

    def tables(self, figures: Figures) -> list[Table]:
        """The groups, the proof, the parameters."""
        heads = [_("Members"), _("Purchase expected in 90 days"), _("Purchases expected in 90 days"),
                 _("Spend expected in a year"), _("Per head")]  # fmt: skip
        groups = [
            [Band(one.band).label, one.members, one.soon, one.expected, one.value, per_head(one.value, one.members)]
            for one in figures.groups
        ]
        proofs = [[one.purchases, one.members, round(one.came, 2), round(one.expected, 2)] for one in figures.proofs]
        proof_heads = [_("Purchases in the first part"), _("Members"), _("Made per head"), _("Expected per head")]
        found = {**figures.fit.parameters["purchases"], **figures.fit.parameters["spending"]}
        parameters = [
            [label, *(_figure(found[name][part]) for part in ("value", "low", "high"))]
            for name, label in MEANINGS.items()
        ]
        parameter_heads = [_("Parameter"), _("Value"), _("Interval from"), _("Interval to")]
        return [
            Table(_("Members by how probable it is that they still come"), [_("Probability"), *heads], groups),
            Table(_("The proof: purchases per head in the second part of the time"), proof_heads, proofs),
            Table(_("The fit over the whole chain"), parameter_heads, parameters),
        ]

    def headline(self, scope: Scope, span: Range) -> Headline | None:
        """What is expected of all members in 90 days."""
        sums = scope.narrow(OutlookCount.objects.all()).aggregate(orders=Sum("expected_90d"), soon=Sum("soon"))
        if not sums["orders"]:
            return None
        note = _("%(members)s members are expected") % {"members": counted(sums["soon"])}
        return Headline(counted(round(sums["orders"])), _("purchases expected in 90 days"), note)


def outlook_rules(band: str) -> list[Rule]:
    """The conditions of members in a band of probability."""
    if band == Band.ONCE:
        return [leaf("expected_90d", "gte", 0), {"none": [leaf("alive", "gte", 0)]}]
    found = [leaf("alive", "gte", int(band))]
    return [*found, {"none": [leaf("alive", "gte", int(band) + 20)]}] if band != Band.SURE else found


def _groups(scope: Scope) -> list[Group]:
    sums = {f"all_{name}": Sum(name) for name in ("members", "soon", "expected_90d", "value_365d")}
    rows = scope.narrow(OutlookCount.objects.all()).values_list("band").annotate(**sums)
    found = {band: numbers for band, *numbers in rows}
    return [_group(scope, band, found[band]) for band in (*reversed(FIFTHS), Band.ONCE.value) if band in found]


def _group(scope: Scope, band: str, numbers: Sequence[Any]) -> Group:
    members, soon, expected, value = numbers
    rules = outlook_rules(band)
    soon_rule = rule_of(scope, [*rules, leaf("expected_90d", "gte", 1)])
    return Group(band, members, soon, expected, value, rule_of(scope, rules), soon_rule)


def _figure(value: Any) -> str | None:
    return None if value is None else f"{value:.4g}"
