"""What the guides did in the last weeks: offers with coupons, some of them used, and the sales they brought. In SQL."""

from decimal import Decimal

from django.db import connection

from campaigns import attribution, guidetasks, touches
from campaigns.models import GuideTask, Outcome
from coupons import topups
from coupons.codes import CODE_SQL, DICE_SQL
from coupons.models import CouponTemplate
from stores.models import Role, Staff
from workbench.demo.dice import Dice

WEEKS = 5
OPEN_AFTER = 3  # of a guide's tasks of today, so many are done already


def age_coupons(template: CouponTemplate, dice: Dice) -> None:
    """Coupons issued a moment ago become coupons of the last fortnight, so that some are about to expire."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE coupons_coupon AS c SET issued_at = c.issued_at - s.shift, valid_from = c.valid_from - s.shift,
                valid_until = c.valid_until - s.shift
            FROM (SELECT id, make_interval(days => floor({dice.roll("member_id", 71)} * 13)::int) AS shift
                  FROM coupons_coupon WHERE template_id = %s) AS s
            WHERE s.id = c.id
            """,
            [template.pk],
        )
        cursor.execute(
            "UPDATE members_timelinefact AS f SET at = c.issued_at FROM coupons_coupon AS c "
            "WHERE f.kind = 'coupon.issued' AND f.subject = c.id AND c.template_id = %s",
            [template.pk],
        )


def build_offers(templates: list[CouponTemplate], dice: Dice) -> None:
    """Each guide wrote to some members; about a third came back within days and used the coupon."""
    params = {
        "templates": [template.pk for template in templates],
        "terms": [template.terms_id for template in templates],
        "weeks": WEEKS,
    }
    with connection.cursor() as cursor:
        steps = (_COUPONS, _OFFERS, _EVENTS, _DISCOUNTS, _FACTS, _ISSUED, _QUOTAS, _GUIDE_BUDGETS, _BUDGETS)
        for statement in (_plan(dice), *steps):
            cursor.execute(statement, params)
        cursor.execute("SELECT id FROM coupons_offer ORDER BY id")
        touches.record_offers([row[0] for row in cursor.fetchall()])
        cursor.execute(
            "SELECT o.id FROM members_order AS o JOIN campaigns_touch AS t ON t.member_id = o.member_id "
            "AND o.paid_at > t.at AND o.paid_at < t.at + interval '8 days'"
        )
        attribution.attribute(sorted({row[0] for row in cursor.fetchall()}))
    _ask_for_more(templates)


def _ask_for_more(templates: list[CouponTemplate]) -> None:
    """Two guides of the first store wait for their manager's answer, and the manager for the area manager's."""
    first = Staff.objects.filter(username="guide").first()
    if first is None:
        return
    for template in [one for one in templates if one.open_to_guides][:1]:
        topups.ask(first, template=template, count=5, reason="周末有试吃，想多约几位老客")
    for other in Staff.objects.filter(store=first.store, role=Role.GUIDE, is_active=True).exclude(pk=first.pk)[:1]:
        topups.ask(other, value=Decimal(200))
    for leader in Staff.objects.filter(store=first.store, role=Role.STORE_MANAGER, is_active=True)[:1]:
        topups.ask(leader, value=Decimal(2000), of_store=True, reason="周年庆，老客邀约加量")


def _plan(dice: Dice) -> str:
    """Offers that were used hang on an order after them; the others on members who did not come."""
    pick = dice.whole("m.id", 82, 3)
    return f"""
        CREATE TEMP TABLE demo_offer ON COMMIT DROP AS
        SELECT m.id AS member_id, m.guide_id, m.home_store_id AS store_id, n.pick, o.id AS order_id,
            o.channel, o.order_no, o.paid_at, o.store_id AS used_store, o.net_amount,
            coalesce(o.paid_at - make_interval(hours => 4 + ({dice.roll("m.id", 83)} * 60)::int),
                now() - make_interval(hours => 3 + ({dice.roll("m.id", 84)} * 24 * 7 * %(weeks)s)::int)) AS sent_at,
            nextval(pg_get_serial_sequence('coupons_coupon', 'id')) AS coupon_id,
            {DICE_SQL} AS dice
        FROM members_member AS m
        CROSS JOIN LATERAL (SELECT {pick} AS pick) AS n
        JOIN coupons_couponterms AS t ON t.id = (%(terms)s::bigint[])[n.pick]
        LEFT JOIN LATERAL (
            SELECT * FROM members_order AS o
            WHERE o.member_id = m.id AND o.paid_at > now() - make_interval(weeks => %(weeks)s)
              AND o.net_amount >= t.threshold AND {dice.roll("m.id", 85)} < 0.7
            ORDER BY o.paid_at DESC LIMIT 1
        ) AS o ON true
        WHERE m.guide_id IS NOT NULL
            AND {dice.roll("m.id", 81)} < CASE WHEN o.id IS NOT NULL THEN 0.32 ELSE 0.045 END
    """


