"""Bulk tagging: one tag put on, or taken off, all members whom a rule means. Previewed exactly, run as a job in chunks.

A chunk looks at the next members by key, locks those whom the rule means, and moves the job's cursor in its own
transaction: killed at any instruction it loses and repeats nothing. What a run put on carries its number, so that
exactly this can be taken off again; whoever had the tag before keeps it as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.locks import lock_members
from members.models import MemberTag, Tag, TagRun
from members.segments import compiling, trees
from members.segments.trees import Node
from members.tagrules import DISPUTED, RANGE
from members.tags import end_of, settable, tell, usable
from members.windows import local_day
from stores import jobs
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Job, JobState, Staff

RUN, UNDO = "members.tag_many", "members.untag_run"
CHUNK = 5_000  # the members found among them are locked for as long as the chunk takes
OPEN = (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)

HELD_BACK = DISPUTED.format(tag="%(tag)s", member="w.member_id", today="%(today)s")
ALIVE = "(mt.expires_at IS NULL OR mt.expires_at > %(now)s)"
LOOK = f"""
    SELECT count(*), count(*) FILTER (WHERE w.carries),
           count(*) FILTER (WHERE w.loses AND NOT w.carries AND NOT w.disputed),
           count(*) FILTER (WHERE w.disputed AND NOT w.carries)
      FROM (SELECT w.member_id,
                   EXISTS (SELECT FROM members_membertag mt
                            WHERE mt.tag_id = %(tag)s AND mt.member_id = w.member_id AND {ALIVE}) AS carries,
                   EXISTS (SELECT FROM members_membertag mt JOIN members_tag t ON t.id = mt.tag_id
                            JOIN members_taggroup g ON g.id = t.group_id AND g.single_choice
                            WHERE t.group_id = %(group)s AND t.id <> %(tag)s AND mt.member_id = w.member_id
                              AND {ALIVE}) AS loses,
                   EXISTS ({HELD_BACK}) AS disputed
              FROM ({{wanted}}) AS w) AS w
"""
NEXT = "SELECT max(id), count(*) FROM (SELECT id FROM members_member WHERE id > %s ORDER BY id LIMIT %s) AS m"
# Whoever was merged or erased before the lock came is left out; so is whoever carries it, with whatever end it has.
TARGETS = f"""
    SELECT w.member_id FROM (SELECT m.id AS member_id FROM members_member m
                              WHERE m.id = ANY(%(ids)s) AND m.state = 'active') AS w
     WHERE NOT EXISTS (SELECT FROM members_membertag mt
                        WHERE mt.tag_id = %(tag)s AND mt.member_id = w.member_id AND {ALIVE})
       AND NOT EXISTS ({HELD_BACK}) ORDER BY w.member_id
"""
REPLACE = """
    DELETE FROM members_membertag mt USING members_tag t
     WHERE t.id = mt.tag_id AND t.group_id = %(group)s AND t.id <> %(tag)s AND mt.member_id = ANY(%(targets)s)
    RETURNING mt.member_id, mt.tag_id
"""
PUT_ON = """
    INSERT INTO members_membertag (member_id, tag_id, source, set_by_id, expires_at, run_id)
    SELECT member_id, %(tag)s, 'person', %(by)s::bigint, %(expires_at)s::timestamptz, %(run)s
      FROM unnest(%(targets)s::bigint[]) AS member_id
    ON CONFLICT (tag_id, member_id) DO UPDATE
       SET source = 'person', set_by_id = excluded.set_by_id, set_at = now(), expires_at = excluded.expires_at,
           run_id = excluded.run_id
     WHERE members_membertag.expires_at <= %(now)s
    RETURNING member_id, tag_id
"""
TAKE_OFF = """
    DELETE FROM members_membertag WHERE tag_id = %(tag)s AND member_id = ANY(%(ids)s) RETURNING member_id, tag_id
"""
TAKE_BACK = """
    DELETE FROM members_membertag WHERE id IN (
        SELECT id FROM members_membertag WHERE run_id = %(run)s ORDER BY member_id LIMIT %(size)s FOR UPDATE
    ) RETURNING member_id, tag_id
