"""The path of a member through the tiers, day by day, and what each order was worth on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.members.oracle.days import day_of, midnight
from tests.members.oracle.rates import worth
from tests.members.oracle.records import Correction, Grant, Programme, Sale, TierVersion
from tests.members.oracle.sales import Key, in_time, key_of

Kept = Sequence[tuple[Sale, Decimal]]  # sales of a member, each with what was not brought back
Happening = tuple[datetime, tuple[Sale, Decimal] | int]  # a sale with what is left of it, or a correction
DAY = timedelta(days=1)


@dataclass
class Path:
    """Where a member stands: by growth, and held (a grant may be better). ``since`` None is "from the beginning"."""

    rules: TierVersion
    tier: str
    held: str
    since: datetime | None = None
    held_since: datetime | None = None
    review_on: date | None = None
    grace_until: date | None = None
    worth: dict[Key, tuple[int, int]] = field(default_factory=dict)
    counted: list[tuple[datetime, int]] = field(default_factory=list)
    changes: list[tuple[datetime, str, str, str]] = field(default_factory=list)  # at, before, after, why

    def growth(self, day: date) -> int:
        """The growth value in the window that ends with ``day``, of all that was counted so far."""
        begin = midnight(day - timedelta(days=self.rules.window_days - 1))
        return sum(value for at, value in self.counted if at >= begin)

    def reach(self, tier: str, at: datetime) -> None:
        """Come to a tier by growth: it will be reviewed again, unless it is the lowest."""
        self.tier, self.since, self.grace_until = tier, at, None
        again = day_of(at) + timedelta(days=self.rules.review_days)
        self.review_on = again if self.rules.rank(tier) else None

    def hold(self, tier: str, at: datetime, why: str) -> None:
        """Hold a tier from now on."""
        if tier != self.held:
            self.changes.append((at, self.held, tier, why))
            self.held, self.held_since = tier, at


def walk(
    programme: Programme, kept: Kept, corrections: Sequence[Correction], grants: Sequence[Grant], until: date
) -> Path:
    """Go from the first day on which anything happened to ``until``: at midnight what midnight brings, then the day."""
    rules = programme.versions[0]
    lowest = rules.thresholds[0][0]
    path = Path(rules, lowest, lowest)
    happenings = _happenings(kept, corrections)
    day = min([until, *happenings, *(grant.starts_on for grant in grants)])
    for version in programme.versions[1:]:
        if version.effective_from < day:
            path.rules = version
    while day <= until:
        why = _midnight(path, programme, day)
        path.hold(_best(path, grants, day), midnight(day), why or _why_grant(path, grants, day))
        for at, what in happenings.get(day, ()):
            _event(path, programme, at, what)
            path.hold(_best(path, grants, day), at, "growth")
        day += DAY
    return path


def _happenings(kept: Kept, corrections: Sequence[Correction]) -> dict[date, list[Happening]]:
    """What counts as growth, by day: at one moment the sales by channel and number, then corrections as entered."""
    left = {key_of(sale): amount for sale, amount in kept}
    found: list[Happening] = [
        (sale.paid_at, (sale, left[key_of(sale)])) for sale in in_time(sale for sale, _left in kept)
    ]
    found += [(one.at, one.delta) for one in corrections]
    by_day: dict[date, list[Happening]] = {}
    for at, what in sorted(found, key=lambda one: one[0]):
        by_day.setdefault(day_of(at), []).append((at, what))
    return by_day


def _midnight(path: Path, programme: Programme, day: date) -> str:
    """New rules, growth that rose, the review, the end of grace. Returns why the tier by growth moved, if it did.

    Growth rises at midnight where what a correction took leaves the window; it earns like any other.
    """
    at, why = midnight(day), ""
    for version in programme.versions[1:]:
        if version.effective_from == day:
            path.rules = version
            why = _new_rules(path, day)
    best = path.rules.best(path.growth(day))
    if path.rules.rank(best) > path.rules.rank(path.tier):
        path.reach(best, at)
        why = "growth"
    elif path.grace_until and path.growth(day) >= path.rules.needs(path.tier):
        path.review_on, path.grace_until = day + timedelta(days=path.rules.review_days), None
    if path.review_on == day and path.grace_until is None:
        if path.growth(day) >= path.rules.needs(path.tier):
            path.review_on = day + timedelta(days=path.rules.review_days)
        else:
            path.grace_until = day + timedelta(days=path.rules.grace_days)
    if path.grace_until == day:
        path.reach(path.rules.best(path.growth(day)), at)
        why = "review"
    return why


def _new_rules(path: Path, day: date) -> str:
    best = path.rules.best(path.growth(day))
    higher, lower = (
        path.rules.rank(best) > path.rules.rank(path.tier),
        path.rules.rank(best) < path.rules.rank(path.tier),
    )
    if higher or lower and path.rules.at_once:
        path.reach(best, midnight(day))
        return "rules"
    return ""


def _event(path: Path, programme: Programme, at: datetime, what: tuple[Sale, Decimal] | int) -> None:
    if isinstance(what, int):
        path.counted.append((at, what))
    else:
        sale, left = what
        path.worth[key_of(sale)] = worth(programme, sale, left, path.held)
        path.counted.append((at, path.worth[key_of(sale)][0]))
    day, rules = day_of(at), path.rules
    best = rules.best(path.growth(day))
    if rules.rank(best) > rules.rank(path.tier):
        path.reach(best, at)
    elif path.grace_until and path.growth(day) >= rules.needs(path.tier):
        path.review_on, path.grace_until = day + timedelta(days=rules.review_days), None


def _best(path: Path, grants: Sequence[Grant], day: date) -> str:
    return max([path.tier, *(grant.tier for grant in grants if _is_active(grant, day))], key=path.rules.rank)


def _is_active(grant: Grant, day: date) -> bool:
    last = min(grant.ends_on, grant.revoked_on - DAY) if grant.revoked_on else grant.ends_on
    return grant.starts_on <= day <= last


def _why_grant(path: Path, grants: Sequence[Grant], day: date) -> str:
    return "grant" if path.rules.rank(_best(path, grants, day)) > path.rules.rank(path.held) else "grant_ended"
