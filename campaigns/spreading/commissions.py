"""What share links earn: worked out anew from what is known of an order, as changes to an append-only ledger.

An order is owed to the code that it carries, else to the coupon of a link that was used in it, else to the last link
that its member followed in the days before. Each line earns by the terms it was first counted by, on what was paid for
it and did not come back. Late news, twice and out of order, come to the same sums.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import NoCommission, ShareLink
from coupons.colleagues import members_by_person
from members.locks import lock_members
from stores.places import business_day
from stores.policy import define

CLICK_DAYS = define(
    "sharing.click_days", 7, _("Days in which an order counts for the share link followed last"), minimum=0, maximum=60
)
SETTLE_DAYS = define(
    "sharing.settle_days", 15, _("Days after which a commission is settled, once goods no longer come back"),
    minimum=0, maximum=180,
)  # fmt: skip

# Orders of members alone: of an anonymous one nobody could say that it is not the sharer's own. What led to an order
# once goes on counting, but for a code that the order no longer carries.
WHOSE = """
    SELECT o.id, o.member_id, o.paid_at, coalesce(code.id, kept.id, coupon.id, click.id),
           CASE WHEN code.id IS NOT NULL THEN 'code' WHEN kept.id IS NOT NULL THEN kept.via
                WHEN coupon.id IS NOT NULL THEN 'coupon' WHEN click.id IS NOT NULL THEN 'click' ELSE '' END
    FROM members_order o
    LEFT JOIN LATERAL (
        SELECT l.id FROM members_ordersharecode s JOIN campaigns_sharelink l ON l.code = s.code
        WHERE s.order_id = o.id
    ) code ON true
    LEFT JOIN LATERAL (
        SELECT c.link_id AS id, c.via FROM campaigns_commission c
        WHERE c.order_id = o.id AND c.via <> 'code' ORDER BY c.line_no LIMIT 1
    ) kept ON true
    LEFT JOIN LATERAL (
        SELECT c.origin_id AS id FROM coupons_coupon c
        WHERE c.order_channel = o.channel AND c.order_no = o.order_no AND c.order_no <> '' AND c.state = 'used'
          AND c.origin = 'share' ORDER BY c.discount DESC, c.id LIMIT 1
    ) coupon ON true
    LEFT JOIN LATERAL (
        SELECT k.link_id AS id FROM campaigns_shareclick k
        WHERE k.member_id = o.member_id AND k.at <= o.paid_at AND k.at > o.paid_at - make_interval(days => %(days)s)
        ORDER BY k.at DESC, k.id DESC LIMIT 1
    ) click ON true
    WHERE o.id = ANY(%(orders)s) AND o.member_id IS NOT NULL
      AND (coalesce(code.id, kept.id, coupon.id, click.id) IS NOT NULL
           OR EXISTS (SELECT FROM campaigns_commission c WHERE c.order_id = o.id))
    ORDER BY o.id
