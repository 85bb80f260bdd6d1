-- P1: a tier in a city. An index of the living finds tier and stores, and no row is read.
SELECT count(*) FROM members_member
WHERE tier_id = %(gold)s AND state = 'active'
    AND home_store_id = ANY(ARRAY(SELECT id FROM stores_store WHERE city = %(city)s))
