"""Many lives lived side by side in one transaction, step by step, and everything that was wrong with them."""

import random
import traceback
from collections.abc import Iterator, Sequence
from datetime import datetime

from tests.members.oracle.days import day_of
from tests.members.oracle.records import History, Programme
from tests.torture import arrivals, checks, world
from tests.torture.lives import Life, copies, steps_until
from tests.torture.undoing import undone

CHUNKS, WEIGHTS = (3, 50, 2000), (1, 3, 8)  # how much goes into one call, and how often
NIGHTS = 0.5  # how often the nightly refresh comes before the next things arrive
Wrong = tuple[Life | None, str]


def live(programme: Programme, lives: Sequence[Life], chance: random.Random) -> list[Wrong]:
    """Live these lives under the programme and undo all of it; what was wrong, with the life where it is known."""
    found: list[Wrong] = []
    try:
        with undone():
            found += _live(programme, lives, chance)
    except Exception:  # whatever breaks, it breaks for this history and is to be told with it
        found.append((None, traceback.format_exc()))
    return found


def lives_of(
    programme: Programme, histories: Sequence[History], permutations: int, chance: random.Random
) -> list[Life]:
    """Each history in order, and in so many other orders."""
    steps, lives = steps_until(programme.as_of), []
    for history in histories:
        lives += copies(history, steps, permutations, chance, first=1 + len(lives))
    return lives


def turned(programme: Programme, before: datetime, at: datetime) -> bool:
    """Whether something came between two moments for which the house settles everybody: other rules of tiers (the job
    that puts them into force), or other cut points of spend (the first night of a month)."""
    days = [version.effective_from for version in programme.versions if version.effective_from]
    days += [month for month, _cuts in programme.monthly_cuts]
    return any(day_of(before) < day <= day_of(at) for day in days)


def _live(programme: Programme, lives: Sequence[Life], chance: random.Random) -> Iterator[Wrong]:
    world.build(programme)
    arrivals.join(lives, programme)
    before = None
    for step, at in enumerate(steps_until(programme.as_of)):
        if before is not None and turned(programme, before, at):
            arrivals.settle_all(lives, at)
        before = at
        if chance.random() < NIGHTS:
            arrivals.night(lives, at)
        (chunk,) = chance.choices(CHUNKS, WEIGHTS)
        arrivals.arrive(lives, step, programme, at, chunk=chunk)
        yield from ((None, f"at step {step}: {words}") for words in checks.unbalanced(lives))
    arrivals.night(lives, programme.as_of)
    yield from checks.compare(programme, lives)
    first = {id(life.history): life for life in reversed(lives)}
    yield from checks.sleepers(programme, list(first.values()))
    for question in (checks.settled_twice, checks.sent_again):
        yield from ((None, words) for words in question(lives, programme))
    yield from ((None, words) for words in checks.breaches(programme))
