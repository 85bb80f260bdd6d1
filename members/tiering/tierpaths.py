"""The path of each member through the tiers, and with it what each of their orders is worth.

A path is a pure function of the orders and corrections of a member, the versions of the rules, the grants and a
business day; when what arrived does not matter. In time order: what lifts the growth value of the rolling window to a
higher tier gives it at once; at the midnight of the review date the tier is held against the window, and taken at the
end of the grace period that follows; a grant lies over it. Since an order may earn more in a higher tier, worth and
path are found together. ``members_tier_path`` (a function of the database) folds the events of one member; most
members never come near the second tier and are not folded at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from members.orders.worktables import one, rows, run
from members.tiering.tierrules import Version, versions

# What a yuan earns in the lowest tier, in which nearly all orders are paid; and whether growth depends on the tier.
RATES = """
SELECT id, growth, points, by_tier,
    coalesce((by_tier -> %(lowest)s::text ->> 0)::numeric, growth) AS low_growth,
    coalesce((by_tier -> %(lowest)s::text ->> 1)::numeric, points) AS low_points,
    EXISTS (SELECT FROM jsonb_each(by_tier) t WHERE (t.value ->> 0)::numeric <> growth) AS differs
FROM members_earningrate
"""
WORTH = f"""
UPDATE work_sale s SET growth = floor((s.net_amount - s.returned) * r.low_growth)::int,
    points = floor((s.net_amount - s.returned) * r.low_points)::int
FROM ({RATES}) AS r WHERE r.id = s.rate_id
"""
# Who never had the growth for the second tier, all windows taken together, and no grant, has always been in the lowest.
FAR = """
WITH put AS (
    INSERT INTO work_tier (member_id, tier_id, held_id)
    SELECT m.member_id, f.tier, f.tier
    FROM unnest(%(ids)s::bigint[]) AS m(member_id)
    LEFT JOIN (SELECT member_id, sum(growth) AS growth FROM work_sale GROUP BY member_id) AS s USING (member_id)
    LEFT JOIN (
        SELECT member_id, sum(delta) AS growth FROM members_growthentry
        WHERE member_id = ANY (%(ids)s::bigint[]) AND order_id IS NULL AND delta > 0 GROUP BY member_id
    ) AS h USING (member_id)
    LEFT JOIN (
        SELECT DISTINCT member_id FROM members_tiergrant WHERE member_id = ANY (%(ids)s::bigint[])
    ) AS g USING (member_id)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN g.member_id IS NULL AND coalesce(s.growth, 0) + coalesce(h.growth, 0) < %(first_need)s
            THEN %(lowest)s::bigint END AS tier
    ) AS f
    RETURNING member_id, tier_id
)
SELECT array_agg(member_id) FILTER (WHERE tier_id IS NULL) FROM put
"""
SETTLED = """
SELECT s.order_id, s.member_id, s.channel, s.order_no, s.paid_at, s.net_amount - s.returned AS kept, s.rate_id
FROM work_sale s WHERE s.returned < s.net_amount AND s.{mine}
"""
STORED = """
SELECT o.id AS order_id, o.member_id, o.channel, o.order_no, o.paid_at, o.net_amount - o.returned_amount AS kept,
    o.rate_id
