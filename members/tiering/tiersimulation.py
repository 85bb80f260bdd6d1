"""What new rules of tiers would do, were they in force from today: who moves from where to where, and at what cost.

Nobody is touched. A member whom nothing happened to today stands at this morning's midnight as they stand now, so what
the new rules make of them follows from the standing and the growth that counts: counted in SQL, a range of members at a
time. The few to whom something did happen today are folded from their orders, see members.tiering.tierpaths. Whoever
never had the growth for the second tier stays where everybody begins.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Member, TierRules
from members.orders.worktables import rows
from members.tiering import tiercosts, tierrules
from members.tiering.tiercosts import Crowd
from members.tiering.tierpaths import LAID, STORED, rule_params
from members.tiering.tierpaths import NEAR as PICKED
from members.windows import Windows, first_moment, windows
from stores import jobs
from stores.models import Job, Staff

RANGE = 200_000
FOLDED = 5_000
JOB = "members.simulate_tier_rules"

# Growth as it counts in the new window; the member row has it where that is as long as the old one.
GROWN = """
SELECT member_id, sum(delta) AS growth FROM members_growthentry
WHERE member_id > %(after)s AND member_id <= %(upto)s AND at >= %(new_from)s GROUP BY member_id
"""
CACHED = "SELECT NULL::bigint AS member_id, NULL::bigint AS growth WHERE false"
TAKEN_TODAY = """
SELECT DISTINCT member_id FROM members_growthentry WHERE order_id IS NULL AND delta < 0 AND at >= %(midnight)s
"""
# Who can be anywhere but in the lowest tier, before or after; ``w`` is their growth.
NEAR = """(st.member_id IS NOT NULL OR gr.member_id IS NOT NULL OR tk.member_id IS NOT NULL OR {w} >= %(first_need)s
    OR m.tier_id <> %(lowest)s OR m.tier_since >= %(midnight)s)"""
# To whom something happened today, or who was not looked at since midnight.
BUSY = """(tk.member_id IS NOT NULL OR m.tier_since >= %(midnight)s OR st.since >= %(midnight)s
    OR st.review_on = %(today)s + %(old_review)s OR st.grace_until = %(today)s + %(old_grace)s
    OR st.next_on <= %(today)s OR f.next_change_on <= %(today)s
    OR m.tier_id <> %(lowest)s AND st.member_id IS NULL
    OR (SELECT 1 FROM members_growthentry e WHERE e.member_id = m.id AND e.at >= %(midnight)s LIMIT 1) IS NOT NULL)"""
# The tier is written as what it needs; ``best`` and ``held`` are that of the growth value and of the standing.
COUNTED = f"""
WITH taken AS MATERIALIZED ({TAKEN_TODAY}
), granted AS MATERIALIZED (
    SELECT t.member_id, max(n.need) AS need
    FROM members_tiergrant t
    LEFT JOIN unnest(%(in_force)s::bigint[], %(needed)s::bigint[]) AS n(tier_id, need) USING (tier_id)
    WHERE t.starts_on <= %(today)s AND least(t.ends_on, t.revoked_on - 1) >= %(today)s
        AND t.member_id > %(after)s AND t.member_id <= %(upto)s
    GROUP BY t.member_id
), counted AS (
    SELECT k.before, k.need, k.home_store_id, count(*) AS members, sum(k.spend_365d) AS spend,
        sum(k.orders_365d) AS orders, array_agg(k.member_id) FILTER (WHERE k.is_busy) AS busy
    FROM (
        SELECT m.id AS member_id, m.tier_id AS before, m.home_store_id, f.spend_365d, f.orders_365d,
            CASE WHEN {NEAR} THEN greatest(gr.need, CASE WHEN {{held}} >= {{best}} AND NOT %(at_once)s THEN {{held}}
                ELSE {{best}} END) ELSE 0 END AS need,
            {NEAR} AND coalesce({BUSY}, false) AS is_busy
        FROM members_member m
        LEFT JOIN members_tierstanding st
            ON st.member_id = m.id AND st.member_id > %(after)s AND st.member_id <= %(upto)s
        LEFT JOIN members_memberfacts f ON f.member_id = m.id AND f.member_id > %(after)s AND f.member_id <= %(upto)s
        LEFT JOIN ({{grown}}) AS g ON g.member_id = m.id
        LEFT JOIN granted gr ON gr.member_id = m.id
        LEFT JOIN taken tk ON tk.member_id = m.id
        WHERE m.id > %(after)s AND m.id <= %(upto)s AND m.state = 'active' OFFSET 0
    ) AS k GROUP BY k.before, k.need, k.home_store_id, k.is_busy
)
SELECT c.before, c.need, coalesce(s.kind, ''), c.members, coalesce(c.spend, 0), coalesce(c.orders, 0), c.busy
FROM counted c LEFT JOIN stores_store s ON s.id = c.home_store_id
"""
WALKED = f"""
WITH {LAID.format(sales=STORED.format(mine=PICKED), mine=PICKED)}
SELECT m.tier_id, l.held, coalesce(s.kind, ''), count(*), coalesce(sum(f.spend_365d), 0),
    coalesce(sum(f.orders_365d), 0)
