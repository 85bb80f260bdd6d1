"""Many lives lived side by side in one transaction, step by step, and everything that was wrong with them."""

import random
from collections.abc import Iterator, Sequence

from django.db import transaction

from stores import policy
from tests.members.oracle.records import History, Programme
from tests.torture import arrivals, checks, world
from tests.torture.lives import Life, copies, steps_until

CHUNKS = (1, 7, 100, 2000)
Wrong = tuple[Life | None, str]


def live(programme: Programme, lives: Sequence[Life], chunk: int = 2000) -> list[Wrong]:
    """Live these lives under the programme and undo all of it; what was wrong, with the life where it is known."""
    with transaction.atomic():
        found = list(_live(programme, lives, chunk))
        transaction.set_rollback(True)
    policy.forget()
    return found


def lives_of(
    programme: Programme, histories: Sequence[History], permutations: int, chance: random.Random
) -> list[Life]:
    """Each history in order, and in so many other orders."""
    steps, lives = steps_until(programme.as_of), []
    for history in histories:
        lives += copies(history, steps, permutations, chance, first=1 + len(lives))
    return lives


def _live(programme: Programme, lives: Sequence[Life], chunk: int) -> Iterator[Wrong]:
    world.build(programme)
    arrivals.join(lives, programme)
    for step, at in enumerate(steps_until(programme.as_of)):
        arrivals.arrive(lives, step, programme, at, chunk=chunk)
        yield from ((None, f"at step {step}: {words}") for words in checks.unbalanced(lives))
    arrivals.settle([pk for life in lives for pk in life.members], at=programme.as_of)
    yield from checks.compare(programme, lives)
    first = {id(life.history): life for life in reversed(lives)}
    yield from checks.sleepers(programme, list(first.values()))
    for question in (checks.settled_twice, checks.sent_again):
        yield from ((None, words) for words in question(lives, programme))
    yield from ((None, words) for words in checks.breaches(programme))
