"""What must hold for the coupons of a house after whatever happened: counted anew, and told from the history."""

from collections import Counter
from collections.abc import Iterator

from django.db import connection
from django.db.models import Count, F, Q

from coupons.audits import INVARIANTS
from coupons.budgets import spent_in_all
from coupons.models import Coupon, CouponEvent, CouponState, CouponTemplate, OfferQuota
from coupons.moves import MOVES
from tests.torture.couponacts import House

STATES = tuple(CouponState.values)


def broken(house: House) -> list[str]:
    """Every law that does not hold, in words."""
    found = [words for template in house.templates for words in _of_template(template)]
    found += [words for coupon in _coupons(house) for words in unexplained(coupon)]
    over = OfferQuota.objects.filter(guide=house.guide, used__gt=F("limit"))
    found += [f"quota {quota.pk}: {quota.used} of {quota.limit}" for quota in over]
    for name, sql, rule in INVARIANTS:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            found += [f"{name}: {row} ({rule})" for row in cursor.fetchall()]
    return found


def _coupons(house: House) -> list[Coupon]:
    rows = Coupon.objects.filter(template__in=house.templates)
    return list(rows.prefetch_related("events").order_by("pk"))


def _of_template(template: CouponTemplate) -> Iterator[str]:
    """Issued is live, used, expired and void together; stock, budget and what one member may have."""
    now = CouponTemplate.objects.get(pk=template.pk)
    mine = Coupon.objects.filter(template=template)
    states = Counter(mine.values_list("state", flat=True))
    if now.issued != sum(states[state] for state in STATES):
        yield f"{now}: {now.issued} issued, but {dict(states)}"
    if now.stock is not None and now.issued > now.stock:
        yield f"{now}: {now.issued} issued of a stock of {now.stock}"
    if now.budget is not None and not 0 <= now.budget_used <= now.budget:
        yield f"{now}: {now.budget_used} taken of a budget of {now.budget}"
    if now.budget is not None and now.budget_used != spent_in_all(now.pk):
        yield f"{now}: {now.budget_used} taken, but coupons cost {spent_in_all(now.pk)}"
    limit = min(each for each in (now.member_limit, now.member_period_limit) if each is not None)
    had = mine.values("member").annotate(had=Count("pk", filter=~Q(state=CouponState.VOIDED))).filter(had__gt=limit)
    yield from (f"{now}: member {row['member']} has {row['had']} of {limit}" for row in had)


def unexplained(coupon: Coupon) -> Iterator[str]:
    """Where a coupon's history is no life it may have, or does not lead to where it stands."""
    states, holder = {CouponState.ISSUED}, ("", "")
    for event in sorted(coupon.events.all(), key=lambda one: one.pk):
        allowed = MOVES.get(CouponEvent.Move(event.move))
        if allowed is None:
            continue
        if not states & set(allowed.start):
            yield f"coupon {coupon.pk}: {event.move} while {sorted(states)}"
        states = set(allowed.end)
        if states <= {CouponState.LOCKED, CouponState.USED}:
            holder = (event.order_channel, event.order_no)
    if coupon.state not in states:
        yield f"coupon {coupon.pk}: {coupon.state}, but its history leads to {sorted(states)}"
    if coupon.state in (CouponState.LOCKED, CouponState.USED) and (coupon.order_channel, coupon.order_no) != holder:
        yield f"coupon {coupon.pk}: on {coupon.order_no}, but its history says {holder[1]}"
