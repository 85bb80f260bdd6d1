"""Which coupons a quote may count on: a wallet, or the codes that a till asks for, judged by all that needs no cart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import models
from django.utils import timezone

from coupons import kinds
from coupons.codes import normalise
from coupons.errors import CouponRefused, refuse
from coupons.kinds.base import Basis
from coupons.models import Coupon, CouponState, CouponTerms
from coupons.verdicts import Case, Known, Receipt, first_refusal_before_the_cart
from members.models import Member, Tier
from members.oneid.lineage import living
from stores.models import Store

MOST = 60  # coupons of a wallet, those that end soonest; a till is waiting for the answer
LIVE = (CouponState.ISSUED, CouponState.LOCKED)
OF_COUPONS = (
    *("code", "state", "member", "lock_until", "order_channel", "order_no", "valid_from", "valid_until", "discount"),
    *("template", "terms"),
)
OF_TEMPLATES = ("name", "budget", "budget_used")
OF_TERMS = [
    one.name
    for one in CouponTerms._meta.concrete_fields
    if not isinstance(one, models.DateTimeField) or one.primary_key
]
READ = [*OF_COUPONS, *(f"template__{name}" for name in OF_TEMPLATES), *(f"terms__{name}" for name in OF_TERMS)]


@dataclass(frozen=True)
class Candidate:
    """A coupon by its code, and why it may not be used; ``coupon`` is None when there is none with this code."""

    code: str
    coupon: Coupon | None
    refusal: CouponRefused | None = None

    @property
    def budget_left(self) -> Decimal | None:
        """What its template may still give away, in yuan, what its own lock holds included; None without a budget."""
        coupon = self.coupon
        if coupon is None or coupon.template.budget is None:
            return None
        is_locked = coupon.state == CouponState.LOCKED
        held = kinds.cost(coupon.terms, coupon.discount or Decimal(0)) if is_locked else Decimal(0)
        return coupon.template.budget - coupon.template.budget_used + held


def candidates(
    member: Member | None,
    *,
    store: Store,
    channel: str,
    at: datetime,
    order_no: str = "",
    codes: Sequence[str] | None = None,
) -> list[Candidate]:
    """The live coupons of a member, the next to end first; or those of ``codes`` in their order, known or not.

    Each with the first rule that speaks against it at ``at`` in this store and channel, whatever is in the cart. A lock
    that the receipt ``order_no`` holds itself is none. Three queries at most for a wallet.
    """
    if codes is not None:
        known_as = {code: _normal(code) for code in codes}
        rows = Coupon.objects.select_related("terms", "template", "member__home_store")
        found = {coupon.code: coupon for coupon in rows.filter(code__in=[*filter(None, known_as.values())])}
        asked = [(code, found.get(normal)) for code, normal in known_as.items()]
    elif member is not None:
        asked = [(coupon.code, coupon) for coupon in _wallet(member, at)]
    else:
        return []
    receipt = Receipt(Decimal(0), store, channel, order_no, member.pk if member else None, at)
    known = _known([coupon for _code, coupon in asked if coupon])
    now = timezone.now()
    return [_judged(code, coupon, receipt, at, now, known) for code, coupon in asked]


def _normal(code: str) -> str:
    """The code as we store it; empty for what cannot be one."""
    try:
        return normalise(code)
    except CouponRefused:
        return ""


def _wallet(member: Member, at: datetime) -> Iterator[Coupon]:
    """The coupons of a member that have not ended, with no more of each than judging needs."""
    rows = Coupon.objects.select_related("terms", "template").only(*READ)
    for coupon in rows.filter(member=member, state__in=LIVE, valid_until__gt=at).order_by("valid_until", "pk")[:MOST]:
        coupon.member = member
        yield coupon


def _judged(code: str, coupon: Coupon | None, receipt: Receipt, at: datetime, now: datetime, known: Known) -> Candidate:
    if coupon is None:
        return Candidate(code, None, refuse("coupon_not_found"))
    if coupon.member.merged_into_id:  # merged in this moment: the coupon is about to follow
        coupon.member = living(coupon.member)
    case = Case(coupon, receipt, at, max(at, now), Basis(Decimal(0)), (), known)
    return Candidate(coupon.code, coupon, first_refusal_before_the_cart(case))


def _known(coupons: Iterable[Coupon]) -> Known:
    """The stores and tiers that refusals may name, looked up together."""
    stores = {pk for coupon in coupons for pk in coupon.terms.store_ids}
    tiers = {pk for coupon in coupons for pk in coupon.terms.tier_ids}
    return Known(
        list(Store.objects.filter(pk__in=stores).order_by("code")) if stores else [],
        list(Tier.objects.filter(pk__in=tiers)) if tiers else [],
    )
