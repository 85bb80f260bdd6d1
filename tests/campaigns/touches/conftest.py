"""It is noon in Shanghai, and text messages go by pigeon."""

import pytest

from campaigns.channels import CHANNELS
from tests.campaigns.touches.post import Pigeon

NOON = "2026-11-18T04:00:00Z"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def pigeon(monkeypatch) -> Pigeon:
    """The provider behind the channel "sms"."""
    pigeon = Pigeon()
    monkeypatch.setitem(CHANNELS, "sms", pigeon)
    return pigeon
