"""Which coupons a quote may count on: a wallet, or the codes that a till asks for, judged by all that needs no cart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from coupons import kinds
from coupons.codes import normalise
from coupons.errors import CouponRefused, refuse
from coupons.kinds.base import Basis
from coupons.knownterms import TERMS
from coupons.models import Coupon, CouponState, CouponTemplate
from coupons.receipts import Receipt
from coupons.verdicts import Case, Known, first_refusal_before_the_cart
from members.models import Member, Tier
from members.oneid.lineage import living
from stores.models import Store
from stores.rowversions import noted, version_of

MOST = 60  # coupons of a wallet, those that end soonest; a till is waiting for the answer
LIVE = (CouponState.ISSUED, CouponState.LOCKED)
# As plain SQL, since to build the statement anew for each quote costs more than to run it. Terms are remembered.
WALLET = f"""
    SELECT c.id, c.code, c.state, c.member_id, c.lock_until, c.order_channel, c.order_no, c.valid_from, c.valid_until,
           c.discount, c.template_id, c.terms_id, {version_of("k")} AS terms_version,
           t.name AS template_name, t.budget AS template_budget, t.budget_used AS template_budget_used
      FROM coupons_coupon c JOIN coupons_coupontemplate t ON t.id = c.template_id
      JOIN coupons_couponterms k ON k.id = c.terms_id
     WHERE c.member_id = %(member)s AND c.state = ANY (%(live)s) AND c.valid_until > %(at)s
     ORDER BY c.valid_until, c.id LIMIT %(most)s
"""
OF_TEMPLATES = ("name", "budget", "budget_used")


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
    params = {"member": member.pk, "live": list(LIVE), "at": at, "most": MOST}
    rows = list(Coupon.objects.raw(WALLET, params))
    terms = TERMS.of({(coupon.terms_id, noted(coupon, "terms_version")) for coupon in rows})
    for coupon in rows:
        coupon.member = member
        coupon.terms = terms[coupon.terms_id]
        values = [noted(coupon, f"template_{name}") for name in OF_TEMPLATES]
        coupon.template = CouponTemplate.from_db(None, ["id", *OF_TEMPLATES], [coupon.template_id, *values])
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
