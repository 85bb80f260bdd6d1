-- What tests/bench/bench_journeys.py measures journeys against: the same rows written and moved by hand, one chunk of
-- trips after the other, without limits, stock, facts on the timeline, tallies, or any look at who may go where.
-- name: enter
INSERT INTO campaigns_trip (journey_id, version_id, member_id, entry, arm, state, step, due_at, entered_at)
SELECT %(journey)s, %(version)s, m.id, 'bare', 'treated', 'active', 's', now(), now()
  FROM members_member m WHERE m.id > %(after)s AND m.id <= %(last)s ORDER BY m.id;
-- name: visit
INSERT INTO campaigns_visit (trip_id, version_id, step, outcome, at)
SELECT t.id, t.version_id, %(step)s, 'bare', now() FROM campaigns_trip t
 WHERE t.version_id = %(version)s AND t.step = %(step)s AND t.member_id > %(after)s AND t.member_id <= %(last)s
 ORDER BY t.id;
-- name: coupon
WITH made AS (
    INSERT INTO coupons_coupon (code, template_id, terms_id, member_id, origin, origin_id, issued_at, valid_from,
           valid_until)
    SELECT '00' || substr(upper(encode(uuid_send(gen_random_uuid()), 'hex')), 1, 15), %(template)s, %(terms)s,
           t.member_id, 'journey', %(journey)s, now(), now(), now() + interval '7 days'
      FROM campaigns_trip t
     WHERE t.version_id = %(version)s AND t.step = %(step)s AND t.member_id > %(after)s AND t.member_id <= %(last)s
     ORDER BY t.id RETURNING id, member_id
)
INSERT INTO campaigns_visit (trip_id, version_id, step, outcome, subject, at)
SELECT t.id, t.version_id, %(step)s, 'bare', made.id, now()
  FROM made JOIN campaigns_trip t ON t.member_id = made.member_id AND t.version_id = %(version)s;
-- name: stay
UPDATE campaigns_trip t SET waiting = true, due_at = now() + interval '1 day'
 WHERE t.version_id = %(version)s AND t.step = %(step)s AND t.member_id > %(after)s AND t.member_id <= %(last)s;
-- name: move
UPDATE campaigns_trip t SET step = %(next)s, waiting = false, due_at = now()
 WHERE t.version_id = %(version)s AND t.step = %(step)s AND t.member_id > %(after)s AND t.member_id <= %(last)s;
-- name: through
UPDATE campaigns_trip t SET step = '', waiting = false, due_at = NULL, state = 'through', ended_at = now()
 WHERE t.version_id = %(version)s AND t.step = %(step)s AND t.member_id > %(after)s AND t.member_id <= %(last)s;
