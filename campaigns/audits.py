"""What must always hold in campaigns, as SQL that returns the rows where it does not: (name, SQL, explanation).

``manage.py audit``, the tests and a restored database ask the same questions.
"""

from django.conf import settings

from members.oneid.lineage import LIVING_SQL

INVARIANTS: list[tuple[str, str, str]] = [
    (
        "attribution_amount_is_net",
        """
        SELECT a.id FROM campaigns_attribution a JOIN members_order o ON o.id = a.order_id
        WHERE a.amount <> o.net_amount - o.returned_amount
        """,
        "An attributed order counts with what was paid less what came back.",
    ),
    (
        "direct_attribution_has_its_redemption",
        """
        SELECT a.id FROM campaigns_attribution a
        JOIN members_order o ON o.id = a.order_id
        LEFT JOIN coupons_coupon c ON c.id = a.coupon_id AND c.state = 'used'
            AND c.order_channel = o.channel AND c.order_no = o.order_no AND c.guide_id IS NOT DISTINCT FROM a.guide_id
        WHERE a.kind = 'direct' AND c.id IS NULL
        """,
        "A direct attribution rests on a coupon of that guide, campaign or journey, used in that order.",
    ),
    (
        "attributed_touch_came_first",
        f"""
        SELECT a.id FROM campaigns_attribution a JOIN campaigns_touch t ON t.id = a.touch_id
        WHERE a.kind = 'last_touch' AND (t.at > a.ordered_at OR t.member_id <> a.member_id
            AND {LIVING_SQL.format(start="t.member_id")} <> a.member_id)
        """,
        "The touch an order is owed to lies before it and was to the same member.",
    ),
    (
        "sent_offer_is_a_touch",
        """
        SELECT o.id FROM coupons_offer o
        WHERE o.sent_at IS NOT NULL AND o.sent_at < now() - interval '1 hour'
          AND NOT EXISTS (SELECT FROM campaigns_touch t
                          WHERE t.member_id = o.member_id AND t.source = 'offer' AND t.source_id = o.id)
        """,
        "Every offer that left stands in the touch ledger.",
    ),
    (
        "open_task_is_with_the_members_guide",
        """
        SELECT t.id FROM campaigns_guidetask t JOIN members_member m ON m.id = t.member_id
        WHERE t.state = 'open' AND t.guide_id IS DISTINCT FROM m.guide_id
        """,
        "An open task lies with the guide who looks after the member.",
    ),
    (
        "outcome_only_when_done",
        """
        SELECT t.id FROM campaigns_guidetask t
        WHERE (t.outcome <> '') <> (t.state = 'done') OR t.state <> 'open' AND t.snoozed_until IS NOT NULL
        """,
        "A task has an outcome exactly when it is done, and only open ones are snoozed.",
    ),
    (
        "planned_day_earns_as_published",
        """
        SELECT p.id FROM campaigns_memberdayoccurrence p
        JOIN campaigns_memberday d ON d.id = p.member_day_id
        LEFT JOIN members_earningrule r ON r.source = 'member_day:' || d.id || ':' || to_char(p.on, 'YYYY-MM-DD')
        WHERE d.state = 'published' AND p.on > current_date AND r.id IS NOT NULL
          AND (r.growth_factor <> d.growth_factor OR r.points_factor <> d.points_factor)
        """,
        "A coming date of a member day earns what the member day says.",
    ),
    (
        "promotion_sums_its_sales",
        """
        SELECT p.id FROM campaigns_promotion p
        LEFT JOIN (SELECT promotion_id, count(*) AS orders, sum(pieces) AS pieces, sum(off) AS off
                     FROM campaigns_promotionsale GROUP BY promotion_id) AS s ON s.promotion_id = p.id
        WHERE (p.orders, p.sold, p.off) IS DISTINCT FROM (coalesce(s.orders, 0), coalesce(s.pieces, 0),
            coalesce(s.off, 0))
        """,
        "A promotion's orders, pieces and yuan are the sums of its sales.",
    ),
    (
        "sale_lies_in_the_life_of_its_promotion",
        """
        SELECT s.id FROM campaigns_promotionsale s
        JOIN campaigns_promotion p ON p.id = s.promotion_id JOIN members_order o ON o.id = s.order_id
        WHERE p.state = 'draft' OR o.paid_at < p.published_at OR o.paid_at >= p.ended_at
        """,
        "Only what was published when an order was paid can have been given to it.",
    ),
    (
        "erased_has_no_open_task",
        """
        SELECT t.id FROM campaigns_guidetask t JOIN members_erasure e ON e.member_id = t.member_id
        WHERE t.state = 'open' AND e.made_at < now() - interval '1 hour'
        """,
        "Nobody is asked to do something for somebody who was erased.",
    ),
    (
        "tally_counts_the_visits",
        f"""
        SELECT coalesce(k.id, 0) FROM campaigns_steptally k FULL JOIN (
            SELECT version_id, step, outcome, (at AT TIME ZONE '{settings.TIME_ZONE}')::date AS day, count(*) AS trips
              FROM campaigns_visit GROUP BY 1, 2, 3, 4
        ) AS v USING (version_id, step, outcome, day)
        WHERE k.trips IS DISTINCT FROM v.trips
        """,
        "What is counted per step of a journey is what happened there.",
    ),
    (
        "control_is_never_touched",
        """
        SELECT v.id FROM campaigns_visit v JOIN campaigns_trip t ON t.id = v.trip_id WHERE t.arm = 'control'
        """,
        "Nothing happens to the control group of a journey.",
    ),
    (
        "erased_is_on_no_journey",
        """
        SELECT t.id FROM campaigns_trip t JOIN members_erasure e ON e.member_id = t.member_id
        WHERE t.state = 'active' AND e.made_at < now() - interval '1 hour'
        """,
        "Nobody who was erased is on the way through a journey.",
    ),
]
