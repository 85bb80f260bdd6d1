"""R2: a bulk issue whose workers are killed at random moments, whose broker is wiped, whose database crashes."""

import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from config.embedded import Server
from coupons.audits import INVARIANTS
from tests.faults.bulkissue import PEOPLE, START, Count, counted, issued, state
from tests.faults.scratch import Scratch, wait_until

HASTY = "tests.faults.hasty"
CHUNK = 2_000
LONGEST_WAIT = 0.25  # seconds from the first new coupons to the kill
UNDER_WAY = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""


@dataclass
class Kill:
    """One kill: coupons issued by then, if a transaction was under way, messages wiped, and if the database fell."""

    issued: int
    under_way: bool
    wiped: int = 0
    crashed: bool = False


@dataclass
class Outcome:
    """What happened, and what was wrong at the end."""

    kills: list[Kill] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        under_way, wiped = sum(one.under_way for one in self.kills), [one.wiped for one in self.kills if one.wiped]
        return (
            f"{len(self.kills)} kills ({under_way} in a transaction), {len(wiped)} wipes that took messages "
            f"({sum(wiped)}), {sum(one.crashed for one in self.kills)} crashes of the database, "
            f"issued at the kills: {', '.join(f'{one.issued:,}' for one in self.kills)}"
        )


def run(chance: random.Random, *, members: int, kills: int, wipes: int, crashes: int) -> Outcome:
    """Issue a coupon to each of ``members`` through all of it, on a database server of its own."""
    outcome = Outcome()
    wiped, crashed = (set(chance.sample(range(kills), many)) for many in (wipes, crashes))
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "postgres")
        server.join()
        scratch = Scratch("torture_issue", Path(folder) / "work", server=server.url())
        try:
            prepare(scratch, members)
            for nth in range(kills):
                if state(scratch) == "done":
                    break
                outcome.kills.append(kill(scratch, chance, nth in wiped, server if nth in crashed else None))
            outcome.wrong = ended_well(scratch, members, outcome.kills, kills)
        finally:
            scratch.close()
            server.leave()
    return outcome


def prepare(scratch: Scratch, members: int) -> None:
    """Tables, members, and the issue written down."""
    scratch.folder.mkdir(parents=True, exist_ok=True)
    scratch.manage("migrate", "--verbosity", "0")
    scratch.rows(PEOPLE, [members])
    scratch.manage("shell", "-c", START)


def kill(scratch: Scratch, chance: random.Random, wipe: bool, server: Server | None) -> Kill:
    """Start workers, wait until they have issued some and a moment more, and kill them all; with the database first,
    where it is to crash."""
    before = issued(scratch)
    scratch.start(HASTY, CHANGKE_TEST_CHUNK=str(CHUNK))
    if not wait_until(lambda: issued(scratch) > before or state(scratch) == "done", 120):
        raise RuntimeError(f"Nothing is issued: {scratch.log()}")
    time.sleep(chance.uniform(0, LONGEST_WAIT))
    under_way = bool(scratch.rows(UNDER_WAY)[0][0])
    if server:
        server.stop("immediate")
    scratch.kill()
    if server:
        server.start()
    return Kill(issued(scratch), under_way, scratch.empty_the_broker() if wipe else 0, server is not None)


def ended_well(scratch: Scratch, members: int, kills: Sequence[Kill], wanted: int) -> list[str]:
    """Let it come to its end undisturbed; what is missing, double or against a rule."""
    scratch.start(HASTY)
    if not wait_until(lambda: state(scratch) == "done", 600):
        return [f"the job is {state(scratch)}: {scratch.log()}"]
    scratch.kill()
    found, right = counted(scratch), Count(*[members] * 6)
    wrong = [] if found == right else [f"{found} instead of {right}"]
    wrong += [] if len(kills) == wanted else [f"only {len(kills)} kills of {wanted} found anything to kill"]
    for name, sql, _rule in INVARIANTS:
        try:
            wrong += [f"{name}: {row}" for row in scratch.rows(sql)[:3]]
        except psycopg.Error as error:
            wrong.append(f"{name}: {error}")
    return wrong
