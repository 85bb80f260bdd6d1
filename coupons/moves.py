"""The life of a coupon: one table of allowed moves, and the statements that carry them out.

Every move is a conditional UPDATE that names the states it may start from and writes the history row with it; a CHECK
on the table stands behind both. Nothing else in the house changes a coupon's state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import connection

from coupons.models import Coupon, CouponEvent, CouponState
from members.timeline import NewFact, record_one
from stores.masking import masked
from stores.prepared import prepared

Move = CouponEvent.Move
ISSUED, LOCKED, USED = CouponState.ISSUED, CouponState.LOCKED, CouponState.USED
EXPIRED, VOIDED = CouponState.EXPIRED, CouponState.VOIDED


@dataclass(frozen=True)
class Allowed:
    """From which states a move may start, and to which it may lead."""

    start: tuple[CouponState, ...]
    end: tuple[CouponState, ...]


# A coupon marked as expired may still be taken: for a sale made before it ended, by a till that was offline, or in a
# store where the day has not ended yet. The verdict decides by the time. What comes free after its end has expired.
MOVES: Mapping[Move, Allowed] = {
    Move.LOCKED: Allowed((ISSUED, LOCKED, EXPIRED), (LOCKED,)),
    Move.RELEASED: Allowed((LOCKED,), (ISSUED, EXPIRED)),
    Move.REDEEMED: Allowed((ISSUED, LOCKED, EXPIRED), (USED,)),
    Move.REVERSED: Allowed((USED,), (ISSUED, EXPIRED)),
    Move.GIVEN_BACK: Allowed((USED,), (USED,)),
    Move.EXPIRED: Allowed((ISSUED,), (EXPIRED,)),
    Move.VOIDED: Allowed((ISSUED,), (VOIDED,)),
}
COLUMNS = ("lock_until", "order_channel", "order_no", "used_at", "used_store_id", "discount", "given_back")
FREE: Mapping[str, Any] = dict.fromkeys(COLUMNS) | {"order_channel": "", "order_no": ""}

MOVED = """
    moved AS (
        UPDATE coupons_coupon SET state = '{to}', lock_until = %(lock_until)s, order_channel = %(order_channel)s,
               order_no = %(order_no)s, used_at = %(used_at)s, used_store_id = %(used_store_id)s,
               discount = %(discount)s, given_back = %(given_back)s
         WHERE id = %(coupon)s AND state IN ({start}) RETURNING id),
    event AS (
        INSERT INTO coupons_couponevent (coupon_id, move, at, order_channel, order_no, store_id, amount, actor, note)
        SELECT id, '{move}', %(at)s::timestamptz, %(event_channel)s::text, %(event_no)s::text, %(store)s::bigint,
               %(amount)s::numeric, %(actor)s::text, %(note)s::text FROM moved RETURNING coupon_id)
"""
MANY = """
    WITH moved AS (
        UPDATE coupons_coupon SET state = {to}, lock_until = NULL, order_channel = '', order_no = '', used_at = NULL,
               used_store_id = NULL, discount = NULL
         WHERE id = ANY(%(coupons)s) AND state = ANY(%(start)s) RETURNING id)
    INSERT INTO coupons_couponevent (coupon_id, move, at, actor, note)
    SELECT id, %(move)s, %(at)s, %(actor)s, %(note)s FROM moved RETURNING coupon_id
"""
REDEEM = """
    WITH moved AS (
        UPDATE coupons_coupon c SET state = 'used', lock_until = NULL, order_channel = n.channel, order_no = n.order_no,
               used_at = n.at, used_store_id = n.store, discount = n.amount
          FROM unnest(%(coupons)s::bigint[], %(channels)s::text[], %(orders)s::text[], %(stores)s::bigint[],
                      %(moments)s::timestamptz[], %(amounts)s::numeric[]) AS n(id, channel, order_no, store, at, amount)
         WHERE c.id = n.id AND c.state = ANY(%(start)s)
        RETURNING c.id, c.order_channel, c.order_no, c.used_at, c.used_store_id, c.discount)
    INSERT INTO coupons_couponevent (coupon_id, move, at, order_channel, order_no, store_id, amount, actor, note)
    SELECT id, 'redeemed', used_at, order_channel, order_no, used_store_id, discount, %(actor)s, '' FROM moved
    RETURNING coupon_id
