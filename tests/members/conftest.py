"""What every story of the members band begins with."""

import pytest

from stores import policy


@pytest.fixture(autouse=True)
def _settings_as_delivered():
    """What one test changed in the settings of HQ is forgotten before the next, not five seconds later."""
    policy.forget()
    yield
    policy.forget()
