"""Who comes into a journey: once per reason, as often as it allows, never while they are on it; some as the control."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from campaigns.journeys import flows
from campaigns.models import Journey, JourneyState, JourneyVersion, Reentry
from members.buckets import SHARE_SQL
from members.timeline import record_rows
from stores import bell
from stores.arrays import array

ADVANCE_TASK = "campaigns.advance_journeys"
HOLDOUT_SALT = "journey:{}:holdout"
MAY_ENTER = {
    Reentry.ONCE: "SELECT FROM campaigns_trip k WHERE k.member_id = m.id AND k.journey_id = %(journey)s",
    Reentry.AFTER: """SELECT FROM campaigns_trip k WHERE k.member_id = m.id AND k.journey_id = %(journey)s
        AND (k.state = 'active' OR k.entered_at > %(at)s::timestamptz - make_interval(days => %(days)s))""",
    Reentry.ALWAYS: """SELECT FROM campaigns_trip k
        WHERE k.member_id = m.id AND k.journey_id = %(journey)s AND k.state = 'active'""",
}
ENTER = f"""
    INSERT INTO campaigns_trip (journey_id, version_id, member_id, entry, arm, state, step, due_at, entered_at)
    SELECT %(journey)s, %(version)s, e.member_id, e.entry, e.arm, 'active',
           CASE e.arm WHEN 'treated' THEN %(first)s ELSE '' END, CASE e.arm WHEN 'treated' THEN %(at)s::timestamptz END,
           %(at)s
      FROM (
        SELECT DISTINCT ON (m.id) m.id AS member_id, asked.entry,
               CASE WHEN {SHARE_SQL.format(salt="%(salt)s", bucket="m.bucket")} < %(holdout)s
                    THEN 'control' ELSE 'treated' END AS arm
          FROM unnest(%(members)s::bigint[], %(entries)s::text[]) AS asked(member_id, entry)
          JOIN members_member m ON m.id = asked.member_id AND m.state = 'active'
         WHERE NOT EXISTS ({{before}})
         ORDER BY m.id
      ) AS e
    ON CONFLICT DO NOTHING RETURNING id
"""
FACTS = """
    SELECT t.member_id, t.id AS subject, t.entered_at AS at,
           jsonb_build_object('journey', t.journey_id, 'arm', t.arm) AS data
      FROM campaigns_trip t WHERE t.id = ANY(%s::bigint[]) ORDER BY t.id
"""


def enter(journey: Journey, entries: Mapping[int, str], *, at: datetime) -> int:
    """Let members in, each by the name of what let them in; returns how many came, the control group among them.

    Nobody comes into a journey that does not run.
    """
    version = journey.version
    if journey.state != JourneyState.RUNNING or version is None or not entries:
        return 0
    members = sorted(entries)
    params: dict[str, Any] = {
        "journey": journey.pk,
        "version": version.pk,
        "first": flows.stored(version.flow).first,
        "at": at,
        "days": journey.reentry_days,
        "salt": HOLDOUT_SALT.format(journey.pk),
        "holdout": journey.holdout_percent * 100,
        "members": array(members),
        "entries": [entries[member] for member in members],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ENTER.format(before=MAY_ENTER[Reentry(journey.reentry)]), params)
        trips = [row[0] for row in cursor.fetchall()]
        record_rows("journey.entered", FACTS, [array(trips)])
        ring(version)
    return len(trips)


def ring(version: JourneyVersion) -> None:
    """Have the trips of a version looked at soon."""
    bell.ring(ADVANCE_TASK, version.pk, queue="bulk")
