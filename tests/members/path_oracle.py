"""The rules of tiers once more, in plain Python: one member, one day after the other, everything added up anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rules:
    """A version of the rules. ``needs`` maps tiers to growth, the lowest first."""

    needs: dict[int, int]
    effective_from: date | None = None
    window: int = 365
    review: int = 365
    grace: int = 30
    at_once: bool = False

    def best(self, growth: int) -> int:
        """The best tier that a growth value earns."""
        return max((tier for tier, need in self.needs.items() if need <= max(0, growth)), key=self.needs.__getitem__)


@dataclass(frozen=True)
class Grant:
    """A tier held by hand from one day to another, both included."""

    tier: int
    first: date
    last: date


@dataclass(frozen=True)
class Event:
    """Growth at a moment: a number, or by the tier held then."""

    at: datetime
    worth: int
    by_tier: dict[int, int] = field(default_factory=dict)


@dataclass
class Walker:
    """A member on the way."""

    rules: Rules
    grants: Sequence[Grant]
    tier: int = 0
    held: int = 0
    since: datetime | None = None
    held_since: datetime | None = None
    review_on: date | None = None
    grace_until: date | None = None
    counted: list[tuple[datetime, int]] = field(default_factory=list)
    held_at: list[int] = field(default_factory=list)

    def growth(self, day: date) -> int:
        """What counts on a day of all that happened so far."""
        first = day - timedelta(days=self.rules.window - 1)
        return sum(worth for at, worth in self.counted if day_of(at) >= first)

    def need(self) -> int:
        """What the tier by growth needs."""
        return self.rules.needs[self.tier]

    def reach(self, tier: int, at: datetime) -> None:
        """Have another tier by growth."""
        self.tier, self.since, self.grace_until = tier, at, None
        again = day_of(at) + timedelta(days=self.rules.review)
        self.review_on = again if self.need() else None

    def hold(self, day: date, at: datetime) -> None:
        """See which tier is held now: the better of growth and grants."""
        active = [one.tier for one in self.grants if one.first <= day <= one.last and one.tier in self.rules.needs]
        held = max([self.tier, *active], key=self.rules.needs.__getitem__)
        if held != self.held:
            self.held, self.held_since = held, at


def day_of(at: datetime) -> date:
    """The business day of a moment."""
    return at.astimezone(ZONE).date()


def midnight(day: date) -> datetime:
    """The moment a business day begins."""
    return datetime.combine(day, time.min, ZONE)


def walk(events: Sequence[Event], versions: Sequence[Rules], grants: Sequence[Grant], until: date) -> Walker:
    """Walk from before everything to the end of the day ``until``. Events come in order, versions and needs too."""
    lowest = next(iter(versions[0].needs))
    walker = Walker(versions[0], grants, lowest, lowest)
    first = [day_of(event.at) for event in events] + [one.first for one in grants]
    first += [one.effective_from for one in versions if one.effective_from]
    day = min(first, default=until)
    while day <= until:
        _midnight(walker, versions, day)
        walker.hold(day, midnight(day))
        for event in (one for one in events if day_of(one.at) == day):
            _happen(walker, event, day)
            walker.hold(day, event.at)
        day += DAY
    return walker


def _midnight(walker: Walker, versions: Sequence[Rules], day: date) -> None:
    moved = False
    for version in versions:
        if version.effective_from == day:
            walker.rules = version
            best = version.best(walker.growth(day))
            gone = walker.tier not in version.needs
            if gone or version.needs[best] > walker.need() or (version.needs[best] < walker.need() and version.at_once):
                walker.reach(best, midnight(day))
                moved = True
    growth = walker.growth(day)
    best = walker.rules.best(growth)
    again = day + timedelta(days=walker.rules.review)
    if moved:
        return
    if walker.rules.needs[best] > walker.need():
        walker.reach(best, midnight(day))
    elif walker.grace_until and growth >= walker.need():
        walker.review_on, walker.grace_until = again, None
    elif walker.grace_until == day:
        walker.reach(best, midnight(day))
    elif walker.review_on == day and growth >= walker.need():
        walker.review_on = again
    elif walker.review_on == day and walker.rules.grace:
        walker.grace_until = day + timedelta(days=walker.rules.grace)
    elif walker.review_on == day:
        walker.reach(best, midnight(day))


def _happen(walker: Walker, event: Event, day: date) -> None:
    walker.held_at.append(walker.held)
    walker.counted.append((event.at, event.by_tier.get(walker.held, event.worth)))
    growth = walker.growth(day)
    best = walker.rules.best(growth)
    if walker.rules.needs[best] > walker.need():
        walker.reach(best, event.at)
    elif walker.grace_until and growth >= walker.need():
        walker.review_on, walker.grace_until = day + timedelta(days=walker.rules.review), None
