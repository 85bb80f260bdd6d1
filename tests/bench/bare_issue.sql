-- What tests/bench/bench_issue.py measures bulk issue against: the same coupons by one INSERT .. SELECT per chunk.
INSERT INTO coupons_coupon (code, template_id, terms_id, member_id, origin, run_id, issued_at, valid_from, valid_until)
SELECT %(prefix)s || substr(upper(encode(uuid_send(gen_random_uuid()), 'hex')), 1, 14),
    %(template)s, %(terms)s, m.id, 'staff', %(run)s, now(), now(), now() + interval '7 days'
FROM members_member m
WHERE m.id > %(after)s AND m.state = 'active'
ORDER BY m.id
LIMIT %(size)s;