"""
HOLD = "SELECT id FROM campaigns_commission WHERE order_id = ANY(%(orders)s) ORDER BY id FOR NO KEY UPDATE"

# Returns by line lower the lines of their product, all else that came back lowers every line alike.
LINES = """
    whose AS (
        SELECT * FROM unnest(%(orders)s::bigint[], %(links)s::bigint[], %(vias)s::text[], %(staff)s::bigint[],
                             %(whys)s::text[]) AS w(order_id, link_id, via, staff_id, why)
    ), back AS (
        SELECT r.order_id, x.product_id, sum(x.amount) AS amount
        FROM members_return r JOIN members_returnline x ON x.return_of_id = r.id
        WHERE r.order_id = ANY(%(orders)s) GROUP BY 1, 2
    ), line AS (
        SELECT w.*, l.line_no, l.product_id, d.category_id, l.amount, o.paid_at, o.returned_amount,
               least(l.amount, coalesce(b.amount, 0) * l.amount
                   / sum(l.amount) OVER (PARTITION BY l.order_id, l.product_id)) AS direct
        FROM whose w
        JOIN members_order o ON o.id = w.order_id
        JOIN members_orderline l ON l.order_id = o.id
        JOIN members_product d ON d.id = l.product_id
        LEFT JOIN back b ON b.order_id = l.order_id AND b.product_id = l.product_id
        WHERE w.link_id IS NOT NULL AND l.amount > 0
    ), net AS (
        SELECT *, coalesce((amount - direct) / nullif(amount, 0) * greatest(0, 1 - greatest(0,
                       returned_amount - sum(direct) OVER one) / nullif(sum(amount - direct) OVER one, 0)), 0) AS kept
        FROM line WINDOW one AS (PARTITION BY order_id)
    )"""
# What each line is worth now, beside what was counted of it before; lines that are gone are worth nothing.
DUE = """
    before AS (SELECT * FROM campaigns_commission WHERE order_id = ANY(%(orders)s)),
    worth AS (
        SELECT n.order_id, n.line_no, n.product_id, n.paid_at, n.amount * n.kept AS base, n.kept,
               CASE WHEN h.state = 'settled' THEN h.staff_id ELSE n.staff_id END AS staff_id,
               CASE WHEN h.state = 'settled' THEN h.link_id ELSE n.link_id END AS link_id,
               CASE WHEN h.state = 'settled' THEN h.via ELSE n.via END AS via,
               CASE WHEN h.state = 'settled' AND h.staff_id <> n.staff_id THEN '' ELSE n.why END AS why, r.*
        FROM net n
        LEFT JOIN before h ON h.order_id = n.order_id AND h.line_no = n.line_no
        JOIN LATERAL (
            SELECT h.rule_id, h.basis, h.percent, h.fixed, h.ceiling WHERE h.product_id = n.product_id
            UNION ALL
            (SELECT c.id, c.basis, c.percent, c.fixed, c.ceiling FROM campaigns_commissionrule c
             WHERE h.product_id IS DISTINCT FROM n.product_id
               AND c.starts_on <= (n.paid_at AT TIME ZONE %(zone)s)::date
               AND (c.ends_on IS NULL OR c.ends_on >= (n.paid_at AT TIME ZONE %(zone)s)::date)
               AND (c.product_id IS NULL OR c.product_id = n.product_id)
               AND (c.category_id IS NULL OR c.category_id = n.category_id)
             ORDER BY c.product_id IS NULL, c.category_id IS NULL, c.starts_on DESC, c.id DESC LIMIT 1)
        ) r ON true
    ), due AS (
        SELECT order_id, line_no, product_id, staff_id, link_id, via, rule_id, basis, percent, fixed, ceiling, paid_at,
               round(base, 2) AS base, why, kept,
               CASE WHEN why <> '' THEN 0
                    WHEN basis = 'percent' THEN round(least(base * percent / 100, ceiling), 2)
                    ELSE round(least(least(fixed, ceiling) * kept, base), 2) END AS amount
        FROM worth
        UNION ALL
        SELECT h.order_id, h.line_no, h.product_id, h.staff_id, h.link_id, h.via, h.rule_id, h.basis, h.percent,
               h.fixed, h.ceiling, h.paid_at, 0, 'changed', 1, 0
        FROM before h
        WHERE NOT EXISTS (SELECT FROM worth w WHERE w.order_id = h.order_id AND w.line_no = h.line_no)
    ), moved AS (
        SELECT d.*, h.id AS was, h.staff_id AS staff_before, coalesce(h.pending, 0) AS pending_before,
               coalesce(h.settled, 0) AS settled_before,
               CASE WHEN h.state = 'settled' THEN 0 ELSE d.amount END AS pending,
               CASE WHEN h.state = 'settled' THEN d.amount ELSE 0 END AS settled,
               CASE WHEN d.amount = 0 THEN 'void' WHEN h.state = 'settled' THEN 'settled' ELSE 'pending' END AS state,
               CASE WHEN d.amount > 0 THEN '' WHEN d.why <> '' THEN d.why WHEN d.kept < 1 THEN 'refunded'
                    ELSE 'changed' END AS not_why
        FROM due d LEFT JOIN before h ON h.order_id = d.order_id AND h.line_no = d.line_no
        WHERE h.id IS NULL AND (d.amount > 0 OR d.why <> '')
           OR h.id IS NOT NULL AND (h.staff_id, h.link_id, h.via, h.pending + h.settled, h.base, h.product_id)
            IS DISTINCT FROM (d.staff_id, d.link_id, d.via, d.amount, d.base, d.product_id)
    )"""
WRITE = f"""
    WITH {LINES}, {DUE},
    written AS (
        INSERT INTO campaigns_commission (order_id, line_no, product_id, staff_id, link_id, via, rule_id, basis,
            percent, fixed, ceiling, base, state, why, pending, settled, paid_at, settles_at)
        SELECT order_id, line_no, product_id, staff_id, link_id, via, rule_id, basis, percent, fixed, ceiling, base,
               state, not_why, pending, settled, paid_at, paid_at + make_interval(days => %(settle_days)s)
        FROM moved ORDER BY order_id, line_no
        ON CONFLICT (order_id, line_no) DO UPDATE
        SET (product_id, staff_id, link_id, via, rule_id, basis, percent, fixed, ceiling, base, state, why, pending,
             settled) = (excluded.product_id, excluded.staff_id, excluded.link_id, excluded.via, excluded.rule_id,
             excluded.basis, excluded.percent, excluded.fixed, excluded.ceiling, excluded.base, excluded.state,
             excluded.why, excluded.pending, excluded.settled)
        RETURNING id, order_id, line_no
    )
    INSERT INTO campaigns_commissionentry (commission_id, staff_id, kind, pending, settled, month)
    SELECT w.id, e.staff_id, e.kind, e.pending, e.settled, date_trunc('month', now() AT TIME ZONE %(zone)s)::date
    FROM written w JOIN moved m USING (order_id, line_no)
    CROSS JOIN LATERAL (
        SELECT m.staff_before AS staff_id, 'moved' AS kind, -m.pending_before AS pending, -m.settled_before AS settled
        WHERE m.staff_before <> m.staff_id
        UNION ALL
        SELECT m.staff_id, CASE WHEN m.was IS NULL THEN 'earned' WHEN m.staff_before <> m.staff_id THEN 'moved'
                                WHEN m.kept < 1 THEN 'refunded' ELSE 'corrected' END,
               m.pending - CASE WHEN m.staff_before <> m.staff_id THEN 0 ELSE m.pending_before END,
               m.settled - CASE WHEN m.staff_before <> m.staff_id THEN 0 ELSE m.settled_before END
    ) e
    WHERE (e.pending, e.settled) <> (0, 0)
