"""Deals that take nothing off the goods: a gift with the purchase, and free delivery."""

from dataclasses import dataclass

from campaigns.pricing.bill import Bill, Effect, Gift
from campaigns.pricing.deals.base import Deal, Missing, Turn


@dataclass(frozen=True, kw_only=True)
class GiftWithPurchase(Deal):
    """``gifts`` from ``threshold`` cents and ``pieces`` pieces on; with ``repeats`` for each full threshold again.

    ``most`` is how often at most: what the stock and the member's limit still allow.
    """

    gifts: tuple[Gift, ...]
    threshold: int = 0
    pieces: int = 0
    repeats: bool = False
    most: int = 1
    turn: Turn = Turn.GIFT

    def effect(self, bill: Bill) -> Effect | None:
        """The gifts, as often as earned and in stock."""
        base, count = bill.base(self.lines), self._count(bill) if self.pieces else 0
        if not self.lines or base < self.threshold or count < self.pieces:
            return None
        times = min(self._earned(base, count), self.most)
        gifts = tuple(Gift(gift.name, gift.quantity * times, gift.value, gift.sku) for gift in self.gifts)
        return Effect(gifts=gifts, facts={"base": base, "times": times}) if times > 0 else None

    def missing(self, bill: Bill) -> Missing | None:
        """What is short of the threshold or the pieces."""
        cents = self.threshold - bill.base(self.lines)
        pieces = self.pieces - self._count(bill)
        return Missing(cents=max(0, cents), pieces=max(0, pieces)) if cents > 0 or pieces > 0 else None

    def _count(self, bill: Bill) -> int:
        return sum([bill.items[line].pieces for line in self.lines])

    def _earned(self, base: int, count: int) -> int:
        """How often the gift is earned, stock aside."""
        if not self.repeats:
            return 1
        rounds = [base // self.threshold] if self.threshold else []
        rounds += [count // self.pieces] if self.pieces else []
        return min(rounds, default=1)


@dataclass(frozen=True, kw_only=True)
class FreeDelivery(Deal):
    """The delivery costs nothing from ``threshold`` cents on, ``most`` cents off at most."""

    threshold: int = 0
    most: int | None = None
    turn: Turn = Turn.DELIVERY

    def effect(self, bill: Bill) -> Effect | None:
        """What the delivery still costs."""
        off = bill.delivery if self.most is None else min(bill.delivery, self.most)
        if off <= 0 or bill.base(self.lines) < self.threshold:
            return None
        return Effect(delivery_off=off)

    def missing(self, bill: Bill) -> Missing | None:
        """What is short of the threshold."""
        short = self.threshold - bill.base(self.lines)
        off = bill.delivery if self.most is None else min(bill.delivery, self.most)
        return Missing(cents=short, gain=off) if short > 0 and off > 0 else None