FROM laid l JOIN members_member m ON m.id = l.member_id
LEFT JOIN members_memberfacts f ON f.member_id = l.member_id
LEFT JOIN stores_store s ON s.id = m.home_store_id
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class Move:
    """So many members of stores of a kind ("" without a store) would go from one tier to another, or stay."""

    before: int
    after: int
    kind: str
    members: int


@dataclass
class Simulation:
    """What the rules would do on a business day. Money in yuan a year, ``once`` in yuan."""

    day: str
    members: int = 0
    moves: list[Move] = field(default_factory=list)
    costs: list[dict[str, Any]] = field(default_factory=list)
    once: str = "0"


Groups = dict[tuple[int, int, str], Crowd]


def simulate(rules: TierRules) -> Simulation:
    """Work out what the rules would do were they in force from today. Writes nothing."""
    groups: Groups = defaultdict(Crowd)
    now, after = windows(), 0
    for upto in _ranges():
        with transaction.atomic():
            _count(rules, now, groups, after, upto)
        after = upto
    return _summed(now.today, groups, tierrules.version_of(rules, on=now.today))


def start(rules: TierRules, *, by: Staff | None = None) -> Job:
    """Simulate as a job, with progress; the result is kept on the draft. Raises Conflict once it is in force."""
    with transaction.atomic():
        row = TierRules.objects.select_for_update().get(pk=rules.pk)
        tierrules.must_be_draft(row)
        row.simulation, row.simulated_at = None, None
        row.job = jobs.plan(JOB, params={"rules": row.pk}, title=_("Simulation of tier rules"), by=by)
        row.save(update_fields=["simulation", "simulated_at", "job"])
    return row.job


def simulate_chunk(job: Job) -> bool:
    """One range of members (config/jobs.py); True when all were counted. A draft changed meanwhile keeps nothing."""
    rules = TierRules.objects.filter(pk=job.params["rules"], job=job, state=TierRules.State.DRAFT).first()
    if rules is None:
        return True
    now = windows()
    if job.cursor.get("day") != f"{now.today}":  # a new day begins anew
        job.cursor = {"day": f"{now.today}", "after": 0, "groups": []}
        job.done, job.total = 0, Member.objects.aggregate(last=Max("pk"))["last"] or 0
    groups = {(before, after, kind): Crowd(count, Decimal(spend), orders)
              for before, after, kind, count, spend, orders in job.cursor["groups"]}  # fmt: skip
    counted, after = defaultdict(Crowd, groups), job.cursor["after"]
    upto = min(after + RANGE, job.total)
    _count(rules, now, counted, after, upto)
    job.done = upto
    kept = [[*key, crowd.members, f"{crowd.spend}", crowd.orders] for key, crowd in counted.items()]
    job.cursor = {**job.cursor, "after": upto, "groups": kept}
    if upto < job.total:
        return False
    summed = _summed(now.today, counted, tierrules.version_of(rules, on=now.today))
    TierRules.objects.filter(pk=rules.pk).update(simulation=asdict(summed), simulated_at=timezone.now())
    return True


