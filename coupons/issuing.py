"""Giving one coupon to one member. Stock, state and the member's limit are checked in the statement that takes them."""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from coupons import limits
from coupons.catalogue import validity
from coupons.codes import new_code
from coupons.errors import CouponRefused, refuse
from coupons.kinds.words import last_day
from coupons.models import Coupon, CouponState, CouponTemplate, CouponTerms, TemplateState
from members.locks import lock_member
from members.models import Member
from members.oneid.lineage import beneath
from members.timeline import NewFact, record
from stores.models import Staff
from stores.places import zone_of

TAKE = f"""
    UPDATE coupons_coupontemplate t SET issued = issued + 1
     WHERE id = %(template)s AND state = 'active' AND (stock IS NULL OR issued < stock)
       AND (member_limit IS NULL AND member_period_limit IS NULL OR {limits.ONE_HAS_ROOM})
    RETURNING terms_id
"""


def issue_coupon(
    template: CouponTemplate,
    member: Member,
    *,
    origin: str,
    origin_id: int | None = None,
    guide: Staff | None = None,
    terms: CouponTerms | None = None,
    at: datetime | None = None,
) -> Coupon:
    """Put a coupon into a member's wallet and record coupon.issued; ``terms`` names an older version to give.

    Raises CouponRefused: template_not_active, stock_spent, limit_reached, terms_ended; NotFound for a member who is
    no longer one.
    """
    at = at or timezone.now()
    with transaction.atomic():
        held = lock_member(member)
        terms = take_from_stock(template, held, terms, at)
        starts, ends = validity(terms, at, held.home_store)
        if ends <= at:
            raise refuse("terms_ended", words={"date": last_day(ends)}, until=ends)
        coupon = Coupon.objects.create(
            code=new_code(),
            template=template,
            terms=terms,
            member=held,
            origin=origin,
            origin_id=origin_id,
            guide=guide,
            issued_at=at,
            valid_from=starts,
            valid_until=ends,
        )
        record(NewFact("coupon.issued", held.pk, coupon.pk, at, {"template": template.pk, "origin": str(origin)}))
    return coupon


def take_from_stock(template: CouponTemplate, member: Member, terms: CouponTerms | None, at: datetime) -> CouponTerms:
    """Take one from the stock for a member whose row is locked; returns the terms to issue with."""
    # what somebody merged into them in this moment has counts already
    members = beneath(member.pk) if limits.bounds(template) else [member.pk]
    zone = str(zone_of(member.home_store))
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"template": template.pk, "members": members, "zone": zone, "at": at})
        row = cursor.fetchone()
    if row is None:
        raise why_not_taken(template.pk, member, members, at)
    if terms is not None:
        return terms
    return template.terms if template.terms_id == row[0] and template.terms else CouponTerms.objects.get(pk=row[0])


def why_not_taken(template_id: int, member: Member, members: list[int], at: datetime) -> CouponRefused:
    """Which of the conditions of the statement did not hold, for a member who has absorbed ``members``."""
    template = CouponTemplate.objects.get(pk=template_id)
    if template.state != TemplateState.ACTIVE:
        return refuse("template_not_active")
    if template.stock is not None and template.issued >= template.stock:
        return refuse("stock_spent", stock=template.stock)
    had = Coupon.objects.filter(member__in=members, template=template).exclude(state=CouponState.VOIDED)
    refusal = limits.refusal_for(template, member, had.values_list("issued_at", flat=True), at)
    return refusal or refuse("template_not_active")  # changed by somebody since the statement