FROM members_order o WHERE o.returned_amount < o.net_amount AND o.{mine}
"""
NEAR = "member_id = ANY (%(near)s::bigint[])"
# ``mine`` are the members to fold, ``sales`` one of the two above. At the same moment sales come first, by channel and
# number, then corrections as they were entered.
GATHERED = f"""
rates AS MATERIALIZED ({RATES}
), event AS (
    SELECT s.member_id, s.paid_at AS at, 0 AS turn, s.channel, s.order_no, s.order_id AS id,
        floor(s.kept * CASE WHEN r.differs THEN r.growth ELSE r.low_growth END)::int AS worth,
        CASE WHEN r.differs THEN s.kept END AS amount, CASE WHEN r.differs THEN r.by_tier END AS rate
    FROM ({{sales}}) AS s JOIN rates r ON r.id = s.rate_id
    UNION ALL
    SELECT e.member_id, e.at, 1, '', '', e.id, e.delta, NULL, NULL
    FROM members_growthentry e WHERE e.order_id IS NULL AND e.{{mine}}
), gathered AS (
    SELECT member_id, array_agg((at AT TIME ZONE %(zone)s)::date) AS days, array_agg(at) AS ats,
        array_agg(worth) AS worth, array_agg(CASE WHEN turn = 0 THEN id END) AS orders,
        CASE WHEN count(rate) > 0 THEN array_agg(amount) END AS amounts,
        CASE WHEN count(rate) > 0 THEN array_agg(rate) END AS rates
    FROM (SELECT * FROM event ORDER BY member_id, at, turn, channel, order_no, id) AS e GROUP BY member_id
), granted AS (
    SELECT member_id, array_agg(tier_id) AS tiers, array_agg(starts_on) AS starts, array_agg(until) AS ends
    FROM (
        SELECT t.member_id, t.tier_id, t.starts_on, least(t.ends_on, t.revoked_on - 1) AS until
        FROM members_tiergrant t WHERE t.{{mine}} ORDER BY t.id
    ) AS t WHERE until >= starts_on GROUP BY member_id
)
"""
PATH = """
members_tier_path(g.days, g.ats, g.worth, g.amounts, g.rates,
    %(v_from)s::date[], %(v_window)s::int[], %(v_review)s::int[], %(v_grace)s::int[], %(v_at_once)s::boolean[],
    %(n_version)s::int[], %(n_tier)s::bigint[], %(n_need)s::bigint[], t.tiers, t.starts, t.ends,
    {until}::date, %(zone)s, {tell})
"""
LAID = f"""
{GATHERED}, laid AS MATERIALIZED (
    SELECT n.member_id, g.orders, t.starts, t.ends, p.*
    FROM unnest(%(near)s::bigint[]) AS n(member_id)
    LEFT JOIN gathered g USING (member_id) LEFT JOIN granted t USING (member_id)
    CROSS JOIN LATERAL {PATH.format(until="%(today)s", tell="false")} AS p
)
"""
# The next day on which something happens by itself: the notice (the coming night, where it is overdue; none under a
# grant), the review or the end of grace, a grant that begins or ends.
PATHS = f"""
WITH {LAID.format(sales=SETTLED.format(mine=NEAR), mine=NEAR)}, put AS (
    UPDATE work_tier w SET tier_id = l.tier, since = coalesce(l.since, m.joined_at), review_on = l.review_on,
        grace_until = l.grace_until, held_id = l.held, held_since = l.held_since, why = l.why,
        next_on = least(
            CASE WHEN l.review_on - %(notice_days)s > %(today)s THEN l.review_on - %(notice_days)s
                WHEN l.review_on IS NOT NULL AND l.stays < l.need AND l.grace_until IS NULL AND l.held = l.tier
                    AND st.noticed_for IS DISTINCT FROM l.review_on
                THEN %(today)s + 1 END,
            coalesce(l.grace_until, l.review_on),
            (SELECT min(g.first) FROM unnest(l.starts) AS g(first) WHERE g.first > %(today)s),
            (SELECT min(g.last) + 1 FROM unnest(l.ends) AS g(last) WHERE g.last >= %(today)s)
        )
    FROM laid l JOIN members_member m ON m.id = l.member_id
    LEFT JOIN members_tierstanding st ON st.member_id = l.member_id
    WHERE w.member_id = l.member_id
), paid AS (
    SELECT u.order_id, u.held FROM laid l, unnest(l.orders, l.held_at) AS u(order_id, held)
    WHERE l.since IS NOT NULL OR l.starts IS NOT NULL
)
UPDATE work_sale s
SET growth = floor((s.net_amount - s.returned) * coalesce((r.by_tier -> p.held::text ->> 0)::numeric, r.growth))::int,
    points = floor((s.net_amount - s.returned) * coalesce((r.by_tier -> p.held::text ->> 1)::numeric, r.points))::int
