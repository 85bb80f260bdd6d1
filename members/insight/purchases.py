"""What a purchase is to everything that counts gaps and numbers of purchases: a business day on which a member bought.

Several orders on one business day are one purchase: who pays at two tills, or comes back for what was forgotten, has
not come again. Orders that came back count, as in the facts of members: somebody came and bought; their money does not
count. Counted are living members, by the days of the chain's own zone, until the last day that is over: today's buyers
are still at it, and those who have not come yet would look like people who stay away.
"""

from datetime import date, timedelta

from members.models import Level

# one row per living member and day on which they bought; {members} may narrow to some members, as " AND ..." over m
DAYS = """
    SELECT o.member_id, (o.paid_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS orders,
        sum(o.net_amount - o.returned_amount) AS kept
    FROM members_order o JOIN members_member m ON m.id = o.member_id
    WHERE m.state = 'active' AND o.paid_at < (%(until)s::date + 1)::timestamp AT TIME ZONE %(zone)s{members}
    GROUP BY o.member_id, 2
"""
# rows of a CTE ``placed``, by the region of the home store (0 without one): the chain, and regions with all below them
LEVELS = f"""
    SELECT '{Level.CHAIN}' AS level, 0::bigint AS region_id, {{keys}}, {{sums}} FROM placed GROUP BY {{keys}}
    UNION ALL
    SELECT '{Level.REGION}', a.id, {{keys}}, {{sums}}
    FROM placed JOIN stores_region r ON r.id = placed.region_id JOIN stores_region a ON starts_with(r.path, a.path)
    GROUP BY a.id, {{keys}}
"""
HOME = """
    JOIN members_member h ON h.id = {member} LEFT JOIN stores_store s ON s.id = h.home_store_id
"""


def last_whole_day(today: date) -> date:
    """The last business day that is over."""
    return today - timedelta(days=1)
