"""What must hold for coupons at every moment, as SQL: each statement yields the rows that break it.

``INVARIANTS`` lists (name, sql, explanation) for members.audit; a row is the id, what is kept and what was counted.
"""

from django.conf import settings

from coupons.budgets import COST_SQL
from members.oneid.lineage import LIVING_SQL
from members.privacy.erasureinvariants import ERASED

LAST_MOVE = """
    SELECT c.id, c.state, c.valid_until, e.move, e.order_channel, e.order_no, c.order_channel AS channel,
           c.order_no AS receipt
      FROM coupons_coupon c LEFT JOIN LATERAL (
           SELECT move, order_channel, order_no FROM coupons_couponevent WHERE coupon_id = c.id
            ORDER BY id DESC LIMIT 1) e ON true
"""
# A month is that of the store's calendar.
BUDGET = """
    SELECT b.id, b.used || '/' || b.count_used, coalesce(sum(o.face_value), 0) || '/' || count(o.id)
      FROM coupons_{owner}budget b
      LEFT JOIN (SELECT o.id, o.{owner}_id, o.face_value,
                        date_trunc('month', o.created_at AT TIME ZONE s.time_zone)::date AS month
                   FROM coupons_offer o JOIN stores_store s ON s.id = o.store_id
                  WHERE o.state IN ('queued', 'sent') AND o.template_id IS NOT NULL) o
        ON (o.{owner}_id, o.month) = (b.{owner}_id, b.month)
     GROUP BY b.id HAVING b.used <> coalesce(sum(o.face_value), 0) OR b.count_used <> count(o.id)
"""
COUNTS = f"""
    WITH kept AS (
        SELECT c.template_id, c.day, (sum(c.issued), sum(c.used), sum(c.voided), sum(c.cost)) AS figures
          FROM coupons_couponcount c JOIN coupons_countstate s ON s.template_id = c.template_id
         WHERE s.as_of IS NOT NULL GROUP BY c.template_id, c.day
    ), counted AS (
        SELECT coupon.template_id, (coupon.issued_at AT TIME ZONE '{settings.TIME_ZONE}')::date AS day,
               (count(*), count(*) FILTER (WHERE coupon.state = 'used'),
                count(*) FILTER (WHERE coupon.state = 'voided'),
                coalesce(sum({COST_SQL}) FILTER (WHERE coupon.state = 'used'), 0)) AS figures,
               max(coupon.id) > min(s.seen_coupon) AS is_new
          FROM coupons_countstate s JOIN coupons_coupon coupon ON coupon.template_id = s.template_id
          JOIN coupons_couponterms terms ON terms.id = coupon.terms_id
         WHERE s.as_of IS NOT NULL GROUP BY 1, 2
    ), moved AS (
        SELECT DISTINCT c.template_id, (c.issued_at AT TIME ZONE '{settings.TIME_ZONE}')::date AS day
          FROM coupons_couponevent e JOIN coupons_coupon c ON c.id = e.coupon_id
          JOIN coupons_countstate s ON s.template_id = c.template_id AND e.id > s.seen_event
    )
    SELECT template_id, kept.figures, counted.figures
      FROM kept FULL JOIN counted USING (template_id, day)
     WHERE kept.figures IS DISTINCT FROM counted.figures AND NOT coalesce(is_new, false)
       AND (template_id, day) NOT IN (SELECT template_id, day FROM moved)
"""
INVARIANTS: list[tuple[str, str, str]] = [
    (
        "coupons.counts",
        COUNTS,
        "What was counted of a large template on days on which nothing moved since is what a recount finds.",
    ),
    (
        "coupons.gifts",
        """
        SELECT g.id, c.origin, 'tier' FROM coupons_givengift g JOIN coupons_coupon c ON c.id = g.coupon_id
          JOIN members_member m ON m.id = g.member_id
         WHERE c.origin <> 'tier' OR c.origin_id IS DISTINCT FROM g.gift_id
            OR c.member_id <> g.member_id AND m.state <> 'merged'
        """,
        "A gift that was given has a coupon of that gift, in the wallet of that member.",
    ),
    (
        "coupons.exchanges",
        """
        SELECT x.id, s.delta, -x.points FROM coupons_pointsexchange x
          LEFT JOIN members_pointsentry s ON s.kind = 'spent' AND s.reference = 'exchange:' || x.request_key
         WHERE s.delta IS DISTINCT FROM -x.points
        """,
        "An exchange took its price from the points ledger.",
    ),
    (
        "coupons.exchanges_undone",
        """
        SELECT x.id, coalesce(b.delta, 0), CASE WHEN x.returned_at IS NULL THEN 0 ELSE x.points END
          FROM coupons_pointsexchange x JOIN coupons_coupon c ON c.id = x.coupon_id
          LEFT JOIN members_pointsentry b
            ON b.kind = 'given_back' AND b.reference = 'exchange:' || x.request_key || ':back'
         WHERE coalesce(b.delta, 0) <> CASE WHEN x.returned_at IS NULL THEN 0 ELSE x.points END
            OR x.returned_at IS NOT NULL AND c.state NOT IN ('voided', 'expired')
        """,
        "Points of an exchange came back exactly when it was undone.",
    ),
    (
        "coupons.issued",
        """
        SELECT t.id, t.issued, count(c.id) FROM coupons_coupontemplate t
          LEFT JOIN coupons_coupon c ON c.template_id = t.id GROUP BY t.id HAVING t.issued <> count(c.id)
        """,
        "A template's counter is the number of its coupons.",
    ),
    (
        "coupons.history",
        f"""
        SELECT id, state, coalesce(move, 'none') FROM ({LAST_MOVE}) AS last
         WHERE NOT CASE state WHEN 'issued' THEN move IS NULL OR move IN ('released', 'reversed', 'terms')
               WHEN 'locked' THEN move = 'locked' AND (order_channel, order_no) = (channel, receipt)
               WHEN 'used' THEN move IN ('redeemed', 'returned') AND (order_channel, order_no) = (channel, receipt)
               WHEN 'expired' THEN move IN ('expired', 'released', 'reversed')
               WHEN 'voided' THEN move = 'voided' ELSE false END IS TRUE
        """,
        "A coupon's state is where its last move led, on the receipt of that move.",
    ),
    (
        "coupons.budget",
        f"""
        SELECT t.id, t.budget_used, coalesce(sum({COST_SQL}), 0)
          FROM coupons_coupontemplate t
          LEFT JOIN coupons_coupon coupon ON coupon.template_id = t.id AND coupon.state IN ('locked', 'used')
          LEFT JOIN coupons_couponterms terms ON terms.id = coupon.terms_id
         WHERE t.budget IS NOT NULL GROUP BY t.id
        HAVING t.budget_used <> coalesce(sum({COST_SQL}), 0)
        """,
        "A budget's use is what its locked and used coupons cost, without what returns took back.",
    ),
    (
        "coupons.given_back",
        """
        SELECT c.id, coalesce(c.given_back, 0), coalesce(sum(e.amount), 0) FROM coupons_coupon c
          LEFT JOIN coupons_couponevent e ON e.coupon_id = c.id AND e.move = 'returned' AND e.id > (
               SELECT max(id) FROM coupons_couponevent WHERE coupon_id = c.id AND move = 'redeemed')
         WHERE c.state = 'used' GROUP BY c.id HAVING coalesce(c.given_back, 0) <> coalesce(sum(e.amount), 0)
        """,
        "What returns took back of a coupon is what its history says.",
    ),
    (
        "coupons.runs",
        """
        SELECT r.id, r.issued, count(c.id) FROM coupons_issuerun r LEFT JOIN coupons_coupon c ON c.run_id = r.id
         WHERE r.pack_id IS NULL GROUP BY r.id HAVING r.issued <> count(c.id)
        UNION ALL
        SELECT r.id, r.issued, count(g.id) FROM coupons_issuerun r LEFT JOIN coupons_givenpack g ON g.run_id = r.id
         WHERE r.pack_id IS NOT NULL GROUP BY r.id HAVING r.issued <> count(g.id)
        """,
        "A bulk issue's counter is the number of its coupons, or of its packs.",
    ),
    (
        "coupons.packs",
        f"""
        SELECT s.id, c.template_id, s.template_id FROM coupons_packstep s
          JOIN coupons_givenpack g ON g.id = s.given_id JOIN coupons_coupon c ON c.id = s.coupon_id
         WHERE c.template_id <> s.template_id OR c.origin <> g.origin OR c.origin_id IS DISTINCT FROM g.origin_id
            OR c.member_id <> g.member_id
           AND {LIVING_SQL.format(start="c.member_id")} <> {LIVING_SQL.format(start="g.member_id")}
        """,
        "A coupon that came with a pack is of its step and giver, and belongs to whom the pack was given.",
    ),
    (
        "coupons.packs_due",
        """
        SELECT s.id, s.due_at, now() FROM coupons_packstep s JOIN coupons_givenpack g ON g.id = s.given_id
         WHERE s.coupon_id IS NULL AND s.refusal = '' AND s.due_at < now() - interval '1 day'
        """,
        "Nothing of a pack that is due is left for more than a day.",
    ),
    (
        "coupons.quota",
        """
        SELECT q.id, q.used, count(o.id) FROM coupons_offerquota q
          LEFT JOIN (SELECT o.id, o.guide_id, o.template_id,
                            date_trunc('month', o.created_at AT TIME ZONE s.time_zone)::date AS month
                       FROM coupons_offer o JOIN stores_store s ON s.id = o.store_id
                      WHERE o.state IN ('queued', 'sent') AND o.template_id IS NOT NULL) o
            ON (o.guide_id, o.template_id, o.month) = (q.guide_id, q.template_id, q.month)
         GROUP BY q.id HAVING q.used <> count(o.id)
        """,
        "A guide's quota is used by the offers that wait or were sent.",
    ),
    *(
        (
            f"coupons.{owner}_budget",
            BUDGET.format(owner=owner),
            f"The offer budget of a {owner} is used by the offers that wait or were sent, in yuan and coupons.",
        )
        for owner in ("guide", "store")
    ),
    (
        "coupons.offers",
        """
        SELECT o.id, o.state, coalesce(c.state, 'none') FROM coupons_offer o
          LEFT JOIN coupons_coupon c ON c.id = o.coupon_id
         WHERE o.state = 'sent' AND o.template_id IS NOT NULL AND (c.id IS NULL OR c.origin <> 'offer')
            OR o.state = 'recalled' AND c.state <> 'voided'
            OR o.state NOT IN ('sent', 'recalled') AND o.coupon_id IS NOT NULL
        """,
        "An offer that was sent has its coupon, one that was recalled a withdrawn one, any other none.",
    ),
    (
        "coupons.erased",
        f"""
        SELECT c.id FROM coupons_coupon c JOIN members_erasure e ON e.member_id = c.member_id
        WHERE c.state IN ('issued', 'locked') AND e.made_at < now() - interval '1 hour'
        UNION ALL
        SELECT o.id FROM coupons_offer o WHERE o.text <> '' AND o.member_id IN {ERASED} AND NOT EXISTS (
            SELECT FROM members_erasure e WHERE e.made_at > now() - interval '1 hour')
        """,
        "Who was erased holds no usable coupon, and no words to them are kept.",
    ),
]
