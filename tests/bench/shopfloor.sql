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
SELECT id, guide_id, home_store_id, joined_at, '' FROM members_member WHERE state = 'active' ORDER BY id;

INSERT INTO members_consent (member_id, channel, purpose, granted, wording_version, collected_by, at)
SELECT m.id, c, 'marketing', true, 'v1', '', m.joined_at
FROM members_member m CROSS JOIN unnest(ARRAY['wecom', 'sms']) AS c
WHERE m.state = 'active' AND (c = 'wecom' OR m.id %% 3 = 0) ORDER BY m.id;

INSERT INTO coupons_coupon (code, template_id, terms_id, member_id, state, origin, issued_at, valid_from, valid_until)
SELECT lpad(m.id::text, 10, '0') || k, t.id, t.terms_id, m.id, CASE k WHEN 1 THEN 'issued' ELSE 'expired' END,
    'campaign', %(until)s - interval '20 days' * k, %(until)s - interval '20 days' * k,
    %(until)s + interval '1 day' * CASE k WHEN 1 THEN 1 + m.id %% 30 ELSE -10 END
FROM members_member m CROSS JOIN generate_series(1, 2) AS k
JOIN coupons_coupontemplate t ON t.id = (%(templates)s::bigint[])[1 + (m.id + k) %% cardinality(%(templates)s::bigint[])]
WHERE m.state = 'active' ORDER BY m.id;

INSERT INTO members_timelinefact (kind, member_id, subject, at, data, batch)
SELECT 'order.created', member_id, id, paid_at, '{}', 0 FROM members_order ORDER BY id;

INSERT INTO members_timelinefact (kind, member_id, at, data, batch)
SELECT 'member.stage_changed', id, stage_since, '{"from": "growing", "to": "mature"}', 0 FROM members_member ORDER BY id;

CREATE TABLE bench_one AS
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
FROM stores_staff WHERE role = 'guide' AND id %% 4 = 0
