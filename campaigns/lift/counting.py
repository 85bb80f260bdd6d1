"""What the members of both arms did, counted in one statement: whoever was to get something, got it or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.journeys.goals import Goal
from campaigns.lift.arms import Arm
from campaigns.models import Journey, MemberDayOccurrence
from members.segments import compiling, trees

# ``{started}`` yields who (nth, member_id), in which arm (control), of which part (key), and their time (since, until).
COUNT = """
    WITH started AS MATERIALIZED ({started}),
    spent AS (
        SELECT s.nth, sum(o.net_amount - o.returned_amount) AS yuan
          FROM started s
          JOIN members_order o ON o.member_id = s.member_id AND o.paid_at > s.since AND o.paid_at <= s.until
         GROUP BY s.nth
    )
    SELECT s.control, s.key, m.home_store_id, m.guide_id, count(*), count(*) FILTER (WHERE p.yuan > 0),
           count(*) FILTER (WHERE {reached}), coalesce(sum(p.yuan), 0)::float, coalesce(sum(p.yuan * p.yuan), 0)::float
      FROM started s
      JOIN members_member m ON m.id = s.member_id AND m.merged_into_id IS NULL
      LEFT JOIN spent p ON p.nth = s.nth
     GROUP BY 1, 2, 3, 4
"""
TAKING_PART = """
    SELECT t.id AS nth, t.member_id, t.held_out AS control, '' AS key, %(since)s::timestamptz AS since,
           %(until)s::timestamptz AS until
      FROM campaigns_participant t WHERE t.occurrence_id = %(occurrence)s
"""
# Of somebody who came more than once the first time: what follows is no longer the journey alone.
ON_THE_WAY = """
    SELECT t.id AS nth, t.member_id, t.arm = 'control' AS control,
           CASE WHEN t.entry LIKE 'fact:%%' THEN '' ELSE t.entry END AS key, t.entered_at AS since,
           t.entered_at + make_interval(days => %(days)s) AS until
      FROM (SELECT DISTINCT ON (member_id) id, member_id, arm, entry, entered_at FROM campaigns_trip
             WHERE journey_id = %(journey)s AND entered_at > %(since)s AND entered_at <= %(ripe)s
             ORDER BY member_id, entered_at, id) AS t
"""
DOWN_A_WAY = """
    SELECT v.id AS nth, t.member_id, v.outcome = 'a' AS control, v.step || ':' || v.outcome AS key, v.at AS since,
           v.at + make_interval(days => %(days)s) AS until
      FROM campaigns_trip t JOIN campaigns_visit v ON v.trip_id = t.id
     WHERE t.journey_id = %(journey)s AND v.step = ANY(%(steps)s) AND v.at > %(since)s AND v.at <= %(ripe)s
"""
REACHED = """EXISTS (
    SELECT FROM members_timelinefact f
     WHERE f.member_id = s.member_id AND f.kind = %(event)s AND f.at > s.since AND f.at <= s.until
)"""


@dataclass(frozen=True)
class Row:
    """What the members of a store and guide did in an arm: ``arm`` with the share that bought, ``goal`` with that which
    reached the goal."""

    control: bool
    key: str
    store: int | None
    guide: int | None
    arm: Arm
    goal: Arm


def occurrence(one: MemberDayOccurrence, since: datetime, until: datetime) -> list[Row]:
    """The members of a date of a campaign, by what they bought in its time."""
    return _rows(TAKING_PART, {"occurrence": one.pk, "since": since, "until": until}, None)


def journey(one: Journey, goal: Goal | None, days: int, since: datetime, ripe: datetime) -> list[Row]:
    """Those who entered after ``since`` and not after ``ripe``, by what they did in so many days from then on.

    Everybody is watched for the goal for as long, wherever they are by then: whoever went through all steps is no
    longer on the way, but may still come.
    """
    return _rows(ON_THE_WAY, {"journey": one.pk, "days": days, "since": since, "ripe": ripe}, goal)


def ways(
    one: Journey, steps: Sequence[str], goal: Goal | None, days: int, since: datetime, ripe: datetime
) -> list[Row]:
    """Those who went down the ways of splits, the first of which counts as the control, from then on."""
    params = {"journey": one.pk, "steps": list(steps), "days": days, "since": since, "ripe": ripe}
    return _rows(DOWN_A_WAY, params, goal)


def _rows(started: str, params: Mapping[str, Any], goal: Goal | None) -> list[Row]:
    reached, more = _reached(goal)
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(started=started, reached=reached), {**params, **more})
        return [
            Row(control, key, store, guide, Arm(many, bought, total, squares), Arm(many, did, total, squares))
            for control, key, store, guide, many, bought, did, total, squares in cursor.fetchall()
        ]


def _reached(goal: Goal | None) -> tuple[str, dict[str, Any]]:
    """Who reached a goal, as SQL. Its rule is asked of both arms alike as of now."""
    if goal is None:
        return "false", {}
    if goal.rule is None:
        return REACHED, {"event": goal.event}
    query = compiling.compile_tree(trees.parse(goal.rule), at=timezone.now())
    return f"{REACHED} AND s.member_id IN ({query.text})", {"event": goal.event, **query.params}
