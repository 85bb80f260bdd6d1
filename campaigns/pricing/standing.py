"""How the deals of a search stand to each other: who clashes, who feels whom, who is another's twin, who may form a
world of their own."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from campaigns.pricing.bill import Effect
from campaigns.pricing.deals.base import Deal, Family


class Standing:
    """The relations among deals in their turns, by number."""

    def __init__(self, deals: Sequence[Deal], alone: Sequence[Effect], wanted: Sequence[int]) -> None:
        self.deals = deals
        self.clash = _clashes(deals)
        self.feels = _feelings(deals, alone)
        pairs = zip(deals, deals[1:], wanted, wanted[1:], strict=False)
        self.twin = [*(one.is_twin_of(after) and asked == again for one, after, asked, again in pairs), False]
        self.clique = self._cliques()

    def worlds(self) -> list[list[int]]:
        """Sets of deals whose families tolerate each other, without those that another such set holds whole."""
        found: list[set[int]] = []
        for size in (3, 2, 1):
            for families in combinations(Family, size):
                held = {one for one, deal in enumerate(self.deals) if _belongs(deal, frozenset(families))}
                if held and not any(held <= other for other in found):
                    found.append(held)
        return [sorted(held) for held in found]

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
    clash: list[set[int]] = [set() for _deal in deals]
    for (one, deal), (other, rival) in combinations(enumerate(deals), 2):
        if deal.clashes(rival):
            clash[one].add(other)
            clash[other].add(one)
    return clash


def _feelings(deals: Sequence[Deal], alone: Iterable[Effect]) -> list[set[int]]:
    """For each deal the later ones that look at what it may change; -1 stands for the delivery."""
    delivery = [{-1} if effect.delivery_off else set() for effect in alone]
    changes = [
        ({*deal.lines} if effect.total > effect.delivery_off or effect.pieces else set()) | fee
        for deal, effect, fee in zip(deals, alone, delivery, strict=True)
    ]
    looks = [{*deal.lines} | fee for deal, fee in zip(deals, delivery, strict=True)]
    return [
        {later for later in range(one + 1, len(deals)) if not changes[one].isdisjoint(looks[later])}
        for one in range(len(deals))
    ]
