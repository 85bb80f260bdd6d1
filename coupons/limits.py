"""How many coupons of a template one member may have: ever, and in one period of business days of their home store.

Coupons that were withdrawn do not count; those of members who became one with them do. Whoever issues has locked the
member before the statement begins, so that what it counts is all there is.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils.translation import gettext as _

from coupons.errors import CouponRefused, refuse
from coupons.models import Coupon, CouponState, CouponTemplate, LimitPeriod
from members.models import Member
from stores.models import Store
from stores.places import business_day, zone_of

LENGTHS: Mapping[str, relativedelta] = {
    LimitPeriod.DAY: relativedelta(days=1),
    LimitPeriod.WEEK: relativedelta(weeks=1),
    LimitPeriod.MONTH: relativedelta(months=1),
    LimitPeriod.YEAR: relativedelta(years=1),
}

# The names of the periods are those of date_trunc, whose week begins with Monday as ours does.
ROOM = """({limit} IS NULL OR count(*) < {limit}) AND ({period_limit} IS NULL OR count(*) FILTER (
        WHERE date_trunc({period}, {moment}, {zone}) = date_trunc({period}, %(at)s::timestamptz, {zone})
    ) < {period_limit})"""
COUNTED = """(
    SELECT {room} FROM coupons_coupon c
     WHERE c.member_id = {members} AND c.template_id = %(template)s AND c.state <> 'voided'
)"""
OF_TEMPLATE = {
    "limit": "t.member_limit",
    "period_limit": "t.member_period_limit",
    "period": "nullif(t.member_period, '')",
    "zone": "%(zone)s",
}
GIVEN = {
    "limit": "%(member_limit)s::int",
    "period_limit": "%(period_limit)s::int",
    "period": "%(period)s::text",
    "zone": "coalesce((SELECT s.time_zone FROM stores_store s WHERE s.id = m.home_store_id), %(zone)s)",
}

# Whether one member (and who was merged into them: ``members``) may have another one, over the template's row ``t``.
ONE_HAS_ROOM = COUNTED.format(room=ROOM.format(moment="c.issued_at", **OF_TEMPLATE), members="ANY(%(members)s)")

# Whether each of many members ``m`` may, with ``params_of``; but for what somebody just merged into them has had.
EACH_HAS_ROOM = COUNTED.format(room=ROOM.format(moment="c.issued_at", **GIVEN), members="m.id")

# Which of ``members`` may, with all that they have absorbed. Most have had none, for whom nothing is counted.
WHO_HAS_ROOM = f"""
    WITH RECURSIVE down (member, id) AS (
        SELECT one, one FROM unnest(%(members)s::bigint[]) AS one
        UNION ALL
        SELECT down.member, gone.id FROM down JOIN members_member gone ON gone.merged_into_id = down.id
    ), had AS (
        SELECT down.member, array_agg(c.issued_at) AS moments FROM down JOIN coupons_coupon c ON c.member_id = down.id
         WHERE c.template_id = %(template)s AND c.state <> 'voided' GROUP BY down.member
    )
    SELECT m.id FROM members_member m LEFT JOIN had ON had.member = m.id
     WHERE m.id = ANY(%(members)s::bigint[]) AND m.state = 'active'
       AND (had.moments IS NULL AND least({GIVEN["limit"]}, {GIVEN["period_limit"]}) > 0
            OR (SELECT {ROOM.format(moment="one.at", **GIVEN)} FROM unnest(had.moments) AS one(at)))
     ORDER BY m.id
"""


def bounds(template: CouponTemplate) -> bool:
    """Whether the template limits what one member may have, so that members must be locked before any is issued."""
    return template.member_limit is not None or template.member_period_limit is not None


def params_of(template: CouponTemplate, at: datetime) -> dict[str, Any]:
    """What EACH_HAS_ROOM and WHO_HAS_ROOM ask for, for coupons issued at ``at``."""
    return {
        "template": template.pk,
        "member_limit": template.member_limit,
        "period_limit": template.member_period_limit,
        "period": template.member_period or None,
        "zone": str(zone_of(None)),
        "at": at,
    }


def first_day(period: str, day: date) -> date:
    """The first day of the period that ``day`` lies in."""
    match period:
        case LimitPeriod.WEEK:
            return day - timedelta(days=day.weekday())
        case LimitPeriod.MONTH:
            return day.replace(day=1)
        case LimitPeriod.YEAR:
            return day.replace(month=1, day=1)
    return day


def next_first_day(period: str, store: Store | None, at: datetime) -> date:
    """The day from which a member of the store may have one again whose period, in which ``at`` lies, is used up."""
    return first_day(period, business_day(store, at)) + LENGTHS[period]


def had_by(member: Member) -> ArraySubquery:
    """When a member was given coupons of a template, to annotate templates with."""
    counted = Coupon.objects.filter(member=member, template=OuterRef("pk")).exclude(state=CouponState.VOIDED)
    return ArraySubquery(counted.values("issued_at"))


def reached(
    templates: Iterable[CouponTemplate],
    member: Member,
    at: datetime,
    had: Mapping[int, Iterable[datetime]] | None = None,
) -> dict[int, CouponRefused]:
    """Template -> why this member may not have another one now; templates that still have room are left out.

    ``had`` says when the member was given coupons of each (``had_by``), if the caller knows already.
    """
    limited = [template for template in templates if bounds(template)]
    if not limited:
        return {}
    if had is None:
        named = CouponTemplate.objects.filter(pk__in=[template.pk for template in limited])
        had = dict(named.annotate(had=had_by(member)).values_list("pk", "had"))
    found = {template.pk: refusal_for(template, member, had.get(template.pk, ()), at) for template in limited}
    return {pk: refusal for pk, refusal in found.items() if refusal is not None}


def refusal_for(
    template: CouponTemplate, member: Member, had: Iterable[datetime], at: datetime
) -> CouponRefused | None:
    """Why a member who was given these coupons of the template before may have none at ``at``; None when they may."""
    moments = list(had)
    limit, most = template.member_limit, template.member_period_limit
    if limit is not None and len(moments) >= limit:
        return refuse("member_limit_reached", words={"limit": limit}, limit=limit)
    if most is None:
        return None
    store, period = member.home_store, template.member_period
    began = first_day(period, business_day(store, at))
    if sum(first_day(period, business_day(store, moment)) == began for moment in moments) < most:
        return None
    again = next_first_day(period, store, at)
    return refuse(
        f"{period}_limit_reached", words={"limit": most, "date": again}, limit=most, period=period, from_day=again
    )


def in_words(template: CouponTemplate) -> list[str]:
    """The limits as people say them: at most 3 each, 1 a month each."""
    said = []
    if template.member_limit is not None:
        said.append(_("at most %(limit)s each") % {"limit": template.member_limit})
    if template.member_period_limit is not None:
        sentence = {
            LimitPeriod.DAY: _("%(limit)s a day each"),
            LimitPeriod.WEEK: _("%(limit)s a week each"),
            LimitPeriod.MONTH: _("%(limit)s a month each"),
            LimitPeriod.YEAR: _("%(limit)s a year each"),
        }[LimitPeriod(template.member_period)]
        said.append(sentence % {"limit": template.member_period_limit})
    return said
