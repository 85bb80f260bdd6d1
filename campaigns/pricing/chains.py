"""Chains: what a sequence of deals, taken in their turns, makes of a bill. Beginnings that chains share are shared."""

from collections.abc import Collection, Sequence
from typing import Any

from campaigns.pricing.bill import Bill, Effect
from campaigns.pricing.deals.base import Deal, Family, Turn

Tally = tuple[int, int, int, int]  # wanted deals, cents off, worth of gifts (each negative), coupons: least is best
NOTHING: Tally = (0, 0, 0, 0)


class Link:
    """A chain so far: the deals taken, by number, their tally, and the bill they leave."""

    __slots__ = ("_before", "_effect", "_left", "taken", "tally", "then")

    def __init__(self, before: Bill, effect: Effect | None, taken: tuple[int, ...], tally: Tally) -> None:
        self._before, self._effect, self._left = before, effect, None if effect else before
        self.taken, self.tally = taken, tally
        self.then: dict[int, Link] = {}

    @property
    def left(self) -> Bill:
        """The bill after the last deal; divided among the lines only when another deal wants to see it."""
        if self._left is None:
            self._left = self._before.after(self._effect) if self._effect else self._before
        return self._left

    @property
    def rank(self) -> tuple[Any, ...]:
        """Least is best: the tally, then fewer deals, then earlier ones."""
        return *self.tally, len(self.taken), self.taken


class Chains:
    """All chains of the deals of one search. ``work`` counts the effects worked out."""

    def __init__(self, bill: Bill, deals: Sequence[Deal], wanted: Collection[str]) -> None:
        self.deals = deals
        self.wanted = [int(deal.key in wanted) for deal in deals]
        self.coupon = [int(deal.family == Family.COUPON) for deal in deals]
        self.root = Link(bill, None, (), NOTHING)
        self.work = 0
        # Deals on pieces take longest, the more pieces the longer, and meet the same pieces again and again.
        self._cost = [4 + sum([bill.free[line] for line in deal.lines]) // 100 for deal in deals]
        self._known: list[dict[Any, Effect | None] | None] = [
            {} if deal.turn < Turn.PERCENTAGE else None for deal in deals
        ]

    def effect(self, one: int, bill: Bill) -> Effect | None:
        """What deal number ``one`` does to a bill."""
        deal, known = self.deals[one], self._known[one]
        if known is None:
            self.work += 1
            return deal.effect(bill)
        left, free = bill.left, bill.free
        state = (*[left[line] for line in deal.lines], *[free[line] for line in deal.lines])
        if state not in known:
            self.work += self._cost[one]
            known[state] = deal.effect(bill)
        return known[state]

    def follow(self, link: Link, one: int, effect: Effect | None) -> Link:
        """The chain with one more deal, whose effect on the bill so far is known; itself when there is none."""
        if one not in link.then:
            link.then[one] = self._longer(link, one, effect) if effect else link
        return link.then[one]

    def of(self, chosen: Sequence[int]) -> Link:
        """The chain of these deals (ascending); those without effect in their place are left out."""
        link = self.root
        for one in chosen:
            then = link.then.get(one)
            link = then if then is not None else self.follow(link, one, self.effect(one, link.left))
        return link

    def _longer(self, link: Link, one: int, effect: Effect) -> Link:
        wanted, off, gifts, coupons = link.tally
        worth = effect.gift_value if effect.gifts else 0
        tally = (wanted - self.wanted[one], off - effect.total, gifts - worth, coupons + self.coupon[one])
        return Link(link.left, effect, (*link.taken, one), tally)
