"""A worker killed with -9 in the middle of a bulk issue of 200,000 coupons, the broker emptied, a new worker started.

Everybody has one coupon, nobody two. The control issues in the way the house forbids: there such kills make doubles.
``CHANGKE_SEED`` repeats the random moments of a run; ``CHANGKE_KILLS`` sets how many there are.
"""

import logging
import os
import random
import time
from dataclasses import dataclass

import pytest
from django.conf import settings

from coupons.audits import INVARIANTS
from tests import migrated
from tests.faults.bulkissue import PEOPLE, START, START_PACK, Count, counted, issued, kill_in_the_middle, state
from tests.faults.scratch import Scratch, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.kills, pytest.mark.slow]

logger = logging.getLogger(__name__)

MEMBERS = 200_000
KILLS = int(os.environ.get("CHANGKE_KILLS", "5"))
PACKS = 6_000
RESUMES_WITHIN = 120  # seconds, with the real lease and the real tick
RIGHT = Count(MEMBERS, MEMBERS, MEMBERS, MEMBERS, MEMBERS, MEMBERS)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A migrated database with the members in it, to be copied."""
    name = f"faults_{settings.DATABASES['default']['TEST']['NAME']}_{os.getpid()}"
    scratch = Scratch(name, tmp_path_factory.mktemp("base"), copy_of=migrated.database())
    try:
        scratch.rows(PEOPLE, [MEMBERS])
        yield scratch
    finally:
        scratch.close()


@pytest.fixture
def scratch(base, tmp_path):
    """A copy with a bulk issue to everybody written down, and nobody at work yet."""
    copy = Scratch(f"{base.name}_copy", tmp_path, copy_of=base.name)
    try:
        copy.manage("shell", "-c", START)
        yield copy
    finally:
        copy.close()


@dataclass(frozen=True)
class Once:
    """A bulk issue whose workers were killed once: how many had a coupon then, and what there is now it is over."""

    scratch: Scratch
    seed: int
    at_kill: int
    resumed_after: float | None
    count: Count


@pytest.fixture(scope="module")
def killed_once(base, tmp_path_factory):
    """With the real lease and the real tick; nobody is at work any more."""
    seed = int(os.environ.get("CHANGKE_SEED", time.time_ns() % 10**9))
    copy = Scratch(f"{base.name}_once", tmp_path_factory.mktemp("once"), copy_of=base.name)
    try:
        copy.manage("shell", "-c", START)
        copy.start()
        _before, at_kill = kill_in_the_middle(copy, random.Random(seed).uniform(0, 0.4))
        copy.start()
        began = time.monotonic()
        resumed = wait_until(lambda: issued(copy) > at_kill, RESUMES_WITHIN)
        resumed_after = time.monotonic() - began if resumed else None
        assert wait_until(lambda: state(copy) == "done", 120), copy.log()
        count = counted(copy)
        copy.kill()
        yield Once(copy, seed, at_kill, resumed_after, count)
    finally:
        copy.close()


def test_killed_once_with_real_waits_it_goes_on_within_two_minutes(killed_once):
    logger.info("%s", killed_once)
    assert 0 < killed_once.at_kill < MEMBERS, f"seed {killed_once.seed}: killed too late to show anything"
    assert killed_once.resumed_after is not None, killed_once.scratch.log()
    assert killed_once.count == RIGHT, f"seed {killed_once.seed}"


def test_killed_at_random_moments_again_and_again_everybody_has_one(scratch):
    seed = int(os.environ.get("CHANGKE_SEED", time.time_ns() % 10**9))
    pick, kills = random.Random(seed), []
    while len(kills) < KILLS and state(scratch) != "done":
        scratch.start("tests.faults.hasty")
        kills.append(kill_in_the_middle(scratch, pick.uniform(0, 0.4)))
    logger.info("seed %s: issued before and at each kill %s", seed, kills)
    assert sum(at_kill < MEMBERS for _before, at_kill in kills) >= min(KILLS, 3), f"seed {seed}: {kills}"
    scratch.start("tests.faults.hasty")
    assert wait_until(lambda: state(scratch) == "done", 180), scratch.log()
    assert counted(scratch) == RIGHT, f"seed {seed}, kills {kills}"
    assert scratch.rows("SELECT result FROM stores_job WHERE kind = 'coupons.issue'")[0][0] == {
        "issued": MEMBERS,
        "skipped": {},
    }
    for name, sql, _rule in INVARIANTS:
        assert scratch.rows(sql) == [], name


def test_the_control_issued_in_two_transactions_the_same_kills_make_doubles(scratch):
    """Without the unique index and with the cursor moved after the effect, the count must notice."""
    scratch.rows("DROP INDEX one_coupon_per_run")
    for _ in range(3):
        scratch.start("tests.faults.hasty", CHANGKE_TEST_UNSAFE="1")
        kill_in_the_middle(scratch, 0, more=10_000)
    found = counted(scratch)
    assert found.coupons > found.holders
    assert found != RIGHT


def test_the_control_one_missing_and_one_twice_are_noticed(killed_once):
    """The count itself: it differs when a single coupon is missing or doubled."""
    scratch = killed_once.scratch
    assert counted(scratch) == RIGHT
    scratch.rows("DROP INDEX one_coupon_per_run")
    scratch.rows("UPDATE coupons_coupon SET member_id = 1 WHERE member_id = 2")
    assert counted(scratch).holders == MEMBERS - 1


def test_killed_while_coupons_of_packs_are_due_each_step_is_given_once(base, tmp_path):
    seed = int(os.environ.get("CHANGKE_SEED", time.time_ns() % 10**9))
    pick, kills = random.Random(seed), []
    scratch = Scratch(f"{base.name}_packs", tmp_path, copy_of=base.name)
    try:
        scratch.manage("shell", "-c", START_PACK.replace("{people}", str(PACKS)))
        for _kill in range(3):
            scratch.start("tests.faults.hasty")
            kills.append(kill_in_the_middle(scratch, pick.uniform(0, 0.2)))
        assert any(at_kill < PACKS for _before, at_kill in kills), f"seed {seed}: {kills}"
        scratch.start("tests.faults.hasty")
        assert wait_until(lambda: issued(scratch) >= PACKS, 120), scratch.log()
        logger.info("seed %s: given before and at each kill %s", seed, kills)
        assert scratch.rows("""
            SELECT count(*), count(DISTINCT c.member_id),
                   (SELECT count(*) FROM coupons_packstep WHERE coupon_id IS NULL),
                   (SELECT sum(issued) FROM coupons_coupontemplate) FROM coupons_coupon c
        """) == [(PACKS, PACKS, 0, PACKS)], f"seed {seed}, kills {kills}"
    finally:
        scratch.close()
