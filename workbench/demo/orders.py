"""A believable year of orders in SQL: heterogeneous buyers, and the first four orders decide who stays."""

from django.db import connection

from members.ledgers.earning import plain_rate
from members.models import Category, Product
from workbench.demo import vocabulary as words
from workbench.demo.dice import Dice
from workbench.demo.people import Range

MOST_ORDERS = 90
# Of those who bought once, twice, three times: how much harder than later the step to the next order is.
FIRST_STEPS = (0.62, 0.80, 0.92)


def build_goods() -> None:
    """Categories and products."""
    categories = {
        name: Category.objects.get_or_create(name=name)[0] for name in dict.fromkeys(g.category for g in words.GOODS)
    }
    Product.objects.bulk_create(
        [Product(sku=g.sku, name=g.name, category=categories[g.category]) for g in words.GOODS], ignore_conflicts=True
    )


def build_orders(part: Range, dice: Dice) -> None:
    """Orders, lines, returns and timeline of the members of a range, up to now."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS demo_order, demo_goods")
        cursor.execute("CREATE TEMP TABLE demo_goods (n int PRIMARY KEY, id bigint, category bigint, price numeric)")
        cursor.execute(
            "INSERT INTO demo_goods SELECT row_number() OVER (ORDER BY sku), id, category_id, 0 FROM members_product"
        )
        cursor.executemany(
            "UPDATE demo_goods SET price = %s WHERE id = (SELECT id FROM members_product WHERE sku = %s)",
            [(goods.price, goods.sku) for goods in words.GOODS],
        )
        cursor.execute(_orders(dice), part.params)
        cursor.execute("CREATE UNIQUE INDEX ON demo_order (order_no)")
        cursor.execute(_lines(dice))
        cursor.execute(_TOTALS)
        cursor.execute(_ORDERS, {"rate": plain_rate().pk})
        cursor.execute(_ORDER_LINES)
        cursor.execute(_timeline())
        for statement in _returns(dice):
            cursor.execute(statement, part.params)


def _orders(dice: Dice) -> str:
    """Each buyer has a pace (days between orders) and a loyalty (chance of a next order); both vary widely."""
    first, second, third = FIRST_STEPS
    return f"""
        CREATE TEMP TABLE demo_order AS
        WITH buyer AS (
            SELECT m.id, m.joined_at, m.guide_id, m.home_store_id,
                CASE WHEN k.kind < 0.18 THEN 9.0 WHEN k.kind < 0.5 THEN 19.0 ELSE 38.0 END
                    * (0.6 + 0.8 * {dice.roll("m.id", 42)}) AS pace,
                CASE WHEN k.kind < 0.18 THEN 0.965 WHEN k.kind < 0.5 THEN 0.88 ELSE 0.66 END AS loyalty,
                {dice.roll("m.id", 43)} AS luck
            FROM members_member AS m CROSS JOIN LATERAL (SELECT {dice.roll("m.id", 41)} AS kind) AS k
            WHERE m.id BETWEEN %(base)s + %(first)s AND %(base)s + %(last)s AND {dice.roll("m.id", 44)} < 0.94
        ), planned AS (
            SELECT b.*, CASE
                WHEN luck >= loyalty * {first} THEN 1
                WHEN luck >= loyalty ^ 2 * {first * second} THEN 2
                WHEN luck >= loyalty ^ 3 * {first * second * third} THEN 3
                ELSE least({MOST_ORDERS}, 4 + floor(
                    ln(greatest(luck, 1e-9) / (loyalty ^ 3 * {first * second * third})) / ln(loyalty)))::int
                END AS orders
            FROM buyer AS b
        ), paced AS (
            SELECT p.id, p.guide_id, p.home_store_id, k.n, p.joined_at + interval '20 minutes' + make_interval(secs =>
                86400 * p.pace * coalesce(sum(CASE WHEN k.n > 1 THEN {dice.wait("p.id * 100 + k.n", 45)} END)
                    OVER (PARTITION BY p.id ORDER BY k.n), 0)) AS at
            FROM planned AS p CROSS JOIN LATERAL generate_series(1, p.orders) AS k(n)
        )
        SELECT 'P' || id || '-' || n AS order_no, id AS member_id, n,
            CASE WHEN {dice.roll("id * 100 + n", 46)} < 0.92 THEN home_store_id ELSE
                (SELECT s.id FROM demo_store AS s WHERE s.n =
                    1 + floor({dice.roll("paced.id * 100 + paced.n", 47)} * (SELECT count(*) FROM demo_store))) END
                AS store_id,
            CASE WHEN {dice.roll("id * 100 + n", 48)} < 0.6 THEN guide_id END AS guide_id,
            CASE WHEN {dice.roll("id * 100 + n", 49)} < 0.75 THEN 'pos' ELSE 'mini' END AS channel,
            CASE WHEN n = 1 THEN at ELSE least(now() - interval '5 minutes', date_trunc('day', at) + make_interval(mins
                => (540 + 720 * ({dice.roll("id * 100 + n", 50)} + {dice.roll("id * 100 + n", 51)}) / 2)::int)) END
                AS paid_at, 0::numeric(12, 2) AS amount
        FROM paced WHERE at < now() - interval '10 minutes'
    """


def _lines(dice: Dice) -> str:
    """One to three lines; more than half of them from the member's favourite shelf."""
    number = "(o.member_id * 100 + o.n) * 4 + k.n"
    return f"""
        CREATE TEMP TABLE demo_line ON COMMIT DROP AS
        SELECT o.order_no, k.n AS line_no, g.id AS product_id, q.quantity, g.price,
            round(g.price * q.quantity, 2) AS amount
        FROM demo_order AS o
        CROSS JOIN LATERAL generate_series(1, {dice.whole("o.member_id * 100 + o.n", 52, 3)}) AS k(n)
        CROSS JOIN LATERAL (SELECT CASE WHEN {dice.roll(number, 53)} < 0.85 THEN 1 ELSE 2 END AS quantity) AS q
        JOIN demo_goods AS g ON g.n = CASE WHEN {dice.roll(number, 54)} < 0.55
            THEN 1 + mod({dice.whole("o.member_id", 55, len(words.GOODS))} + {dice.whole(number, 56, 3)},
                {len(words.GOODS)})
            ELSE {dice.whole(number, 57, len(words.GOODS))} END
    """


