"""Points: lots that arrive, are consumed (soonest to expire first) and expire, replayed in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass
class Lot:
    """Points that came together: from an order, or given by hand."""

    at: datetime
    expires_at: datetime
    earned: int
    left: int = 0
    expired: int = 0


def replay(lots: Sequence[Lot], consumed: Sequence[tuple[datetime, int]], as_of: datetime) -> int:
    """Fill in what is left of each lot and what expired by ``as_of``; returns what is owed.

    At one moment lots arrive first, then points are consumed, then lots expire. What finds no points is owed, and the
    next lot pays it first.
    """
    steps: list[tuple[datetime, int, Lot | int]] = [(lot.at, 0, lot) for lot in lots]
    steps += [(at, 1, amount) for at, amount in consumed]
    steps += [(lot.expires_at, 2, lot) for lot in lots if lot.expires_at <= as_of]
    present: list[Lot] = []
    owed = 0
    for _at, turn, what in sorted(steps, key=lambda step: step[:2]):
        if isinstance(what, int):
            owed += _consume(present, what)
        elif turn == 0:
            paid = min(owed, what.earned)
            owed, what.left = owed - paid, what.earned - paid
            present.append(what)
        else:
            what.expired, what.left = what.left, 0
    return owed


def _consume(present: Sequence[Lot], amount: int) -> int:
    """Take from the lots, soonest to expire first; returns what none of them had."""
    for lot in sorted(present, key=lambda lot: (lot.expires_at, lot.at)):
        part = min(lot.left, amount)
        lot.left, amount = lot.left - part, amount - part
    return amount
