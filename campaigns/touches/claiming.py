"""Claiming: whatever is due passes the gate, and what may leave belongs to one worker for a while.

The members' rows are held from the question to the writing, so that caps hold however many ask at once. Only members
whom nobody holds are taken: claiming waits for nobody, so it can be no part of a circle of waiting, and many workers
take different members. After the commit nothing is held; a worker that dies leaves a lease that runs out.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.channels import CHANNELS
from campaigns.touches import policy
from campaigns.touches.policy import Verdict
from campaigns.touches.standing import due_touches

AT_ONCE = 1_000
LEASE = timedelta(minutes=5)
AHEAD = timedelta(days=1)  # what is worth more later on the same day keeps its place

FREE_MEMBERS = """
    SELECT m.id FROM campaigns_touch t JOIN members_member m ON m.id = t.member_id
     WHERE t.state = 'planned' AND t.due_at <= %(now)s AND t.message_id IS NOT NULL ORDER BY t.due_at LIMIT %(size)s
       FOR NO KEY UPDATE OF m SKIP LOCKED
"""
CLAIM = """
    UPDATE campaigns_touch t
       SET state = 'claimed', suppressed_by = '', attempt = t.attempt + 1, at = %(now)s,
           lease_until = clock_timestamp() + %(lease)s::interval, guide_id = coalesce(w.guide, t.guide_id)
      FROM unnest(%(ids)s::bigint[], %(guides)s::bigint[]) AS w (id, guide) WHERE t.id = w.id
"""
PUT_OFF = """
    UPDATE campaigns_touch t SET suppressed_by = w.reason, due_at = w.until, at = w.until
      FROM unnest(%(ids)s::bigint[], %(reasons)s::text[], %(untils)s::timestamptz[]) AS w (id, reason, until)
     WHERE t.id = w.id
"""
SUPPRESS = """
    UPDATE campaigns_touch t SET state = 'suppressed', suppressed_by = w.reason, at = %(now)s
      FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS w (id, reason) WHERE t.id = w.id
"""


@dataclass(frozen=True)
class Claimed:
    """What one claim decided: the touches that leave now, by channel with the attempt of each, and how many do not, by
    reason."""

    leaving: dict[str, dict[int, int]] = field(default_factory=dict)
    held_back: Counter[str] = field(default_factory=Counter)

    @property
    def decided(self) -> int:
        """How many touches were looked at."""
        return sum(len(ids) for ids in self.leaving.values()) + self.held_back.total()


@transaction.atomic
def claim(*, now: datetime | None = None, size: int | None = None) -> Claimed:
    """Ask the gate about what is due to about ``size`` free members, AT_ONCE unless given, and write down what it says.

    Nothing decided means that nothing is due, or that others hold all members it is due to.
    """
    moment = now or timezone.now()
    members = _ids(FREE_MEMBERS, {"now": moment, "size": size or AT_ONCE})
    if not members:
        return Claimed()
    verdicts = policy.judge(due_touches(sorted(set(members)), moment + AHEAD), moment)
    leaving = [one for one in verdicts if one.leaves]
    later = [one for one in verdicts if one.until is not None]
    never = [one for one in verdicts if not one.leaves and one.until is None]
    _write(CLAIM, leaving, now=moment, lease=LEASE, guides=[_guide(one) for one in leaving])
    _write(PUT_OFF, later, reasons=[one.reason for one in later], untils=[one.until for one in later])
    _write(SUPPRESS, never, now=moment, reasons=[one.reason for one in never])
    by_channel: dict[str, dict[int, int]] = defaultdict(dict)
    for one in leaving:
        by_channel[one.touch.channel][one.touch.id] = one.touch.attempt + 1
    return Claimed(dict(by_channel), Counter(one.reason for one in (*later, *never)))


def _guide(verdict: Verdict) -> int | None:
    """Who confirms it: the guide who looks after the member now, not when it was planned."""
    return verdict.touch.guide if CHANNELS[verdict.touch.channel].asks_person else None


def _write(sql: str, verdicts: Sequence[Verdict], **params: Any) -> None:
    if verdicts:
        with connection.cursor() as cursor:
            cursor.execute(sql, {"ids": [one.touch.id for one in verdicts], **params})


def _ids(sql: str, params: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]
