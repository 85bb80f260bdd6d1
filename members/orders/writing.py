"""Orders and returns of the chunk: compare with what is stored, write what is new, link returns to their sales."""

from typing import Any

from members.orders.worktables import one, rows, run

# The same number again: same content changes nothing; an older revision is old news; a newer one replaces; the same
# revision with other content, or another member, is refused. Only an anonymous order may gain a member, by a revision.
# A subquery per row, here and for returns, finds each by the unique index; a join would read the whole table.
CLASSIFY_SALES = """
UPDATE work_order w SET (row_id, member_id, paid_before, status, code) = (
    SELECT coalesce(o.id, nextval((SELECT pg_get_serial_sequence('members_order', 'id')::regclass))),
        CASE WHEN o.id IS NULL THEN w.member_id ELSE coalesce(o.member_id, w.member_id) END,
        o.paid_at,
        CASE
            WHEN o.id IS NULL THEN 'created'
            WHEN w.revision < o.revision THEN 'unchanged'
            WHEN NOT {same_member} AND (o.member_id IS NOT NULL OR w.revision = o.revision) THEN 'refused'
            WHEN {same_member} AND o.fingerprint = w.fingerprint THEN 'unchanged'
            WHEN w.revision > o.revision THEN 'updated'
            ELSE 'refused' END,
        CASE
            WHEN o.id IS NULL OR w.revision < o.revision THEN ''
            WHEN NOT {same_member} AND (o.member_id IS NOT NULL OR w.revision = o.revision) THEN 'member_changed'
            WHEN {same_member} AND o.fingerprint = w.fingerprint OR w.revision > o.revision THEN ''
            ELSE 'order_conflict' END
    FROM (SELECT) AS one LEFT JOIN members_order o ON o.channel = w.channel AND o.order_no = w.order_no
)
WHERE w.kind = 'sale' AND w.code = '' AND {which}
"""
SAME_MEMBER = (
    "(o.member_id IS NOT DISTINCT FROM w.member_id AND (w.member_id IS NOT NULL OR w.identity_digest IS NULL))"
)
CLASSIFY_RETURNS = """
UPDATE work_order w SET (row_id, status, code) = (
    SELECT coalesce(r.id, nextval((SELECT pg_get_serial_sequence('members_return', 'id')::regclass))),
        CASE WHEN r.id IS NULL THEN 'created' WHEN {same} THEN 'unchanged' ELSE 'refused' END,
        CASE
            WHEN r.id IS NULL OR {same} THEN ''
            WHEN r.fingerprint = w.fingerprint THEN 'member_changed' ELSE 'return_conflict' END
    FROM (SELECT) AS one LEFT JOIN members_return r ON r.channel = w.channel AND r.return_no = w.order_no
)
WHERE w.kind = 'return' AND w.code = '' AND {which}
"""
# the member of a return with a receipt is that of the sale, whatever the return said
SAME_RETURN = """(r.fingerprint = w.fingerprint
    AND (r.order_no <> '' OR r.member_id IS NOT DISTINCT FROM w.member_id
        AND (w.member_id IS NOT NULL OR w.identity_digest IS NULL)))"""
