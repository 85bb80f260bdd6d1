"""R4 in small: real workers before a faulty gateway, killed in the middle; the control sends again on a guess."""

import random

import pytest

from stores import policy
from tests.makers import make_tiers
from tests.torture import messages

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _house():
    make_tiers()
    yield
    policy.forget()


def test_no_message_is_lost_or_doubled_whatever_breaks():
    outcome = messages.run(random.Random(20261122), messages=200, kills=1)
    assert outcome.wrong == []
    assert sum(outcome.faults.values()) > 0
    assert outcome.kills


def test_sending_again_on_a_guess_makes_doubles():
    """The control."""
    outcome = messages.run(random.Random(20261122), messages=200, kills=0, unsafe=True)
    assert outcome.doubles > 0
