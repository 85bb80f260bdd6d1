"""Members are merged and parted again while things arrive: each time the living ones stand where the oracle has them,
and in the end, parted, as if nothing had been."""

import random
from collections.abc import Iterator
from dataclasses import replace

import time_machine

from members.models import MemberMerge
from members.oneid import merging
from members.orders.settlement import settle
from tests.makers import make_admin
from tests.members.oracle.expectation import expect
from tests.members.oracle.records import Event, History, Programme, Return, Sale
from tests.torture import arrivals, checks, world
from tests.torture.lives import Life
from tests.torture.observed import look_at
from tests.torture.undoing import undone

MEMBERS = 3
AT_HOME_NOWHERE = (None,) * MEMBERS  # so that points given by hand expire alike for all of them


class Family:
    """Members who are now one person and now several."""

    def __init__(self, programme: Programme, by_card: bool) -> None:
        world.build(programme)
        self.programme = programme
        self.life = Life(History(AT_HOME_NOWHERE, ()), 1, by_card=by_card)
        self.by = make_admin()
        self.merges: dict[int, tuple[int, MemberMerge]] = {}  # absorbed -> (kept, merge)
        arrivals.join([self.life], programme)

    def head(self, member: int) -> int:
        """Who a member is now."""
        return self.head(self.merges[member][0]) if member in self.merges else member

    def heads(self) -> list[int]:
        """Who lives."""
        return [member for member in range(MEMBERS) if member not in self.merges]

    def arrive(self, event: Event) -> None:
        """Tills name whom they knew; people enter things for who is there now."""
        if not isinstance(event, Sale | Return):
            event = replace(event, member=self.head(event.member))
        self.life.arrivals = {0: [event]}
        self.life.history = replace(self.life.history, events=(*self.life.history.events, event))
        arrivals.arrive([self.life], 0, self.programme, self.programme.as_of, chunk=1)

    def merge(self, kept: int, absorbed: int) -> None:
        """One becomes the other."""
        rows = self.life.members
        merge = merging.merge(rows[kept], rows[absorbed], why=MemberMerge.Why.HAND, by=self.by)
        self.merges[absorbed] = kept, merge

    def part(self, absorbed: int) -> None:
        """One is somebody of their own again."""
        _kept, merge = self.merges.pop(absorbed)
        merging.unmerge(merge, by=self.by)

    def differences(self) -> Iterator[str]:
        """Where the living stand, apart from where the oracle has those that they now are."""
        settle([self.life.members[head] for head in self.heads()], at=self.programme.as_of)
        events = tuple(
            event if event.member is None else replace(event, member=self.head(event.member))
            for event in self.life.history.events
        )
        expected = expect(self.programme, History(AT_HOME_NOWHERE, events))
        found = look_at([self.life])
        for head in self.heads():
            for words in checks.differences(expected[head], found[self.life.members[head]]):
                yield f"member {head} of {self.heads()}: {words}"
        yield from checks.unbalanced([self.life])
        yield from checks.breaches(self.programme)


def lived(programme: Programme, history: History, number: int) -> list[str]:
    """Everything arrives in some order, with merges and partings in between; what was wrong at any time."""
    chance, found = random.Random(number), []
    events = list(history.events)
    chance.shuffle(events)
    with undone(), time_machine.travel(programme.as_of, tick=False):
        family = Family(programme, by_card=chance.random() < 0.5)
        for event in events:
            if chance.random() < 0.3 and len(family.heads()) > 1:
                family.merge(*chance.sample(family.heads(), 2))
                found += family.differences()
            elif chance.random() < 0.3 and family.merges:
                family.part(chance.choice(sorted(family.merges)))
                found += family.differences()
            family.arrive(event)
        while family.merges:
            family.part(chance.choice(sorted(family.merges)))
            found += family.differences()
    return found