def kept(rules: TierRules) -> Simulation | None:
    """The simulation kept on the rules; None when there is none."""
    if not rules.simulation:
        return None
    found = dict(rules.simulation)
    return Simulation(**{**found, "moves": [Move(**move) for move in found["moves"]]})


def versions_with(rules: TierRules, today: date) -> list[tierrules.Version]:
    """The versions that would count were the rules applied today: they replace any other version of today."""
    return [*tierrules.versions(today - timedelta(days=1)), tierrules.version_of(rules, on=today)]


def params_of(rules: TierRules, now: Windows) -> dict[str, Any]:
    """The parameters of the statements of this module: the present rules are "old", the simulated ones "new"."""
    old, new = tierrules.current(now.today), tierrules.version_of(rules, on=now.today)
    return {
        **now.params,
        **rule_params(versions_with(rules, now.today)),
        "midnight": first_moment(now.today, 1),
        "new_from": first_moment(now.today, new.window_days),
        "first_need": new.first_need,
        "at_once": new.at_once,
        "old_review": old.review_days,
        "old_grace": old.grace_days,
        "window_changes": old.window_days != new.window_days,
    }


def _ranges() -> Iterator[int]:
    last = Member.objects.aggregate(last=Max("pk"))["last"] or 0
    yield from range(RANGE, last + RANGE, RANGE)


def _count(rules: TierRules, now: Windows, groups: Groups, after: int, upto: int) -> None:
    """Add the members with ids above ``after`` up to ``upto`` to the groups."""
    params: Mapping[str, Any] = {**params_of(rules, now), "after": after, "upto": upto}
    busy: list[int] = []
    by_need = dict(zip(params["needed"], params["in_force"], strict=True))
    for before, need, kind, members, spend, orders, moving in rows(_counted(params), params):
        if moving:
            busy += moving
        else:
            groups[before, by_need[need], kind].add(members, spend, int(orders))
    busy.sort()
    for first in range(0, len(busy), FOLDED):
        for before, then, kind, members, spend, orders in rows(
            WALKED, {**params, "near": busy[first : first + FOLDED]}
        ):
            groups[before, then, kind].add(members, spend, int(orders))


def _counted(params: Mapping[str, Any]) -> str:
    """COUNTED for these rules: few numbers, so they are written out."""
    w = "coalesce(g.growth, 0)" if params["window_changes"] else "m.growth"
    needs = list(zip(params["in_force"], params["needed"], strict=True))
    best = " ".join(f"WHEN {w} >= {need:d} THEN {need:d}" for _tier, need in reversed(needs[1:]))
    held = " ".join(f"WHEN {tier:d} THEN {need:d}" for tier, need in needs)
    return COUNTED.format(
        w=w,
        grown=GROWN if params["window_changes"] else CACHED,
        best=f"CASE {best} ELSE 0 END" if best else "0",
        held=f"CASE coalesce(st.tier_id, {params['lowest']:d}) {held} END",
    )


def _summed(today: date, groups: Groups, new: tierrules.Version) -> Simulation:
    before: dict[int, Crowd] = defaultdict(Crowd)
    after: dict[int, Crowd] = defaultdict(Crowd)
    risen: dict[int, int] = defaultdict(int)
    for (tier, then, _kind), crowd in groups.items():
        before[tier].add(crowd.members, crowd.spend, crowd.orders)
        after[then].add(crowd.members, crowd.spend, crowd.orders)
        if new.need(then) > new.need(tier):
            risen[then] += crowd.members
    costs = [{"tier": cost.tier, "title": cost.title, "before": f"{cost.before}", "after": f"{cost.after}"}
             for cost in tiercosts.compare(before, after)]  # fmt: skip
    moves = [Move(*key, crowd.members) for key, crowd in sorted(groups.items())]
    return Simulation(f"{today}", sum(move.members for move in moves), moves, costs, f"{tiercosts.once(risen)}")
