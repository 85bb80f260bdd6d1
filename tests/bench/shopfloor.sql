-- What tests/bench/shopfloor.py adds to tests/bench/millions.py: people with names and guides, and what guides do.
-- ``staff`` is the key of the first manager; each store has a manager and ten guides, with keys one after the other.

INSERT INTO members_member (id, code, name, initials, state, phone_last4, phone_masked, birthday, birthday_calendar,
    feast_month, feast_day, joined_at, source, home_store_id, guide_id, tier_id, tier_since, growth, points, stage,
    stage_since, merged_into_id)
SELECT n, lpad(n::text, 12, '0'),
    substr('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗', (1 + n %% 20)::int, 1) || chr((19968 + n * 7919 %% 5000)::int)
        || chr((19968 + n * 104729 %% 5000)::int),
    chr((97 + n %% 20)::int) || chr((97 + n * 7919 %% 23)::int) || chr((97 + n * 104729 %% 25)::int),
    s.state, lpad((n * 7368787 %% 10000)::text, 4, '0'), '138****' || lpad((n * 7368787 %% 10000)::text, 4, '0'),
    '1970-01-01'::date + (n %% 12000)::int, 'solar', extract(month FROM '1970-01-01'::date + (n %% 12000)::int),
    extract(day FROM '1970-01-01'::date + (n %% 12000)::int), %(until)s - interval '1 day' * (n %% 1400), 'bench',
    (%(stores)s::bigint[])[1 + s.store],
    CASE WHEN n %% 33 > 0 AND s.state = 'active' THEN %(staff)s + 11 * s.store + 1 + floor(10 * u(n, 9))::int END,
    (%(tiers)s::bigint[])[CASE WHEN u(n, 4) < 0.03 THEN 3 WHEN u(n, 4) < 0.2 THEN 2 ELSE 1 END],
    %(until)s - interval '1 day' * (n %% 200), 100, 50,
    (ARRAY['introduction', 'growing', 'mature', 'declining', 'lost'])[1 + n %% 5],
    %(until)s - interval '1 day' * (n %% 100), CASE WHEN s.state = 'merged' THEN n - 1 END
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
CROSS JOIN LATERAL (
    SELECT CASE WHEN n %% 400 = 2 THEN 'merged' WHEN n %% 1000 = 3 THEN 'erased' ELSE 'active' END AS state,
        floor(cardinality(%(stores)s::bigint[]) * u(n, 3))::int AS store
) AS s;

INSERT INTO members_memberfacts (member_id, orders, spend, first_order_at, last_order_at, orders_365d, spend_365d,
    average_basket, usual_gap_days, recency_score, frequency_score, money_score, computed_at)
SELECT member_id, count(*), sum(net_amount), min(paid_at), max(paid_at), count(*) FILTER (WHERE paid_at >= %(year)s),
    coalesce(sum(net_amount) FILTER (WHERE paid_at >= %(year)s), 0), round(avg(net_amount), 2),
    CASE WHEN count(*) > 2 THEN greatest(1, (max(paid_at)::date - min(paid_at)::date) / (count(*) - 1)) END,
    1 + member_id %% 5, least(count(*), 5), 1 + member_id * 3 %% 5, %(until)s
FROM members_order GROUP BY member_id;

INSERT INTO members_assignment (member_id, guide_id, store_id, started_at, reason)
SELECT id, guide_id, home_store_id, joined_at, '' FROM members_member WHERE state = 'active' AND id BETWEEN %(first)s AND %(last)s;

INSERT INTO members_consent (member_id, channel, purpose, granted, wording_version, collected_by, at)
SELECT m.id, c, 'marketing', true, 'v1', '', m.joined_at
FROM members_member m CROSS JOIN unnest(ARRAY['wecom', 'sms']) AS c
WHERE m.state = 'active' AND (c = 'wecom' OR m.id %% 3 = 0) AND m.id BETWEEN %(first)s AND %(last)s;

INSERT INTO coupons_coupon (code, template_id, terms_id, member_id, state, origin, issued_at, valid_from, valid_until)
SELECT lpad(m.id::text, 10, '0') || k, t.id, t.terms_id, m.id, CASE k WHEN 1 THEN 'issued' ELSE 'expired' END,
    'campaign', %(until)s - interval '20 days' * k, %(until)s - interval '20 days' * k,
    %(until)s + interval '1 day' * CASE k WHEN 1 THEN 1 + m.id %% 30 ELSE -10 END
