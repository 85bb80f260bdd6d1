"""The working tables of one merge or settlement: temporary, emptied by each commit.

Made anew in each transaction where the session does not have them yet, so that a pooler in transaction mode may hand
out any session. They hold no more than a chunk.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection

TABLES = {
    # one row per order or return of the chunk
    "work_order": """
        channel text COLLATE "C", order_no text COLLATE "C", kind text COLLATE "C", sale_no text COLLATE "C",
        revision int, paid_at timestamptz, store_code text, guide_no text, identity_kind text,
        identity_value text COLLATE "C", coupon_codes text, list_amount numeric, net_amount numeric,
        fingerprint bytea, code text, status text NOT NULL DEFAULT '', store_id bigint, guide_id bigint,
        member_id bigint, row_id bigint, growth_factor numeric, points_factor numeric
    """,
    # members about to be made
    "work_newcomer": "id bigint, store_id bigint, joined_at timestamptz, phone text",
    # the orders of the members to settle
    "work_sale": """
        order_id bigint, member_id bigint, channel text COLLATE "C", order_no text COLLATE "C", paid_at timestamptz,
        store_id bigint, net_amount numeric, returned_before numeric, returned numeric,
        growth_factor numeric, points_factor numeric, is_dirty boolean
    """,
    # growth that returns took back in this settlement
    "work_taken": "member_id bigint, at timestamptz, delta int",
    "work_facts": """
        member_id bigint, growth bigint, orders int, spend numeric, first_order_at timestamptz,
        last_order_at timestamptz, orders_365d int, spend_365d numeric, average_basket numeric, usual_gap_days int,
        favourite_store_id bigint, favourite_category_id bigint, recency_score smallint, frequency_score smallint,
        money_score smallint, next_change_on date
    """,
    # what they come to
    "work_standing": """
        member_id bigint, growth bigint, points bigint, tier_before bigint, tier_id bigint, why text,
        stage_before text, stage text, is_new boolean
    """,
}
MERGING = ("work_order", "work_newcomer")
SETTLING = ("work_sale", "work_taken", "work_facts", "work_standing")


def open_tables(*names: str) -> None:
    """Make sure the working tables are there, and empty. Needs a transaction."""
    made = (f"CREATE TEMP TABLE IF NOT EXISTS {name} ({TABLES[name]}) ON COMMIT DELETE ROWS" for name in names)
    looks = ", ".join(f"EXISTS (SELECT FROM {name})" for name in names)
    with connection.cursor() as cursor:
        cursor.execute("; ".join(made))
        cursor.execute(f"SELECT {looks}")
        used = [name for name, is_used in zip(names, cursor.fetchone(), strict=True) if is_used]
        if used:  # by an earlier merge of this transaction
            cursor.execute(f"TRUNCATE {', '.join(used)}")


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