"""
ORDERS_OF_COUPONS = """
    SELECT o.id FROM coupons_coupon c JOIN members_order o ON o.channel = c.order_channel AND o.order_no = c.order_no
    WHERE c.id = ANY(%(coupons)s) AND c.order_no <> '' AND c.origin = 'share'
"""
ORDERS_OF_MEMBERS = """
    SELECT c.order_id FROM campaigns_commission c JOIN members_order o ON o.id = c.order_id
    WHERE o.member_id = ANY(%(members)s)
"""


def work_out(order_ids: Iterable[int]) -> int:
    """Bring the commissions of these orders in line with what is known of them; how many entries that took.

    Twice is once. Orders to which no link led cost one query.
    """
    orders = sorted(set(order_ids))
    if not orders:
        return 0
    asked = {"orders": orders, "days": CLICK_DAYS.value}
    found = _rows(WHOSE, asked)
    if not found:
        return 0
    with transaction.atomic():
        lock_members(row[1] for row in found)
        whose = _rows(WHOSE, asked)  # as it is now that nobody else works them out
        params = _told(whose) | {"zone": settings.TIME_ZONE, "settle_days": SETTLE_DAYS.value}
        _rows(HOLD, params)
        with connection.cursor() as cursor:
            cursor.execute(WRITE, params)
            return cursor.rowcount


def work_out_for_coupons(coupon_ids: Sequence[int]) -> int:
    """Coupons were redeemed, or that was reversed: look at their orders, as ``work_out``."""
    return work_out(row[0] for row in _rows(ORDERS_OF_COUPONS, {"coupons": list(coupon_ids)}))


def work_out_for_members(member_ids: Sequence[int]) -> int:
    """Something came back of the members' orders, or they became somebody else, as ``work_out``."""
    return work_out(row[0] for row in _rows(ORDERS_OF_MEMBERS, {"members": list(member_ids)}))


def _told(whose: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Per order the link, what led to it, whose it is and why it earns nothing, as columns."""
    links = ShareLink.objects.select_related("staff__store").in_bulk({row[3] for row in whose if row[3] is not None})
    selves = members_by_person({link.staff_id: link.staff for link in links.values()}.values())
    rows = []
    for order, member, paid_at, link_id, via in whose:
        link = links.get(link_id)
        why = _why_not(link, member in selves[link.staff_id], paid_at) if link else NoCommission.NONE
        rows.append((order, link_id, via, link.staff_id if link else None, why.value))
    names = ("orders", "links", "vias", "staff", "whys")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) if rows else {name: [] for name in names}


def _why_not(link: ShareLink, is_self: bool, paid_at: datetime) -> NoCommission:
    if is_self:
        return NoCommission.SELF
    staff = link.staff
    if not staff.is_active and (staff.left_on is None or business_day(staff.store, paid_at) > staff.left_on):
        return NoCommission.LEFT
    return NoCommission.NONE


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
