"""The lots of points of some members, replayed in time order: what was taken from each, and what of it expired."""

from django.db import migrations

# A lot is what an order is worth, or a positive correction. Lots are ranked by when they expire, so that what is taken
# comes from the first rank that has something left; ``low`` is the first that may. Events at the same moment: lots
# arrive (turn 0), points are taken (1), lots expire (2). What nothing was there for is owed, and the next lot pays it.
# Orders tie by their numbers, not by when they were recorded. What was given back was never taken.
REPLAY = """
CREATE FUNCTION members_points_lots(ids bigint[], as_of timestamptz)
RETURNS TABLE (member_id bigint, order_id bigint, entry_id bigint, at timestamptz, expires_at timestamptz,
    earned int, taken int, expired int)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    m record;
    owed int;
    low int;
    amount int;
    part int;
    lefts int[];
    gone int[];
BEGIN
    FOR m IN
        WITH entries AS MATERIALIZED (
            SELECT p.id, p.member_id, p.kind, p.delta, p.order_id, p.lot_id, p.at, p.expires_at
            FROM members_pointsentry p WHERE p.member_id = ANY (ids)
        ), worth AS (
            SELECT p.member_id, p.order_id, sum(p.delta)::int AS earned FROM entries p
            WHERE p.kind IN ('order', 'return') GROUP BY p.member_id, p.order_id HAVING sum(p.delta) > 0
        ), lots AS (
            SELECT w.member_id, w.order_id, NULL::bigint AS entry_id, o.paid_at AS at, w.earned, o.channel, o.order_no,
                (date_trunc('month', o.paid_at AT TIME ZONE s.time_zone) + make_interval(months => r.months + 1))
                    AT TIME ZONE s.time_zone AS expires_at
            FROM worth w
            JOIN members_order o ON o.id = w.order_id
            JOIN members_earningrate r ON r.id = o.rate_id
            JOIN stores_store s ON s.id = o.store_id
            UNION ALL
            SELECT p.member_id, NULL, p.id, p.at, p.delta, NULL, NULL, p.expires_at FROM entries p
            WHERE p.kind = 'adjustment' AND p.delta > 0
        ), ranked AS (
            SELECT l.*, (row_number() OVER (
                PARTITION BY l.member_id ORDER BY l.expires_at, l.at, l.channel, l.order_no, l.entry_id))::int AS rank
            FROM lots l
        ), taken AS (
            SELECT p.member_id, p.at, p.id, -p.delta - coalesce(b.back, 0) AS amount
            FROM entries p
            LEFT JOIN (
                SELECT g.lot_id, sum(g.delta)::int AS back FROM entries g WHERE g.kind = 'given_back' GROUP BY g.lot_id
            ) AS b ON b.lot_id = p.id
            WHERE p.at <= as_of AND (p.kind = 'spent' OR p.kind = 'adjustment' AND p.delta < 0)
        ), events AS (
            SELECT l.member_id, l.at AS moment, 0 AS turn, l.rank, l.earned AS amount, l.rank::bigint AS tie
            FROM ranked l
            UNION ALL
            SELECT t.member_id, t.at, 1, 0, t.amount, t.id FROM taken t
            UNION ALL
            SELECT l.member_id, l.expires_at, 2, l.rank, 0, l.rank FROM ranked l WHERE l.expires_at <= as_of
        )
        SELECT l.*, v.turns, v.ranks, v.amounts
        FROM (
            SELECT r.member_id, array_agg(r.order_id ORDER BY r.rank) AS orders,
                array_agg(r.entry_id ORDER BY r.rank) AS entries, array_agg(r.at ORDER BY r.rank) AS ats,
                array_agg(r.expires_at ORDER BY r.rank) AS ends, array_agg(r.earned ORDER BY r.rank) AS earned
            FROM ranked r GROUP BY r.member_id
        ) AS l
        JOIN (
            SELECT e.member_id, array_agg(e.turn ORDER BY e.moment, e.turn, e.tie) AS turns,
                array_agg(e.rank ORDER BY e.moment, e.turn, e.tie) AS ranks,
                array_agg(e.amount ORDER BY e.moment, e.turn, e.tie) AS amounts
            FROM events e GROUP BY e.member_id
        ) AS v ON v.member_id = l.member_id
    LOOP
        owed := 0;
        low := 1;
        lefts := array_fill(0, ARRAY[cardinality(m.earned)]);
        gone := lefts;
        FOR i IN 1 .. cardinality(m.turns) LOOP
            amount := m.amounts[i];
            IF m.turns[i] = 0 THEN
                part := least(owed, amount);
                owed := owed - part;
                lefts[m.ranks[i]] := amount - part;
                low := least(low, m.ranks[i]);
            ELSIF m.turns[i] = 2 THEN
                gone[m.ranks[i]] := lefts[m.ranks[i]];
                lefts[m.ranks[i]] := 0;
            ELSE
                WHILE amount > 0 AND low <= cardinality(lefts) LOOP
                    part := least(amount, lefts[low]);
                    lefts[low] := lefts[low] - part;
                    amount := amount - part;
                    IF lefts[low] = 0 THEN
                        low := low + 1;
                    END IF;
                END LOOP;
                owed := owed + amount;
            END IF;
        END LOOP;
        RETURN QUERY
            SELECT m.member_id, u.order_id, u.entry_id, u.at, u.expires_at, u.earned, u.earned - u.lefts - u.gone,
                u.gone
            FROM unnest(m.orders, m.entries, m.ats, m.ends, m.earned, lefts, gone)
                AS u (order_id, entry_id, at, expires_at, earned, lefts, gone);
    END LOOP;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0006_default_tags")]

    operations = [
        migrations.RunSQL(REPLAY, reverse_sql="DROP FUNCTION members_points_lots(bigint[], timestamptz)"),
    ]
