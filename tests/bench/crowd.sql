-- Members, products, orders and lines of tests/bench/crowd.py. ``u`` is a number from 0 to 1 that hangs on ``n`` alone.

CREATE FUNCTION pg_temp.u(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN (hashint8extended(n, salt) & 2147483647) / 2147483648.0;

INSERT INTO members_earningrate (key, growth, points, by_tier, months, sources) VALUES ('crowd', 1, 1, '{}', 12, '{}');
INSERT INTO members_category (name) SELECT 'C' || n FROM generate_series(1, 40) AS n;
INSERT INTO members_product (sku, name, category_id)
SELECT 'P' || n, 'P' || n, (SELECT min(id) FROM members_category) + n %% 40 FROM generate_series(1, 2000) AS n;

INSERT INTO members_member (code, name, initials, state, phone_last4, phone_masked, birthday_calendar, joined_at, source,
    home_store_id, tier_id, tier_since, growth, points, stage, stage_since)
SELECT lpad(n::text, 12, '0'), '', '', 'active', '', '', 'solar', %(until)s - make_interval(days => %(days)s), 'crowd',
    s.ids[1 + n %% cardinality(s.ids)], (SELECT id FROM members_tier ORDER BY threshold LIMIT 1),
    %(until)s - make_interval(days => %(days)s), 0, 0, 'introduction', %(until)s - make_interval(days => %(days)s)
FROM generate_series(1, %(members)s) AS n, (SELECT array_agg(id ORDER BY id) AS ids FROM stores_store) AS s
ORDER BY n;

CREATE TEMP TABLE crowd_line ON COMMIT DROP AS
SELECT n, k.line_no, p.least + floor(2000 * pg_temp.u(n, 10 + k.line_no) ^ 1.5)::bigint AS product_id,
    1 + floor(1.3 * pg_temp.u(n, 20 + k.line_no))::int AS quantity,
    (8 + floor(120 * pg_temp.u(n, 30 + k.line_no))::int)::numeric(12, 2) AS price
FROM generate_series(1, %(orders)s) AS n
CROSS JOIN LATERAL generate_series(1, 1 + floor(4 * pg_temp.u(n, 1))::int) AS k(line_no)
CROSS JOIN (SELECT min(id) AS least FROM members_product) AS p;

INSERT INTO members_order (id, channel, order_no, revision, fingerprint, member_id, named, store_id, paid_at,
    list_amount, net_amount, rate_id)
SELECT l.n, 'pos', lpad(l.n::text, 10, '0'), 0, '', m.id, m.id, m.home_store_id,
    %(until)s - make_interval(secs => 86400.0 * %(days)s * (%(orders)s - l.n + 0.5) / %(orders)s),
    l.amount, l.amount, (SELECT id FROM members_earningrate)
FROM (SELECT n, sum(quantity * price) AS amount FROM crowd_line GROUP BY n) AS l
JOIN members_member m ON m.id = 1 + floor(%(members)s * pg_temp.u(l.n, 2) ^ 2)::bigint
ORDER BY l.n;

INSERT INTO members_orderline (order_id, line_no, product_id, paid_at, quantity, unit_price, amount)
SELECT n, line_no, product_id, o.paid_at, quantity, price, quantity * price
FROM crowd_line JOIN members_order o ON o.id = n ORDER BY n, line_no;

DROP FUNCTION pg_temp.u;
