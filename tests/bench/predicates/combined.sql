-- P6: a tier, three cities, pre-churn, one tag and not another. The row and the facts leave few, whose tags are then
-- looked up one by one.
WITH few AS MATERIALIZED (
    SELECT m.id FROM members_member m JOIN members_memberfacts f ON f.member_id = m.id
    WHERE m.tier_id = %(silver)s AND m.home_store_id = ANY(%(stores_of_three)s) AND m.state = 'active'
        AND f.orders_365d >= 4 AND f.last_order_at < %(long_ago)s
)
SELECT count(*) FROM few
WHERE EXISTS (SELECT FROM members_membertag t WHERE t.member_id = few.id AND t.tag_id = %(liked)s
        AND (t.expires_at IS NULL OR t.expires_at > %(now)s))
    AND NOT EXISTS (SELECT FROM members_membertag t WHERE t.member_id = few.id AND t.tag_id = %(disliked)s
        AND (t.expires_at IS NULL OR t.expires_at > %(now)s))