FROM members_member m CROSS JOIN generate_series(1, 2) AS k
JOIN coupons_coupontemplate t ON t.id = (%(templates)s::bigint[])[1 + (m.id + k) %% cardinality(%(templates)s::bigint[])]
WHERE m.state = 'active' AND m.id BETWEEN %(first)s AND %(last)s;

INSERT INTO members_timelinefact (kind, member_id, at, data, batch)
SELECT 'member.stage_changed', id, stage_since, '{"from": "growing", "to": "mature"}', 0 FROM members_member WHERE id BETWEEN %(first)s AND %(last)s;

INSERT INTO members_timelinefact (kind, member_id, subject, at, data, batch)
SELECT 'order.created', member_id, id, paid_at, '{}', 0 FROM members_order WHERE id BETWEEN %(first)s AND %(last)s;

CREATE UNLOGGED TABLE bench_one AS
SELECT id, guide_id, home_store_id, k
FROM (
    SELECT id, guide_id, home_store_id, row_number() OVER (PARTITION BY guide_id ORDER BY id) AS k
    FROM members_member WHERE guide_id IS NOT NULL
) AS m WHERE k <= 80 ORDER BY id;

INSERT INTO campaigns_guidetask (member_id, guide_id, store_id, reason, occurrence, due_on, value, why, template_id,
    state, outcome, created_at, closed_at)
SELECT id, guide_id, home_store_id, (ARRAY['coupon_expiring', 'golden_window', 'birthday', 'declining'])[1 + id %% 4],
    'bench', %(until)s::date + (id %% 6)::int, 10 + id %% 40,
    '{"kind": "amount_off", "threshold": "39", "amount_off": "8", "last": "2026-01-10", "gap": 14}', (%(templates)s::bigint[])[1],
    CASE WHEN k <= 20 THEN 'open' ELSE 'done' END, CASE WHEN k <= 20 THEN '' ELSE 'reached' END,
    %(until)s - interval '1 day' * (k %% 30), CASE WHEN k > 20 THEN %(until)s - interval '1 day' * (k %% 30) END
FROM bench_one WHERE k <= 60;

INSERT INTO coupons_offer (member_id, guide_id, store_id, template_id, terms_id, text, channel, reason, state,
    face_value, request_key, created_at, leaves_at, sent_at, refusal)
SELECT b.id, b.guide_id, b.home_store_id, t.id, t.terms_id, '您好，好久不见，给您留了一张券。', 'wecom', 'declining', 'sent',
    8, 'bench-' || b.id, %(until)s - interval '1 day' * b.k, %(until)s - interval '1 day' * b.k,
    %(until)s - interval '1 day' * b.k, ''
FROM bench_one b JOIN coupons_coupontemplate t ON t.id = (%(templates)s::bigint[])[1] WHERE b.k <= 40;

INSERT INTO campaigns_touch (member_id, guide_id, store_id, source, source_id, channel, state, at)
SELECT member_id, guide_id, store_id, 'offer', id, channel, 'accepted', sent_at FROM coupons_offer;

INSERT INTO campaigns_attribution (order_id, member_id, kind, touch_id, source, guide_id, store_id, amount, ordered_at)
SELECT o.id, t.member_id, 'last_touch', t.id, 'offer', t.guide_id, t.store_id, o.net_amount, o.paid_at
FROM campaigns_touch t
CROSS JOIN LATERAL (
    SELECT id, net_amount, paid_at FROM members_order WHERE member_id = t.member_id ORDER BY paid_at DESC LIMIT 1
) AS o WHERE t.member_id %% 3 = 0;