ABOVE_ORDER = """
WITH known AS (
    SELECT w.ctid AS place, w.net_amount, w.paid_at, w.order_no, o.id AS order_id,
        o.net_amount - coalesce((SELECT sum(r.amount) FROM members_return r WHERE r.order_id = o.id), 0) AS room
    FROM work_order w JOIN members_order o ON o.channel = w.channel AND o.order_no = w.sale_no
    WHERE w.kind = 'return' AND w.status = 'created'
), running AS (
    SELECT place, net_amount, room, sum(CASE WHEN net_amount <= room THEN net_amount END)
        OVER (PARTITION BY order_id ORDER BY paid_at, order_no) AS taken
    FROM known
)
UPDATE work_order w SET status = 'refused', code = 'refund_above_order'
FROM running r WHERE w.ctid = r.place AND (r.net_amount > r.room OR r.taken > r.room)
"""
ORDERS = """
INSERT INTO members_order (id, channel, order_no, revision, fingerprint, member_id, store_id, guide_id, paid_at,
    list_amount, net_amount, rate_id, named)
SELECT row_id, channel, order_no, revision, fingerprint, member_id, store_id, guide_id, paid_at,
    list_amount, net_amount, rate_id, named
FROM work_order WHERE kind = 'sale' AND status = 'created'
ORDER BY channel, order_no
ON CONFLICT (channel, order_no) DO NOTHING
"""
RETURNS = """
INSERT INTO members_return (id, channel, return_no, fingerprint, order_no, order_id, member_id, named, store_id,
    returned_at, amount)
SELECT w.row_id, w.channel, w.order_no, w.fingerprint, w.sale_no, o.id, coalesce(o.member_id, w.member_id),
    CASE WHEN o.member_id IS NULL THEN w.named ELSE o.named END, w.store_id, w.paid_at, w.net_amount
FROM work_order w LEFT JOIN members_order o ON o.channel = w.channel AND o.order_no = w.sale_no AND w.sale_no <> ''
WHERE w.kind = 'return' AND w.status = 'created'
ORDER BY w.channel, w.order_no
ON CONFLICT (channel, return_no) DO NOTHING
"""
RACED = """
UPDATE work_order w SET status = 'raced'
WHERE kind = %(kind)s AND status = 'created' AND NOT EXISTS (SELECT FROM {table} t WHERE t.id = w.row_id)
"""
FOUND = """
SELECT count(*) FILTER (WHERE status = 'created'), coalesce(bool_or(status = 'updated'), false),
    coalesce(bool_or(status = 'unchanged' AND revision > 0), false)
FROM work_order WHERE kind = 'sale'
"""
# A rate is frozen with the moment and place it was found for; only a revision that moves those finds it anew.
REVISE = """
UPDATE members_order o SET revision = w.revision, fingerprint = w.fingerprint, member_id = w.member_id,
    store_id = w.store_id, guide_id = w.guide_id, paid_at = w.paid_at, list_amount = w.list_amount,
    net_amount = w.net_amount, returned_amount = least(o.returned_amount, w.net_amount),
    rate_id = CASE WHEN {still} THEN o.rate_id ELSE w.rate_id END, named = coalesce(w.named, o.named)
FROM work_order w WHERE o.id = w.row_id AND w.kind = 'sale' AND w.status = 'updated'
""".format(still="o.paid_at = w.paid_at AND o.store_id = w.store_id")
SAME_AGAIN = """
UPDATE members_order o SET revision = w.revision
FROM work_order w WHERE o.id = w.row_id AND w.kind = 'sale' AND w.status = 'unchanged' AND w.revision > o.revision
"""
CLEAR = """
DELETE FROM {table} t USING work_order w WHERE t.order_id = w.row_id AND w.kind = 'sale' AND w.status = 'updated'
"""
LINES = """
INSERT INTO members_orderline (order_id, line_no, product_id, paid_at, quantity, unit_price, amount)
SELECT w.row_id, row_number() OVER (PARTITION BY w.row_id ORDER BY l.line), p.id, w.paid_at, l.quantity, l.unit_price,
    l.amount
FROM work_order w
JOIN members_stagedline l ON l.channel = w.channel AND l.order_no = w.order_no AND l.kind = w.kind
JOIN members_product p ON p.sku = l.sku
WHERE l.stage = %(stage)s AND w.kind = 'sale' AND w.status IN ('created', 'updated')
"""
RETURN_LINES = """
INSERT INTO members_returnline (return_of_id, line_no, product_id, quantity, amount)
SELECT w.row_id, row_number() OVER (PARTITION BY w.row_id ORDER BY l.line), p.id, l.quantity, l.amount
FROM work_order w
JOIN members_stagedline l ON l.channel = w.channel AND l.order_no = w.order_no AND l.kind = w.kind
JOIN members_product p ON p.sku = l.sku
WHERE l.stage = %(stage)s AND w.kind = 'return' AND w.status = 'created' AND l.sku <> ''
"""
COUPONS = """
INSERT INTO members_ordercoupon (order_id, code)
SELECT DISTINCT w.row_id, upper(c.code)
FROM work_order w, regexp_split_to_table(w.coupon_codes, '[ ,;]+') AS c(code)
WHERE w.kind = 'sale' AND w.status IN ('created', 'updated') AND w.coupon_codes <> '' AND c.code <> ''
"""
SHARES = """
INSERT INTO members_ordersharecode (order_id, code)
SELECT w.row_id, upper(w.share_code)
FROM work_order w WHERE w.kind = 'sale' AND w.status IN ('created', 'updated') AND w.share_code <> ''
"""
LINK = """
UPDATE members_return r SET order_id = w.row_id, member_id = coalesce(w.member_id, r.member_id),
    named = coalesce(w.named, r.named)
FROM work_order w
WHERE r.channel = w.channel AND r.order_no = w.order_no AND w.kind = 'sale' AND w.status IN ('created', 'updated')
    AND (r.order_id IS NULL OR r.member_id IS DISTINCT FROM coalesce(w.member_id, r.member_id)
        OR r.named IS DISTINCT FROM coalesce(w.named, r.named))
"""
# Anonymous orders have no member whose settlement would do this.
ANONYMOUS = """
UPDATE members_order o SET returned_amount = least(o.net_amount, s.amount)
FROM (
    SELECT r.order_id, sum(r.amount) AS amount
    FROM members_return r
    WHERE r.order_id IN (
        SELECT row_id FROM work_order WHERE kind = 'sale' AND status IN ('created', 'updated') AND member_id IS NULL
        UNION ALL
        SELECT t.order_id FROM work_order w JOIN members_return t ON t.id = w.row_id
        WHERE w.kind = 'return' AND w.status = 'created')
    GROUP BY r.order_id
) AS s
WHERE o.id = s.order_id AND o.member_id IS NULL AND o.returned_amount <> least(o.net_amount, s.amount)
"""


