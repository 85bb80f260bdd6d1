"""May this coupon be used on this receipt? One ordered list of rules; the first that says no gives the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from coupons import kinds
from coupons.errors import CouponRefused, refuse
from coupons.kinds.base import Basis
from coupons.kinds.words import last_day, listed, plain, when
from coupons.models import Coupon, CouponState
from coupons.receipts import Receipt, qualifying
from members.models import Category, Product, Tier
from members.oneid.lineage import living_id
from stores.models import Store
from stores.places import end_of_day, start_of_day, zone_of
from stores.policy import define

PER_RECEIPT = define("coupons.per_receipt", 10, _("Coupons on one receipt at most"), minimum=1)
OFFLINE_DAYS = define("coupons.offline_days", 7, _("Days a till may have been offline"), minimum=0, maximum=90)
CLOCK_LEEWAY = timedelta(minutes=5)
HELD = (CouponState.LOCKED, CouponState.USED)
NAMES_SHOWN = 5


@dataclass(frozen=True)
class Known:
    """Stores and tiers that refusals may name, for whoever judges many coupons at once; stores by code.

    Products are then not named.
    """

    stores: Sequence[Store]
    tiers: Sequence[Tier]


@dataclass(frozen=True)
class Case:
    """What the rules look at. ``at`` is the moment that counts, ``basis`` the part of the bill that qualifies."""

    coupon: Coupon
    receipt: Receipt
    at: datetime
    now: datetime
    basis: Basis
    held_groups: Sequence[str]
    known: Known | None = None


def moment_that_counts(at: datetime | None, now: datetime) -> datetime:
    """The till's time, within reason: a clock some minutes off counts as now, none counts as later than now.

    A till that was offline may name a past time, up to coupons.offline_days ago.
    """
    if at is None or at > now or now - at <= CLOCK_LEEWAY:
        return now
    return max(at, now - timedelta(days=OFFLINE_DAYS.value))


def judge(
    coupon: Coupon,
    receipt: Receipt,
    *,
    at: datetime,
    now: datetime,
    known: Known | None = None,
    others: Sequence[str] | None = None,
) -> Decimal:
    """What comes off the bill. Raises CouponRefused with the first reason that speaks against it.

    ``others`` are the stack groups of the other coupons on the receipt, where they have been asked for already.
    """
    held_groups = _held_groups(coupon, receipt) if others is None else others
    case = Case(coupon, receipt, at, now, qualifying(coupon, receipt), held_groups, known)
    for rule in RULES:
        refusal = rule(case)
        if refusal is not None:
            raise refusal
    return kinds.discount(coupon.terms, case.basis)


def holds(coupon: Coupon, receipt: Receipt, state: CouponState, now: datetime) -> bool:
    """Whether the receipt itself holds the coupon in this state; a lapsed lock holds nothing."""
    mine = coupon.state == state and receipt.order_no and (coupon.order_channel, coupon.order_no) == receipt.order
    return bool(mine) and not (state == CouponState.LOCKED and lapsed(coupon, now))


def lapsed(coupon: Coupon, now: datetime) -> bool:
    """Whether a lock has run out, so that anybody may take the coupon."""
    return coupon.state == CouponState.LOCKED and coupon.lock_until is not None and coupon.lock_until <= now


def _held_groups(coupon: Coupon, receipt: Receipt) -> list[str]:
    """The stack groups of the other coupons on the receipt, one entry per coupon."""
    if not receipt.order_no:
        return []
    others = Coupon.objects.filter(order_channel=receipt.channel, order_no=receipt.order_no, state__in=HELD)
    return list(others.exclude(pk=coupon.pk).values_list("terms__stack_group", flat=True))


def _day(moment: datetime, case: Case) -> str:
    return f"{moment.astimezone(zone_of(case.receipt.store)):%Y-%m-%d}"


def _still_there(case: Case) -> CouponRefused | None:
    coupon, local = case.coupon, zone_of(case.receipt.store)
    if coupon.state == CouponState.VOIDED:
        return refuse("coupon_voided")
    if coupon.state == CouponState.USED and coupon.used_at:
        return refuse("coupon_used", words={"date": _day(coupon.used_at, case)}, used_at=coupon.used_at)
    taken = coupon.state == CouponState.LOCKED and not lapsed(coupon, case.now)
    if taken and coupon.lock_until and not holds(coupon, case.receipt, CouponState.LOCKED, case.now):
        until = coupon.lock_until
        return refuse("coupon_locked", words={"time": f"{until.astimezone(local):%H:%M}"}, locked_until=until)
    return None


def _owner(case: Case) -> CouponRefused | None:
    wanted, owner = case.receipt.member_id, case.coupon.member_id
    is_theirs = wanted in (None, owner) or living_id(wanted) == owner
    return None if is_theirs else refuse("not_coupon_owner")


def _window(case: Case) -> CouponRefused | None:
    coupon = case.coupon
    if case.at < coupon.valid_from:
        return refuse("coupon_not_started", words={"date": _day(coupon.valid_from, case)}, valid_from=coupon.valid_from)
    until = _until_here(case)
    return refuse("coupon_expired", words={"date": last_day(until)}, valid_until=until) if case.at >= until else None


def _until_here(case: Case) -> datetime:
    """The end; a coupon that ends with a day is good for that whole day of the store that redeems it."""
    until = case.coupon.valid_until
    local = until.astimezone(zone_of(case.coupon.member.home_store))
    if local != start_of_day(case.coupon.member.home_store, local.date()):
        return until
    return max(until, end_of_day(case.receipt.store, local.date() - timedelta(days=1)))


def _place(case: Case) -> CouponRefused | None:
    terms, store = case.coupon.terms, case.receipt.store
    if terms.channels and case.receipt.channel not in terms.channels:
        return refuse("channel_not_in_scope", words={"channels": listed(terms.channels)}, channels=terms.channels)
    if not terms.store_ids or store is not None and store.pk in terms.store_ids:
        return None
    stores = _stores(case, terms.store_ids)[:NAMES_SHOWN]
    codes = [one.code for one in stores]
    return refuse("store_not_in_scope", words={"stores": listed([one.name for one in stores])}, stores=codes)


def _stores(case: Case, ids: Sequence[int]) -> list[Store]:
    if case.known is None:
        return list(Store.objects.filter(pk__in=ids).order_by("code")[:NAMES_SHOWN])
    return [one for one in case.known.stores if one.pk in ids]


def _tiers(case: Case, ids: Sequence[int]) -> list[Tier]:
    if case.known is None:
        return list(Tier.objects.filter(pk__in=ids))
    return [one for one in case.known.tiers if one.pk in ids]


def _tier(case: Case) -> CouponRefused | None:
    terms = case.coupon.terms
    if not terms.tier_ids or case.coupon.member.tier_id in terms.tier_ids:
        return None
    tiers = _tiers(case, terms.tier_ids)
    names = listed([tier.name for tier in tiers])
    return refuse("tier_not_in_scope", words={"tiers": names}, tiers=[tier.code for tier in tiers])


def _hours(case: Case) -> CouponRefused | None:
    terms, local = case.coupon.terms, case.at.astimezone(zone_of(case.receipt.store))
    clock = local.time()
    wrong_day = terms.weekdays and local.isoweekday() not in terms.weekdays
    early = terms.hour_from and clock < terms.hour_from
    late = terms.hour_until and clock >= terms.hour_until
    return refuse("outside_hours", words={"when": when(terms)}) if wrong_day or early or late else None


def _products(case: Case) -> CouponRefused | None:
    terms = case.coupon.terms
    if case.basis.amount > 0 or not terms.skus and not terms.category_ids:
        return None
    items = _items(case)
    reason, words = ("products_wanted", {"items": listed(items)}) if items else ("product_not_in_scope", None)
    return refuse(reason, words=words, skus=terms.skus, items=items, lines_needed=case.receipt.lines is None)


def _items(case: Case) -> list[str]:
    """What the coupon is for, as a cashier calls it: categories, then products."""
    terms = case.coupon.terms
    if case.known is not None:
        return []
    groups = Category.objects.filter(pk__in=terms.category_ids).order_by("name")[:NAMES_SHOWN]
    names = [group.name for group in groups] if terms.category_ids else []
    skus = terms.skus[: NAMES_SHOWN - len(names)]
    known = dict(Product.objects.filter(sku__in=skus).values_list("sku", "name")) if skus else {}
    return [*names, *(known.get(sku, sku) for sku in skus)]


def _threshold(case: Case) -> CouponRefused | None:
    threshold, amount = case.coupon.terms.threshold, case.basis.amount
    if amount >= threshold:
        return None
    short = threshold - amount
    words, missing = {"short": plain(short), "threshold": plain(threshold)}, {"short": short, "threshold": threshold}
    items = _items(case)
    if not items:
        return refuse("threshold_not_met", words=words, **missing, qualifying=amount)
    words["items"] = listed(items)
    return refuse("threshold_of_products", words=words, **missing, qualifying=amount, items=items)


def _gain(case: Case) -> CouponRefused | None:
    return kinds.refusal(case.coupon.terms, case.basis)


def _together(case: Case) -> CouponRefused | None:
    group = case.coupon.terms.stack_group
    if group and group in case.held_groups:
        return refuse("stack_conflict", stack_group=group)
    limit = PER_RECEIPT.value
    return refuse("limit_reached", words={"limit": limit}, limit=limit) if len(case.held_groups) >= limit else None


Rule = Callable[[Case], CouponRefused | None]

BEFORE_THE_CART: Sequence[Rule] = (_still_there, _owner, _window, _place, _tier, _hours)
RULES: Sequence[Rule] = (
    *BEFORE_THE_CART,
    _products,
    _threshold,
    _gain,
    _together,
)


def first_refusal_before_the_cart(case: Case) -> CouponRefused | None:
    """The first rule that says no whatever is in the cart: state, owner, window, place, tier, hours."""
    return next((refusal for rule in BEFORE_THE_CART if (refusal := rule(case)) is not None), None)
