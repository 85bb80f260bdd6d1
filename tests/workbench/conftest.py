"""The chain that the workbench tests play in."""

import pytest

from stores import policy
from tests.workbench.scenery import Chain, make_chain


@pytest.fixture
def chain(db) -> Chain:
    """Binhe Road and its neighbour."""
    policy.forget()
    return make_chain()
