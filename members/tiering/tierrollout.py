"""New rules of tiers come into force: from today's midnight on, for everybody, as a job with progress.

The rules hold the moment they are applied: whoever is settled from then on stands by them. The job settles all others
whom they can touch, and counts who moved.
"""

from collections import Counter
from datetime import date

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.locks import lock_members
from members.models import Tier, TierChange, TierRules
from members.orders.settlement import settle_locked
from members.orders.worktables import one, rows
from members.tiering import tierrules
from members.tiering.tiersimulation import NEAR, TAKEN_TODAY, Move
from members.windows import first_moment, windows
from stores import jobs
from stores.errors import Refusal
from stores.models import Job, Staff

JOB = "members.apply_tier_rules"
PER_CHUNK = 5000

# Where the window of growth changes, everybody's growth value may.
TOUCHED = f"""
WITH taken AS MATERIALIZED ({TAKEN_TODAY})
SELECT {{what}} FROM members_member m
LEFT JOIN members_tierstanding st ON st.member_id = m.id
LEFT JOIN (SELECT DISTINCT member_id FROM members_tiergrant) AS gr ON gr.member_id = m.id
LEFT JOIN taken tk ON tk.member_id = m.id
WHERE m.id > %(after)s AND m.state = 'active' AND ({NEAR.format(w="m.growth")}
    OR %(window_changes)s AND (
        SELECT e.id FROM members_growthentry e WHERE e.member_id = m.id AND e.at >= %(longest_from)s LIMIT 1
    ) IS NOT NULL)
"""
MOVED = """
SELECT w.tier_before, w.tier_id, coalesce(s.kind, ''), count(*) FROM work_standing w
JOIN members_member m ON m.id = w.member_id LEFT JOIN stores_store s ON s.id = m.home_store_id
WHERE w.tier_before <> w.tier_id GROUP BY 1, 2, 3
"""
# What was paid since the rules hold may have been paid in another tier.
PAID_SINCE = "o.paid_at >= %(at)s - interval '{days} days'"


def apply(rules: TierRules, *, by: Staff | None) -> TierRules:
    """Put a draft into force from today and plan the job that settles whoever it touches.

    Raises Conflict ``rules_applied`` when it is in force already, and Refusal when it was not simulated, or was on
    another day or before other rules came into force.
    """
    today = windows().today
    with transaction.atomic():
        with connection.cursor() as cursor:  # whoever is settling by the old rules ends first
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [tierrules.LOCK])
        row = TierRules.objects.select_for_update().get(pk=rules.pk)
        tierrules.must_be_draft(row)
        _must_be_simulated(row)
        version = tierrules.version_of(row, on=today)
        tierrules.check(
            dict(version.needs),
            window_days=row.window_days,
            review_days=row.review_days,
            notice_days=row.notice_days,
            grace_days=row.grace_days,
        )
        before = tierrules.current()
        _keep_the_first()
        row.state, row.effective_from = TierRules.State.APPLIED, today
        title = _("Tier rules in force from %(day)s") % {"day": today}
        longest = max(before.window_days, version.window_days)
        params = {"from": f"{today}", "longest": longest, "window_changes": before.window_days != version.window_days}
        row.job = jobs.plan(JOB, params=params, title=title, natural_key=f"{JOB}:{row.pk}", by=by)
        row.save()
        Tier.objects.exclude(threshold=None).update(threshold=None)  # no two may be equal, not even in between
        for tier, need in version.needs:
            Tier.objects.filter(pk=tier).update(threshold=need, updated_at=timezone.now())
    return row


def apply_chunk(job: Job) -> bool:
    """One part of the members whom new rules can touch (config/jobs.py); True when all stand by them."""
    now, since = windows(), date.fromisoformat(job.params["from"])
    new = tierrules.current(now.today)
    params = {
        "lowest": new.lowest,
        "first_need": new.first_need,
        "midnight": first_moment(since, 1),
        "longest_from": first_moment(since, job.params["longest"]),
        "window_changes": job.params["window_changes"],
        "after": job.cursor.get("after", 0),
    }
    if not job.cursor:
        job.total = one(TOUCHED.format(what="count(*)"), params)
    ids = [row[0] for row in rows(TOUCHED.format(what="m.id") + f"ORDER BY m.id LIMIT {PER_CHUNK}", params)]
    moves = Counter({(before, after, kind): count for before, after, kind, count in job.result.get("moves", ())})
    if ids:
        paid_since = PAID_SINCE.format(days=(now.today - since).days + 1)
        settle_locked(lock_members(ids), now, dirty=paid_since, why=TierChange.Why.RULES)
        moves += Counter({tuple(row[:3]): row[3] for row in rows(MOVED)})
    job.done += len(ids)
    job.cursor = {"after": ids[-1] if ids else params["after"]}
    job.result = {"moves": [[*key, count] for key, count in sorted(moves.items())]}
    if len(ids) == PER_CHUNK:
        return False
    job.total = job.done
    return True


def moves_of(rules: TierRules) -> list[Move]:
    """Who has moved so far because the rules came into force."""
    if rules.state != TierRules.State.APPLIED or rules.job is None:
        return []
    return [Move(*move) for move in rules.job.result.get("moves", ())]


def _must_be_simulated(rules: TierRules) -> None:
    """Nobody puts rules into force whose effect they have not seen as it is today."""
    if not rules.simulation or not rules.simulated_at:
        raise Refusal(_("Simulate the rules first, to see who would move."), code="not_simulated")
    today = windows().today
    others = TierRules.objects.filter(state=TierRules.State.APPLIED, job__created_at__gt=rules.simulated_at)
    if rules.simulation.get("day") != f"{today}" or others.exists():
        raise Refusal(_("The simulation is out of date. Simulate once more."), code="simulation_outdated")


def _keep_the_first() -> None:
    """The rules of the beginning become a version of their own before the first change."""
    if TierRules.objects.filter(state=TierRules.State.APPLIED).exists():
        return
    first = tierrules.current()
    TierRules.objects.create(
        state=TierRules.State.APPLIED,
        note=_("The rules of the beginning"),
        thresholds={str(tier): need for tier, need in first.needs},
        window_days=first.window_days,
        review_days=first.review_days,
        notice_days=first.notice_days,
        grace_days=first.grace_days,
    )
