"""The search for the best combination of deals.

First good answers: in each world of families that tolerate each other whatever goes together, the largest first; then
exchanges of single deals for as long as they help. Then every combination, depth first through the deals in their
turns, each with and without it. What can no longer win is cut off: no deal does more on a smaller bill, and of deals
that clash with each other only one counts. A deal that no later one could miss is never left.

A fixed amount of work bounds the search, so that absurd carts get a good answer in time and the same cart always the
same answer; it is then still at least as good as each deal by itself.
"""

from collections.abc import Collection, Sequence

from campaigns.pricing.bill import Bill, Effect
from campaigns.pricing.chains import Chains, Link
from campaigns.pricing.deals.base import Deal, Family
from campaigns.pricing.standing import Standing

MOST_WORK = 350  # combinations looked at and effects worked out, those on pieces counted four times


class Search:
    """Finds the deals to take from a fresh bill; deals come in their turns."""

    def __init__(
        self, bill: Bill, deals: Sequence[Deal], *, wanted: Collection[str] = (), most_coupons: int | None = None
    ) -> None:
        self.most_coupons = len(deals) if most_coupons is None else most_coupons
        offered = deals if self.most_coupons else [deal for deal in deals if deal.family != Family.COUPON]
        alone = [(deal, effect) for deal in offered if (effect := deal.effect(bill)) is not None]
        self.deals = [deal for deal, _effect in alone]
        self.alone = [effect for _deal, effect in alone]
        self.chains = Chains(bill, self.deals, wanted)
        self.standing = Standing(self.deals, self.alone, self.chains.wanted)
        self.found = self.chains.root
        self.by_worth = sorted(range(len(self.deals)), key=lambda one: (*self._alone(one), one))
        self.most_work = 0

    def run(self, most_work: int | None = None) -> list[Deal]:
        """The best deals to take."""
        self.most_work = MOST_WORK if most_work is None else most_work
        for one in self.by_worth:
            self._consider(self.chains.follow(self.chains.root, one, self.alone[one]))
        everything = [*range(len(self.deals))]
        starts = [self._gather(world) for world in self.standing.worlds()]
        starts += [self._gather(everything, [one]) for one in self._loners()]
        best = min(starts, key=lambda link: link.rank, default=self.found)
        self._exchange(best)
        self._go(everything, self.chains.root, [*self.alone])
        return [self.deals[one] for one in self.found.taken]

    def _alone(self, one: int) -> tuple[int, int, int, int]:
        """What a deal by itself adds to a tally, at most."""
        effect = self.alone[one]
        return -self.chains.wanted[one], -effect.total, -effect.gift_value, self.chains.coupon[one]

    def _loners(self) -> list[int]:
        """Deals that tolerate none of their own family, which no world but their own shows at its best."""
        return [one for one, deal in enumerate(self.deals) if deal.family not in deal.beside]

    def _consider(self, link: Link) -> Link:
        if link.rank < self.found.rank:
            self.found = link
        return link

    def _has_room(self, chosen: Collection[int], one: int) -> bool:
        """Whether a deal goes with those chosen."""
        if one in chosen or not self.standing.clash[one].isdisjoint(chosen):
            return False
        coupon = self.chains.coupon
        return not coupon[one] or sum([coupon[other] for other in chosen]) < self.most_coupons

    def _gather(self, world: Collection[int], begin: Sequence[int] = ()) -> Link:
        """Whatever of a world goes together, the largest first."""
        chosen = [*begin]
        for one in self.by_worth:
            if one in world and self._has_room(chosen, one):
                chosen.append(one)
        return self._consider(self.chains.of(sorted(chosen)))

    def _exchange(self, link: Link) -> None:
        """Drop one deal, or take one in place of those it clashes with, for as long as that helps."""
        improved = True
        while improved:
            improved = False
            for one in self.by_worth:
                if self.chains.work >= self.most_work:
                    return
                chosen = [other for other in link.taken if other != one and other not in self.standing.clash[one]]
                if one not in link.taken:
                    if not self._has_room(chosen, one):
                        continue
                    chosen = sorted([*chosen, one])
                other = self._consider(self.chains.of(chosen))
                if other.rank < link.rank:
                    link, improved = other, True

    def _go(self, still: list[int], link: Link, effects: list[Effect]) -> None:
        """All that can be made of a chain with the deals in ``still``, whose effects on its bill are in ``effects``."""
        if not still:
            self._consider(link)
            return
        self.chains.work += 1
        if self.chains.work >= self.most_work or not self._can_win(still, link, effects):
            return
        one, rest = still[0], still[1:]
        self._take(one, rest, link, effects)
        if self._may_be_left(one, rest, link):
            last = self.standing.twins_after(one)
            self._go([other for other in rest if other > last], link, effects)

    def _take(self, one: int, rest: list[int], link: Link, effects: list[Effect]) -> None:
        link = self.chains.follow(link, one, effects[one])
        clash, feels, coupon = self.standing.clash[one], self.standing.feels[one], self.chains.coupon
        full = link.tally[3] >= self.most_coupons
        rest = [other for other in rest if other not in clash and not (full and coupon[other])]
        if rest and not self._can_win(rest, link, effects):
            return  # even with what they would have done before
        still, effects = [], effects.copy()
        for other in rest:
            if other in feels:
                effect = self.chains.effect(other, link.left)
                if effect is None:
                    continue
                effects[other] = effect
            still.append(other)
        self._go(still, link, effects)

    def _may_be_left(self, one: int, rest: list[int], link: Link) -> bool:
        """Whether leaving a deal could let a later one do more."""
        clash, feels, coupon = self.standing.clash[one], self.standing.feels[one], self.chains.coupon
        if any(other in clash or other in feels for other in rest):
            return True
        ahead = sum([coupon[other] for other in rest])
        return bool(coupon[one]) and link.tally[3] + 1 + ahead > self.most_coupons

    def _can_win(self, still: list[int], link: Link, effects: list[Effect]) -> bool:
        """Whether the deals left over could reach what was found. Of deals that clash pairwise the best counts."""
        wanted, off, gifts, coupons = link.tally
        best: dict[int, int] = {}
        clique = self.standing.clique
        for one in still:
            effect, nth = effects[one], clique[one]
            if effect.total > best.get(nth, 0):
                best[nth] = effect.total
            gifts -= effect.gift_value
            wanted -= self.chains.wanted[one]
        most, found = off - sum(best.values()), self.found
        more = int(off > found.tally[1])
        return (wanted, most, gifts, coupons, len(link.taken) + more) <= (*found.tally, len(found.taken))
