-- The barest set-based way from a copied file to stored orders: no checks, no second run, no ledgers, tiers, facts or
-- news. Same tables, indexes and foreign keys as the product's own merge.

INSERT INTO members_earningrate (key, growth, points, by_tier, months, sources) VALUES ('bare', 1, 1, '{}', 12, '{}');

INSERT INTO members_category (name) SELECT DISTINCT category FROM bare_line WHERE category <> '';

INSERT INTO members_product (sku, name, category_id)
SELECT b.sku, max(b.product_name), max(c.id)
FROM bare_line b LEFT JOIN members_category c ON c.name = b.category GROUP BY b.sku;

CREATE TEMP TABLE bare_member ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('members_member', 'id')) AS id, member, store_id, joined_at
FROM (
    SELECT b.member, min(s.id) AS store_id, min(b.paid_at) AS joined_at
    FROM bare_line b JOIN stores_store s ON s.code = b.store_code
    WHERE b.member <> '' GROUP BY b.member
) AS who;
ANALYZE bare_member;

INSERT INTO members_member (id, code, name, initials, state, phone_last4, phone_masked, birthday_calendar, joined_at,
    source, home_store_id, tier_id, tier_since, growth, points, stage, stage_since)
SELECT id, lpad(id::text, 12, '0'), '', '', 'active', '', '', 'solar', joined_at,
    'order', store_id, (SELECT min(id) FROM members_tier), joined_at, 0, 0, 'introduction', joined_at
FROM bare_member;

INSERT INTO members_identity (member_id, origin, kind, digest, sealed, shown, source)
SELECT id, id, split_part(member, ':', 1), decode(md5(member), 'hex'), convert_to(split_part(member, ':', 2), 'UTF8'),
    '', 'order'
FROM bare_member;

CREATE TEMP TABLE bare_order ON COMMIT DROP AS
SELECT CASE kind WHEN 'sale' THEN nextval(pg_get_serial_sequence('members_order', 'id'))
        ELSE nextval(pg_get_serial_sequence('members_return', 'id')) END AS id, head.*
FROM (
    SELECT b.channel, b.order_no, b.kind, min(b.sale_no) AS sale_no, min(b.paid_at) AS paid_at,
        min(s.id) AS store_id, min(m.id) AS member_id, sum(round(b.quantity * b.unit_price, 2)) AS amount
    FROM bare_line b JOIN stores_store s ON s.code = b.store_code LEFT JOIN bare_member m ON m.member = b.member
    GROUP BY b.channel, b.order_no, b.kind
) AS head;
ANALYZE bare_order;
ANALYZE members_product;

INSERT INTO members_order (id, channel, order_no, revision, fingerprint, member_id, named, store_id, paid_at,
    list_amount, net_amount, rate_id)
SELECT id, channel, order_no, 0, '', member_id, member_id, store_id, paid_at, amount, amount,
    (SELECT id FROM members_earningrate WHERE key = 'bare')
FROM bare_order WHERE kind = 'sale';

INSERT INTO members_orderline (order_id, line_no, product_id, paid_at, quantity, unit_price, amount)
SELECT o.id, row_number() OVER (PARTITION BY o.id), p.id, o.paid_at, b.quantity, b.unit_price,
    round(b.quantity * b.unit_price, 2)
FROM bare_line b JOIN bare_order o USING (channel, order_no, kind) JOIN members_product p USING (sku)
WHERE b.kind = 'sale';

INSERT INTO members_return (id, channel, return_no, fingerprint, order_no, order_id, member_id, named, store_id,
    returned_at, amount)
SELECT r.id, r.channel, r.order_no, '', r.sale_no, s.id, r.member_id, r.member_id, r.store_id, r.paid_at, r.amount
FROM bare_order r
LEFT JOIN bare_order s ON s.channel = r.channel AND s.order_no = r.sale_no AND s.kind = 'sale'
WHERE r.kind = 'return';

INSERT INTO members_returnline (return_of_id, line_no, product_id, quantity, amount)
SELECT o.id, row_number() OVER (PARTITION BY o.id), p.id, b.quantity, round(b.quantity * b.unit_price, 2)
FROM bare_line b JOIN bare_order o USING (channel, order_no, kind) JOIN members_product p USING (sku)
WHERE b.kind = 'return';
