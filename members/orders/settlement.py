"""Settlement: what follows from the final set of a member's orders and returns, whatever order they arrived in.

``settle`` locks the members and derives, set-based and idempotent: what came back of each order, the ledger entries
that growth and points are short of, and then growth, points, tier, facts and stage.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from members import facts, standing
from members.locks import lock_members
from members.orders import earnings, givebacks, lots
from members.orders.worktables import SETTLING, open_tables, run
from members.tiering import tierpaths
from members.windows import Windows, windows

SALES = """
INSERT INTO work_sale (order_id, member_id, channel, order_no, paid_at, store_id, net_amount, returned_before, returned,
    rate_id, is_new, is_dirty, touched_from)
SELECT o.id, o.member_id, o.channel, o.order_no, o.paid_at, o.store_id, o.net_amount, o.returned_amount, 0,
    o.rate_id, {is_new}, {dirty}, CASE WHEN {dirty} THEN o.paid_at END
FROM members_order o {merged} WHERE o.member_id = ANY (%(ids)s::bigint[])
"""
# A revision that moved an order forward in time touches what lies between the old moment and the new.
MOVED = """
UPDATE work_sale s SET touched_from = least(s.paid_at, w.paid_before)
FROM work_order w WHERE w.row_id = s.order_id AND w.kind = 'sale' AND w.status = 'updated'
"""
MERGED = "LEFT JOIN work_order w ON w.row_id = o.id AND w.kind = 'sale'"
NEW = "coalesce(w.status = 'created', false)"  # no ledger can know of it yet
WRITTEN = "coalesce(w.status <> 'unchanged', false)"
NO_ORDER = "false"  # where no order changed, time alone needs no entries of orders


def settle(member_ids: Iterable[int], *, at: datetime | None = None, why: str = "") -> int:
    """Make everything that orders decide about these members right as of ``at``; returns how many members there were.

    The same members again change nothing. Members that do not exist are passed over. ``why`` (TierChange.Why) is what
    their history says where their tier moves; without it, the path of the tier does.
    """
    with transaction.atomic():
        return settle_locked(lock_members(member_ids), windows(at), dirty="true", why=why)


def settle_locked(ids: list[int], now: Windows, *, dirty: str = WRITTEN, why: str = "") -> int:
    """As ``settle`` for members already locked; only orders for which the SQL ``dirty`` holds, or whose returned
    amount changes, can need ledger entries."""
    if not ids:
        return 0
    params = {**now.params, "ids": ids, "why": why}
    open_tables(*SETTLING)
    if dirty == WRITTEN:
        run(SALES.format(dirty=dirty, is_new=NEW, merged=MERGED), params)
        run(MOVED)
    else:
        run(SALES.format(dirty=dirty, is_new="false", merged=""), params)
    givebacks.apply(params)
    tierpaths.lay(params)
    earnings.write_entries()
    lots.expire(params)
    facts.compute(params)
    facts.write(params)
    standing.apply(params)
    return len(ids)
