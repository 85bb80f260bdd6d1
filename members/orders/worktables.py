"""The working tables of one merge or settlement: temporary, emptied by each commit.

Made anew in each transaction where the session does not have them yet, so that a pooler in transaction mode may hand
out any session. They hold no more than a chunk.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection

LARGE = 200  # rows from which on a wrong plan costs more than to tell the planner what a table holds

TABLES = {
    # the next orders and returns of the stage, by whose they are
    "work_key": 'walk text COLLATE "C", channel text COLLATE "C", order_no text COLLATE "C", kind text COLLATE "C"',
    # one row per order or return of the chunk
    "work_order": """
        channel text COLLATE "C", order_no text COLLATE "C", kind text COLLATE "C", sale_no text COLLATE "C",
        revision int, paid_at timestamptz, store_code text, guide_no text, identity_kind text,
        identity_digest bytea, identity_sealed bytea, identity_shown text, coupon_codes text,
        share_code text,
        list_amount numeric, net_amount numeric, fingerprint bytea, code text, status text NOT NULL DEFAULT '',
        store_id bigint, guide_id bigint, member_id bigint, named bigint, row_id bigint, mentions_new boolean,
        paid_before timestamptz, rules bigint[], rate_id bigint
    """,
    # members about to be made
    "work_newcomer": """
        id bigint, store_id bigint, joined_at timestamptz, kind text, digest bytea, sealed bytea, shown text
    """,
    # the orders of the members to settle. growth and points: the whole units an order is worth, see
    # members.tiering.tierpaths; touched_from: for dirty orders the first moment from
    # which the member's past may have changed
    "work_sale": """
        order_id bigint, member_id bigint, channel text COLLATE "C", order_no text COLLATE "C", paid_at timestamptz,
        store_id bigint, net_amount numeric, returned_before numeric, returned numeric, rate_id bigint,
        growth int, points int, is_new boolean, is_dirty boolean, touched_from timestamptz
    """,
    # where the members stand, by the path of their tiers
    "work_tier": """
        member_id bigint, tier_id bigint, since timestamptz, review_on date, grace_until date, next_on date,
        held_id bigint, held_since timestamptz, why text
    """,
    # points entries that no order answers for: by hand, expired, spent and given back
    "work_beside": """
        member_id bigint, entry_id bigint, kind text, delta int, order_id bigint, lot_id bigint, at timestamptz,
        expires_at timestamptz
    """,
    # the lots of points: what is left of each (kept) and what of it expired
    "work_lot": """
        member_id bigint, order_id bigint, entry_id bigint, expires_at timestamptz, kept int, expired int
    """,
    "work_facts": """
        member_id bigint, growth bigint, points bigint, orders int, spend numeric, first_order_at timestamptz,
        last_order_at timestamptz, orders_365d int, spend_365d numeric, average_basket numeric, usual_gap_days int,
        favourite_store_id bigint, favourite_category_id bigint, recency_score smallint, frequency_score smallint,
        money_score smallint, next_change_on date
    """,
    # what they come to
    "work_standing": """
        member_id bigint, growth bigint, points bigint, points_owed bigint, tier_before bigint, tier_id bigint,
        tier_since timestamptz, why text, at timestamptz, stage_before text, stage text, is_new boolean
    """,
}
FEW = 500  # rows up to which deleting is cheaper than the new files that emptying a table costs
MERGING = ("work_key", "work_order", "work_newcomer")
SETTLING = ("work_sale", "work_tier", "work_beside", "work_lot", "work_facts", "work_standing")


def open_tables(*names: str) -> None:
    """Make sure the working tables are there, and empty. Needs a transaction."""
    made = (f"CREATE TEMP TABLE IF NOT EXISTS {name} ({TABLES[name]}) ON COMMIT DELETE ROWS" for name in names)
    counts = ", ".join(f"(SELECT count(*) FROM (SELECT FROM {name} LIMIT {FEW} + 1) AS found)" for name in names)
    with connection.cursor() as cursor:
        cursor.execute("; ".join(made))
        cursor.execute(f"SELECT {counts}")
        found = dict(zip(names, cursor.fetchone(), strict=True))  # rows of an earlier merge of this transaction
        few = [name for name, count in found.items() if 0 < count <= FEW]
        many = [name for name, count in found.items() if count > FEW]
        if few:
            cursor.execute("; ".join(f"DELETE FROM {name}" for name in few))
        if many:
            cursor.execute(f"TRUNCATE {', '.join(many)}")


def measure(name: str, count: int) -> None:
    """Tell the planner what a working table of ``count`` rows holds; it would guess, and join the wrong way round.

    ``name`` may say of which columns: ``work_order (kind, status)``.
    """
    if count >= LARGE:
        run(f"ANALYZE {name}")


def run(sql: str, params: Mapping[str, Any] | None = None) -> int:
    """Execute a statement; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def rows(sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Execute a query; returns its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def one(sql: str, params: Mapping[str, Any] | None = None) -> Any:
    """The single value a query yields, None without a row."""
    found = rows(sql, params)
    return found[0][0] if found else None
