"""System tags: the rule of each says who carries it. Kept fresh set-based, a range of members at a time by night, and
for those to whom something happened at once.

A rule is compiled to one query, kept to the range; whoever it finds gets the tag, whoever carries it by rule and is not
found loses it. What people, files or partners put on stays. Where somebody disputes a tag, the rule does not put it on.
A rule that means nothing any more leaves its tag as it is, and the job says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from members.models import Tag, TagGroup
from members.segments import compiling, trees
from members.segments.facts import habits
from members.segments.trees import TreeInvalid
from members.tags import tell
from members.windows import local_day
from stores import jobs
from stores.models import Job, JobState

NIGHTLY, ONE = "members.refresh_tags", "members.refresh_tag"
OPEN = (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)
CHUNK = 20_000

NEXT = "SELECT max(id), count(*) FROM (SELECT id FROM members_member WHERE id > %s ORDER BY id LIMIT %s) AS m"
MEMBERS = "SELECT count(*) FROM members_member"
NOBODY = "SELECT NULL::bigint AS member_id WHERE false"
DISPUTED = """
    SELECT FROM members_tagdispute d WHERE d.tag_id = {tag} AND d.member_id = {member}
       AND (d.state = 'open' OR d.state = 'upheld' AND (d.until IS NULL OR d.until >= {today}))
"""
SET = f"""
    INSERT INTO members_membertag (member_id, tag_id, source)
    SELECT w.member_id, %(tag)s, 'rule' FROM ({{wanted}}) AS w
     WHERE NOT EXISTS ({DISPUTED.format(tag="%(tag)s", member="w.member_id", today="%(today)s")})
     ORDER BY w.member_id
    ON CONFLICT (tag_id, member_id) DO UPDATE
       SET source = 'rule', set_by_id = NULL, set_at = now(), expires_at = NULL, run_id = NULL
     WHERE members_membertag.expires_at <= now()
    RETURNING member_id
"""
UNSET = """
    DELETE FROM members_membertag mt WHERE mt.tag_id = %(tag)s AND mt.source = 'rule' AND {within}
       AND NOT EXISTS (SELECT FROM ({wanted}) AS w WHERE w.member_id = mt.member_id) RETURNING mt.member_id