"""
GIVE_BACK = """
    WITH moved AS (
        UPDATE coupons_coupon c SET given_back = n.total
          FROM (SELECT coupon, max(total) AS total FROM unnest(%(coupons)s::bigint[], %(totals)s::numeric[])
                       AS x(coupon, total) GROUP BY coupon) AS n
         WHERE c.id = n.coupon AND c.state = ANY(%(start)s)
        RETURNING c.id, c.order_channel, c.order_no)
    INSERT INTO coupons_couponevent (coupon_id, move, at, order_channel, order_no, store_id, amount, actor, note)
    SELECT moved.id, %(move)s, %(at)s, moved.order_channel, moved.order_no, n.store, n.amount, %(actor)s, n.note
      FROM unnest(%(coupons)s::bigint[], %(stores)s::bigint[], %(amounts)s::numeric[], %(notes)s::text[])
           WITH ORDINALITY AS n(coupon, store, amount, note, nth)
      JOIN moved ON moved.id = n.coupon ORDER BY n.nth
"""
REVERSE = """
    WITH used AS (
        SELECT c.id, c.order_channel, c.order_no, c.used_store_id, c.discount, n.note
          FROM coupons_coupon c JOIN unnest(%(coupons)s::bigint[], %(notes)s::text[]) AS n(coupon, note)
            ON n.coupon = c.id WHERE c.state = ANY(%(start)s)
    ), moved AS (
        UPDATE coupons_coupon SET state = {to}, order_channel = '', order_no = '', used_at = NULL,
               used_store_id = NULL, discount = NULL, given_back = NULL
         WHERE id IN (SELECT id FROM used) RETURNING id)
    INSERT INTO coupons_couponevent (coupon_id, move, at, order_channel, order_no, store_id, amount, actor, note)
    SELECT id, %(move)s, %(at)s, order_channel, order_no, used_store_id, discount, %(actor)s, note
      FROM used JOIN moved USING (id) ORDER BY id
