"""What the jobs found out, put together for a page: of everything there is, of one campaign, or of one journey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _

from campaigns.journeys import drawing, sketching
from campaigns.models import Attribution, Effect, Journey, Measure, MemberDay, Part, StopRule
from campaigns.results import alphabetical
from stores.models import Staff, Store

SHOWN = 20
SHARES = (Measure.BOUGHT, Measure.GOAL)
LEAST_SPAN = 2.0  # points on either side of zero that a scale shows at least


@dataclass(frozen=True)
class Line:
    """An effect with the name of what it is of, and where that leads."""

    name: str
    effect: Effect
    url_of: tuple[str, int] | None = None

    @property
    def ends(self) -> tuple[float, float, float] | None:
        """The interval with the effect in its middle, in points (yuan per head for what was spent)."""
        one, times = self.effect, 1 if self.effect.measure == Measure.SPEND else 100
        if one.low is None or one.effect is None or one.high is None:
            return None
        return one.low * times, one.effect * times, one.high * times


@dataclass(frozen=True)
class Group:
    """Lines on one scale, which reaches so many points to both sides of zero."""

    title: Any
    note: Any
    lines: Sequence[Line]

    @property
    def reach(self) -> float:
        """How far the scale goes."""
        ends = [abs(end) for line in self.lines if line.ends for end in (line.ends[0], line.ends[2])]
        return max(LEAST_SPAN, min(max(ends, default=LEAST_SPAN), 100.0))

    @property
    def ticks(self) -> list[float]:
        """Both ends and zero."""
        whole = float(round(self.reach))
        return [-whole, 0.0, whole]


@dataclass(frozen=True)
class Owed:
    """Orders that followed: of a step, through a coupon and as the last touch before them."""

    name: str
    direct: int
    direct_amount: Decimal
    after: int
    after_amount: Decimal


@dataclass(frozen=True)
class Board:
    """All that is known of what a campaign or a journey changed. ``bought`` and ``spent`` are of all members, of the
    newest date; without them nothing was measured yet. ``over`` and ``over_spent`` are of ``dates`` dates together."""

    bought: Line | None
    spent: Line | None
    groups: Sequence[Group]
    owed: Sequence[Owed]
    rule: StopRule | None = None
    over: Line | None = None
    over_spent: Line | None = None

    @property
    def dates(self) -> int:
        """How many dates are measured together."""
        return int(self.over.effect.key) if self.over else 0

    @property
    def as_of(self) -> datetime | None:
        """When it was measured."""
        return self.bought.effect.as_of if self.bought else None


def everything() -> list[Line]:
    """The newest effect on the share of each campaign and journey, those measured last first."""
    whole = Effect.objects.filter(part=Part.WHOLE, measure__in=SHARES)
    days = whole.filter(journey=None).order_by("occurrence__member_day_id", "-occurrence__on")
    days = days.distinct("occurrence__member_day_id").select_related("occurrence__member_day")
    journeys = whole.filter(occurrence=None).select_related("journey")
    lines = [
        Line(f"{one.occurrence}", one, ("lift-campaign", one.occurrence.member_day_id))
        for one in days
        if one.occurrence
    ]
    lines += [Line(one.journey.name, one, ("lift-journey", one.journey.pk)) for one in journeys if one.journey]
    return sorted(lines, key=lambda line: line.effect.until, reverse=True)


def of_campaign(day: MemberDay) -> Board:
    """The dates of a campaign, together and one by one; of the newest one its stores and guides."""
    rows = Effect.objects.filter(occurrence__member_day=day).select_related("occurrence").order_by("-occurrence__on")
    shares = list(rows.filter(part=Part.WHOLE, measure__in=SHARES)[:SHOWN])
    spent = rows.filter(part=Part.WHOLE, measure=Measure.SPEND).first()
    newest = rows.filter(occurrence=shares[0].occurrence) if shares else rows.none()
    dates = [Line(f"{one.occurrence.on:%Y-%m-%d}", one) for one in shares if one.occurrence]
    over = {one.measure: one for one in Effect.objects.filter(campaign=day, part=Part.DATES)}
    together = [Line(_("All %(n)s dates") % {"n": one.key}, one) for one in over.values() if one.measure in SHARES]
    return Board(
        bought=dates[0] if dates else None,
        spent=Line("", spent) if spent else None,
        groups=_filled(Group(_("By date"), "", [*together, *dates]), *_places(newest)),
        over=together[0] if together else None,
        over_spent=Line("", over[Measure.SPEND]) if Measure.SPEND in over else None,
        owed=_owed(Attribution.objects.filter(campaign=day), {"notice": _("Its message")}),
    )


def of_journey(journey: Journey) -> Board:
    """A journey: its waves, the ways of its splits, stores and guides, and what its steps led to."""
    rows = Effect.objects.filter(journey=journey).order_by("-pk")
    shares = rows.filter(measure__in=SHARES)
    whole, spent = shares.filter(part=Part.WHOLE).first(), rows.filter(part=Part.WHOLE, measure=Measure.SPEND).first()
    names = steps_of(journey)
    waves = [Line(_wave(one.key), one) for one in shares.filter(part=Part.WAVE).order_by("key")]
    ways = [Line(_way(one.key, names), one) for one in shares.filter(part=Part.LANE).order_by("key")]
    return Board(
        bought=Line("", whole) if whole else None,
        spent=Line("", spent) if spent else None,
        groups=_filled(
            Group(_("By wave"), _("Those who entered together, beside those left out of the same wave."), waves),
            Group(_("By way of a split"), _("Each way beside A, from the split on."), ways),
            *_places(rows),
        ),
        owed=_owed(Attribution.objects.filter(journey=journey), names),
        rule=StopRule.objects.filter(journey=journey).first(),
    )


def _places(rows: QuerySet[Effect]) -> list[Group]:
    """The stores and guides with most members, their effects drawn to that of all."""
    note = _("Drawn to the effect of all, the more the fewer members there are; the figure in brackets is before that.")
    found = []
    for part, title, model in ((Part.STORE, _("By store"), Store), (Part.GUIDE, _("By guide"), Staff)):
        effects = list(rows.filter(part=part).order_by("-treated", "key")[:SHOWN])
        names = {str(one.pk): one.name for one in model.objects.filter(pk__in=[int(one.key) for one in effects])}
        lines = [Line(names.get(one.key, one.key), one) for one in effects]
        found.append(Group(title, note, sorted(lines, key=lambda line: alphabetical(line.name))))
    return found


def _filled(*groups: Group) -> list[Group]:
    return [group for group in groups if group.lines]


def _owed(rows: QuerySet[Attribution], names: Mapping[str, str]) -> list[Owed]:
    """Orders that are owed to something, by step; a step without a name is a message of a campaign."""
    found: dict[str, dict[str, tuple[int, Decimal]]] = {}
    counts = rows.order_by().values_list("step", "kind").annotate(orders=Count("pk"), amount=Sum("amount"))
    for step, kind, orders, amount in counts:
        found.setdefault(step, {})[kind] = orders, amount
    nothing = (0, Decimal(0))
    return [
        Owed(names.get(step, step), *kinds.get("direct", nothing), *kinds.get("last_touch", nothing))
        for step, kinds in sorted(found.items())
    ]


def steps_of(journey: Journey) -> dict[str, str]:
    """The steps of a journey as people call them, by key, also those that only older versions have."""
    versions = sorted(journey.versions.all(), key=attrgetter("number"))
    return {node["key"]: drawing.name(node) for one in versions for node in sketching.walk(one.flow["steps"])}


def _wave(key: str) -> str:
    """The day on which a wave entered, or the number of the job that let it in."""
    kind, _colon, number = key.rpartition(":")
    return number if kind == "day" else f"#{number}"


def _way(key: str, names: Mapping[str, str]) -> str:
    step, _colon, way = key.partition(":")
    return _("%(step)s: %(way)s beside A") % {"step": names.get(step, step), "way": way.upper()}
