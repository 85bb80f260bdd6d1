"""Coupons for many members at once: one statement each for limit, coupons with their news, and stock, in the caller's
transaction.

The caller has locked the members where a limit per member must hold, and the template where it has a stock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import limits
from coupons.audience import Audience
from coupons.catalogue import validity_by_zone
from coupons.codes import CODE_SQL, DICE_SQL
from coupons.models import CouponTemplate, CouponTerms, IssueRun
from members.segments.registry import Binder
from members.timeline import record_rows
from stores.arrays import array
from stores.errors import Conflict

RANGE = "{id} > %(after)s AND {id} <= %(last)s"
UNDER_LIMIT = limits.EACH_HAS_ROOM  # with limits.params_of
INSERT = f"""
    INSERT INTO coupons_coupon (code, template_id, terms_id, member_id, origin, origin_id, run_id, issued_at,
                                valid_from, valid_until)
    SELECT {CODE_SQL}, %(template)s, %(terms)s, drawn.id, %(origin)s, %(origin_id)s, %(run)s, %(now)s, {{window}}
      FROM (SELECT m.id, {DICE_SQL} AS dice {{zone}} WHERE {{who}}) AS drawn {{windows}}
     ORDER BY drawn.id
    RETURNING id, member_id
"""
# When a coupon holds follows from the calendar of the member's store; mostly all stores have the same.
ONE_ZONE = {
    "window": "(%(starts)s::timestamptz[])[1], (%(ends)s::timestamptz[])[1]",
    "zone": "FROM members_member m",
    "windows": "",
}
ZONES = {
    "window": "w.starts, w.ends",
    "zone": """, coalesce(s.time_zone, %(zone)s) AS zone
        FROM members_member m LEFT JOIN stores_store s ON s.id = m.home_store_id""",
    "windows": """JOIN unnest(%(zones)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
        AS w(zone, starts, ends) ON w.zone = drawn.zone""",
}
THESE = "m.id = ANY(%(members)s::bigint[]) ORDER BY m.id"
NEXT = f"{RANGE.format(id='m.id')} AND {{who}} ORDER BY m.id LIMIT %(size)s"
FACTS = """
    SELECT member_id, id AS subject, %(now)s::timestamptz AS at,
           (SELECT jsonb_build_object('template', %(template)s::bigint, 'origin', %(origin)s::text)) AS data FROM made
"""
TAKE = """
    UPDATE coupons_coupontemplate SET issued = issued + %(count)s
     WHERE id = %(template)s AND state = 'active' AND (stock IS NULL OR issued + %(count)s <= stock)
"""
MADE = "SELECT id, member_id FROM coupons_coupon WHERE {}"
LAST = "SELECT max(member_id) FROM coupons_coupon WHERE run_id = %s AND NOT is_double"


def under_limit(template: CouponTemplate, members: list[int], *, at: datetime | None = None) -> list[int]:
    """Those who may have another one at ``at``, seen by a statement that began after their rows were locked."""
    if not limits.bounds(template):
        return members
    with connection.cursor() as cursor:
        params = limits.params_of(template, at or timezone.now())
        cursor.execute(limits.WHO_HAS_ROOM, {**params, "members": array(members)})
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
    params = {
        **_given(template_id, terms, now, origin=origin, origin_id=origin_id, run=run),
        "members": array(members),
    }
    with connection.cursor() as cursor:
        cursor.execute(_insert(THESE, params), params)
        made = {member: coupon for coupon, member in cursor.fetchall()}
    made_again = f"made AS ({MADE.format('id = ANY(%(coupons)s::bigint[])')})"
    record_rows("coupon.issued", FACTS, {**params, "coupons": array(sorted(made.values()))}, making=made_again)
    take(template_id, len(made))
    return made


def give_to_next(
    run: IssueRun, terms: CouponTerms, who: Audience, *, after: int, last: int, size: int, now: datetime
) -> int:
    """One coupon of a run for each of the next ``size`` members of an audience by key, none after ``last``; how many
    there were. Raises as ``put_into_wallets``.
    """
    binder = Binder(now, within=RANGE)
    next_ones = NEXT.format(who=who.living(binder))
    return _give(run, terms, now, next_ones, {**binder.values, "after": after, "last": last, "size": size})


def give_to(members: Sequence[int], run: IssueRun, terms: CouponTerms, now: datetime) -> int:
    """One coupon of a run for each of these members; how many. Raises as ``put_into_wallets``."""
    return _give(run, terms, now, THESE, {"members": array(members)})


def _give(run: IssueRun, terms: CouponTerms, now: datetime, who: str, whom: Mapping[str, Any]) -> int:
    """Coupons and facts of a run, written by one statement: they never leave the database."""
    if run.template_id is None:
        raise ValueError("a run of packs")
    given = _given(run.template_id, terms, now, origin=run.origin, origin_id=run.origin_id, run=run.pk)
    making = f"made AS ({_insert(who, given)})"
    count = record_rows("coupon.issued", FACTS, {**whom, **given}, making=making)
    take(run.template_id, count)
    return count


def last_member(run: IssueRun) -> int:
    """The largest key of a member who has a coupon of the run; zero without any."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, [run.pk])
        return cursor.fetchone()[0] or 0


def take(template_id: int, count: int) -> None:
    """Count coupons as issued. Without a stock this is the only moment the template's row is held, before the commit.

    Raises Conflict (template_changed).
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"count": count, "template": template_id})
        if cursor.rowcount != 1:
            raise Conflict(_("The coupon was stopped, or its stock reduced."), code="template_changed")


def _insert(who: str, given: Mapping[str, Any]) -> str:
    return INSERT.format(who=who, **(ONE_ZONE if len(given["zones"]) == 1 else ZONES))


def _given(template_id: int, terms: CouponTerms, now: datetime, **more: Any) -> dict[str, Any]:
    return {"template": template_id, "terms": terms.pk, "now": now, **more, **validity_by_zone(terms, now)}
