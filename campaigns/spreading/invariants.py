"""What must always hold of groups, share links and commissions; ``manage.py audit`` asks."""

INVARIANTS = [
    (
        "commission_sums_its_entries",
        """
        SELECT c.id FROM campaigns_commission c LEFT JOIN (
            SELECT commission_id, sum(pending) AS pending, sum(settled) AS settled
            FROM campaigns_commissionentry GROUP BY 1
        ) AS e ON e.commission_id = c.id
        WHERE (c.pending, c.settled) IS DISTINCT FROM (coalesce(e.pending, 0), coalesce(e.settled, 0))
        """,
        "A commission is the sum of its entries.",
    ),
    (
        "commission_belongs_to_one_person",
        """
        SELECT e.commission_id FROM campaigns_commissionentry e
        JOIN campaigns_commission c ON c.id = e.commission_id
        WHERE e.staff_id <> c.staff_id GROUP BY e.commission_id, e.staff_id
        HAVING sum(e.pending) <> 0 OR sum(e.settled) <> 0
        """,
        "Of a commission that counts for somebody else now, nothing is left with who had it before.",
    ),
    (
        "commission_within_its_terms",
        """
        SELECT id FROM campaigns_commission
        WHERE pending + settled > base OR pending + settled > ceiling
        """,
        "A commission is neither more than was paid nor than its ceiling.",
    ),
    (
        "closed_month_is_what_was_confirmed",
        """
        SELECT m.id FROM campaigns_commissionmonth m LEFT JOIN (
            SELECT month, sum(settled) AS total FROM campaigns_commissionentry GROUP BY 1
        ) AS e ON e.month = m.month
        WHERE m.state = 'closed' AND m.total <> coalesce(e.total, 0)
        """,
        "A closed month still comes to what was confirmed.",
    ),
    (
        "claims_of_a_post",
        """
        SELECT p.id FROM campaigns_grouppost p
        LEFT JOIN (SELECT post_id, count(*) AS claims FROM campaigns_groupclaim GROUP BY 1) AS c ON c.post_id = p.id
        WHERE p.claimed <> coalesce(c.claims, 0)
        """,
        "What is counted as claimed of a post is what was claimed.",
    ),
    (
        "claim_has_its_coupon",
        """
        SELECT c.id FROM campaigns_groupclaim c JOIN campaigns_grouppost p ON p.id = c.post_id
        LEFT JOIN coupons_coupon q ON q.id = c.coupon_id AND q.origin = 'group' AND q.origin_id = p.id
        WHERE (p.template_id IS NULL) <> (q.id IS NULL)
        """,
        "A claim of a coupon has one of that post, a claim of a product has none.",
    ),
    (
        "members_of_a_group",
        """
        SELECT g.id FROM campaigns_storegroup g LEFT JOIN (
            SELECT group_id, count(*) AS members FROM campaigns_groupmembership WHERE left_at IS NULL GROUP BY 1
        ) AS m ON m.group_id = g.id
        WHERE g.members <> coalesce(m.members, 0)
        """,
        "What is counted as members of a group is who belongs to it.",
    ),
]
