"""Lives: one history lived by members of its own, in an order of arrival of its own."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from members.orders.drafts import Draft, LineDraft, OrderDraft, ReturnDraft
from tests.members.oracle.records import Event, History, Return, Sale
from tests.torture.spending import happened_at

STEPS_BACK = (1100, 800, 500, 366, 365, 200, 90, 31, 30, 8, 1)  # days before the last moment
STEPS_NOW = 4
AHEAD = timedelta(hours=23)  # by which the clock of a till may be wrong


@dataclass
class Life:
    """A history as lived by ``members`` (their keys by number): what arrives at which step, and through which door.

    ``number`` makes receipts its own; ``by_card`` has the till read a card instead of naming the member; with
    ``newcomers`` nobody is a member until a receipt with their card arrives.
    """

    history: History
    number: int
    door: str = "many"  # or "stage"
    by_card: bool = False
    newcomers: bool = False
    arrivals: dict[int, list[Event]] = field(default_factory=dict)
    members: dict[int, int] = field(default_factory=dict)

    def mine(self, number: str) -> str:
        """A receipt number, a reference or a card that is this life's alone."""
        return f"{self.number}-{number}"

    def card(self, number: int) -> str:
        """The card of a member."""
        return self.mine(f"C{number}")

    def draft(self, event: Sale | Return) -> Draft:
        """What a till sends for a sale or a return."""
        named = {"member_id": None, "identity": None}
        if event.member is not None:
            if self.by_card:
                named["identity"] = ("card_no", self.card(event.member))
            else:
                named["member_id"] = self.members[event.member]
        if isinstance(event, Return):
            sale_no = self.mine(event.sale_no) if event.sale_no else ""
            return ReturnDraft(
                event.channel, self.mine(event.number), event.at, event.store, sale_no, amount=event.amount, **named
            )
        lines = [
            LineDraft(f"T-{category}", Decimal(1), amount, name=category, category=category)
            for category, amount in event.lines
        ]
        return OrderDraft(
            event.channel, self.mine(event.number), event.at, event.store, lines, revision=event.revision, **named
        )


def steps_until(as_of: datetime) -> list[datetime]:
    """The moments at which things arrive: some in the past, each settled for its day, the last few as of ``as_of``."""
    return [*(as_of - timedelta(days=back) for back in STEPS_BACK), *[as_of] * STEPS_NOW]


def in_order(history: History, steps: Sequence[datetime]) -> dict[int, list[Event]]:
    """Everything arrives as it happened, at the first step after it."""
    arrivals: dict[int, list[Event]] = {}
    for event in sorted(history.events, key=happened_at):
        arrivals.setdefault(_first_step(event, steps), []).append(event)
    return arrivals


def shuffled(history: History, steps: Sequence[datetime], chance: random.Random) -> dict[int, list[Event]]:
    """Everything arrives whenever it likes, sales and returns perhaps twice; and not before it happened, but for what
    tills send whose clocks are ahead. Half of these lives know no earlier step than the last moment.
    """
    all_late, arrivals = chance.random() < 0.5, {}
    sent_again = [event for event in history.events if isinstance(event, Sale | Return) and chance.random() < 0.15]
    events = [*history.events, *sent_again]
    chance.shuffle(events)
    for event in events:
        is_ahead = isinstance(event, Sale | Return) and chance.random() < 0.5
        first = len(steps) - STEPS_NOW if all_late else _first_step(event, steps, AHEAD if is_ahead else None)
        step = first if chance.random() < 0.3 else chance.randrange(first, len(steps))
        arrivals.setdefault(step, []).append(event)
    return arrivals


def copies(history: History, steps: Sequence[datetime], count: int, chance: random.Random, first: int) -> list[Life]:
    """``count`` + 1 lives of a history: one in the order in which things happened, and so many shuffled ones."""
    lives = [Life(history, first, arrivals=in_order(history, steps))]
    by_hand = any(not isinstance(event, Sale | Return) for event in history.events)
    for nth in range(1, count + 1):
        door, by_card = chance.choice(["many", "stage"]), chance.random() < 0.5
        newcomers = by_card and not by_hand and chance.random() < 0.5
        lives.append(Life(history, first + nth, door, by_card, newcomers, shuffled(history, steps, chance)))
    return lives


def without(history: History, place: int) -> History:
    """The history without one of its events."""
    return replace(history, events=history.events[:place] + history.events[place + 1 :])


def _first_step(event: Event, steps: Sequence[datetime], ahead: timedelta | None = None) -> int:
    known_at = happened_at(event) - (ahead or timedelta())
    return next((nth for nth, at in enumerate(steps) if at >= known_at), len(steps) - 1)
