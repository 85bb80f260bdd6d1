"""Merge: one chunk of staged orders becomes orders, returns and everything that follows, in one transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from members import timeline
from members.ledgers import earning
from members.locks import lock_members
from members.models import LineKind
from members.orders import buyers, gather, products, writing
from members.orders.drafts import Key, MergeResult
from members.orders.settlement import settle_locked
from members.orders.worktables import MERGING, open_tables, rows, run
from members.windows import windows

RECORDED = """
SELECT member_id, row_id AS subject, paid_at AS at, jsonb_build_object('amount', net_amount::text) AS data
FROM work_order WHERE kind = 'sale' AND status = '{status}' ORDER BY channel, order_no
"""
RETURNED = """
SELECT r.member_id, r.id AS subject, r.returned_at AS at,
    jsonb_build_object('amount', r.amount::text, 'order', r.order_id) AS data
FROM work_order w JOIN members_return r ON r.id = w.row_id
WHERE w.kind = 'return' AND w.status = 'created' ORDER BY r.returned_at, r.id
"""
COUNTS = "SELECT kind, status, count(*) FROM work_order GROUP BY kind, status"
REJECTED = "SELECT channel, order_no, kind, code FROM work_order WHERE code <> ''"
EACH = "SELECT channel, order_no, kind, coalesce(nullif(code, ''), status) FROM work_order"
MARK = """
UPDATE members_stagedline l SET rejected = w.code FROM work_order w
WHERE l.stage = %(stage)s AND w.code <> '' AND l.rejected = ''
    AND l.channel = w.channel AND l.order_no = w.order_no AND l.kind = w.kind
"""
TOUCHED = """
SELECT member_id FROM work_order WHERE kind = 'sale' AND status IN ('created', 'updated') AND member_id IS NOT NULL
UNION
SELECT r.member_id FROM work_order w JOIN members_return r ON r.id = w.row_id
WHERE w.kind = 'return' AND w.status = 'created' AND r.member_id IS NOT NULL
UNION
SELECT r.member_id FROM work_order w JOIN members_return r ON r.order_id = w.row_id
WHERE w.kind = 'sale' AND w.status IN ('created', 'updated') AND r.member_id IS NOT NULL
"""

NEW_SALE, REVISED, NEW_RETURN = ("sale", "created"), ("sale", "updated"), ("return", "created")
Counts = dict[tuple[str, str], int]


def merge_stage(
    stage: int, *, after: str = "", until: str = "", limit: int = 5000, at: datetime | None = None, detail: bool = False
) -> MergeResult:
    """Merge the next ``limit`` whole orders of a stage that lie behind the key ``after`` and have a blind index below
    ``until``, in one transaction.

    Everything that follows is settled as of ``at`` (None: now). A refused order changes nothing: its staged lines get
    the code in ``rejected``. Staged lines stay until ``discard_stage``. Raises Refusal when there is no tier at all.
    """
    with transaction.atomic(savepoint=False):
        open_tables(*MERGING)
        scope = gather.scope_of(stage, after, until)
        found = gather.gather(scope, limit=limit, now=timezone.now())
        if not found:
            return MergeResult(last_key=after)
        earning.freeze_rates()
        newcomers, locked = _write(scope)
        counts = {(kind, status): count for kind, status, count in rows(COUNTS)}
        _follow(counts, locked, at)
        run(MARK, scope)
        return _result(counts, newcomers, found < limit, detail)


def discard_stage(stage: int) -> int:
    """Empty a stage once its merge has come to its end; returns how many lines there were."""
    return run("DELETE FROM members_stagedline WHERE stage = %(stage)s", {"stage": stage})


def _write(scope: dict[str, Any]) -> tuple[int, set[int]]:
    """Write what is new, sales first, as returns look for them; returns how many members were made and the locked."""
    content = gather.content()
    locked = buyers.find_and_lock(content)
    newcomers = 0
    if content.sales:
        writing.classify_sales()
        newcomers += buyers.welcome() if content.identities else 0
        products.add_mentioned(scope, LineKind.SALE)
        writing.write_sales(scope, coupons=content.coupons, shares=content.shares)
    if content.returns:
        writing.classify_returns()
        writing.refuse_too_large()
        newcomers += buyers.welcome() if content.identities else 0
        products.add_mentioned(scope, LineKind.RETURN)
        writing.write_returns(scope)
    return newcomers, locked


def _follow(counts: Counts, locked: set[int], at: datetime | None) -> None:
    """Record what was written and settle the members it touches."""
    sales, revised, returns = (counts.get(key, 0) for key in (NEW_SALE, REVISED, NEW_RETURN))
    if not (sales or revised or returns):
        return
    writing.settle_anonymous()
    for count, kind, sql in (
        (sales, "order.recorded", RECORDED.format(status="created")),
        (revised, "order.revised", RECORDED.format(status="updated")),
        (returns, "order.returned", RETURNED),
    ):
        if count:
            timeline.record_rows(kind, sql)
    touched = [row[0] for row in rows(TOUCHED)]
    if not locked.issuperset(touched):
        lock_members(touched)  # newcomers, whom nobody else can see yet
    if touched:
        settle_locked(touched, windows(at))


def _result(counts: Counts, newcomers: int, finished: bool, detail: bool) -> MergeResult:
    return MergeResult(
        orders_new=counts.get(NEW_SALE, 0),
        orders_same=counts.get(("sale", "unchanged"), 0),
        orders_changed=counts.get(REVISED, 0),
        returns_new=counts.get(NEW_RETURN, 0),
        returns_same=counts.get(("return", "unchanged"), 0),
        members_new=newcomers,
        rejected=_by_key(REJECTED),
        last_key=gather.last_key(),
        finished=finished,
        per_order=_by_key(EACH) if detail else {},
    )


def _by_key(sql: str) -> dict[Key, str]:
    return {(channel, order_no, kind): word for channel, order_no, kind, word in rows(sql)}
