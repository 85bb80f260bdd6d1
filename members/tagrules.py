"""System tags: the built-in rules that say who carries them, kept fresh set-based, range by range of members.

A rule is SQL over a row ``f`` of member facts. A tag takes part when its ``rule`` names one of ``RULES``; one that HQ
switched off loses its members at the next refresh.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.lifecycle import GOLDEN_DAYS
from members.models import Tag, TagGroup
from members.tags import tell
from stores.models import Job
from stores.policy import define

CHUNK = 20_000
TOP_SHARE = define("tagrules.top_percent", 10, _("High value: the top percent by spend"), minimum=1, maximum=50)
SLEEPING_AFTER = define("tagrules.sleeping_after_days", 120, _("Sleeping: days without an order"), minimum=1)

SILENCE = "(%(today)s::date - (f.last_order_at AT TIME ZONE %(zone)s)::date)"
AGE = "(%(today)s::date - (f.first_order_at AT TIME ZONE %(zone)s)::date)"


@dataclass(frozen=True)
class TagRule:
    """One rule: its words for HQ and the condition on a row ``f`` of member facts."""

    name: str
    label: Any
    condition: str


RULES: dict[str, TagRule] = {
    rule.name: rule
    for rule in (
        TagRule("newcomer", _("First order within the golden window"), f"{AGE} BETWEEN 0 AND %(golden)s - 1"),
        TagRule(
            "high_value", _("Among the top by spend in 365 days"), "f.spend_365d > 0 AND f.spend_365d >= %(top_spend)s"
        ),
        TagRule(
            "slowing",
            _("A regular who stays away twice as long as usual"),
            f"f.orders_365d >= 4 AND f.usual_gap_days > 0 AND {SILENCE} > 2 * f.usual_gap_days"
            f" AND {SILENCE} <= %(sleeping)s",
        ),
        TagRule("sleeping", _("No order for a long time"), f"{SILENCE} > %(sleeping)s"),
    )
}
TOP_SPEND = """
    SELECT coalesce(percentile_disc(%(share)s) WITHIN GROUP (ORDER BY spend_365d), 0)
    FROM members_memberfacts WHERE spend_365d > 0
"""
NEXT = "SELECT max(id), count(*) FROM (SELECT id FROM members_member WHERE id > %s ORDER BY id LIMIT %s) AS m"
WANTED = """
    SELECT f.member_id FROM members_memberfacts f JOIN members_member m ON m.id = f.member_id
    WHERE m.state = 'active' AND {scope} AND {condition}
"""
SET = """
    INSERT INTO members_membertag (member_id, tag_id, source)
    SELECT member_id, %(tag)s, 'rule' FROM ({wanted}) AS w
    ON CONFLICT (tag_id, member_id) DO NOTHING RETURNING member_id
"""
UNSET = """
    DELETE FROM members_membertag mt WHERE mt.tag_id = %(tag)s AND {scope}
    AND NOT EXISTS (SELECT FROM ({wanted}) AS w WHERE w.member_id = mt.member_id) RETURNING mt.member_id
"""
EXPIRE = """
    DELETE FROM members_membertag WHERE id IN (
        SELECT id FROM members_membertag WHERE expires_at <= %s ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING member_id, tag_id
"""
RANGE = "{column} > %(after)s AND {column} <= %(last)s"
THESE = "{column} = ANY(%(ids)s)"


def refresh_rules(member_ids: Iterable[int] | None = None, *, now: datetime | None = None) -> int:
    """Put every system tag right for these members, or for all; returns how many tags came or went.

    For a handful this is one transaction; for all it goes range by range, as the nightly job does.
    """
    params = _params(now or timezone.now())
    if member_ids is not None:
        with transaction.atomic():
            return _refresh(THESE, {**params, "ids": list(member_ids)})
    after, changed = 0, 0
    while True:
        with transaction.atomic():
            last, _count = _next(after)
            if last is None:
                return changed
            changed += _refresh(RANGE, {**params, "after": after, "last": last})
            after = last


def refresh_chunk(job: Job) -> bool:
    """One range of members of the nightly job (config/jobs.py): expired tags go, rule tags are put right."""
    now = timezone.now()
    if not job.cursor:
        job.cursor = {"after": 0, "now": now.isoformat(), "top_spend": str(_top_spend())}
    after = job.cursor["after"]
    params = _params(datetime.fromisoformat(job.cursor["now"]), top_spend=job.cursor["top_spend"])
    expired = _expire(now)
    last, count = _next(after)
    changed = len(expired)
    if last is not None:
        changed += _refresh(RANGE, {**params, "after": after, "last": last})
        job.cursor = {**job.cursor, "after": last}
        job.done += count
        job.total = max(job.total, job.done)
    job.result = {"changed": job.result.get("changed", 0) + changed}
    return last is None and len(expired) < CHUNK


def _refresh(scope: str, params: dict[str, Any]) -> int:
    """Set and unset every rule's tag within a scope, and tell the timeline."""
    changed = 0
    tags = Tag.objects.filter(rule__in=list(RULES), group__kind=TagGroup.Kind.SYSTEM).order_by("pk")
    for tag in tags:
        condition = RULES[tag.rule].condition if tag.is_active else "false"
        wanted = WANTED.format(scope=scope.format(column="f.member_id"), condition=condition)
        gone = _run(UNSET.format(scope=scope.format(column="mt.member_id"), wanted=wanted), params, tag)
        new = _run(SET.format(wanted=wanted), params, tag)
        tell("member.untagged", gone)
        tell("member.tagged", new)
        changed += len(gone) + len(new)
    return changed


def _run(sql: str, params: dict[str, Any], tag: Tag) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**params, "tag": tag.pk})
        return [(row[0], tag.pk) for row in cursor.fetchall()]


def _expire(now: datetime) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, [now, CHUNK])
        rows = cursor.fetchall()
    tell("member.untagged", rows)
    return rows


def _next(after: int) -> tuple[int | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [after, CHUNK])
        return cursor.fetchone()


def _top_spend() -> Any:
    with connection.cursor() as cursor:
        cursor.execute(TOP_SPEND, {"share": 1 - TOP_SHARE.value / 100})
        return cursor.fetchone()[0]


def _params(now: datetime, *, top_spend: Any = None) -> dict[str, Any]:
    return {
        "today": timezone.localdate(now),
        "zone": settings.TIME_ZONE,
        "golden": GOLDEN_DAYS.value,
        "sleeping": SLEEPING_AFTER.value,
        "top_spend": _top_spend() if top_spend is None else top_spend,
    }