INSERT INTO coupons_guidebudget (guide_id, month, "limit", used, count_limit, count_used)
SELECT id, date_trunc('month', %(until)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, 500, 40, 60, 5
FROM stores_staff WHERE role = 'guide';

INSERT INTO coupons_topup (guide_id, store_id, template_id, month, count, reason, state, answer, created_at, of_store)
SELECT id, store_id, (%(templates)s::bigint[])[1],
    date_trunc('month', %(until)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, 5, '', 'asked', '', %(until)s, false
FROM stores_staff WHERE role = 'guide' AND id %% 4 = 0;

INSERT INTO campaigns_storegroup (store_id, owner_id, name, address, join_code, most_members, members, created_at)
SELECT store_id, id, '老朋友群', '', 'bench' || store_id, 200, 100, %(until)s
FROM stores_staff WHERE id IN (SELECT max(id) FROM stores_staff WHERE role = 'guide' GROUP BY store_id);

INSERT INTO campaigns_groupmembership (group_id, member_id, source, joined_at)
SELECT g.id, b.id, 'code', %(until)s - interval '1 day' * b.k
FROM bench_one b JOIN campaigns_storegroup g ON g.store_id = b.home_store_id WHERE b.k <= 10;

INSERT INTO campaigns_grouppost (group_id, author_id, text, template_id, each, claimed, state, opens_at, closes_at, created_at)
SELECT g.id, g.owner_id, '今天的葡萄，先到先得', (%(templates)s::bigint[])[1 + k %% 3], 1, 10,
    CASE WHEN k > 28 THEN 'published' ELSE 'ended' END,
    %(until)s + interval '1 day' * (k - 30), %(until)s + interval '1 day' * (k - 28), %(until)s + interval '1 day' * (k - 30)
FROM campaigns_storegroup g CROSS JOIN generate_series(1, 30) AS k;

INSERT INTO campaigns_groupclaim (post_id, member_id, nth, guide_id, at)
SELECT p.id, m.member_id, 1, p.author_id, p.opens_at
FROM campaigns_grouppost p JOIN (
    SELECT group_id, member_id, row_number() OVER (PARTITION BY group_id ORDER BY member_id) AS n
    FROM campaigns_groupmembership
) AS m ON m.group_id = p.group_id WHERE m.n <= 10;

INSERT INTO campaigns_sharelink (staff_id, code, product_id, is_active, created_at)
SELECT s.id, s.id || 'x' || k, %(product)s + k, true, %(until)s - interval '1 day' * k
FROM stores_staff s CROSS JOIN generate_series(1, 5) AS k WHERE s.store_id IS NOT NULL;

INSERT INTO campaigns_shareclick (link_id, at)
SELECT l.id, %(until)s - interval '1 hour' * k FROM campaigns_sharelink l CROSS JOIN generate_series(1, 10) AS k;

INSERT INTO campaigns_commissionrule (name, basis, percent, starts_on) VALUES ('佣金', 'percent', 10, '2020-01-01');

INSERT INTO campaigns_commission (staff_id, link_id, via, order_id, line_no, product_id, rule_id, basis, percent, base,
    state, why, pending, settled, paid_at, settles_at)
SELECT l.staff_id, l.id, 'code', o.id, 1, l.product_id, r.id, 'percent', 10, o.net_amount, 'pending', '',
    round(o.net_amount / 10, 2), 0, o.paid_at, %(until)s + interval '7 days'
FROM campaigns_commissionrule r, (SELECT *, row_number() OVER (ORDER BY id) AS n FROM campaigns_sharelink) AS l
JOIN members_order o ON o.id = %(orders)s - l.n;

INSERT INTO campaigns_commissionentry (commission_id, staff_id, kind, pending, settled, month)
SELECT id, staff_id, 'earned', pending, 0, date_trunc('month', paid_at AT TIME ZONE 'Asia/Shanghai')::date
FROM campaigns_commission;

INSERT INTO campaigns_recommendation (name, skus, words, picture, starts_on, ends_on, priority, holdout, state, shown,
    bought, held, held_bought, created_at)
SELECT '应季' || k, ARRAY['M' || k, 'M' || k + 100], '正当季', '', current_date - 3, current_date + 30, 50, 10, 'published',
    0, 0, 0, 0, now()
FROM generate_series(1, 3) AS k;

INSERT INTO members_handover (batch, giver_id, store_id, rule, state, planned, moved, due_at, created_by_id, created_at,
    ended_at, request_key)
SELECT gen_random_uuid(), g.id, s.store_id, 'even', 'done', 60, 60, %(until)s - interval '9 days', s.id,
    %(until)s - interval '9 days', %(until)s - interval '9 days', ''
FROM stores_staff s JOIN stores_staff g ON g.id = s.id + 1 WHERE s.role = 'store_manager';

INSERT INTO members_handedmember (hand_over_id, member_id, before_id, guide_id, state)
SELECT h.id, b.id, h.giver_id, b.guide_id, 'moved'
FROM members_handover h JOIN bench_one b ON b.home_store_id = h.store_id
WHERE b.k <= 8
