"""What members are told about the days to come, and about the points they have: whether it comes true, day by day, in
the oracle, as long as nothing new arrives."""

from collections.abc import Iterator
from datetime import date, timedelta

from members.ledgers import pointlots
from members.models import Member
from members.tiering.tiers import STEPS_SHOWN, Step, TierExplanation, explain_tier
from tests.members.oracle.days import day_of, midnight
from tests.members.oracle.expectation import expect, lots_of, path_of
from tests.members.oracle.records import History, Programme
from tests.members.oracle.tiers import Path
from tests.torture import arrivals, world
from tests.torture.lives import Life
from tests.torture.undoing import undone

DAY = timedelta(days=1)
EXPIRE_WITHIN = 400


def future(programme: Programme, history: History, on: date) -> Path:
    """Where 张晓梅 is at the end of a day to come."""
    return path_of(programme, history, 0, midnight(on + DAY) - timedelta(microseconds=1))


def wrong_about_now(told: TierExplanation, path: Path, today: date) -> Iterator[str]:
    """What is told of today and is not so."""
    growth = path.growth(today)
    needs = [least for _tier, least in path.rules.thresholds if least > path.rules.needs(path.held)]
    expected = {
        "tier": path.held,
        "by_growth": path.tier,
        "growth": max(growth, 0),
        "earned": path.rules.best(growth),
        "missing": max(0, needs[0] - growth) if needs else 0,
        "review_on": path.review_on,
        "grace_until": path.grace_until,
    }
    for name, value in expected.items():
        found = getattr(told, name)
        found = max(found, 0) if name == "growth" else getattr(found, "code", found)
        if found != value:
            yield f"{name}: expected {value}, told {found}"


def comes_true(step: Step, before: Path, after: Path) -> bool:
    """Whether a step happens between two days."""
    rose = after.rules.rank(after.tier) - before.rules.rank(before.tier)
    growth = after.growth(step.on)
    return {
        "notice": after.review_on is not None and after.grace_until is None,
        "leaving": before.growth(step.on - DAY) - growth == step.amount and max(growth, 0) == step.left,
        "below": growth < after.rules.needs(step.tier.code) <= before.growth(step.on - DAY),
        "passed": after.tier == before.tier == step.tier.code and after.review_on != before.review_on,
        "grace": after.grace_until is not None and before.grace_until is None,
        "review": after.tier == step.tier.code and rose <= 0 and after.since == midnight(step.on),
        "growth": after.tier == step.tier.code and rose > 0,
        "grant": after.held == step.tier.code != before.held,
        "grant_ended": after.held == step.tier.code != before.held,
    }[step.what]


def wrong_about_the_future(programme: Programme, history: History, told: TierExplanation, today: date) -> Iterator[str]:
    """Steps that do not come true, and moves of the tier that no step speaks of."""
    for step in told.steps:
        if not comes_true(step, future(programme, history, step.on - DAY), future(programme, history, step.on)):
            yield f"{step.what} on {step.on} ({step.tier.code}, {step.amount}, {step.left}) does not come true"
    known = {step.on for step in told.steps}
    last = max(known) if len(told.steps) == STEPS_SHOWN else today + 1500 * DAY
    edge = future(programme, history, last)
    for on in {at.astimezone(midnight(today).tzinfo).date() for at, *_rest in edge.changes}:
        if today < on < last and on not in known:
            yield f"the tier moves on {on}, of which nothing is told"


def wrong_about_points(programme: Programme, history: History, member: Member) -> Iterator[str]:
    """What is told of points and is not so."""
    as_of, path = programme.as_of, future(programme, history, day_of(programme.as_of))
    lots, _owed = lots_of(programme, history, 0, path, as_of)
    left = sorted((lot.expires_at, lot.at, lot.left) for lot in lots if lot.left)
    purse = pointlots.purse_of(member, as_of)
    if (found := sorted((lot.expires_at, lot.at, lot.left) for lot in purse.lots)) != left:
        yield f"lots: expected {left}, told {found}"
    thawed = sum(lot.left for lot in lots if lot.at <= as_of - timedelta(days=programme.frozen_days))
    if purse.spendable != thawed:
        yield f"spendable: expected {thawed}, told {purse.spendable}"
    for one in purse.expiring(EXPIRE_WITHIN):
        before, after = (
            expect(programme, history, one.at - slip)[0] for slip in (timedelta(microseconds=1), timedelta())
        )
        if before.points - after.points != one.amount:
            yield f"{one.amount} points were to expire at {one.at}, not {before.points - after.points}"


def wrongly_told(programme: Programme, history: History) -> list[str]:
    """Everything 张晓梅 is told at the moment of the programme that is not so or does not come true."""
    with undone():
        world.build(programme)
        life = Life(history, 1, arrivals={0: list(history.events)})
        arrivals.join([life], programme)
        arrivals.arrive([life], 0, programme, programme.as_of, chunk=100)
        member = Member.objects.get(pk=life.members[0])
        told, today = explain_tier(member, at=programme.as_of), day_of(programme.as_of)
        found = list(wrong_about_now(told, future(programme, history, today), today))
        found += wrong_about_the_future(programme, history, told, today)
        found += wrong_about_points(programme, history, member)
    return found
