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

MOST_WORLDS = 2  # the best of which are looked into


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
        starts = {link.taken: link for link in self._starts()}
        improved = [
            self._exchange(link, self.on_amounts)
            for link in sorted(starts.values(), key=lambda link: link.rank)[:MOST_WORLDS]
        ]
        if improved:
            self._exchange(min(improved, key=lambda link: link.rank), self.by_worth)
        return self.found

    def _alone(self, one: int) -> tuple[int, int, int, int]:
        """What a deal by itself adds to a tally, at most."""
        effect = self.alone[one]
        return -self.chains.wanted[one], -effect.total, -effect.gift_value, self.chains.coupon[one]

    def _consider(self, link: Link) -> Link:
        if link.rank < self.found.rank:
            self.found = link
        return link

    def _starts(self) -> Iterator[Link]:
        """Something good of each world, and around each deal that no world shows at its best."""
        worlds = [(world, self.chains.root) for world in self.standing.worlds()]
        everything = {*self.by_worth}
        for one in self.standing.loners():
            worlds.append((everything, self.chains.follow(self.chains.root, one, self.alone[one])))
        for world, begin in worlds:
            on_pieces = [one for one in self.on_pieces if one in world and one not in begin.taken]
            pieces = self._exchange(self._gather(begin, on_pieces), on_pieces)
            yield self._gather(pieces, [one for one in self.on_amounts if one in world])

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
