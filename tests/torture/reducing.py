"""Makes a history that goes wrong as small as it can be, so that people can see what is wrong."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from tests.members.oracle.records import History, Programme, Sale
from tests.torture.lives import without
from tests.torture.living import Wrong, live, lives_of

Story = tuple[Programme, History]
PERMUTATIONS = 12


def wrongs(programme: Programme, history: History, number: int) -> list[Wrong]:
    """What goes wrong with one history in some orders of arrival."""
    chance = random.Random(number)
    return live(programme, lives_of(programme, [history], PERMUTATIONS, chance), chance)


def reduced(programme: Programme, history: History, number: int) -> tuple[Story, list[Wrong]]:
    """The smallest story found that still goes wrong, and what goes wrong in it; nothing if it does not by itself."""
    found = wrongs(programme, history, number)
    story = programme, history
    if found:
        story = smallest(story, lambda one: bool(wrongs(*one, number)))
        found = wrongs(*story, number)
    return story, found


def smallest(story: Story, is_wrong: Callable[[Story], bool]) -> Story:
    """Take away and simplify as long as it stays wrong."""
    shrinking = True
    while shrinking:
        shrinking = False
        for simpler in _simpler(*story):
            if is_wrong(simpler):
                story, shrinking = simpler, True
                break
    return story


def _simpler(programme: Programme, history: History) -> Iterator[Story]:
    for place in range(len(history.events)):
        yield programme, without(history, place)
    plain = Programme(programme.as_of, programme.zones, programme.versions)
    for name in ("multipliers", "benefits", "growth_per_yuan", "points_per_yuan", "points_months", "frozen_days"):
        if getattr(programme, name) != getattr(plain, name):
            yield replace(programme, **{name: getattr(plain, name)}), history
    for tuples in ("multipliers", "versions"):
        for nth, _one in enumerate(getattr(programme, tuples)):
            if len(left := _but(getattr(programme, tuples), nth)) or tuples == "multipliers":
                if tuples == "versions" and left[0].effective_from:
                    continue
                yield replace(programme, **{tuples: left}), history
    for place, event in enumerate(history.events):
        if isinstance(event, Sale):
            for easier in _easier(event):
                events = (*history.events[:place], easier, *history.events[place + 1 :])
                yield programme, replace(history, events=events)


def _easier(sale: Sale) -> Iterator[Sale]:
    if len(sale.lines) > 1:
        yield replace(sale, lines=sale.lines[:1])
    (category, amount), *others = sale.lines
    whole = amount.to_integral_value()
    if whole != amount:
        yield replace(sale, lines=((category, Decimal(whole)), *others))


def _but(things: tuple, nth: int) -> tuple:
    return things[:nth] + things[nth + 1 :]
