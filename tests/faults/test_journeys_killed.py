"""Workers killed with -9 while a crowd goes through a journey: everybody takes every step once.

The control commits what came of a step before the trips move on: there such kills take steps twice. ``make torture
ONLY=journeys`` does the same with a million steps. ``CHANGKE_SEED`` repeats the random moments of a run.
"""

import logging
import os
import random
import time

import pytest
from django.conf import settings

from tests import migrated
from tests.faults.journeysteps import prepare
from tests.faults.scratch import Scratch
from tests.torture.journeykills import Outcome, doubles, survive

pytestmark = [pytest.mark.processes, pytest.mark.slow]

logger = logging.getLogger(__name__)
MEMBERS, KILLS = 2_000, 2
SEED = int(os.environ.get("CHANGKE_SEED", time.time_ns() % 10**9))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A migrated database with everybody at the first step, to be copied."""
    name = f"trips_{settings.DATABASES['default']['TEST']['NAME']}_{os.getpid()}"
    scratch = Scratch(name, tmp_path_factory.mktemp("base"), copy_of=migrated.database())
    try:
        prepare(scratch, MEMBERS)
        yield scratch
    finally:
        scratch.close()


@pytest.fixture
def scratch(base, tmp_path):
    """A copy of it."""
    copy = Scratch(f"{base.name}_copy", tmp_path, copy_of=base.name)
    try:
        yield copy
    finally:
        copy.close()


def test_killed_at_random_moments_everybody_takes_every_step_once(scratch):
    outcome = Outcome()
    survive(scratch, random.Random(SEED), outcome, members=MEMBERS, kills=KILLS)
    logger.info("seed %s: %s", SEED, outcome)
    assert outcome.wrong == [], f"seed {SEED}: {outcome}"


def test_the_control_committed_in_two_transactions_the_same_kills_take_steps_twice(scratch):
    assert doubles(scratch, random.Random(SEED)) > 0, f"seed {SEED}"