_VALID = """
    date_trunc('day', d.sent_at AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai'
        + make_interval(days => t.valid_days)
"""
_DISCOUNT = """
    CASE t.kind WHEN 'amount_off' THEN t.amount_off
        ELSE least(t.cap, round(d.net_amount / t.percent * (100 - t.percent), 2)) END
"""
_COUPONS = f"""
    INSERT INTO coupons_coupon (id, code, template_id, terms_id, member_id, state, origin, guide_id, issued_at,
        valid_from, valid_until, order_channel, order_no, used_at, used_store_id, discount)
    SELECT d.coupon_id, {CODE_SQL.replace("%", "%%")}, t.template_id, t.id, d.member_id,
        CASE WHEN d.order_id IS NOT NULL THEN 'used' WHEN {_VALID} < now() THEN 'expired' ELSE 'issued' END,
        'offer', d.guide_id, d.sent_at, d.sent_at, {_VALID}, coalesce(d.channel, ''), coalesce(d.order_no, ''),
        d.paid_at, d.used_store, CASE WHEN d.order_id IS NOT NULL THEN {_DISCOUNT} END
    FROM demo_offer AS d JOIN coupons_couponterms AS t ON t.id = (%(terms)s::bigint[])[d.pick]
"""
_OFFERS = """
    INSERT INTO coupons_offer (member_id, guide_id, store_id, template_id, terms_id, coupon_id, text, channel, reason,
        state, face_value, request_key, created_at, leaves_at, sent_at, refusal)
    SELECT d.member_id, d.guide_id, d.store_id, t.template_id, t.id, d.coupon_id,
        left(m.name, 1) || '老师您好，给您放了一张专属券，路过可以用。', 'wecom', '', 'sent',
        coalesce(t.amount_off, t.cap), 'demo-' || d.coupon_id, d.sent_at - interval '12 seconds', d.sent_at,
        d.sent_at, ''
    FROM demo_offer AS d JOIN members_member AS m ON m.id = d.member_id
    JOIN coupons_couponterms AS t ON t.id = (%(terms)s::bigint[])[d.pick]
"""
_EVENTS = """
    INSERT INTO coupons_couponevent (coupon_id, move, at, order_channel, order_no, store_id, amount, actor)
    SELECT id, CASE state WHEN 'used' THEN 'redeemed' ELSE 'expired' END, coalesce(used_at, valid_until),
        order_channel, order_no, used_store_id, discount, 'demo'
    FROM coupons_coupon WHERE origin = 'offer' AND state IN ('used', 'expired')
"""
_DISCOUNTS = """
    UPDATE members_order AS o SET list_amount = o.net_amount + c.discount
    FROM coupons_coupon AS c WHERE c.state = 'used' AND c.order_channel = o.channel AND c.order_no = o.order_no
"""
_FACTS = """
    INSERT INTO members_timelinefact (kind, member_id, subject, at, data, batch)
    SELECT f.kind, c.member_id, f.subject, f.at, f.data, b.n
    FROM coupons_coupon AS c JOIN coupons_offer AS o ON o.coupon_id = c.id
    CROSS JOIN LATERAL (VALUES
        ('coupon.issued', c.id, c.issued_at, jsonb_build_object('template', c.template_id, 'origin', 'offer')),
        ('offer.sent', o.id, o.sent_at, jsonb_build_object('channel', o.channel, 'guide', o.guide_id,
            'reason', o.reason)),
        ('coupon.redeemed', c.id, c.used_at, jsonb_build_object('template', c.template_id))
    ) AS f(kind, subject, at, data)
    CROSS JOIN (SELECT nextval('members_batch') AS n) AS b
    WHERE f.at IS NOT NULL
"""
_ISSUED = """
    UPDATE coupons_coupontemplate AS t SET issued = n.count
    FROM (SELECT template_id, count(*) AS count FROM coupons_coupon GROUP BY template_id) AS n
    WHERE n.template_id = t.id
"""
_QUOTAS = """
    INSERT INTO coupons_offerquota (guide_id, template_id, month, "limit", used)
    SELECT o.guide_id, o.template_id, date_trunc('month', o.created_at AT TIME ZONE 'Asia/Shanghai')::date,
        greatest(t.guide_month_quota, count(*)), count(*)
    FROM coupons_offer AS o JOIN coupons_coupontemplate AS t ON t.id = o.template_id
    GROUP BY 1, 2, 3, t.guide_month_quota
"""
_BUDGETS = """
    INSERT INTO coupons_storebudget (store_id, month, "limit", used, count_used)
    SELECT store_id, date_trunc('month', created_at AT TIME ZONE 'Asia/Shanghai')::date,
        greatest(3000, ceil(sum(face_value) / 500) * 500), sum(face_value), count(*)
    FROM coupons_offer GROUP BY 1, 2
"""
_GUIDE_BUDGETS = """
    INSERT INTO coupons_guidebudget (guide_id, month, "limit", used, count_used)
    SELECT guide_id, date_trunc('month', created_at AT TIME ZONE 'Asia/Shanghai')::date,
        greatest(1000, ceil(sum(face_value) / 200) * 200), sum(face_value), count(*)
    FROM coupons_offer GROUP BY 1, 2
"""


def close_some_tasks() -> None:
    """The guides who can sign in have begun their day: a few of their tasks are done."""
    for guide in Staff.objects.filter(username__in=("guide", "neighbour")):
        open_tasks = GuideTask.objects.filter(guide=guide, state="open").order_by("-value")
        for task in open_tasks[OPEN_AFTER : OPEN_AFTER * 2]:
            guidetasks.close(task, outcome=Outcome.REACHED, by=guide)
