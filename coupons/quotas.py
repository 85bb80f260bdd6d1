"""What guides may send in a month: so many of each template, so much per guide, so much per store.

A quota counts coupons of one template and guide; the budgets of a guide and of a store count face value in yuan and
coupons. All are taken by a conditional update of the row that owns the limit, so that no two senders take the last one,
always in the same order: quota, guide, store.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import connection
from django.utils.translation import gettext_lazy as _

from coupons.errors import CouponRefused, refuse
from coupons.models import CouponTemplate, Offer
from stores.models import Staff, Store
from stores.places import business_day
from stores.policy import define

STORE_BUDGET = define(
    "offers.store_month_budget", 5000, _("What a store's guides may give away in a month, in yuan"), minimum=0
)
STORE_COUNT = define(
    "offers.store_month_count", 0, _("Coupons a store's guides may send in a month (0: no limit)"), minimum=0
)
GUIDE_BUDGET = define(
    "offers.guide_month_budget", 2000, _("What a guide may give away in a month, in yuan (0: no limit)"), minimum=0
)
GUIDE_COUNT = define("offers.guide_month_count", 0, _("Coupons a guide may send in a month (0: no limit)"), minimum=0)

OPEN_QUOTA = """
    INSERT INTO coupons_offerquota (guide_id, template_id, month, "limit", used)
    VALUES (%(guide)s, %(template)s, %(month)s, %(quota)s, 0) ON CONFLICT DO NOTHING
"""
TAKE_QUOTA = """
    UPDATE coupons_offerquota SET used = used + 1
     WHERE guide_id = %(guide)s AND template_id = %(template)s AND month = %(month)s AND used < "limit"
"""
RETURN_QUOTA = """
    UPDATE coupons_offerquota SET used = used - 1
     WHERE guide_id = %(guide)s AND template_id = %(template)s AND month = %(month)s AND used > 0
"""
RAISE_QUOTA = """
    UPDATE coupons_offerquota SET "limit" = "limit" + %(more)s
     WHERE guide_id = %(guide)s AND template_id = %(template)s AND month = %(month)s
"""
OPEN_BUDGET = """
    INSERT INTO {table} ({owner}_id, month, "limit", used, count_limit, count_used)
    VALUES (%({owner})s, %(month)s, %({owner}_limit)s, 0, %({owner}_count)s, 0) ON CONFLICT DO NOTHING
"""
TAKE_BUDGET = """
    UPDATE {table} SET used = used + %(value)s, count_used = count_used + 1
     WHERE {owner}_id = %({owner})s AND month = %(month)s
       AND ("limit" IS NULL OR used + %(value)s <= "limit") AND (count_limit IS NULL OR count_used < count_limit)
"""
RETURN_BUDGET = """
    UPDATE {table} SET used = used - %(value)s, count_used = count_used - 1
     WHERE {owner}_id = %({owner})s AND month = %(month)s AND used >= %(value)s AND count_used > 0
"""
RAISE_BUDGET = """
    UPDATE {table} SET "limit" = "limit" + %(value)s, count_limit = count_limit + %(count)s
     WHERE {owner}_id = %({owner})s AND month = %(month)s
"""
LEFT = """
    SELECT 'quota', template_id, "limit", used, NULL::int, 0 FROM coupons_offerquota
     WHERE guide_id = %(guide)s AND month = %(month)s
    UNION ALL
    SELECT 'guide', NULL, "limit", used, count_limit, count_used FROM coupons_guidebudget
     WHERE guide_id = %(guide)s AND month = %(month)s
    UNION ALL
    SELECT 'store', NULL, "limit", used, count_limit, count_used FROM coupons_storebudget
     WHERE store_id = %(store)s AND month = %(month)s
    UNION ALL
    SELECT CASE state WHEN 'asked' THEN 'asked' ELSE 'news' END, template_id, value, 0, count, id FROM coupons_topup
     WHERE guide_id = %(guide)s AND (state = 'asked' AND month = %(month)s AND NOT of_store
           OR state IN ('granted', 'refused', 'lapsed') AND seen_at IS NULL)
"""
TABLES = {"guide": "coupons_guidebudget", "store": "coupons_storebudget"}


@dataclass(frozen=True)
class Purse:
    """A budget of a month: face value in yuan and coupons, given and allowed. A limit of None bounds nothing."""

    limit: Decimal | None
    used: Decimal = Decimal(0)
    count_limit: int | None = None
    count_used: int = 0

    @property
    def left(self) -> Decimal | None:
        """Yuan that may still be given; None without a limit."""
        return None if self.limit is None else self.limit - self.used

    @property
    def count_left(self) -> int | None:
        """Coupons that may still be sent; None without a limit."""
        return None if self.count_limit is None else self.count_limit - self.count_used

    def lacks(self, value: Decimal, count: int = 1) -> str:
        """What does not suffice for so much face value and so many coupons: value, count, or nothing."""
        if self.left is not None and value > self.left:
            return "value"
        return "count" if self.count_left is not None and count > self.count_left else ""


@dataclass(frozen=True)
class Asked:
    """A request for more that waits for its answer."""

    pk: int
    count: int | None
    value: Decimal | None


@dataclass(frozen=True)
class Room:
    """What bounds a guide's offers in a month, and what the guide has ``asked`` for, by template (None: the budget);
    ``has_news`` when an answer has not been seen."""

    month: date
    guide: Purse
    store: Purse
    quotas: dict[int, tuple[int, int]]
    asked: dict[int | None, Asked]
    has_news: bool = False

    def quota(self, template: CouponTemplate) -> tuple[int, int]:
        """(left, limit) of one template; what was never touched is whole."""
        whole = (template.guide_month_quota, template.guide_month_quota)
        return self.quotas.get(template.pk, whole)

    def refusal_for(self, template: CouponTemplate, value: Decimal) -> CouponRefused | None:
        """Why one more coupon of this face value would not be let through; None when it would."""
        if what := self.store.lacks(value):  # first: no request for more would help
            return _short("store", what, self.month, self.store)
        if self.quota(template)[0] <= 0:
            return _spent("quota_spent", self.month, template=template.pk)
        if what := self.guide.lacks(value):
            return _short("guide", what, self.month, self.guide)
        return None


def month_of(store: Store, moment: datetime) -> date:
    """The first day of the month that a moment belongs to in the store's calendar."""
    return business_day(store, moment).replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return month + relativedelta(months=1)


