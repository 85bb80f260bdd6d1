"""The end of coupons nobody used, and of locks no till came back for; both by sets of rows."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from coupons import budgets, kinds
from coupons.moves import FREED_SQL, Move, move_many
from members.timeline import record_rows
from stores.models import Job

Mark = tuple[str, int]

CHUNK = 10_000
LOCKS_AT_ONCE = 500
# From where the chunk before stopped: what it expired is still in the index, and a bulk issue ends all at once.
ENDED = """
    SELECT id, valid_until FROM coupons_coupon
     WHERE state = 'issued' AND valid_until <= %(now)s AND (valid_until, id) > (%(until)s::timestamptz, %(after)s)
     ORDER BY valid_until, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""
FROM_THE_FIRST: Mark = ("-infinity", 0)
LAPSED = f"""
    SELECT coupon.id, coupon.template_id, {kinds.cost_sql("coupon.discount")}
      FROM coupons_coupon coupon JOIN coupons_couponterms terms ON terms.id = coupon.terms_id
     WHERE coupon.state = 'locked' AND coupon.lock_until <= %s
     ORDER BY coupon.id LIMIT %s FOR NO KEY UPDATE OF coupon SKIP LOCKED
"""
FACTS = """
    SELECT member_id, id AS subject, %s::timestamptz AS at, jsonb_build_object('template', template_id) AS data
      FROM coupons_coupon WHERE id = ANY(%s)
"""


def expire_chunk(job: Job) -> bool:
    """Expire the next coupons that have ended and record coupon.expired; True when none is left."""
    mark = (job.cursor["until"], job.cursor["after"]) if job.cursor else FROM_THE_FIRST
    ids, reached = expire_some(timezone.now(), CHUNK, mark)
    job.done += len(ids)
    job.total = max(job.total, job.done)
    job.result = {"expired": job.done}
    job.cursor = {"until": reached[0], "after": reached[1]}
    return reached == mark


def expire_some(now: datetime, limit: int, mark: Mark = FROM_THE_FIRST) -> tuple[list[int], Mark]:
    """Expire at most ``limit`` coupons that ended by ``now`` and lie behind ``mark`` (end and key of the last one), in
    the caller's transaction; returns which, and the new mark, which is the old one at the end.

    A coupon that a till is just taking is skipped; the next run finds it.
    """
    with connection.cursor() as cursor:
        cursor.execute(ENDED, {"now": now, "limit": limit, "until": mark[0], "after": mark[1]})
        rows = cursor.fetchall()
    ids = end(Move.EXPIRED, [row[0] for row in rows], "coupon.expired", to_sql="'expired'", at=now)
    return ids, (rows[-1][1].isoformat(), rows[-1][0]) if rows else mark


def end(move: Move, ids: list[int], kind: str, *, to_sql: str, at: datetime, actor: str = "") -> list[int]:
    """Move unused coupons to their end and record it on the timeline; returns those it still found unused."""
    if not ids:
        return []
    moved = move_many(move, ids, to_sql=to_sql, at=at, actor=actor)
    record_rows(kind, FACTS, [at, moved])
    return moved


def release_lapsed_locks(limit: int = LOCKS_AT_ONCE) -> int:
    """Free coupons whose lock has run out and return what they held of the budgets; how many."""
    now = timezone.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LAPSED, [now, limit])
            rows = cursor.fetchall()
        move_many(Move.RELEASED, [row[0] for row in rows], to_sql=FREED_SQL, at=now, note="lock ran out")
        return_costs((template, cost) for _id, template, cost in rows)
    return len(rows)


def return_costs(costs: Iterable[tuple[int, Decimal]]) -> None:
    """Give costs back to the budgets of their templates, one statement per template, in the order of their keys."""
    totals: dict[int, Decimal] = {}
    for template, cost in costs:
        totals[template] = totals.get(template, Decimal(0)) + cost
    for template in sorted(totals):
        budgets.take(template, -totals[template])
