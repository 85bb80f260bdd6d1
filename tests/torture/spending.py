"""Spends that were allowed: what a member wished to spend, cut down to what could be spent at that moment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tests.members.oracle.days import midnight
from tests.members.oracle.expectation import lots_of, path_of
from tests.members.oracle.records import Event, Grant, History, Programme, Spend

Wish = tuple[int, datetime, int]  # who, when, and how many percent of what is spendable


def happened_at(event: Event) -> datetime:
    """When something happened; a grant at the midnight it begins with."""
    return midnight(event.starts_on) if isinstance(event, Grant) else event.at


def known_at(history: History, at: datetime) -> History:
    """What had happened by a moment."""
    return replace(history, events=tuple(event for event in history.events if happened_at(event) <= at))


def spendable(programme: Programme, history: History, member: int, at: datetime) -> int:
    """What a member could spend at a moment, from what had happened by then: lots not frozen, less what is owed."""
    known = known_at(history, at)
    lots, owed = lots_of(programme, known, member, path_of(programme, known, member, at), at)
    thawed = at - timedelta(days=programme.frozen_days)
    return max(0, sum(lot.left for lot in lots if lot.at <= thawed) - owed)


def with_spends(programme: Programme, history: History, wishes: Sequence[Wish]) -> History:
    """The history with the spends that came of the wishes, one after the other; some are given back later."""
    for nth, (member, at, percent) in enumerate(sorted(wishes, key=lambda wish: wish[1])):
        amount = spendable(programme, history, member, at) * percent // 100
        if amount:
            back = {0: amount, 1: amount // 2}.get(percent % 5, 0)
            spend = Spend(f"P{nth}", member, at, amount, back)
            history = replace(history, events=(*history.events, spend))
    return history