"""
RETURN = "return"  # who moves a coupon because goods came back
FREED_SQL = "CASE WHEN valid_until <= %(at)s THEN 'expired' ELSE 'issued' END"


@dataclass(frozen=True)
class Use:
    """One coupon used on one receipt; ``amount`` came off, in yuan."""

    coupon_id: int
    channel: str
    order_no: str
    store_id: int
    at: datetime
    amount: Decimal


@dataclass(frozen=True)
class GivenBack:
    """What one return took back of a used coupon: ``amount``, which makes ``total`` in all; in yuan.

    ``at`` is when the goods came back, ``threshold_holds`` whether what was kept still reaches the threshold.
    """

    coupon_id: int
    number: str
    at: datetime
    store_id: int | None
    amount: Decimal
    total: Decimal
    threshold_holds: bool


class LostRace(RuntimeError):
    """The coupon was not in a state the move may start from although its row was locked: a fault of ours."""


def move_one(
    coupon: Coupon,
    move: Move,
    to: CouponState,
    *,
    at: datetime,
    held: Mapping[str, Any] = FREE,
    order: tuple[str, str] = ("", ""),
    store_id: int | None = None,
    amount: Decimal | None = None,
    actor: str = "",
    note: str = "",
    fact: NewFact | None = None,
) -> None:
    """Carry out one move of a coupon whose row the caller has locked; the object is brought up to date.

    ``held`` are the columns that say who holds the coupon afterwards, ``fact`` is what the timeline is told in the same
    statement. Raises LostRace when the state does not allow it.
    """
    if to not in MOVES[move].end:
        raise LostRace(f"{move} does not lead to {to}")
    making, columns = _making(move, to), {**FREE, **held}
    values = {
        **columns, "event_channel": order[0], "event_no": order[1], "store": store_id, "amount": amount,
        "coupon": coupon.pk, "at": at, "actor": actor[:80], "note": masked(note)[:200],
    }  # fmt: skip
    if not (record_one(fact, making=making, source="event", params=values) if fact else _carried_out(making, values)):
        raise LostRace(f"coupon {coupon.pk} cannot be {move}")
    for column, value in {"state": to, **columns}.items():
        setattr(coupon, column, value)


@cache
def _making(move: Move, to: CouponState) -> str:
    """The statements of a move, each value that is always the same a part of the text."""
    start = ", ".join(f"'{state.value}'" for state in MOVES[move].start)
    return MOVED.format(move=move.value, to=to.value, start=start)


def _carried_out(making: str, values: Mapping[str, Any]) -> bool:
    with prepared() as cursor:
        cursor.execute(f"WITH {making} SELECT coupon_id FROM event", values)
        return cursor.fetchone() is not None


def move_many(
    move: Move, ids: Sequence[int], *, to_sql: str, at: datetime, actor: str = "", note: str = ""
) -> list[int]:
    """Free, expire or void those of ``ids`` whose state allows it; returns which. ``to_sql`` gives the new state."""
    start = [state.value for state in MOVES[move].start]
    with connection.cursor() as cursor:
        cursor.execute(
            MANY.format(to=to_sql),
            {
                "coupons": list(ids),
                "start": start,
                "move": move.value,
                "at": at,
                "actor": actor,
                "note": masked(note)[:200],
            },
        )
        return [row[0] for row in cursor.fetchall()]


def redeem_many(uses: Sequence[Use], *, actor: str) -> list[int]:
    """Mark coupons as used on receipts that the house already knows; returns which states allowed it."""
    columns: dict[str, Any] = {
        "coupons": [use.coupon_id for use in uses],
        "channels": [use.channel for use in uses],
        "orders": [use.order_no for use in uses],
        "stores": [use.store_id for use in uses],
        "moments": [use.at for use in uses],
        "amounts": [use.amount for use in uses],
    }
    start = [state.value for state in MOVES[Move.REDEEMED].start]
    with connection.cursor() as cursor:
        cursor.execute(REDEEM, {**columns, "start": start, "actor": actor})
        return [row[0] for row in cursor.fetchall()]


def give_back_many(parts: Sequence[GivenBack], *, at: datetime) -> None:
    """Write down what returns took back of used coupons whose rows are locked, one line of history per return."""
    if not parts:
        return
    values: dict[str, Any] = {
        "coupons": [one.coupon_id for one in parts],
        "totals": [one.total for one in parts],
        "stores": [one.store_id for one in parts],
        "amounts": [one.amount for one in parts],
        "notes": [masked(one.number) for one in parts],
    }
    _run(GIVE_BACK, Move.GIVEN_BACK, values | {"at": at})


def reverse_many(notes: Mapping[int, str], *, at: datetime) -> None:
    """Undo the redemption of used coupons whose rows are locked, since all their goods came back; a note for each."""
    if not notes:
        return
    values: dict[str, Any] = {"coupons": [*notes], "notes": [masked(note) for note in notes.values()]}
    _run(REVERSE.format(to=FREED_SQL), Move.REVERSED, values | {"at": at})


def _run(sql: str, move: Move, values: Mapping[str, Any]) -> None:
    """Carry out one of the statements for returns. Raises LostRace when a state did not allow it."""
    start = [state.value for state in MOVES[move].start]
    with connection.cursor() as cursor:
        cursor.execute(sql, {**values, "move": move.value, "start": start, "actor": RETURN})
        if cursor.rowcount != len(values["coupons"]):
            raise LostRace(f"some of {values['coupons']} cannot be {move}")