_TOTALS = """
    UPDATE demo_order AS o SET amount = t.amount
    FROM (SELECT order_no, sum(amount) AS amount FROM demo_line GROUP BY order_no) AS t WHERE t.order_no = o.order_no
"""
_ORDERS = """
    INSERT INTO members_order (channel, order_no, revision, fingerprint, member_id, store_id, guide_id, paid_at,
        list_amount, net_amount, rate_id, named)
    SELECT channel, order_no, 0, decode(md5(order_no), 'hex'), member_id, store_id, guide_id, paid_at, amount, amount,
        %(rate)s, member_id
    FROM demo_order
"""
_ORDER_LINES = """
    INSERT INTO members_orderline (order_id, line_no, product_id, paid_at, quantity, unit_price, amount)
    SELECT o.id, l.line_no, l.product_id, o.paid_at, l.quantity, l.price, l.amount
    FROM demo_line AS l JOIN demo_order AS d USING (order_no)
    JOIN members_order AS o ON o.channel = d.channel AND o.order_no = d.order_no
"""


def _timeline() -> str:
    """The past is told without setting off reactions: nobody gets a message for last year's order."""
    return """
        INSERT INTO members_timelinefact (kind, member_id, subject, at, data, batch)
        SELECT 'order.recorded', o.member_id, o.id, o.paid_at, jsonb_build_object('amount', o.net_amount::text), b.n
        FROM demo_order AS d JOIN members_order AS o ON o.channel = d.channel AND o.order_no = d.order_no
        CROSS JOIN (SELECT nextval('members_batch') AS n) AS b
    """


def _returns(dice: Dice) -> tuple[str, str]:
    """Something came back from three orders in two hundred: the first line, within two days."""
    return (
        f"""
        INSERT INTO members_return (channel, return_no, fingerprint, order_no, order_id, member_id, named,
            store_id, returned_at, amount)
        SELECT o.channel, 'R' || o.order_no, decode(md5('R' || o.order_no), 'hex'), o.order_no, o.id, o.member_id,
            o.named, o.store_id, least(now() - interval '1 minute', o.paid_at + interval '30 hours'), l.amount
        FROM members_order AS o JOIN members_orderline AS l ON l.order_id = o.id AND l.line_no = 1
        WHERE o.member_id BETWEEN %(base)s + %(first)s AND %(base)s + %(last)s AND {dice.roll("o.id", 61)} < 0.015
        """,
        """
        INSERT INTO members_returnline (return_of_id, line_no, product_id, quantity, amount)
        SELECT r.id, 1, l.product_id, l.quantity, l.amount
        FROM members_return AS r JOIN members_orderline AS l ON l.order_id = r.order_id AND l.line_no = 1
        WHERE r.member_id BETWEEN %(base)s + %(first)s AND %(base)s + %(last)s
        """,
    )
