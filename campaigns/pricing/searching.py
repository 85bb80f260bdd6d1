"""The search for the best combination of deals.

**Good answers first** (``exchanging``): greedy combinations and exchanges of single deals. **Then every combination**,
depth first through the deals in their turns, each with and without it, as far as the work allows. What can no longer
win is cut off by a bound: no deal does more on a smaller bill, so what it did before is the most it can still do, and
of deals that clash with each other only the largest counts. A deal that no later one could miss is never left; of
twins (two coupons of one template) the later is never taken without the earlier.

**Work, not time, bounds the search**, so that the same cart always has the same answer: ``MOST_WORK`` units, one for
each combination looked at or effect worked out, four for an effect on pieces (more with hundreds of them). With n
deals there are up to 2^n combinations; the search is exact when it ends by itself, which the tests compare with brute
force on carts of up to six lines and eight deals. When it does not, the answer is the best that was found, never worse
than any deal by itself. A unit costs about 10 microseconds of a processor with 20 lines.
"""

from collections.abc import Collection, Sequence

from campaigns.pricing.bill import Bill, Effect
from campaigns.pricing.chains import Chains, Link
from campaigns.pricing.deals.base import Deal, Family
from campaigns.pricing.exchanging import Exchanges
from campaigns.pricing.standing import Standing

MOST_WORK = 350


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
        self.most_work = 0

    def run(self, most_work: int | None = None) -> list[Deal]:
        """The best deals to take."""
        self.most_work = MOST_WORK if most_work is None else most_work
        limits = {"most_coupons": self.most_coupons, "most_work": self.most_work}
        self.found = Exchanges(self.chains, self.standing, self.alone, **limits).run()
        self._go([*range(len(self.deals))], self.chains.root, [*self.alone])
        return [self.deals[one] for one in self.found.taken]

    @property
    def is_exact(self) -> bool:
        """Whether the search ended by itself, so that nothing better exists."""
        return self.chains.work < self.most_work

    def _consider(self, link: Link) -> None:
        if link.rank < self.found.rank:
            self.found = link

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
