-- The barest way to the facts of everybody: all of them at once, nothing compared, locked, scored, staged or told, and
-- no ledger, tier or points looked at.

CREATE TEMP TABLE bare_facts ON COMMIT DROP AS
SELECT s.*, g.days, st.store_id, c.category_id
FROM (
    SELECT member_id, count(*) AS orders, sum(net_amount - returned_amount) AS spend, min(paid_at) AS first_order_at,
        max(paid_at) AS last_order_at, count(*) FILTER (WHERE paid_at >= %(facts_from)s) AS orders_365d,
        sum(net_amount - returned_amount) FILTER (WHERE paid_at >= %(facts_from)s) AS spend_365d
    FROM members_order GROUP BY member_id
) AS s
LEFT JOIN (
    SELECT member_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS days FROM (
        SELECT member_id, extract(epoch FROM paid_at - lag(paid_at) OVER (PARTITION BY member_id ORDER BY paid_at))
            ::float8 / 86400 AS days
        FROM members_order
    ) AS g GROUP BY member_id
) AS g USING (member_id)
LEFT JOIN (
    SELECT DISTINCT ON (member_id) member_id, store_id
    FROM (SELECT member_id, store_id, count(*) AS visits FROM members_order GROUP BY member_id, store_id) AS v
    ORDER BY member_id, visits DESC
) AS st USING (member_id)
LEFT JOIN (
    SELECT DISTINCT ON (member_id) member_id, category_id
    FROM (
        SELECT o.member_id, p.category_id, sum(l.amount) AS spent
        FROM members_order o JOIN members_orderline l ON l.order_id = o.id JOIN members_product p ON p.id = l.product_id
        GROUP BY o.member_id, p.category_id
    ) AS v
    ORDER BY member_id, spent DESC
) AS c USING (member_id);
