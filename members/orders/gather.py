"""From staged lines to whole orders: sum up, look up store and guide, and check what needs no past."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from members.models import IdentityKind
from members.orders.worktables import measure, rows, run

TOLERANCE = timedelta(days=1)
SEPARATOR = "\x1f"
# The way through a stage: by whose orders they are, then by number. What came together of one member is so merged
# together, and the member settled once; otherwise the order of arrival makes no difference.
WALK = """
INSERT INTO work_key (walk, channel, order_no, kind)
SELECT DISTINCT identity_digest, channel, order_no, kind FROM members_stagedline
WHERE stage = %(stage)s {after} {until}
ORDER BY identity_digest, channel, order_no, kind
LIMIT %(limit)s
"""
AFTER = """
AND (identity_digest, channel, order_no, kind) > (%(after_walk)s, %(after_channel)s, %(after_no)s, %(after_kind)s)
"""
UNTIL = "AND identity_digest < %(until)s"
LAST = "SELECT walk, channel, order_no, kind FROM work_key ORDER BY 1 DESC, 2 DESC, 3 DESC, 4 DESC LIMIT 1"

# A fingerprint tells the same content from other content, whatever the order of the lines and whoever the member is
# (that is compared by itself). md5 is no secret here, only short and the same for ever. An order whose lines name two
# buyers is met at both of them, and taken as a whole, with all its lines, at the first.
GATHER = """
INSERT INTO work_order (channel, order_no, kind, sale_no, revision, paid_at, store_code, guide_no, identity_kind,
    identity_digest, identity_sealed, identity_shown, named, coupon_codes, share_code, list_amount, net_amount,
    store_id, guide_id, mentions_new, fingerprint, code)
SELECT g.channel, g.order_no, g.kind, g.sale_no, g.revision, g.paid_at, g.store_code, g.guide_no, g.identity_kind,
    decode(nullif(g.identity_digest, ''), 'hex'), decode(nullif(g.identity_sealed, ''), 'hex'), g.identity_shown,
    g.member, g.coupon_codes, g.share_code, g.list_amount, g.net_amount, s.id, p.id, g.mentions_new,
    decode(md5(concat_ws(E'\\x1f', g.sale_no, extract(epoch FROM g.paid_at), g.store_code, g.guide_no, g.coupon_codes,
        g.net_amount, g.lines, g.line_hash, nullif(g.share_code, ''))), 'hex'),
    CASE
        WHEN g.rejected <> '' THEN g.rejected
        WHEN g.channel !~ '^[a-z0-9][a-z0-9_-]{0,19}$' THEN 'bad_channel'
        WHEN g.order_no !~ '^\\S(.{0,62}\\S)?$' OR length(g.sale_no) > 64 THEN 'bad_order_no'
        WHEN g.is_mixed THEN 'mixed_header'
        WHEN s.id IS NULL THEN 'unknown_store'
        WHEN g.paid_at > %(latest)s THEN 'future_date'
        WHEN g.bad_sku THEN 'bad_sku'
        WHEN g.bad_quantity THEN 'bad_quantity'
        WHEN g.bad_amount THEN 'bad_amount'
        WHEN g.total IS NOT NULL AND g.total <> g.net_amount THEN 'total_mismatch'
        WHEN g.list_amount > 9999999999 THEN 'amount_too_large'
        WHEN g.coupon_codes ~ '[^ ,;]{33}' THEN 'bad_coupon'
        WHEN length(g.share_code) > 32 THEN 'bad_share_code'
        WHEN g.identity_digest <> '' AND g.identity_kind <> ALL (%(kinds)s) THEN 'bad_identity'
        ELSE ''
    END
