-- P5: bought something of a category in the last 14 days. The products of the category, their lines of these days by
-- the index, and the buyers of those orders.
SELECT count(DISTINCT o.member_id) FROM members_orderline l JOIN members_order o ON o.id = l.order_id
WHERE l.product_id IN (SELECT id FROM members_product WHERE category_id = %(category)s) AND l.paid_at >= %(lately)s
    AND NOT EXISTS (SELECT FROM members_member g WHERE g.id = o.member_id AND g.state <> 'active')
