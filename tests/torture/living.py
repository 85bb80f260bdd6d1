"""Many lives lived side by side in one transaction, step by step, and everything that was wrong with them."""

import random
import traceback
from collections.abc import Iterator, Sequence

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


def _live(programme: Programme, lives: Sequence[Life], chance: random.Random) -> Iterator[Wrong]:
    world.build(programme)
    arrivals.join(lives, programme)
    for step, at in enumerate(steps_until(programme.as_of)):
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
