"""Good combinations quickly: what goes together, the largest first, then exchanges for as long as they help.

In each world of families that tolerate each other the deals on pieces are settled first, among themselves: which flash
price, bundle or second item a piece serves hardly depends on the percentages and coupons that come after, and is cheap
to compare without them. Then come the deals on amounts, and at last exchanges among all. An exchange drops a deal whose
absence another could use, or takes one in place of what stands in its way: deals it clashes with, deals that use its
pieces up before its turn, the least of too many coupons.
"""

from collections.abc import Collection, Iterator, Sequence

from campaigns.pricing.bill import Effect
from campaigns.pricing.chains import Chains, Link
from campaigns.pricing.standing import Standing

MOST_WORLDS = 6  # those that promise most are looked into


class Exchanges:
    """Good combinations of the deals of a search, as far as ``most_work`` allows. ``found`` is the best so far."""

    def __init__(
        self, chains: Chains, standing: Standing, alone: Sequence[Effect], *, most_coupons: int, most_work: int
    ) -> None:
        self.chains, self.standing, self.alone = chains, standing, alone
        self.most_coupons, self.most_work = most_coupons, most_work
        self.found = chains.root
        numbers = range(len(alone))
        self.by_worth = sorted(numbers, key=lambda one: (*self._alone(one), one))
        self.on_pieces = [one for one in self.by_worth if standing.on_pieces[one]]
        self.on_amounts = [one for one in self.by_worth if not standing.on_pieces[one]]

    def run(self) -> Link:
        """The best that was found: at least as good as each deal by itself, however little work is allowed."""
        for one in self.by_worth:
            self._consider(self.chains.follow(self.chains.root, one, self.alone[one]))
        good = [self._settle(world, begin) for world, begin in self._worlds()]
        if good:
            self._exchange(min(good, key=lambda link: link.rank), self.by_worth)
        return self.found

    def _alone(self, one: int) -> tuple[int, int, int, int]:
        """What a deal by itself adds to a tally, at most."""
        effect = self.alone[one]
        return -self.chains.wanted[one], -effect.total, -effect.gift_value, self.chains.coupon[one]

    def _consider(self, link: Link) -> Link:
        if link.rank < self.found.rank:
            self.found = link
        return link

    def _worlds(self) -> list[tuple[set[int], Link]]:
        """The worlds that promise most, and what is taken there to begin with: nothing, or a deal that no world of
        families shows at its best."""
        worlds = [(self._promise(world), world, self.chains.root) for world in self.standing.worlds()]
        everything = {*self.by_worth}
        for one in self.standing.loners():
            promise = self._promise(everything - self.standing.clash[one])
            worlds.append((promise, everything, self.chains.follow(self.chains.root, one, self.alone[one])))
        best = sorted(worlds, key=lambda found: -found[0])[:MOST_WORLDS]
        return [(world, begin) for _promise, world, begin in best]

    def _promise(self, world: set[int]) -> int:
        """What its deals take off, each by itself; of those that clash pairwise the largest counts."""
        best: dict[int, int] = {}
        for one in world:
            nth, total = self.standing.clique[one], self.alone[one].total
            if total > best.get(nth, 0):
                best[nth] = total
        return sum(best.values())

    def _settle(self, world: set[int], begin: Link) -> Link:
        """Something good of a world: its deals on pieces among themselves, then those on amounts."""
        pieces = [one for one in self.on_pieces if one in world and one not in begin.taken]
        link = self._exchange(self._gather(begin, pieces), pieces)
        return self._exchange(self._gather(link, [one for one in self.on_amounts if one in world]), self.on_amounts)

    def _gather(self, link: Link, among: Sequence[int]) -> Link:
        """Whatever goes together with what was chosen, the largest first."""
        chosen = [*link.taken]
        for one in among:
            if self._has_room(chosen, one):
                chosen.append(one)
        return self._consider(self.chains.of(sorted(chosen)))

    def _has_room(self, chosen: Collection[int], one: int) -> bool:
        """Whether a deal goes with those chosen."""
        if one in chosen or not self.standing.clash[one].isdisjoint(chosen):
            return False
        coupon = self.chains.coupon
        return not coupon[one] or sum([coupon[other] for other in chosen]) < self.most_coupons

    def _exchange(self, link: Link, among: Sequence[int]) -> Link:
        """Exchanges of deals ``among`` these, for as long as that helps."""
        improved = True
        while improved:
            improved = False
            for one in among:
                if self.chains.work >= self.most_work:
                    return link
                for chosen in self._neighbours(link, one):
                    other = self._consider(self.chains.of(chosen))
                    if other.rank < link.rank:
                        link, improved = other, True
                        break
        return link

    def _neighbours(self, link: Link, one: int) -> Iterator[list[int]]:
        """What is chosen without a deal, or with it in place of others."""
        standing, coupon = self.standing, self.chains.coupon
        if one in link.taken:
            if not standing.feels[one].isdisjoint(link.taken):
                yield [other for other in link.taken if other != one]
            return
        rest = [other for other in link.taken if other not in standing.clash[one]]
        coupons = [other for other in rest if coupon[other]]
        if coupon[one] and len(coupons) >= self.most_coupons:
            rest.remove(max(coupons, key=self._alone))
        yield sorted([*rest, one])
        before = standing.before[one]
        if not before.isdisjoint(rest):
            yield sorted([*(other for other in rest if other not in before), one])
