"""Coupons for many members at once: one statement each for limit, coupons, news and stock, in the caller's transaction.

The caller has locked the members where a limit per member must hold, and the template where it has a stock.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import limits
from coupons.catalogue import validity_by_zone
from coupons.codes import CODE_SQL, DICE_SQL
from coupons.models import CouponTemplate, CouponTerms
from members.timeline import record_rows
from stores.errors import Conflict

UNDER_LIMIT = limits.EACH_HAS_ROOM  # with limits.params_of
INSERT = f"""
    INSERT INTO coupons_coupon (code, template_id, terms_id, member_id, origin, origin_id, run_id, issued_at,
                                valid_from, valid_until)
    SELECT {CODE_SQL}, %(template)s, %(terms)s, drawn.id, %(origin)s, %(origin_id)s, %(run)s, %(now)s,
           w.starts, w.ends
      FROM (SELECT m.id, coalesce(s.time_zone, %(zone)s) AS zone, {DICE_SQL} AS dice
              FROM members_member m LEFT JOIN stores_store s ON s.id = m.home_store_id
             WHERE m.id = ANY(%(members)s) ORDER BY m.id) AS drawn
      JOIN unnest(%(zones)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS w(zone, starts, ends)
        ON w.zone = drawn.zone
     ORDER BY drawn.id
    RETURNING id, member_id
"""
FACTS = """
    SELECT member_id, id AS subject, issued_at AS at,
           jsonb_build_object('template', template_id, 'origin', origin) AS data
      FROM coupons_coupon WHERE id = ANY(%s)
"""
TAKE = """
    UPDATE coupons_coupontemplate SET issued = issued + %(count)s
     WHERE id = %(template)s AND state = 'active' AND (stock IS NULL OR issued + %(count)s <= stock)
"""


def under_limit(template: CouponTemplate, members: list[int], *, at: datetime | None = None) -> list[int]:
    """Those who may have another one at ``at``, seen by a statement that began after their rows were locked."""
    if not limits.bounds(template):
        return members
    with connection.cursor() as cursor:
        params = limits.params_of(template, at or timezone.now())
        cursor.execute(limits.WHO_HAS_ROOM, {**params, "members": members})
        return [row[0] for row in cursor.fetchall()]


def put_into_wallets(
    members: Sequence[int],
    template_id: int,
    terms: CouponTerms,
    now: datetime,
    *,
    origin: str,
    origin_id: int | None = None,
    run: int | None = None,
) -> dict[int, int]:
    """One coupon for each member, with the news and the stock; member -> coupon.

    Raises CouponRefused (terms_ended), Conflict (template_changed) when the template was stopped or its stock reduced.
    """
    given: dict[str, Any] = {
        "template": template_id,
        "terms": terms.pk,
        "origin": origin,
        "origin_id": origin_id,
        "run": run,
    }
    window = validity_by_zone(terms, now)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {**given, **window, "now": now, "members": list(members)})
        made = {member: coupon for coupon, member in cursor.fetchall()}
        record_rows("coupon.issued", FACTS, [sorted(made.values())])
        # Without a stock this is the only moment the template's row is held, just before the commit.
        cursor.execute(TAKE, {"count": len(made), "template": template_id})
        if cursor.rowcount != 1:
            raise Conflict(_("The coupon was stopped, or its stock reduced."), code="template_changed")
    return made