def take(guide: Staff, store: Store, template: CouponTemplate, value: Decimal, month: date) -> None:
    """Take one of the guide's quota, and its face value from the guide's and the store's budget, in the caller's
    transaction.

    Raises CouponRefused with the day on which there is more: quota_spent, guide_budget_spent, guide_count_spent,
    store_budget_spent, store_count_spent.
    """
    keys = _keys(guide, store, month) | {"template": template.pk, "quota": template.guide_month_quota, "value": value}
    with connection.cursor() as cursor:
        cursor.execute(OPEN_QUOTA, keys)
        cursor.execute(TAKE_QUOTA, keys)
        if cursor.rowcount != 1:
            raise _spent("quota_spent", month, template=template.pk)
        for owner, table in TABLES.items():
            cursor.execute(OPEN_BUDGET.format(owner=owner, table=table), keys)
            cursor.execute(TAKE_BUDGET.format(owner=owner, table=table), keys)
            if cursor.rowcount != 1:
                purse = getattr(room_of(guide, store, month), owner)
                raise _short(owner, purse.lacks(value) or "value", month, purse)


def give_back(offer: Offer) -> None:
    """Return what an offer took; the caller has just moved it, under its lock, to a state that takes nothing."""
    if offer.template_id is None:
        return
    keys: dict[str, Any] = {
        "guide": offer.guide_id,
        "store": offer.store_id,
        "template": offer.template_id,
        "month": month_of(offer.store, offer.created_at),
        "value": offer.face_value,
    }
    with connection.cursor() as cursor:
        cursor.execute(RETURN_QUOTA, keys)
        for owner, table in TABLES.items():
            cursor.execute(RETURN_BUDGET.format(owner=owner, table=table), keys)


def room_of(guide: Staff, store: Store, month: date) -> Room:
    """What the guide may still send this month, in one query; what was never touched is as the policy says."""
    keys, found = _keys(guide, store, month), untouched()
    with connection.cursor() as cursor:
        cursor.execute(LEFT, keys)
        rows = cursor.fetchall()
    found |= {what: Purse(*bounds) for what, _template, *bounds in rows if what in TABLES}
    quotas = {row[1]: (int(row[2] - row[3]), int(row[2])) for row in rows if row[0] == "quota"}
    asked = {row[1]: Asked(row[5], row[4], row[2]) for row in rows if row[0] == "asked"}
    return Room(month, found["guide"], found["store"], quotas, asked, any(row[0] == "news" for row in rows))


def untouched() -> dict[str, Purse]:
    """The budgets of a guide and of a store of which nothing was taken yet: as the policy says."""
    return {
        "guide": Purse(
            Decimal(GUIDE_BUDGET.value) if GUIDE_BUDGET.value else None, count_limit=GUIDE_COUNT.value or None
        ),
        "store": Purse(Decimal(STORE_BUDGET.value), count_limit=STORE_COUNT.value or None),
    }


def raise_quota(guide: Staff, store: Store, template: CouponTemplate, month: date, more: int) -> None:
    """Let the guide send ``more`` of the template this month, in the caller's transaction."""
    keys = _keys(guide, store, month) | {"template": template.pk, "quota": template.guide_month_quota, "more": more}
    with connection.cursor() as cursor:
        cursor.execute(OPEN_QUOTA, keys)
        cursor.execute(RAISE_QUOTA, keys)


def raise_budget(guide: Staff, store: Store, month: date, *, value: Decimal, count: int, owner: str = "guide") -> None:
    """Let the guide, or with ``owner`` "store" the whole store, give ``value`` yuan and ``count`` coupons more this
    month; what is without limit stays so."""
    keys = _keys(guide, store, month) | {"value": value, "count": count}
    with connection.cursor() as cursor:
        cursor.execute(OPEN_BUDGET.format(owner=owner, table=TABLES[owner]), keys)
        cursor.execute(RAISE_BUDGET.format(owner=owner, table=TABLES[owner]), keys)


def _keys(guide: Staff, store: Store, month: date) -> dict[str, Any]:
    """Whose rows, and the limits that a row begins with."""
    keys: dict[str, Any] = {"guide": guide.pk, "store": store.pk, "month": month}
    for owner, purse in untouched().items():
        keys |= {f"{owner}_limit": purse.limit, f"{owner}_count": purse.count_limit}
    return keys


def _short(owner: str, what: str, month: date, purse: Purse) -> CouponRefused:
    """The refusal of a budget, with what is left of it."""
    left = purse.count_left if what == "count" else purse.left
    return _spent(f"{owner}_{'count' if what == 'count' else 'budget'}_spent", month, left=left)


def _spent(code: str, month: date, **extra: Any) -> CouponRefused:
    again, left = next_month(month), extra.get("left")
    shown = f"{left:.2f}".removesuffix(".00") if isinstance(left, Decimal) else left
    return refuse(code, words={"date": f"{again:%m-%d}", "left": shown}, from_day=again, **extra)
