-- P2: at least four orders in 365 days, the last one more than 60 days ago. A partial index holds exactly these, and a
-- short one those who are members no more, who fit into a hash.
SELECT count(*) FROM members_memberfacts f
WHERE f.orders_365d >= 4 AND f.last_order_at < %(long_ago)s
    AND f.member_id NOT IN (SELECT g.id FROM members_member g WHERE g.state <> 'active')