"""


@dataclass(frozen=True)
class Preview:
    """What a run would do now: how many members the rule means, how many of them carry the tag, how many who do not
    would lose another tag of a single-choice group, and for how many it was disputed, who are left out."""

    count: int
    carrying: int
    losing: int
    disputed: int
    at: datetime

    @property
    def coming(self) -> int:
        """How many the tag would be put on."""
        return self.count - self.carrying - self.disputed


def preview(tag: Tag, tree: Node) -> Preview:
    """The exact figures as of now. Reads only."""
    now = timezone.now()
    query = compiling.compile_tree(tree, at=now)
    keys = {"tag": tag.pk, "group": tag.group_id, "now": now, "today": local_day(now)}
    count, carrying, losing, disputed = _rows(LOOK.format(wanted=query.text), {**query.params, **keys})[0]
    return Preview(count, carrying, losing, disputed, now)


def start(
    tag: Tag, rule: Mapping[str, Any], *, by: Staff, takes_off: bool = False, until: date | None = None
) -> TagRun:
    """Write down a run and ring for a worker.

    Raises NotAllowed ``not_headquarters``, ``tag_not_yours`` for a system tag, TreeInvalid, and Refusal as
    members.tags.set_tag does, and ``nobody`` when there is nothing to do.
    """
    if not by.sees_all:
        raise NotAllowed(_("Headquarters does this."), code="not_headquarters")
    tree = trees.parse(rule)
    fresh = settable(tag, by) if takes_off else usable(tag, by)
    expires_at = None if takes_off else end_of(fresh, until)
    seen = preview(fresh, tree)
    expected = seen.carrying if takes_off else seen.coming
    if not expected:
        raise Refusal(_("There is nobody for whom this would change anything."), code="nobody")
    with transaction.atomic():
        title = str((_("Take off: %(tag)s") if takes_off else _("Put on: %(tag)s")) % {"tag": fresh.name})
        run = TagRun.objects.create(
            tag=fresh,
            takes_off=takes_off,
            rule=trees.dump(tree),
            expires_at=expires_at,
            expected=expected,
            created_by=by,
        )
        run.job = jobs.plan(RUN, params={"run": run.pk}, title=title, by=by)
        run.save(update_fields=["job"])
    return run


def run_chunk(job: Job) -> bool:
    """The next members by key (config/jobs.py); True when all have been looked at."""
    run = TagRun.objects.select_related("tag__group", "created_by").get(pk=job.params["run"])
    if not job.cursor:
        job.cursor = {"after": 0, "now": timezone.now().isoformat()}
        job.total = _rows("SELECT count(*) FROM members_member", {})[0][0]
    after = job.cursor["after"]
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [after, CHUNK])
        last, count = cursor.fetchone()
    if last is None:
        return True
    at = datetime.fromisoformat(job.cursor["now"])
    query = compiling.compile_tree(trees.parse(run.rule), at=at, within=RANGE)
    found = _rows(query.text, {**query.params, "after": after, "last": last})
    ids = lock_members(row[0] for row in found)
    done = _take_off(run, ids) if run.takes_off else _put_on(run, ids)
    job.done += count
    job.total = max(job.total, job.done)
    job.cursor = {**job.cursor, "after": last}
    job.result = {key: job.result.get(key, 0) + number for key, number in {"found": len(ids), **done}.items()}
    return False


def undo(run: TagRun, *, by: Staff) -> Job:
    """Take off again what a run put on and nobody has set anew; a run under way ends. What it replaced does not return.

    Raises NotAllowed ``not_headquarters``, Conflict ``run_state`` for a run that takes off, or that was undone.
    """
    if not by.sees_all:
        raise NotAllowed(_("Headquarters does this."), code="not_headquarters")
    with transaction.atomic():
        held = TagRun.objects.select_for_update(of=("self",)).select_related("tag", "job").get(pk=run.pk)
        if held.takes_off or held.undo_job_id:
            raise Conflict(_("There is nothing to take back, or it was taken back already."), code="run_state")
        # Waits for the chunk under way, so that nothing is put on behind the back of the undoing.
        job = Job.objects.select_for_update().filter(pk=held.job_id or 0).first()
        if job is not None and job.state in OPEN:
            jobs.cancel(job)
        title = str(_("Take back: %(tag)s") % {"tag": held.tag.name})
        held.undo_job = jobs.plan(UNDO, params={"run": held.pk}, title=title, by=by)
        held.save(update_fields=["undo_job"])
    return held.undo_job


def undo_chunk(job: Job) -> bool:
    """The next members of a run lose the tag again (config/jobs.py)."""
    run, size = job.params["run"], CHUNK
    if not job.cursor:
        job.cursor = {"begun": True}
        job.total = MemberTag.objects.filter(run=run).count()
    gone = _rows(TAKE_BACK, {"run": run, "size": size})
    tell("member.untagged", gone, by=job.created_by)
    job.done += len(gone)
    job.total = max(job.total, job.done)
    job.result = {"taken_off": job.done}
    return len(gone) < size


def _put_on(run: TagRun, ids: list[int]) -> dict[str, int]:
    keys: dict[str, Any] = {
        "ids": ids,
        "tag": run.tag_id,
        "group": run.tag.group_id,
        "run": run.pk,
        "by": run.created_by_id,
        "expires_at": run.expires_at,
        "now": timezone.now(),
        "today": local_day(timezone.now()),
    }
    keys["targets"] = [row[0] for row in _rows(TARGETS, keys)]
    replaced = _rows(REPLACE, keys) if run.tag.group.single_choice else []
    new = _rows(PUT_ON, keys)
    tell("member.untagged", replaced, by=run.created_by)
    tell("member.tagged", new, by=run.created_by)
    return {"put_on": len(new), "replaced": len(replaced)}


def _take_off(run: TagRun, ids: list[int]) -> dict[str, int]:
    gone = _rows(TAKE_OFF, {"tag": run.tag_id, "ids": ids})
    tell("member.untagged", gone, by=run.created_by)
    return {"taken_off": len(gone)}


def _rows(sql: str, params: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
