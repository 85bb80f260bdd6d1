"""Combinations of deals: the best legal one for a bill, or the one that was asked for.

Deals are taken off in turns (prices of items first, coupons last), each from what the earlier ones left. Best is: as
many as possible of the wanted deals; the least to pay; the most in gifts; the fewest coupons, which the member keeps
for another day; the fewest deals; the earliest in order, so that the answer is always the same.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from campaigns.pricing.bill import Bill, Effect
from campaigns.pricing.deals.base import Deal, Family
from campaigns.pricing.searching import Search


@dataclass(frozen=True, slots=True)
class Taken:
    """A deal with the effect it has in its place of a combination, and the bill it met there."""

    deal: Deal
    effect: Effect
    before: Bill


@dataclass(frozen=True)
class Combination:
    """Deals in the order they were taken, and the bill they leave.

    ``work`` is what the search for it took; ``is_exact`` says that nothing better exists.
    """

    taken: tuple[Taken, ...]
    bill: Bill
    work: int = 0
    is_exact: bool = False

    @property
    def off(self) -> int:
        """What comes off in all, in cents."""
        return sum(one.effect.total for one in self.taken)

    def rank(self, wanted: Collection[str] = ()) -> tuple[object, ...]:
        """Smaller is better."""
        deals = [one.deal for one in self.taken]
        return (
            -sum(deal.key in wanted for deal in deals),
            -self.off,
            -sum(one.effect.gift_value for one in self.taken),
            sum(deal.family == Family.COUPON for deal in deals),
            len(deals),
            tuple(deal.order for deal in deals),
        )


def in_turn(deals: Iterable[Deal]) -> list[Deal]:
    """The deals in the order in which they are taken off a bill."""
    return sorted(deals, key=lambda deal: deal.order)


class Company:
    """Deals that were taken, and whether another may join them."""

    def __init__(self, deals: Iterable[Deal] = (), most_coupons: int | None = None) -> None:
        self.most_coupons = most_coupons
        self.deals: list[Deal] = []
        self._families: set[Family] = set()
        self._tolerated = set(Family)
        self._groups: set[str] = set()
        self._coupons = 0
        for deal in deals:
            self.join(deal)

    def join(self, deal: Deal) -> None:
        """One more is taken."""
        self.deals.append(deal)
        self._families.add(deal.family)
        self._tolerated &= deal.beside
        self._groups |= deal.groups
        self._coupons += deal.family == Family.COUPON

    def why_not(self, deal: Deal) -> str:
        """Why a deal may not join: ``clash:<key>`` of the first it clashes with, ``too_many``; empty when it may."""
        fits = deal.family in self._tolerated and self._families <= deal.beside and self._groups.isdisjoint(deal.groups)
        if not fits:
            return f"clash:{next(one.key for one in self.deals if deal.clashes(one))}"
        full = self.most_coupons is not None and self._coupons >= self.most_coupons
        return "too_many" if full and deal.family == Family.COUPON else ""


def asked_for(
    bill: Bill, deals: Iterable[Deal], *, most_coupons: int | None = None
) -> tuple[Combination, dict[str, str]]:
    """All of these deals as far as they go, and why the others do not.

    The reasons by key: ``clash:<key>`` of the deal it does not go with, ``too_many`` coupons, or ``not_met``.
    """
    taken: list[Taken] = []
    refused: dict[str, str] = {}
    company = Company(most_coupons=most_coupons)
    for deal in in_turn(deals):
        reason = company.why_not(deal)
        effect = None if reason else deal.effect(bill)
        if effect is None:
            refused[deal.key] = reason or "not_met"
            continue
        company.join(deal)
        taken.append(Taken(deal, effect, bill))
        bill = bill.after(effect)
    return Combination(tuple(taken), bill), refused


def best(
    bill: Bill,
    deals: Iterable[Deal],
    *,
    wanted: Collection[str] = (),
    most_coupons: int | None = None,
    most_work: int | None = None,
) -> Combination:
    """The best combination; the empty one when no deal applies. ``wanted`` are keys of deals that were asked for."""
    search = Search(bill, in_turn(deals), wanted=wanted, most_coupons=most_coupons)
    found, _refused = asked_for(bill, search.run(most_work), most_coupons=most_coupons)
    return replace(found, work=search.chains.work, is_exact=search.is_exact)
