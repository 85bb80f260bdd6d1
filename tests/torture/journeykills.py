"""A million steps of a journey whose workers are killed at random moments: none lost, none taken twice."""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.embedded import Server
from tests.faults.journeysteps import STEPS, broken, counted, is_over, prepare, right, visits
from tests.faults.scratch import Scratch, wait_until
from tests.torture.bulkissue import HASTY, UNDER_WAY

CHUNK = 2_000
PACE = 120_000  # members of a crowd for each second that may pass until a kill, so that kills come at every step
CONTROL = 4_000  # members of the control


@dataclass
class Outcome:
    """How many steps were taken at each kill, if a transaction was under way, and what was wrong at the end."""

    kills: list[int] = field(default_factory=list)
    under_way: int = 0
    doubles: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        at = ", ".join(f"{one:,}" for one in self.kills)
        return (
            f"{len(self.kills)} kills ({self.under_way} in a transaction), steps taken by then: {at}; where effects "
            f"are committed before the moves (control): {self.doubles:,} steps twice"
        )


def run(chance: random.Random, *, members: int, kills: int) -> Outcome:
    """Everybody through the journey while workers are killed; then the control, which must take steps twice."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as url:
        with scratched("torture_journeys", Path(folder) / "work", url, members) as scratch:
            survive(scratch, chance, outcome, members=members, kills=kills)
        with scratched("torture_journeys_control", Path(folder) / "control", url, CONTROL) as scratch:
            outcome.doubles = doubles(scratch, chance)
    if not outcome.doubles:
        outcome.wrong.append("the control took no step twice: this run proves nothing")
    return outcome


def survive(scratch: Scratch, chance: random.Random, outcome: Outcome, *, members: int, kills: int) -> None:
    """Everybody through, with so many kills on the way; what was wrong is written down."""
    for _nth in range(kills):
        if is_over(scratch):
            break
        kill(scratch, chance, outcome, members / PACE)
    outcome.wrong = ended_well(scratch, members)
    if len(outcome.kills) < kills:
        outcome.wrong.append(f"only {len(outcome.kills)} of {kills} kills found anything under way")


def kill(scratch: Scratch, chance: random.Random, outcome: Outcome, longest: float, **env: str) -> None:
    """Start workers, wait until they have taken steps and some seconds more, and kill them all."""
    before = visits(scratch)
    scratch.start(HASTY, CHANGKE_TEST_CHUNK=str(CHUNK), **env)
    if not wait_until(lambda: visits(scratch) > before or is_over(scratch), 120):
        raise RuntimeError(f"Nobody moves on: {scratch.log()}")
    time.sleep(chance.uniform(0, longest))
    outcome.under_way += bool(scratch.rows(UNDER_WAY)[0][0])
    scratch.kill()
    outcome.kills.append(visits(scratch))


def ended_well(scratch: Scratch, members: int) -> list[str]:
    """Let it come to its end undisturbed; what is missing, double or against a rule."""
    scratch.start(HASTY)
    if not wait_until(lambda: is_over(scratch), 60 + members * STEPS / 1_000):
        return [f"still on the way: {counted(scratch)}: {scratch.log()}"]
    scratch.kill()
    found = counted(scratch)
    wrong = [] if found == right(members) else [f"{found} instead of {right(members)}"]
    return wrong + broken(scratch)


def doubles(scratch: Scratch, chance: random.Random) -> int:
    """The same kills where effect and move are two transactions; how many steps were taken twice."""
    for _nth in range(3):
        kill(scratch, chance, Outcome(), 0.2, CHANGKE_TEST_UNSAFE="1")
    scratch.start(HASTY)
    wait_until(lambda: is_over(scratch), 120)
    scratch.kill()
    found = counted(scratch)
    return found.visits - found.different


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a database server of its own."""
    server = Server(folder / "postgres")
    server.join()
    try:
        yield server.url()
    finally:
        server.leave()


@contextmanager
def scratched(name: str, folder: Path, server: str, members: int) -> Iterator[Scratch]:
    """A database with the journey and everybody at its first step."""
    scratch = Scratch(name, folder, server=server)
    try:
        scratch.folder.mkdir(parents=True, exist_ok=True)
        scratch.manage("migrate", "--verbosity", "0")
        prepare(scratch, members)
        yield scratch
    finally:
        scratch.close()