FROM (
    SELECT channel, order_no, kind,
        min(sale_no) AS sale_no, min(revision) AS revision, min(paid_at) AS paid_at,
        min(store_code COLLATE "C") AS store_code, min(guide_no COLLATE "C") AS guide_no,
        min(identity_kind COLLATE "C") AS identity_kind, min(identity_digest) AS identity_digest,
        min(identity_sealed) AS identity_sealed, min(identity_shown COLLATE "C") AS identity_shown,
        min(member) AS member,
        min(coupon_codes COLLATE "C") AS coupon_codes,
        min(share_code COLLATE "C") AS share_code, min(total) AS total, max(rejected) AS rejected,
        count(*) AS lines, sum(amount) AS net_amount,
        sum(greatest(round(quantity * unit_price, 2), amount)) AS list_amount,
        sum(('x' || left(md5(concat_ws(E'\\x1f', l.sku, quantity, unit_price, amount)), 16))::bit(64)::bigint)
            AS line_hash,
        bool_or(l.sku <> '' AND (d.id IS NULL OR l.category <> '' AND d.category_id IS NULL)) AS mentions_new,
        bool_or(quantity <= 0) AS bad_quantity,
        bool_or(unit_price < 0 OR amount < 0) AS bad_amount,
        bool_or(length(l.sku) > 60 OR l.sku !~ '\\S' AND NOT (kind = 'return' AND l.sku = '')) AS bad_sku,
        min(paid_at) <> max(paid_at) OR min(revision) <> max(revision) OR min(sale_no) <> max(sale_no)
            OR min(store_code COLLATE "C") <> max(store_code COLLATE "C")
            OR min(guide_no COLLATE "C") <> max(guide_no COLLATE "C")
            OR min(identity_kind COLLATE "C") <> max(identity_kind COLLATE "C")
            OR min(identity_digest) <> max(identity_digest)
            OR min(member) <> max(member)
            OR min(coupon_codes COLLATE "C") <> max(coupon_codes COLLATE "C")
            OR min(share_code COLLATE "C") <> max(share_code COLLATE "C")
            OR min(total) <> max(total) AS is_mixed
    FROM work_key k JOIN members_stagedline l USING (channel, order_no, kind)
    LEFT JOIN members_product d ON d.sku = l.sku
    WHERE l.stage = %(stage)s
    GROUP BY channel, order_no, kind, k.walk
    HAVING min(l.identity_digest) = k.walk
) AS g
LEFT JOIN stores_store s ON s.code = g.store_code
LEFT JOIN stores_staff p ON p.employee_no = nullif(g.guide_no, '')
"""
CONTENT = """
SELECT count(*) FILTER (WHERE kind = 'sale'), count(*) FILTER (WHERE kind = 'return'),
    bool_or(identity_digest IS NOT NULL), bool_or(named IS NOT NULL), bool_or(coupon_codes <> ''),
    bool_or(share_code <> '')
FROM work_order WHERE code = ''
"""


@dataclass(frozen=True)
class Content:
    """What a chunk has in it, so that steps with nothing to do are left out."""

    sales: int
    returns: int
    identities: bool
    member_ids: bool
    coupons: bool
    shares: bool


def content() -> Content:
    """Look over the orders of work_order that are not refused."""
    sales, returns, *has = rows(CONTENT)[0]
    return Content(sales, returns, *map(bool, has))


def gather(scope: dict[str, Any], *, limit: int, now: datetime) -> int:
    """Fill work_order with the next whole orders of a stage; returns how many keys of orders were looked at, ``limit``
    when there may be more.

    ``scope`` names the stage and, where there is one, the key after which to begin and the blind index before which to
    end. An unknown guide is no reason to lose an order: it is then recorded as served by nobody.
    """
    bounds = {"after": AFTER if "after_walk" in scope else "", "until": UNTIL if "until" in scope else ""}
    found = run(WALK.format(**bounds), {**scope, "limit": limit})
    measure("work_key", found)
    gathered = run(GATHER, {**scope, "latest": now + TOLERANCE, "kinds": IdentityKind.values})
    measure("work_order", gathered)
    return found


def scope_of(stage: int, after: str, until: str) -> dict[str, Any]:
    """The part of a stage that lies after the key ``after`` (a ``last_key``, or nothing) and, where that is given, has
    a blind index below ``until``."""
    scope: dict[str, Any] = {"stage": stage, "until": until} if until else {"stage": stage}
    if after:
        names = ("after_walk", "after_channel", "after_no", "after_kind")
        scope.update(zip(names, after.split(SEPARATOR), strict=True))
    return scope


def last_key() -> str:
    """The key of the last order that was looked at, to continue after it."""
    return SEPARATOR.join(rows(LAST)[0])
