"""How the deals of a search stand to each other: who clashes, who feels whom, who is another's twin, who may form a
world of their own."""

from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Any

from campaigns.pricing.bill import Effect
from campaigns.pricing.deals.base import Deal, Family, Turn


class Standing:
    """The relations among deals in their turns, by number."""

    def __init__(self, deals: Sequence[Deal], alone: Sequence[Effect], wanted: Sequence[int]) -> None:
        self.deals = deals
        self.clash = _clashes(deals)
        self.feels = _feelings(deals, alone)
        pairs = zip(deals, deals[1:], wanted, wanted[1:], strict=False)
        self.on_pieces = [deal.turn < Turn.PERCENTAGE for deal in deals]
        self.before = _before(deals, self.on_pieces)
        self.twin = [*(one.is_twin_of(after) and asked == again for one, after, asked, again in pairs), False]
        self.clique = self._cliques()

    def worlds(self) -> list[set[int]]:
        """Sets of deals whose families tolerate each other, without those that another such set holds whole."""
        found: list[set[int]] = []
        for size in (3, 2, 1):
            for families in combinations(Family, size):
                held = {one for one, deal in enumerate(self.deals) if _belongs(deal, frozenset(families))}
                if held and not any(held <= other for other in found):
                    found.append(held)
        return found

    def loners(self) -> list[int]:
        """Deals that tolerate none of their own family, which no world but their own shows at its best."""
        return [one for one, deal in enumerate(self.deals) if deal.family not in deal.beside]

    def twins_after(self, one: int) -> int:
        """The last in the row of twins that ``one`` stands in."""
        while self.twin[one]:
            one += 1
        return one

    def _cliques(self) -> list[int]:
        """A number for each deal; those with the same number clash pairwise."""
        cliques: list[list[int]] = []
        number: list[int] = []
        for one in range(len(self.deals)):
            fits = (nth for nth, held in enumerate(cliques) if self.clash[one].issuperset(held))
            known = next(fits, len(cliques))
            if known == len(cliques):
                cliques.append([])
            cliques[known].append(one)
            number.append(known)
        return number


def _belongs(deal: Deal, families: frozenset[Family]) -> bool:
    return deal.family in families and families <= deal.beside


def _clashes(deals: Sequence[Deal]) -> list[set[int]]:
    """Who clashes with whom. Deals that say the same about others are compared once."""
    alike: dict[Any, list[int]] = {}
    for one, deal in enumerate(deals):
        alike.setdefault((deal.family, deal.beside, deal.groups), []).append(one)
    clash: list[set[int]] = [set() for _deal in deals]
    for left, right in product(alike.values(), repeat=2):
        if deals[left[0]].clashes(deals[right[0]]):
            for one in left:
                clash[one].update(right)
    for one, others in enumerate(clash):
        others.discard(one)
    return clash


def _before(deals: Sequence[Deal], on_pieces: Sequence[bool]) -> list[set[int]]:
    """For each deal on pieces the earlier ones that may use its pieces up."""
    lines = [frozenset(deal.lines) if pieces else frozenset() for deal, pieces in zip(deals, on_pieces, strict=True)]
    return [{one for one in range(later) if lines[one] & lines[later]} for later in range(len(deals))]


def _feelings(deals: Sequence[Deal], alone: Iterable[Effect]) -> list[set[int]]:
    """For each deal the later ones that look at what it may change: lines as bits, the first bit for the delivery."""
    looks, changes = [], []
    for deal, effect in zip(deals, alone, strict=True):
        lines, fee = sum([2 << line for line in deal.lines]), int(effect.delivery_off > 0)
        looks.append(lines | fee)
        changes.append((lines if effect.total > effect.delivery_off or effect.pieces else 0) | fee)
    count = len(deals)
    return [{later for later in range(one + 1, count) if changes[one] & looks[later]} for one in range(count)]
