"""What is known about touches that are due or soon will be, in one statement: member, message, coupon and source.

What stands against a touch for reasons of its source is written here, one line per source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

# Held by the statement, so that nobody else takes or moves what is looked at; what somebody else holds is left out.
DUE = """
    SELECT t.id, t.member_id, t.channel, t.value, t.due_at, t.stale_at, t.attempt, t.message_id, x.purpose,
           m.state, m.guide_id, s.time_zone,
           CASE
               WHEN NOT x.is_active THEN 'message_off'
               WHEN c.id IS NOT NULL AND c.state NOT IN ('issued', 'locked') THEN 'coupon_gone'
               WHEN t.source = 'journey' AND (j.id IS NULL OR j.state = 'ended') THEN 'source_ended'
               WHEN trip.why = 'exit' THEN 'source_ended'
               WHEN t.source = 'journey' AND trip.arm = 'control' THEN 'holdout'
               WHEN t.source = 'journey' AND trip.state = 'goal' THEN 'goal_reached'
               WHEN t.source = 'campaign' AND (o.id IS NULL OR o.withdrawn_at IS NOT NULL) THEN 'source_ended'
               WHEN t.source = 'campaign' AND p.held_out THEN 'holdout'
               ELSE ''
           END,
           t.source = 'journey' AND j.state = 'paused'
      FROM campaigns_touch t
      JOIN members_member m ON m.id = t.member_id
      JOIN campaigns_messagetemplate x ON x.id = t.message_id
      LEFT JOIN stores_store s ON s.id = m.home_store_id
      LEFT JOIN coupons_coupon c ON c.id = t.coupon_id
      LEFT JOIN campaigns_trip trip ON t.source = 'journey' AND trip.id = t.source_id
      LEFT JOIN campaigns_journey j ON j.id = trip.journey_id
      LEFT JOIN campaigns_memberdayoccurrence o ON t.source = 'campaign' AND o.id = t.source_id
      LEFT JOIN campaigns_participant p ON p.occurrence_id = o.id AND p.member_id = t.member_id
     WHERE t.member_id = ANY(%(members)s) AND t.state = 'planned' AND t.due_at <= %(until)s
     ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED
"""
REACHABLE = "SELECT DISTINCT member_id FROM members_identity WHERE member_id = ANY(%(members)s) AND kind = %(kind)s"


@dataclass(frozen=True)
class Due:
    """A planned touch whose time has come or soon will. ``never`` says why its source wants it no more, ``paused`` that
    it rests."""

    id: int
    member: int
    channel: str
    value: Decimal
    due_at: datetime
    stale_at: datetime | None
    attempt: int
    message: int
    purpose: str
    member_state: str
    guide: int | None
    time_zone: str | None
    never: str
    paused: bool


def due_touches(members: Sequence[int], until: datetime) -> list[Due]:
    """Hold and describe all that is due to these members until then, whatever planned it. Needs a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"members": list(members), "until": until})
        return [Due(*row) for row in cursor.fetchall()]


def reachable(members: Sequence[int], kind: str) -> set[int]:
    """Those of the members who have an address of this kind."""
    with connection.cursor() as cursor:
        cursor.execute(REACHABLE, {"members": list(members), "kind": kind})
        return {row[0] for row in cursor.fetchall()}
