"""One batch of the torture: many histories in many orders, lived at once, and what was wrong in words."""

import random
import time
from dataclasses import dataclass, field

from tests.members.oracle.records import History, Programme
from tests.torture import checks, otherways
from tests.torture.drawing import batch_of
from tests.torture.living import Wrong, live, lives_of
from tests.torture.reducing import reduced

SHOWN = 5
OTHER_WAYS = 5  # so many histories of a batch are lived in the other ways, too


@dataclass
class Batch:
    """Which batch of which run, and what came of it."""

    seed: int
    nth: int
    histories: int = 0
    lives: int = 0
    otherwise: int = 0
    events: int = 0
    seconds: float = 0.0
    differences: int = 0
    words: list[str] = field(default_factory=list)


def run_batch(seed: int, nth: int, *, histories: int, permutations: int, otherwise: int = OTHER_WAYS) -> Batch:
    """Live a batch. What goes wrong is reduced to a small story, told in ``words`` with how to see it again.

    The last ``otherwise`` histories are lived in the other ways, too.
    """
    begun, batch = time.monotonic(), Batch(seed, nth)
    programme, told = batch_of(seed, nth, histories)
    chance = random.Random(f"{seed}:{nth}")
    lives = lives_of(programme, told, permutations, chance)
    found = live(programme, lives, chance)
    batch.histories, batch.lives = len(told), len(lives)
    batch.events = sum(len(events) for life in lives for events in life.arrivals.values())
    batch.differences = len(found)
    if found:
        batch.words = [*map(_line, found[:SHOWN]), *smaller(programme, told, found, seed)]
    for number, history in enumerate(told[len(told) - otherwise :], 1 + seed):
        wrong = otherways.lived(programme, history, number)
        batch.differences += len(wrong)
        batch.words += wrong
    batch.otherwise = otherwise * len(otherways.WAYS)
    if batch.differences:
        batch.words.append(f"seen again by: make torture SEED={seed} ONLY={nth}")
    batch.seconds = time.monotonic() - begun
    return batch


def smaller(programme: Programme, histories: list[History], found: list[Wrong], seed: int) -> list[str]:
    """A small story that goes wrong too, in words: from a history that went wrong, if it is known which one did."""
    known = {id(life.history): life.history for life, _words in found if life}
    for history in list(known.values()) or histories:
        (simple, short), wrong = reduced(programme, history, seed)
        if wrong:
            return ["reduced to:", str(simple), checks.told(short), *map(_line, wrong[:SHOWN])]
    return ["no history goes wrong alone"]


def _line(one: Wrong) -> str:
    life, words = one
    if life is None:
        return words
    arrived = {
        step: [str(getattr(event, "number", event)) for event in life.arrivals[step]] for step in sorted(life.arrivals)
    }
    how = f"door {life.door}, by card: {life.by_card}, newcomers: {life.newcomers}"
    return f"{words}\n    {how}, arrivals by step: {arrived}"
