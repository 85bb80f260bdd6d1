"""Gathers what may come off a cart: the promotions of the day, the tier's benefits, the coupons."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial

from django.utils.translation import gettext as _

from campaigns.pricing.bill import Bill, yuan
from campaigns.pricing.deals import Deal, Family, FreeDelivery, Percentage
from campaigns.promotions.dealing import deal_of, key_of
from campaigns.promotions.live import Live
from campaigns.promotions.wording import offer_text
from campaigns.quotes import couponkinds
from campaigns.quotes.offers import Offer
from campaigns.quotes.situation import Scene, Situation
from coupons import kinds as coupon_kinds
from coupons.errors import refuse
from coupons.models import Coupon, CouponTerms
from coupons.quoting import Candidate
from members.benefits import BenefitLeft, used_up
from members.models import BenefitKind
from stores.errors import Refusal
from stores.ids import public_id

WHOLE = Decimal(100)


@lru_cache(maxsize=4096)
def id_of(prefix: str, pk: int) -> str:
    """The public id of a row; the same promotions are quoted again and again."""
    return public_id(prefix, pk)


def promotion_offers(scene: Scene) -> Iterator[Offer]:
    """The promotions of the day that are about something in the cart."""
    for one in scene.live:
        promotion, room = one.promotion, one.room
        refusal = _why_not(one, scene.here) or (_none_left(one) if room == 0 else None)
        tier = next(iter(one.tier_ids), None) if refusal else scene.here.tier_id
        deal = deal_of(promotion, scene.bill, tier_id=tier, room=None if refusal else room, given=one.given)
        if deal is None:
            continue
        say = partial(offer_text, promotion, scene.names, one.given)
        yield Offer(
            key_of(promotion), id_of("prm", promotion.pk), Family.PROMOTION, promotion.kind, promotion.name, say,
            None if refusal else deal, refusal,
        )  # fmt: skip


def not_here(key: str, name: str) -> Offer:
    """A promotion that was asked for and that does not hold here and now, or is about nothing in the cart."""
    refusal = Refusal(_("Does not hold here and now, or for nothing in this cart."), code="promotion_not_here")
    return Offer(key, name, Family.PROMOTION, "", name, str, None, refusal)


def _why_not(one: Live, here: Situation) -> Refusal | None:
    """Why a promotion of the day is not for this buyer at this hour."""
    promotion = one.promotion
    if not one.in_hours:
        return Refusal(_("Not at this hour or weekday."), code="outside_hours")
    wants_member = promotion.members_only or promotion.member_limit is not None or one.tier_ids
    if wants_member and here.member is None:
        return Refusal(_("For members only: say who is buying."), code="member_needed")
    if one.tier_ids and here.tier_id not in one.tier_ids:
        return Refusal(_("For other tiers only."), code="tier_not_in_scope")
    return None


def _none_left(one: Live) -> Refusal:
    promotion = one.promotion
    if promotion.stock is not None and promotion.sold >= promotion.stock:
        return Refusal(_("Sold out."), code="stock_spent")
    words = {"limit": promotion.member_limit}
    return Refusal(_("This member has had all %(limit)s pieces.") % words, code="limit_reached", extra=words)


def benefit_offers(scene: Scene) -> Iterator[Offer]:
    """What the tier takes off receipts and deliveries."""
    for left in scene.benefits_left:
        benefit = left.benefit
        if benefit.kind == BenefitKind.FREE_SHIPPING and not scene.bill.delivery:
            continue
        refusal = used_up(left) if left.left == 0 else None
        say = partial(left.kind.sentence, benefit)
        yield Offer(
            f"benefit:{benefit.pk}", id_of("ben", benefit.pk), Family.BENEFIT, benefit.kind, benefit.title, say,
            None if refusal else BENEFITS[benefit.kind](left, scene.bill), refusal,
        )  # fmt: skip


def _percentage(left: BenefitLeft, bill: Bill) -> Deal:
    paid = WHOLE - (left.benefit.value or Decimal(0))
    return Percentage(
        key=f"benefit:{left.benefit.pk}", family=Family.BENEFIT, lines=tuple(range(len(bill.items))), paid=paid,
        groups=frozenset([f"benefit:{left.benefit.kind}"]), place=(0, left.benefit.pk),
    )  # fmt: skip


def _delivery(left: BenefitLeft, bill: Bill) -> Deal:
    return FreeDelivery(
        key=f"benefit:{left.benefit.pk}", family=Family.BENEFIT, lines=tuple(range(len(bill.items))),
        place=(0, left.benefit.pk),
    )  # fmt: skip


# One for each of situation.OFF_BILLS; the other benefits are given in other ways.
BENEFITS: Mapping[str, Callable[[BenefitLeft, Bill], Deal]] = {
    BenefitKind.PERCENT_OFF: _percentage,
    BenefitKind.FREE_SHIPPING: _delivery,
}


def coupon_offers(found: Sequence[Candidate], bill: Bill) -> Iterator[Offer]:
    """The coupons, those that nothing speaks against as deals on the lines with their products; each once."""
    spent: Counter[int] = Counter()
    for one in {one.code: one for one in found}.values():
        coupon = one.coupon
        if coupon is None:
            yield Offer(f"coupon:{one.code}", one.code, Family.COUPON, "", one.code, str, None, one.refusal)
            continue
        deal = None if one.refusal else _coupon_deal(coupon, bill)
        refusal = one.refusal or _nothing_for_it(one, coupon, deal, bill, spent)
        say = partial(coupon_kinds.offer_text, coupon.terms)
        yield Offer(
            f"coupon:{coupon.code}", coupon.code, Family.COUPON, coupon.terms.kind, coupon.template.name, say,
            None if refusal else deal, refusal,
        )  # fmt: skip


def _coupon_deal(coupon: Coupon, bill: Bill) -> Deal | None:
    lines = _lines_of(coupon.terms, bill)
    if not lines:
        return None
    group = coupon.terms.stack_group
    return couponkinds.deal_of(
        coupon.terms,
        key=f"coupon:{coupon.code}",
        family=Family.COUPON,
        lines=lines,
        groups=frozenset([f"coupon:{group}"] if group else []),
        place=(int(coupon.valid_until.timestamp()), coupon.pk),
    )


def _lines_of(terms: CouponTerms, bill: Bill) -> tuple[int, ...]:
    if not terms.skus and not terms.category_ids:
        return tuple(range(len(bill.items)))
    items = enumerate(bill.items)
    return tuple(line for line, item in items if item.sku in terms.skus or item.category_id in terms.category_ids)


def _nothing_for_it(
    one: Candidate, coupon: Coupon, deal: Deal | None, bill: Bill, spent: Counter[int]
) -> Refusal | None:
    """Why a sound coupon has nothing to do with this cart; ``spent`` is what its twins would take of the budget."""
    if deal is None:
        terms = coupon.terms
        return refuse("product_not_in_scope", skus=terms.skus, lines_needed=False)
    effect = deal.effect(bill)
    if effect is None or one.budget_left is None:
        return None
    cost = int(coupon_kinds.cost(coupon.terms, yuan(effect.total)) * 100)
    if spent[coupon.template_id] + cost > one.budget_left * 100:
        return refuse("budget_spent")
    spent[coupon.template_id] += cost
    return None
