"""What the stories of recruiting share: settings are read anew by each test."""

import pytest

from stores import policy


@pytest.fixture(autouse=True)
def _settings_read_anew():
    """A setting that one test changed does not linger in the few seconds for which it is remembered."""
    policy.forget()
    yield
    policy.forget()
