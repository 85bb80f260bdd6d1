"""Replaying a version over the past: who would have come in when, and what each step would have done."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from campaigns.journeys import flows
from campaigns.journeys.entering import HOLDOUT_SALT
from campaigns.journeys.flows import END, Flow
from campaigns.journeys.rehearsal.past import Past, Rules, sample
from campaigns.journeys.rehearsal.prices import price_of
from campaigns.journeys.steps import KINDS
from campaigns.journeys.steps.base import Step
from campaigns.journeys.triggers import On
from campaigns.memberdays.recurrence import dates_between
from campaigns.models import Journey, JourneyVersion, Reentry
from members.buckets import SHARES, share
from members.models import Member, MemberState

DAYS = 90
MOST_MEMBERS = 5_000
MOST_STEPS = 200
OPENS = time(6)


@dataclass
class Rehearsal:
    """What a version would have done from ``first`` to ``last``; counts are of the sample, ``scale`` times as many in
    the house. ``today`` are the facts that were taken as they are today, since nobody knows how they were."""

    first: date
    last: date
    sampled: int
    scale: float
    entered: Counter[date] = field(default_factory=Counter)
    control: int = 0
    goal: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    does: Counter[str] = field(default_factory=Counter)
    cost: Decimal = Decimal(0)
    tasks: Counter[tuple[int, date]] = field(default_factory=Counter)
    today: set[str] = field(default_factory=set)

    def house(self, count: int) -> int:
        """As many as that in the sample are so many in the house."""
        return round(count * self.scale)

    @property
    def total(self) -> int:
        """Who would have entered in the house, the control group among them."""
        return self.house(self.entered.total())

    @property
    def yuan(self) -> Decimal:
        """What it would have cost at most, if every coupon had been used."""
        return (self.cost * Decimal(str(self.scale))).quantize(Decimal(1))

    @property
    def busiest(self) -> int:
        """The most tasks that a guide would have got on one day, of the sample."""
        return max(self.tasks.values(), default=0)

    @property
    def tasks_per_day(self) -> float:
        """Tasks per guide who got any, and day, in the house."""
        guides = len({guide for guide, _day in self.tasks})
        days = (self.last - self.first).days + 1
        return round(self.tasks.total() * self.scale / guides / days, 2) if guides else 0.0


def rehearse(version: JourneyVersion, *, at: datetime | None = None, days: int = DAYS) -> Rehearsal:
    """Replay the last ``days`` days for at most some thousand members; nothing is written.

    Raises FlowInvalid for a draft that is not finished.
    """
    now = at or timezone.now()
    flow = flows.read(version.flow)
    living = Member.objects.filter(state=MemberState.ACTIVE).count()
    part = min(SHARES, -(-MOST_MEMBERS * SHARES // living)) if living else SHARES
    first = now - timedelta(days=days)
    members = sample(part, _kinds(flow), first, now)
    scale = living / len(members) if members else 1.0
    found = Rehearsal(timezone.localdate(first), timezone.localdate(now), len(members), scale)
    replay = _Replay(version.journey, flow, Rules(list(members), now), first, now, found)
    for past in members.values():
        replay.member(past)
    found.today = replay.rules.today
    return found


def _kinds(flow: Flow) -> list[str]:
    """What has to be known of the past."""
    waited = {str(step.settings["event"]) for step in flow.by_key.values() if "event" in step.settings}
    ends = {part.event for part in (flow.goal, flow.exit) if part}
    return sorted(waited | {flow.trigger.event or ""} | ends)


@dataclass
class _Replay:
    journey: Journey
    flow: Flow
    rules: Rules
    first: datetime
    last: datetime
    found: Rehearsal
    prices: dict[str, Decimal] = field(default_factory=dict)

    def member(self, past: Past) -> None:
        """All trips of one member."""
        salt, free, before = HOLDOUT_SALT.format(self.journey.pk), self.first, None
        control = share(salt, past.bucket) < self.journey.holdout_percent * 100
        for at in self._entries(past):
            if before is not None and (
                at < free
                or self.journey.reentry == Reentry.ONCE
                or self.journey.reentry == Reentry.AFTER
                and at <= before + timedelta(days=self.journey.reentry_days)
            ):
                continue
            before = at
            self.found.entered[timezone.localdate(at)] += 1
            if control:
                self.found.control += 1
            free = self._goal(past, at) or self.last if control else self._walk(past, at)

    def _entries(self, past: Past) -> Iterator[datetime]:
        trigger = self.flow.trigger
        if trigger.on == On.EVENT:
            news = past.of(trigger.event, self.first, self.last)
            moments = [at for at, what in news if trigger.segment is None or what == trigger.segment]
        elif trigger.on == On.SCHEDULE:
            zone, start = timezone.get_current_timezone(), timezone.localdate(self.first)
            dates = dates_between(trigger.recurrence, start, None, start, timezone.localdate(self.last))
            moments = [datetime.combine(day, OPENS, zone) for day in dates]
        else:
            moments = [self.first]
        return (at for at in moments if self.rules.fits(trigger.rule, past, at))

    def _goal(self, past: Past, entered: datetime) -> datetime | None:
        goal = self.flow.goal
        if goal is None:
            return None
        until = min(entered + timedelta(days=goal.within_days), self.last)
        news = past.of(goal.event, entered, until)
        return next((at for at, _what in news if self.rules.fits(goal.rule, past, at)), None)

    def _exit(self, past: Past, entered: datetime) -> datetime | None:
        """When something let them out early."""
        early = self.flow.exit
        if early is None:
            return None
        news = past.of(early.event, entered, self.last)
        meant = [at for at, what in news if early.segment is None or what == early.segment]
        return next((at for at in meant if self.rules.fits(early.rule, past, at)), None)

    def _walk(self, past: Past, at: datetime) -> datetime:
        """One trip; returns when it was over."""
        reached, left = self._goal(past, at), self._exit(past, at)
        if reached and left and left < reached:
            reached = None
        end = reached or left or self.last
        key, taken = self.flow.first, 0
        while key != END and at < end and taken < MOST_STEPS:
            step, taken = self.flow.by_key[key], taken + 1
            self._do(step, past, at)
            ahead = KINDS[step.kind].foresee(self.journey, step, past, self.rules.fits, at)
            if ahead.ends:
                return ahead.at
            at, key = ahead.at, self.flow.after(step, ahead.lane)
        if reached and at >= reached:
            self.found.goal += 1
        return min(at, end)

    def _do(self, step: Step, past: Past, at: datetime) -> None:
        self.found.steps[step.key] += 1
        what = KINDS[step.kind].does
        if what == "task" and past.guide is None:
            return
        if what:
            self.found.does[what] += 1
            self.found.cost += self._price(step)
        if what == "task" and past.guide is not None:
            self.found.tasks[past.guide, timezone.localdate(at)] += 1

    def _price(self, step: Step) -> Decimal:
        """What the step costs for one member, looked up once."""
        if step.key not in self.prices:
            self.prices[step.key] = price_of(step)
        return self.prices[step.key]
