"""Programmes and histories from a seed: the same seed, the same stories."""

from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.members.oracle.records import History, Programme
from tests.torture.histories import histories
from tests.torture.programmes import programmes

Drawn = TypeVar("Drawn")
BATCHES_PER_SEED = 100_000
# A programme is worth its while when it is not among the simplest that there are.
INTERESTING = 12


def batch_of(number: int, nth: int, count: int) -> tuple[Programme, list[History]]:
    """The ``nth`` batch of the run seeded ``number``: a programme and ``count`` histories under it."""
    own = number * BATCHES_PER_SEED + nth
    programme = drawn(programmes(), INTERESTING, own)[-1]
    return programme, drawn(histories(programme), count, own)


def drawn(strategy: SearchStrategy[Drawn], count: int, number: int) -> list[Drawn]:
    """At most ``count`` different examples of a strategy, always the same ones for a seed."""
    found: list[Drawn] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def keep(example: Any) -> None:
        found.append(example)

    keep()
    return found
