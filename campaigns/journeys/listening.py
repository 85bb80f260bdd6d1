"""What happens to members, as journeys hear it: goals reached, who leaves early, waits that end, and who comes in; a
batch at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.utils import timezone

from campaigns.journeys import events, flows
from campaigns.journeys.entering import enter, ring
from campaigns.journeys.goals import Goal
from campaigns.journeys.matching import matching
from campaigns.journeys.steps.task import call_off
from campaigns.journeys.stopping import stopping
from campaigns.journeys.triggers import On, Trigger
from campaigns.models import Journey, JourneyState, JourneyVersion
from members.models import TimelineFact
from members.timeline import record_rows

Facts = Sequence[TimelineFact]

ON_THE_WAY = """
    SELECT DISTINCT t.version_id FROM campaigns_trip t WHERE t.member_id = ANY(%s::bigint[]) AND t.state = 'active'
"""
REACH = """
    UPDATE campaigns_trip t SET state = 'goal', ended_at = h.at, due_at = NULL, waiting = false, awaits = ''
      FROM (SELECT member_id, min(at) AS at FROM unnest(%(members)s::bigint[], %(moments)s::timestamptz[])
              AS news(member_id, at) GROUP BY member_id) AS h
     WHERE t.version_id = %(version)s AND t.member_id = h.member_id AND t.state = 'active'
       AND h.at > t.entered_at AND h.at <= t.entered_at + make_interval(days => %(days)s)
    RETURNING t.id
"""
LEAVE = """
    UPDATE campaigns_trip t SET state = 'left', why = 'exit', ended_at = h.at, due_at = NULL, waiting = false,
           awaits = ''
      FROM (SELECT member_id, min(at) AS at FROM unnest(%(members)s::bigint[], %(moments)s::timestamptz[])
              AS news(member_id, at) GROUP BY member_id) AS h
     WHERE t.version_id = %(version)s AND t.member_id = h.member_id AND t.state = 'active' AND h.at > t.entered_at
    RETURNING t.id, t.member_id, t.step
"""
REACHED = """
    SELECT t.member_id, t.id AS subject, t.ended_at AS at,
           jsonb_build_object('journey', t.journey_id, 'arm', t.arm) AS data
      FROM campaigns_trip t WHERE t.id = ANY(%s) ORDER BY t.id
"""
WAKE = """
    UPDATE campaigns_trip t SET arrived = true, due_at = %(now)s
      FROM unnest(%(members)s::bigint[], %(moments)s::timestamptz[]) AS news(member_id, at)
     WHERE t.member_id = news.member_id AND t.state = 'active' AND t.awaits = %(kind)s AND NOT t.arrived
       AND news.at > t.entered_at
    RETURNING t.version_id
"""


def hear(facts: Facts) -> None:
    """Take in a batch of news: first goals, then what ends journeys early, then waits, then entries, so that nobody
    reaches a goal by what let them in."""
    for kind in sorted({fact.kind for fact in facts} & events.EVENTS.keys()):
        news = [fact for fact in facts if fact.kind == kind and fact.member_id is not None]
        _reach_goals(kind, news)
        _let_out(kind, news)
        _wake(kind, news)
        _let_in(kind, news)


def _reach_goals(kind: str, news: Facts) -> None:
    for version in _versions_of(_members(news)):
        goal = flows.stored(version.flow).goal
        if goal is not None and goal.event == kind:
            with stopping(version.journey_id, "goal"):
                _reach(version, goal, news)


def _reach(version: JourneyVersion, goal: Goal, news: Facts) -> None:
    fitting = matching(goal.rule, _members(news), at=timezone.now())
    heard = [fact for fact in news if fact.member_id in fitting]
    with connection.cursor() as cursor:
        cursor.execute(REACH, {**_told(heard), "version": version.pk, "days": goal.within_days})
        trips = [row[0] for row in cursor.fetchall()]
    record_rows("journey.goal_reached", REACHED, [trips])


def _let_out(kind: str, news: Facts) -> None:
    for version in _versions_of(_members(news)):
        early = flows.stored(version.flow).exit
        if early is not None and early.event == kind:
            with stopping(version.journey_id, "exit"):
                meant = [fact for fact in news if early.segment is None or fact.subject == early.segment]
                fitting = matching(early.rule, _members(meant), at=timezone.now())
                heard = [fact for fact in meant if fact.member_id in fitting]
                with connection.cursor() as cursor:
                    cursor.execute(LEAVE, {**_told(heard), "version": version.pk})
                    call_off(cursor.fetchall())


def _wake(kind: str, news: Facts) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WAKE, {**_told(news), "kind": kind, "now": timezone.now()})
        versions = {row[0] for row in cursor.fetchall()}
    for version in JourneyVersion.objects.filter(pk__in=versions).order_by("pk"):
        ring(version)


def _let_in(kind: str, news: Facts) -> None:
    now = timezone.now()
    fresh = [fact for fact in news if fact.at >= now - events.stale_after()]
    running = Journey.objects.filter(state=JourneyState.RUNNING).select_related("version").order_by("pk")
    for journey in running if fresh else ():
        trigger = flows.stored(journey.version.flow).trigger if journey.version else None
        if trigger is not None and trigger.on == On.EVENT and trigger.event == kind:
            with stopping(journey.pk, "trigger"):
                enter(journey, _entries(trigger, fresh, now), at=now)


def _entries(trigger: Trigger, news: Facts, now: datetime) -> Mapping[int, str]:
    """Who is let in by what: of several news of a member the first one."""
    meant = [fact for fact in news if trigger.segment is None or fact.subject == trigger.segment]
    fitting = matching(trigger.rule, _members(meant), at=now) if meant else frozenset()
    return {fact.member_id: f"fact:{fact.pk}" for fact in reversed(meant) if fact.member_id in fitting}


def _versions_of(members: Iterable[int]) -> list[JourneyVersion]:
    """The versions that some members are on."""
    with connection.cursor() as cursor:
        cursor.execute(ON_THE_WAY, [list(members)])
        found = [row[0] for row in cursor.fetchall()]
    return list(JourneyVersion.objects.filter(pk__in=found).order_by("pk"))


def _members(news: Facts) -> list[int]:
    return sorted({fact.member_id for fact in news if fact.member_id is not None})


def _told(news: Facts) -> dict[str, list]:
    return {"members": [fact.member_id for fact in news], "moments": [fact.at for fact in news]}
