"""What guides may send: so many of each template per guide and month, so much face value per store and month.

Both are taken by a conditional update of the row that owns the limit, so that no two senders take the last one.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import connection
from django.utils.translation import gettext_lazy as _

from coupons.errors import refuse
from coupons.models import CouponTemplate, Offer, OfferQuota, StoreBudget
from stores.models import Staff, Store
from stores.places import business_day
from stores.policy import define

STORE_BUDGET = define(
    "offers.store_month_budget", 5000, _("What a store's guides may give away in a month, in yuan"), minimum=0
)

OPEN_QUOTA = """
    INSERT INTO coupons_offerquota (guide_id, template_id, month, "limit", used)
    VALUES (%(guide)s, %(template)s, %(month)s, %(limit)s, 0) ON CONFLICT DO NOTHING
"""
TAKE_QUOTA = """
    UPDATE coupons_offerquota SET used = used + 1
     WHERE guide_id = %(guide)s AND template_id = %(template)s AND month = %(month)s AND used < "limit"
"""
OPEN_BUDGET = """
    INSERT INTO coupons_storebudget (store_id, month, "limit", used)
    VALUES (%(store)s, %(month)s, %(limit)s, 0) ON CONFLICT DO NOTHING
"""
TAKE_BUDGET = """
    UPDATE coupons_storebudget SET used = used + %(value)s
     WHERE store_id = %(store)s AND month = %(month)s AND used + %(value)s <= "limit"
"""
RETURN_QUOTA = """
    UPDATE coupons_offerquota SET used = used - 1
     WHERE guide_id = %(guide)s AND template_id = %(template)s AND month = %(month)s AND used > 0
"""
RETURN_BUDGET = """
    UPDATE coupons_storebudget SET used = used - %(value)s WHERE store_id = %(store)s AND month = %(month)s
"""


def month_of(store: Store, moment: datetime) -> date:
    """The first day of the month that a moment belongs to in the store's calendar."""
    return business_day(store, moment).replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return month + relativedelta(months=1)


def take(guide: Staff, store: Store, template: CouponTemplate, value: Decimal, month: date) -> None:
    """Take one of the guide's quota and its face value from the store's budget, in the caller's transaction.

    Raises CouponRefused: quota_spent or store_budget_spent, with the day on which there is more.
    """
    again = {"date": f"{next_month(month):%m-%d}"}
    keys: dict[str, Any] = {
        "guide": guide.pk,
        "template": template.pk,
        "month": month,
        "limit": template.guide_month_quota,
    }
    purse: dict[str, Any] = {"store": store.pk, "month": month, "limit": STORE_BUDGET.value, "value": value}
    with connection.cursor() as cursor:
        cursor.execute(OPEN_QUOTA, keys)
        cursor.execute(TAKE_QUOTA, keys)
        if cursor.rowcount != 1:
            raise refuse("quota_spent", words=again, from_day=next_month(month))
        cursor.execute(OPEN_BUDGET, purse)
        cursor.execute(TAKE_BUDGET, purse)
        if cursor.rowcount != 1:
            raise refuse("store_budget_spent", words=again, from_day=next_month(month))


def give_back(offer: Offer) -> None:
    """Return what an offer took; the caller has just moved it to a state that takes nothing."""
    if offer.template_id is None:
        return
    month = month_of(offer.store, offer.created_at)
    with connection.cursor() as cursor:
        cursor.execute(RETURN_QUOTA, {"guide": offer.guide_id, "template": offer.template_id, "month": month})
        cursor.execute(RETURN_BUDGET, {"store": offer.store_id, "month": month, "value": offer.face_value})


def quotas_left(guide: Staff, templates: Iterable[CouponTemplate], month: date) -> dict[int, tuple[int, int]]:
    """Template -> (left, limit) of this month; what was never touched is whole."""
    templates = list(templates)
    rows = OfferQuota.objects.filter(guide=guide, month=month, template__in=templates)
    known = {row.template_id: (row.limit - row.used, row.limit) for row in rows}
    whole = {template.pk: (template.guide_month_quota, template.guide_month_quota) for template in templates}
    return whole | known


def budget_left(store: Store, month: date) -> Decimal:
    """What the store's guides may still give away this month, at face value in yuan."""
    row = StoreBudget.objects.filter(store=store, month=month).first()
    return row.limit - row.used if row else Decimal(STORE_BUDGET.value)
