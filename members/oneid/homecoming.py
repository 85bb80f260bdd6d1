"""What goes home when a merge is undone: the rows that had moved, and what arrived since by the absorbed's identities.

Orders follow the member their receipt named, returns their order, ledger entries their order or their lot, and what
the timeline tells of an order or return goes with it.
"""

from collections.abc import Collection, Sequence

from members.models import GrowthEntry, Identity, Order, PointsEntry, Return, TimelineFact
from members.oneid.lineage import Descent, Moving, forget, put_back, tables_of
from members.orders.worktables import rows

MOVED = """(SELECT unnest(ids) FROM members_mergedrows
    WHERE merge_id = ANY(%(merges)s) AND "table" = '{table}' AND NOT is_made)"""
ORDERS = f"""
UPDATE members_order o SET member_id = %(to)s
WHERE o.member_id = ANY(%(path)s)
    AND (o.named = ANY(%(beneath)s) OR o.named IS NULL AND o.id IN {MOVED.format(table="members_order")})
RETURNING o.id
"""
# A return with a receipt lies where its sale lies, unless the sale was anonymous.
RETURNS = f"""
UPDATE members_return r SET member_id = %(to)s
WHERE r.member_id = ANY(%(path)s) AND coalesce(
    (SELECT o.member_id = %(to)s FROM members_order o WHERE o.id = r.order_id AND o.member_id IS NOT NULL),
    r.named = ANY(%(beneath)s) OR r.named IS NULL AND r.id IN {MOVED.format(table="members_return")})
RETURNING r.id
"""
IDENTITIES = """
UPDATE members_identity i SET member_id = %(to)s
WHERE i.member_id = ANY(%(path)s) AND i.origin = ANY(%(beneath)s) RETURNING i.id
"""
WITH_ORDER = """
UPDATE {ledger} e SET member_id = o.member_id FROM members_order o
WHERE e.order_id = o.id AND e.member_id <> o.member_id AND e.member_id = ANY(%(around)s)
    AND o.member_id = ANY(%(around)s)
RETURNING e.id
"""
WITH_LOT = """
UPDATE members_pointsentry e SET member_id = l.member_id FROM members_pointsentry l
WHERE e.lot_id = l.id AND e.member_id <> l.member_id AND e.member_id = ANY(%(around)s)
    AND l.member_id = ANY(%(around)s)
RETURNING e.id
"""
NEWS = """
UPDATE members_timelinefact f SET member_id = %(to)s
WHERE f.member_id = ANY(%(path)s) AND f.kind = ANY(%(kinds)s) AND f.subject = ANY(%(subjects)s) RETURNING f.id
"""
BY_THEMSELVES = {Identity, Order, Return}


def bring_home(descent: Descent) -> None:
    """Give the absorbed member back all of this app that is theirs. The members are locked."""
    moving = {one.model: one for one in tables_of("members")}
    _take(IDENTITIES, descent, moving[Identity])
    orders, returns = _take(ORDERS, descent, moving[Order]), _take(RETURNS, descent, moving[Return])
    for model, one in moving.items():
        if model not in BY_THEMSELVES:
            put_back(descent, one)
    for ledger in (GrowthEntry, PointsEntry):
        _take(WITH_ORDER.format(ledger=ledger._meta.db_table), descent, moving[ledger])
    _take(WITH_LOT, descent, moving[PointsEntry])
    bring_news(descent, ("order.recorded", "order.revised"), orders)
    bring_news(descent, ("order.returned",), returns)


def bring_news(descent: Descent, kinds: Collection[str], subjects: Sequence[int]) -> None:
    """Let what the timeline tells of these rows, in facts of these kinds, go home with them."""
    if subjects:
        params = {"to": descent.home, "path": descent.path, "kinds": list(kinds), "subjects": list(subjects)}
        forget(descent, TimelineFact._meta.db_table, [row[0] for row in rows(NEWS, params)])


def _take(sql: str, descent: Descent, moving: Moving) -> list[int]:
    """Run a statement that moves rows of one table and let the merges above forget them; returns their keys."""
    params = {
        "to": descent.home,
        "path": descent.path,
        "beneath": descent.beneath,
        "merges": descent.merges,
        "around": [descent.home, *descent.path],
    }
    ids = [row[0] for row in rows(sql, params)]
    forget(descent, moving.table, ids)
    return ids
