"""The nightly refresh: for members on whom the calendar turned, windows move, tiers are reviewed and points expire.

It is the one job for all that changes by itself: growth, facts, scores, stage, tier, notices and lots of points. Only
members with ``next_change_on`` reached are touched. When HQ changed one of the numbers that facts rest on, or a
month begins and the money cut points are frozen anew, the next night goes through everybody once.
"""

from collections import Counter
from typing import Any

from django.db import transaction

from members import lifecycle, moneycuts
from members.facts import RECENCY_BINS
from members.locks import lock_members
from members.orders.settlement import NO_ORDER, settle_locked
from members.orders.worktables import rows
from members.tiering import tiernotices
from members.windows import Windows, windows
from stores.models import Job, Setting

PER_CHUNK = 5000
APPLIED = "members.refresh.applied"
# Orders of a clock that was ahead were settled before the day they were paid on: what they earn is looked at again.
AHEAD = "o.paid_at >= %(at)s - interval '3 days'"

DUE = """
SELECT member_id FROM members_memberfacts
WHERE member_id > %(after)s AND next_change_on <= %(today)s ORDER BY member_id LIMIT %(limit)s
"""
ALL = "SELECT member_id FROM members_memberfacts WHERE member_id > %(after)s ORDER BY member_id LIMIT %(limit)s"
MOVED = """
SELECT w.stage_before, w.stage, count(*) FROM work_standing w JOIN members_member m ON m.id = w.member_id
WHERE w.stage_before <> w.stage AND m.state = 'active' GROUP BY 1, 2
"""
COUNT = "SELECT count(*) FROM members_memberfacts WHERE next_change_on <= %(today)s OR %(all)s"


def refresh_due_chunk(job: Job) -> bool:
    """One chunk of the nightly job (config/jobs.py); True when everybody who was due is right."""
    now = windows()
    if not job.cursor:
        _begin(job, now)
    ids = _next_ids(job.cursor, now)
    refresh(ids, now)
    job.done += len(ids)
    if len(ids) == PER_CHUNK:
        job.cursor = {**job.cursor, "after": ids[-1]}
        return False
    if job.cursor["all"]:
        Setting.objects.update_or_create(name=APPLIED, defaults={"value": job.cursor["numbers"]})
    job.total = job.done
    return True


def refresh(ids: list[int], now: Windows) -> Counter[tuple[str, str]]:
    """Recompute growth, points, facts, tier and stage of these members as of ``now`` and give notice of reviews;
    returns how many living members moved from which stage to which."""
    with transaction.atomic():
        found = lock_members(ids)
        settle_locked(found, now, dirty=AHEAD)
        moved = Counter({(before, after): members for before, after, members in rows(MOVED)} if found else {})
        if noticed := tiernotices.give(found, now):
            settle_locked(noticed, now, dirty=NO_ORDER)  # their next change is the review itself, no longer the notice
    return moved


def _begin(job: Job, now: Windows) -> None:
    """Freeze the month's cut points and see whether the numbers are still those that were applied to everybody."""
    moneycuts.freeze(now.today)
    now_hold = numbers(now)
    applied = Setting.objects.filter(name=APPLIED).values_list("value", flat=True).first()
    everybody = applied != now_hold
    job.cursor = {"after": 0, "all": everybody, "numbers": now_hold}
    job.total = rows(COUNT, {"today": now.today, "all": everybody})[0][0]


def numbers(now: Windows) -> dict[str, Any]:
    """Everything facts rest on beside orders and time."""
    return {
        **lifecycle.params(),
        "recency": RECENCY_BINS.value,
        "money": [str(cut) for cut in moneycuts.current(now.today)],
    }


def _next_ids(cursor: dict[str, Any], now: Windows) -> list[int]:
    sql = ALL if cursor["all"] else DUE
    return [row[0] for row in rows(sql, {"after": cursor["after"], "today": now.today, "limit": PER_CHUNK})]
