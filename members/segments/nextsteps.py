"""What can be done with the members whom a rule means: links that apps announce, here and above.

Each leads to a page that takes a rule as JSON in ``?rule=`` and begins with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NextStep:
    """A page to go on to: its words, its name among the addresses, and the permission it needs."""

    label: Any
    address: str
    permission: str


STEPS: list[NextStep] = []


def announce_steps(steps: Iterable[NextStep]) -> None:
    """Offer these pages, too."""
    STEPS.extend(steps)
