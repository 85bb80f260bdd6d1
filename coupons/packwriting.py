"""Writing given packs and their steps for many members in one statement, and taking back those that came to nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from coupons.models import PackItem
from members.timeline import record_rows
from stores.places import zone_of

# A share lock: those who give do not wait for each other, but stopping and changing the pack wait for them.
HOLD = "SELECT state FROM coupons_couponpack WHERE id = %s FOR SHARE"
GIVE = """
    WITH wanted AS (
        SELECT m.id, asked.key, coalesce(s.time_zone, %(zone)s) AS zone
          FROM unnest(%(members)s::bigint[], %(keys)s::text[]) AS asked(member_id, key)
          JOIN members_member m ON m.id = asked.member_id AND m.state = 'active'
          LEFT JOIN stores_store s ON s.id = m.home_store_id
    ), made AS (
        INSERT INTO coupons_givenpack (pack_id, member_id, origin, origin_id, run_id, request_key, given_at)
        SELECT %(pack)s, wanted.id, %(origin)s, %(origin_id)s, %(run)s, wanted.key, %(at)s FROM wanted ORDER BY 2
        ON CONFLICT DO NOTHING RETURNING id, member_id
    ), steps AS (
        INSERT INTO coupons_packstep (given_id, nth, template_id, due_at, refusal)
        SELECT made.id, item.nth, item.template, CASE WHEN item.days = 0 THEN %(at)s::timestamptz ELSE
               ((%(at)s::timestamptz AT TIME ZONE wanted.zone)::date + item.days)::timestamp AT TIME ZONE wanted.zone
               END, ''
          FROM made JOIN wanted ON wanted.id = made.member_id
         CROSS JOIN unnest(%(templates)s::bigint[], %(days)s::int[]) WITH ORDINALITY AS item(template, days, nth)
         ORDER BY made.id, item.nth
    )
    SELECT id, member_id FROM made
"""
NOTHING_OF_THEM = """
    SELECT DISTINCT ON (s.given_id) s.given_id, s.refusal FROM coupons_packstep s
     WHERE s.given_id = ANY(%(given)s) AND NOT EXISTS (
        SELECT FROM coupons_packstep k WHERE k.given_id = s.given_id AND k.refusal = '')
     ORDER BY s.given_id, s.nth
"""
FACTS = """
    SELECT member_id, id AS subject, given_at AS at, jsonb_build_object('pack', pack_id, 'origin', origin) AS data
      FROM coupons_givenpack WHERE id = ANY(%s)
"""


def hold(pack_id: int) -> str:
    """The pack's state, which stays what it is until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [pack_id])
        return cursor.fetchone()[0]


def plan_of(pack_id: int) -> list[tuple[int, int]]:
    """One (template, days later) per coupon, in the order of the steps."""
    items = PackItem.objects.filter(pack=pack_id).order_by("after_days", "pk")
    found = items.values_list("template_id", "count", "after_days")
    return [(template, days) for template, count, days in found for _nth in range(count)]


def write(
    pack_id: int,
    keys: Mapping[int, str],
    *,
    origin: str,
    origin_id: int | None,
    run_id: int | None = None,
    at: datetime,
) -> dict[int, int]:
    """The packs and their steps, nothing of them issued yet, each member by a request key; given pack -> member.

    Whoever was given it by the same key, or the same run, before is left out.
    """
    plan = plan_of(pack_id)
    members = sorted(keys)
    params: dict[str, Any] = {
        "pack": pack_id,
        "members": members,
        "keys": [keys[member] for member in members],
        "origin": origin,
        "origin_id": origin_id,
        "run": run_id,
        "at": at,
        "zone": str(zone_of(None)),
        "templates": [template for template, _days in plan],
        "days": [days for _template, days in plan],
    }
    with connection.cursor() as cursor:
        cursor.execute(GIVE, params)
        return dict(sorted(cursor.fetchall()))


def take_back_empty(given: Sequence[int]) -> dict[int, str]:
    """Take back the packs of which nothing could be given; given pack -> the reason of its first coupon."""
    with connection.cursor() as cursor:
        cursor.execute(NOTHING_OF_THEM, {"given": list(given)})
        nothing = dict(cursor.fetchall())
        cursor.execute("DELETE FROM coupons_packstep WHERE given_id = ANY(%s)", [list(nothing)])
        cursor.execute("DELETE FROM coupons_givenpack WHERE id = ANY(%s)", [list(nothing)])
    return nothing


def tell(given: Sequence[int]) -> None:
    """Record pack.given of these packs."""
    record_rows("pack.given", FACTS, [list(given)])
