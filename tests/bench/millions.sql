-- Members, orders, lines, facts, tags and places of tests/bench/millions.py, each statement for a range of numbers.
-- Everything follows from the number alone: ``u`` is from 0 to 1 and hangs on ``n``, ``paid`` is when order ``n`` was.

INSERT INTO members_member (id, code, name, initials, state, phone_last4, phone_masked, birthday_calendar, joined_at,
    source, home_store_id, tier_id, tier_since, growth, points, stage, stage_since, merged_into_id)
SELECT n, lpad(n::text, 12, '0'), '', '', s.state, '', '', 'solar', %(until)s, 'bench',
    (%(stores)s::bigint[])[1 + floor(cardinality(%(stores)s::bigint[]) * u(n, 3))],
    (%(tiers)s::bigint[])[CASE WHEN u(n, 4) < 0.03 THEN 3 WHEN u(n, 4) < 0.2 THEN 2 ELSE 1 END],
    %(until)s, 0, 0, 'growing', %(until)s, CASE WHEN s.state = 'merged' THEN n - 1 END
FROM generate_series(%(first)s, %(last)s) AS n
CROSS JOIN LATERAL (
    SELECT CASE WHEN n %% 400 = 2 THEN 'merged' WHEN n %% 1000 = 3 THEN 'erased' ELSE 'active' END AS state
) AS s;

INSERT INTO members_order (id, channel, order_no, revision, fingerprint, member_id, named, store_id, paid_at,
    list_amount, net_amount, rate_id)
SELECT n, 'pos', n::text, 0, '', w.member, w.member,
    (%(stores)s::bigint[])[1 + floor(cardinality(%(stores)s::bigint[]) * u(CASE WHEN n %% 5 > 0 THEN w.member ELSE n END, 3))],
    paid(n, %(orders)s, %(until)s), w.amount, w.amount, %(rate)s
FROM generate_series(%(first)s, %(last)s) AS n
CROSS JOIN LATERAL (
    SELECT 1 + floor(%(members)s * u(n, 2) ^ 1.5)::bigint * 7368787 %% %(members)s AS member,
        8 + n %% 113 + CASE WHEN n %% 2 = 0 THEN 8 + n %% 119 ELSE 0 END AS amount
) AS w;

INSERT INTO members_orderline (order_id, line_no, product_id, paid_at, quantity, unit_price, amount)
SELECT n, k, %(product)s + floor(2000 * u(n, 10 + k) ^ 1.5)::bigint, paid(n, %(orders)s, %(until)s), 1, p.price, p.price
FROM generate_series(%(first)s, %(last)s) AS n
CROSS JOIN LATERAL generate_series(1, 2 - n::int %% 2) AS k
CROSS JOIN LATERAL (SELECT 8 + n %% CASE k WHEN 1 THEN 113 ELSE 119 END AS price) AS p;

INSERT INTO members_memberfacts (member_id, orders, spend, first_order_at, last_order_at, orders_365d, spend_365d,
    average_basket, computed_at)
SELECT member_id, count(*), sum(net_amount), min(paid_at), max(paid_at), count(*) FILTER (WHERE paid_at >= %(year)s),
    coalesce(sum(net_amount) FILTER (WHERE paid_at >= %(year)s), 0), round(avg(net_amount), 2), %(until)s
FROM members_order GROUP BY member_id;

INSERT INTO members_membertag (member_id, tag_id, source, expires_at)
SELECT n, %(tag)s + 7 * g + floor(7 * t.u ^ 1.3)::int, 'rule',
    %(until)s + CASE (n + g) %% 40 WHEN 0 THEN interval '90 days' WHEN 1 THEN interval '-9 days' END
FROM generate_series(0, 5) AS g CROSS JOIN generate_series(%(first)s, %(last)s) AS n
CROSS JOIN LATERAL (SELECT u(n, 50 + g) AS u) AS t;

INSERT INTO members_memberplace (member_id, latitude, longitude, told_at)
SELECT n, floor(10000 * (s.latitude + 0.3 * (u(n, 71) - 0.5))) / 10000,
    floor(10000 * (s.longitude + 0.3 * (u(n, 72) - 0.5))) / 10000, %(until)s
FROM generate_series(%(first)s, %(last)s) AS n
JOIN stores_store s ON s.id = (%(stores)s::bigint[])[1 + floor(cardinality(%(stores)s::bigint[]) * u(n, 3))]
WHERE n %% 5 < 3
