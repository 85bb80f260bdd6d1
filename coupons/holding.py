"""A coupon found by its code with all that the rules look at, in one statement: what a till waits for.

The statements are written out and prepared, since putting them together and planning them anew for each call cost more
than carrying them out. What comes back are the models all the same; of template, member and home store only the columns
that tills need, the others are fetched by whoever asks for them. Terms are remembered (coupons.knownterms).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from coupons.codes import normalise
from coupons.errors import refuse
from coupons.knownterms import TERMS
from coupons.models import Coupon, CouponTemplate
from members.models import Member
from members.oneid.lineage import living
from stores.models import Store
from stores.prepared import prepared
from stores.rowversions import version_of

FROM_SQL = """
      FROM coupons_coupon coupon
      JOIN coupons_couponterms terms ON terms.id = coupon.terms_id
      JOIN coupons_coupontemplate template ON template.id = coupon.template_id
      JOIN members_member member ON member.id = coupon.member_id
      LEFT JOIN stores_store home ON home.id = member.home_store_id
     WHERE coupon.code = %(code)s
"""
OTHERS_SQL = """
    ARRAY(SELECT t.stack_group FROM coupons_coupon o JOIN coupons_couponterms t ON t.id = o.terms_id
           WHERE o.order_no = %(order_no)s AND o.order_no <> '' AND o.order_channel = %(channel)s
             AND o.state IN ('locked', 'used') AND o.id <> coupon.id)
"""
# That the number is not empty lets a plan for any number use the index, which leaves empty ones out.
# Two statements, for each sees what was committed before it began: the second one must see what others did to the
# receipt while the first one waited. The share lock makes a change of the template's budget wait for us.
RECEIPT_SQL = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
LOCKS_SQL = "FOR NO KEY UPDATE OF coupon FOR KEY SHARE OF template"


@dataclass(frozen=True)
class Part:
    """Some columns of a table under an alias."""

    alias: str
    model: type[Model]
    columns: Sequence[str]

    @property
    def sql(self) -> str:
        """The columns, for a SELECT."""
        return ", ".join(f"{self.alias}.{column}" for column in self.columns)

    def row(self, values: Iterator[Any]) -> Any:
        """The row of the model that the next values are, None for none."""
        mine = [next(values) for _column in self.columns]
        return None if mine[0] is None else self.model.from_db(DEFAULT_DB_ALIAS, self.columns, mine)


@cache
def _parts() -> Sequence[Part]:
    """What is read, the key of each table first."""
    return (
        Part("coupon", Coupon, _columns(Coupon)),
        Part("template", CouponTemplate, _columns(CouponTemplate, "id", "name", "budget", "budget_used")),
        Part("member", Member, _columns(Member, "id", "state", "merged_into_id", "tier_id", "home_store_id")),
        Part("home", Store, _columns(Store, "id", "code", "name", "time_zone")),
    )


def find(code: str) -> Coupon:
    """The coupon of a code as it stands. Raises CouponRefused (coupon_not_found)."""
    with prepared() as cursor:
        cursor.execute(_statements()[0], {"code": normalise(code)})
        return _coupon(cursor.fetchone())


def hold(code: str, order: tuple[str, str]) -> tuple[Coupon, list[str]]:
    """The coupon, its row locked after the receipt was; and the stack groups of the other coupons on that receipt.

    Two coupons on one receipt thereby meet as surely as two receipts at one coupon. Raises CouponRefused
    (coupon_not_found).
    """
    channel, order_no = order
    values = {"code": normalise(code), "channel": channel, "order_no": order_no}
    with prepared() as cursor:
        cursor.execute(RECEIPT_SQL, ["\n".join(order)])
        cursor.execute(_statements()[1], values)
        row = cursor.fetchone()
    return _coupon(row[1:] if row else None), row[0] if row else []


def _coupon(row: Sequence[Any] | None) -> Coupon:
    if row is None:
        raise refuse("coupon_not_found")
    values = iter(row)
    version = next(values)
    coupon, template, member, home = (part.row(values) for part in _parts())
    coupon.terms = TERMS.of([(coupon.terms_id, version)])[coupon.terms_id]
    coupon.template, coupon.member, member.home_store = template, member, home
    if coupon.member.merged_into_id:  # merged in this moment: the coupon is about to follow
        coupon.member = living(coupon.member)
    return coupon


def _columns(model: type[Model], *only: str) -> Sequence[str]:
    """The columns, all or those named, in the order of the model: ``from_db`` takes values in no other."""
    return tuple(field.attname for field in model._meta.concrete_fields if not only or field.attname in only)


@cache
def _statements() -> tuple[str, str]:
    """To find, and to hold."""
    columns = ", ".join([version_of("terms"), *(part.sql for part in _parts())])
    return f"SELECT {columns} {FROM_SQL}", f"SELECT {OTHERS_SQL}, {columns} {FROM_SQL} {LOCKS_SQL}"
