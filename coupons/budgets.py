"""The money budget of a template: what redemptions and locks take from it and give back."""

from decimal import Decimal

from django.db import connection

from coupons import kinds
from coupons.errors import refuse
from coupons.models import Coupon, CouponState

COST_SQL = kinds.cost_sql("(coupon.discount - coalesce(coupon.given_back, 0))")
"""What a locked or used coupon takes of its template's budget now, over ``coupon`` and ``terms``; twin of ``cost_of``.

What returns of some goods took back is no cost any more.
"""
SPENT_SQL = f"""
    SELECT coalesce(sum({COST_SQL}), 0) FROM coupons_coupon coupon
      JOIN coupons_couponterms terms ON terms.id = coupon.terms_id
     WHERE coupon.template_id = %s AND coupon.state IN ('locked', 'used')
"""
TAKE_SQL = """
    UPDATE coupons_coupontemplate SET budget_used = budget_used + %(cost)s
     WHERE id = %(template)s AND budget IS NOT NULL AND budget_used + %(cost)s <= budget
"""


def take(template_id: int, cost: Decimal) -> None:
    """Take ``cost`` yuan (below zero: give back) from a template's budget in the caller's transaction.

    Without a budget nothing is counted, so that a coupon everybody redeems has no row everybody waits for. Raises
    CouponRefused (budget_spent) when it does not suffice.
    """
    with connection.cursor() as cursor:
        # A share lock: redemptions do not wait for each other, but a change of the budget waits for them.
        cursor.execute("SELECT budget FROM coupons_coupontemplate WHERE id = %s FOR KEY SHARE", [template_id])
        row = cursor.fetchone()
        if row is None or row[0] is None or not cost:
            return
        cursor.execute(TAKE_SQL, {"template": template_id, "cost": cost})
        if cursor.rowcount != 1:
            raise refuse("budget_spent")


def cost_of(coupon: Coupon) -> Decimal:
    """What a coupon takes of its template's budget as it stands, in yuan; nothing unless it is locked or used."""
    if coupon.state not in (CouponState.LOCKED, CouponState.USED):
        return Decimal("0.00")
    return kinds.cost(coupon.terms, (coupon.discount or Decimal("0.00")) - (coupon.given_back or Decimal("0.00")))


def spent_in_all(template_id: int) -> Decimal:
    """What the coupons of a template that are locked or used cost in all, counted from the coupons."""
    with connection.cursor() as cursor:
        cursor.execute(SPENT_SQL, [template_id])
        return cursor.fetchone()[0]