FROM paid p, rates r
WHERE p.held <> %(lowest)s AND s.order_id = p.order_id AND r.id = s.rate_id
"""
# A member as of today, and what will have happened by a later day without new orders.
TOLD = f"""
WITH {GATHERED.format(sales=STORED.format(mine=NEAR), mine=NEAR)}
SELECT p.tier, p.review_on, p.grace_until, p.growth, p.stays, g.days, p.earned,
    later.step_on, later.step_what, later.step_tier
FROM (VALUES (1)) AS one LEFT JOIN gathered g ON true LEFT JOIN granted t ON true
CROSS JOIN LATERAL {PATH.format(until="%(today)s", tell="false")} AS p
CROSS JOIN LATERAL {PATH.format(until="%(later)s", tell="true")} AS later
"""


@dataclass(frozen=True)
class Step:
    """What happens to a tier on a day: its growth tier moved (``growth``, ``rules``, ``review``), a review was
    ``passed``, ``grace`` began, the tier was ``kept`` in grace, a ``grant`` began or ended (``grant_ended``)."""

    on: date
    what: str
    tier: int


@dataclass(frozen=True)
class Path:
    """A member's place on the path as of a day: tier by growth, review, grace, the growth that counts (it may be owed).

    ``stays`` is what of it still counts on the day of the review or at the end of grace. ``counted`` is the growth of
    each day, ``coming`` the steps that follow without new orders.
    """

    tier: int
    review_on: date | None
    grace_until: date | None
    growth: int
    stays: int
    counted: list[tuple[date, int]]
    coming: list[Step]


def path_of(member_id: int, rules: Sequence[Version], today: date, *, until: date) -> Path:
    """A member's path as of ``today`` from what is recorded, and its steps by ``until`` without new orders."""
    params = {"near": [member_id], "today": today, "later": until, "zone": settings.TIME_ZONE, **rule_params(rules)}
    tier, review_on, grace_until, growth, stays, days, earned, *told = rows(TOLD, params)[0]
    steps = (Step(*step) for step in zip(*(column or () for column in told), strict=True))
    counted = list(zip(days or (), earned or (), strict=True))
    return Path(tier, review_on, grace_until, growth, stays, counted, [step for step in steps if step.on > today])


def lay(params: Mapping[str, Any]) -> None:
    """Fill in growth and points of the orders of work_sale, and work_tier for the members ``ids``.

    ``params`` are those of members.windows, and ``ids``. Needs a transaction: the rules stay as they are until its end.
    """
    params = {**params, **rule_params(versions(params["today"], locked=True))}
    run(WORTH, params)
    near = one(FAR, params)
    if near:
        run(PATHS, {**params, "near": near})


def rule_params(rules: Sequence[Version]) -> dict[str, Any]:
    """The versions of the rules as parameters of the statements above."""
    return {
        "lowest": rules[0].lowest,
        "first_need": min(version.first_need for version in rules),
        "notice_days": rules[-1].notice_days,
        "in_force": [tier for tier, _need in rules[-1].needs],
        "needed": [need for _tier, need in rules[-1].needs],
        "v_from": [version.effective_from for version in rules],
        "v_window": [version.window_days for version in rules],
        "v_review": [version.review_days for version in rules],
        "v_grace": [version.grace_days for version in rules],
        "v_at_once": [version.at_once for version in rules],
        "n_version": [nth for nth, version in enumerate(rules, start=1) for _need in version.needs],
        "n_tier": [tier for version in rules for tier, _need in version.needs],
        "n_need": [need for version in rules for _tier, need in version.needs],
    }