"""
EXPIRE = """
    DELETE FROM members_membertag WHERE id IN (
        SELECT id FROM members_membertag WHERE expires_at <= %s ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING member_id, tag_id
"""
RANGE = "{id} > %(after)s AND {id} <= %(last)s"
THESE = "{id} = ANY(%(ids)s)"


@dataclass(frozen=True)
class Moved:
    """How many members a tag came to and left; ``refused`` says why its rule was not followed."""

    came: int = 0
    left: int = 0
    refused: str = ""


def refresh_rules(member_ids: Iterable[int] | None = None, *, now: datetime | None = None) -> int:
    """Put every system tag right for these members, or for all; returns how many tags came or went.

    For a handful this is one transaction; for all it goes range by range, as the nightly job does.
    """
    at, rules = now or timezone.now(), {tag.pk: _rule(tag) for tag in ruled()}
    if member_ids is not None:
        with transaction.atomic():
            return _sum(_follow(rules, at, THESE, {"ids": sorted(set(member_ids))}).values())
    habits.freeze(local_day(at))
    after, changed, right = 0, 0, set(rules)
    while True:
        with transaction.atomic():
            last, _count = _next(after)
            if last is None:
                Tag.objects.filter(pk__in=right).update(refreshed_at=at)
                return changed
            moved = _follow(rules, at, RANGE, {"after": after, "last": last})
            right -= {pk for pk, one in moved.items() if one.refused}
            changed += _sum(moved.values())
            after = last


def refresh_chunk(job: Job) -> bool:
    """One range of members, for every system tag or for the one of ``params`` (config/jobs.py).

    The rules are those of the job's begin: a tag whose rule is changed meanwhile is taken anew afterwards.
    """
    if not job.cursor:
        _begin(job)
    rules, after = job.cursor["rules"], job.cursor["after"]
    expired = _expire() if job.kind == NIGHTLY else 0
    last, count = _next(after)
    moved: Mapping[int, Moved] = {}
    if last is not None and rules:
        at = datetime.fromisoformat(job.cursor["now"])
        moved = _follow({int(pk): rule for pk, rule in rules.items()}, at, RANGE, {"after": after, "last": last})
        job.cursor = {**job.cursor, "after": last}
        job.done += count
        job.total = max(job.total, job.done)
    _add_up(job, moved, expired)
    if (last is None or not rules) and expired < CHUNK:
        _finish(job)
        return True
    return False


def ruled() -> Sequence[Tag]:
    """The system tags that have a rule."""
    rows = Tag.objects.filter(group__kind=TagGroup.Kind.SYSTEM, rule__isnull=False).exclude(rule="")
    return list(rows.order_by("pk"))


def busy(tag: Tag) -> bool:
    """Whether a job that has not ended is bringing the tag in line with its rule."""
    return tag.job is not None and tag.job.state in OPEN


def _begin(job: Job) -> None:
    """Freeze the moment, the cut points and the rules; leave out what another job is working on."""
    now = timezone.now()
    habits.freeze(local_day(now))
    wanted = {tag.pk for tag in ruled()} & ({job.params["tag"]} if "tag" in job.params else {t.pk for t in ruled()})
    rows = Tag.objects.select_for_update(of=("self",)).select_related("job").filter(pk__in=wanted).order_by("pk")
    free = [tag for tag in rows if tag.job_id == job.pk or not busy(tag)]
    Tag.objects.filter(pk__in=[tag.pk for tag in free]).update(job=job)
    job.cursor = {"after": 0, "now": now.isoformat(), "rules": {str(tag.pk): _rule(tag) for tag in free}}
    job.total = _one(MEMBERS)


def _finish(job: Job) -> None:
    """Say as of when each tag is right; take those anew whose rule has changed since the begin."""
    refused = {pk for pk, moved in job.result.get("tags", {}).items() if "refused" in moved}
    for tag in Tag.objects.select_for_update().filter(job=job).order_by("pk"):
        old = job.cursor["rules"].get(str(tag.pk))
        if str(tag.pk) not in refused and old == _rule(tag):
            tag.refreshed_at = datetime.fromisoformat(job.cursor["now"])
        changed = old != _rule(tag)
        tag.job = jobs.plan(ONE, params={"tag": tag.pk}, title=tag.name, queue="segments") if changed else None
        tag.save(update_fields=["refreshed_at", "job"])


def _rule(tag: Tag) -> Any:
    """The rule that holds; None when headquarters switched the tag off, so that it lets go of everybody."""
    return tag.rule if tag.is_active else None


def _follow(rules: Mapping[int, Any], at: datetime, within: str, params: Mapping[str, Any]) -> dict[int, Moved]:
    """Bring the tags in line with their rules for some members, and tell the timeline."""
    return {pk: _follow_one(pk, rule, at, within, params) for pk, rule in rules.items()}


def _follow_one(pk: int, rule: Any, at: datetime, within: str, params: Mapping[str, Any]) -> Moved:
    values: dict[str, Any] = {**params, "tag": pk, "today": local_day(at)}
    wanted = NOBODY
    if rule is not None:
        try:
            query = compiling.compile_tree(trees.parse(rule), at=at, within=within)
        except TreeInvalid as invalid:
            return Moved(refused=str(invalid))
        wanted, values = query.text, {**query.params, **values}
    gone = _pairs(UNSET.format(within=within.format(id="mt.member_id"), wanted=wanted), values)
    new = _pairs(SET.format(wanted=wanted), values)
    tell("member.untagged", gone)
    tell("member.tagged", new)
    return Moved(len(new), len(gone))


def _pairs(sql: str, params: Mapping[str, Any]) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [(row[0], params["tag"]) for row in cursor.fetchall()]


def _expire() -> int:
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, [timezone.now(), CHUNK])
        rows = cursor.fetchall()
    tell("member.untagged", rows)
    return len(rows)


def _add_up(job: Job, moved: Mapping[int, Moved], expired: int) -> None:
    sums = dict(job.result.get("tags", {}))
    for pk, one in moved.items():
        so_far = sums.get(str(pk), {"came": 0, "left": 0})
        added = {"came": so_far.get("came", 0) + one.came, "left": so_far.get("left", 0) + one.left}
        sums[str(pk)] = {"refused": one.refused} if one.refused else added
    ended = job.result.get("expired", 0) + expired
    changed = job.result.get("changed", 0) + _sum(moved.values()) + expired
    job.result = {"changed": changed, "expired": ended, "tags": sums}


def _sum(moved: Iterable[Moved]) -> int:
    return sum(one.came + one.left for one in moved)


def _next(after: int) -> tuple[int | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [after, CHUNK])
        return cursor.fetchone()


def _one(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