def classify_sales(which: str = "w.status = ''") -> None:
    """Compare the sales of the chunk with the stored orders and set status and code."""
    run(CLASSIFY_SALES.format(same_member=SAME_MEMBER, which=which))


def classify_returns(which: str = "w.status = ''") -> None:
    """Compare the returns of the chunk with the stored ones and set status and code."""
    run(CLASSIFY_RETURNS.format(same=SAME_RETURN, which=which))


def refuse_too_large() -> None:
    """Refuse new returns that would bring back more than was paid for their order, where the order is known."""
    run(ABOVE_ORDER)


def write_sales(params: dict[str, Any], *, coupons: bool, shares: bool) -> None:
    """Insert new orders and replace revised ones, with lines, coupons and share codes, and link returns that came
    before."""
    new, any_revised, any_again = rows(FOUND)[0]
    if run(ORDERS) < new:
        # somebody recorded one of them in this very moment: look at it again
        run(RACED.format(table="members_order"), {"kind": "sale"})
        classify_sales("w.status = 'raced'")
        _new, any_revised, any_again = rows(FOUND)[0]
    if any_revised:
        run(REVISE)
        run(CLEAR.format(table="members_orderline"))
        run(CLEAR.format(table="members_ordercoupon"))
        run(CLEAR.format(table="members_ordersharecode"))
    if any_again:
        run(SAME_AGAIN)
    run(LINES, params)
    if coupons:
        run(COUPONS)
    if shares:
        run(SHARES)
    run(LINK)


def write_returns(params: dict[str, Any]) -> None:
    """Insert new returns with their lines, linked to their sale where that is known."""
    if run(RETURNS) < one("SELECT count(*) FROM work_order WHERE kind = 'return' AND status = 'created'"):
        run(RACED.format(table="members_return"), {"kind": "return"})
        classify_returns("w.status = 'raced'")
    run(RETURN_LINES, params)


def settle_anonymous() -> None:
    """Keep the returned amount of orders that belong to nobody."""
    run(ANONYMOUS)
