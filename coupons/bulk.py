"""Bulk issue: start, one chunk after the other, void what nobody used. coupons.previews looks ahead, coupons.issueruns
is the way of a run to its start.

Each chunk takes the next members by key out of a range of keys, so that no part of the audience's rule is asked of
more than these; it inserts their coupons with one INSERT .. SELECT, moves the template's stock
and the job's cursor, all in the transaction of the chunk: killed at any instruction it loses and repeats nothing. A
unique index (run, member) stands behind it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import batches, limits, packs, packsteps
from coupons.audience import Audience
from coupons.errors import refuse
from coupons.expiry import end
from coupons.models import CouponPack, CouponTemplate, CouponTerms, IssueRun, Origin, RunState, TemplateState
from coupons.moves import Move
from coupons.previews import Preview, preview
from members.locks import lock_members
from members.segments.registry import Binder
from stores import jobs
from stores.errors import Conflict
from stores.models import Job, JobState, Staff

__all__ = ["Preview", "issue_chunk", "launch", "preview", "start", "void_chunk", "void_unused"]

CHUNK = 50_000
CHUNK_WITH_LIMIT = 5_000  # their members are locked for as long as the chunk takes
RANGE = 50_000  # members, of the audience or not, among whom a chunk looks
ISSUE, VOID = "coupons.issue", "coupons.void"

END = "SELECT max(id) FROM (SELECT id FROM members_member WHERE id > %s ORDER BY id LIMIT %s) AS next"
# Nobody else locks many coupons of a run in another order: members of a run ascend as its coupons do.
UNUSED = """
    SELECT id, member_id FROM coupons_coupon WHERE run_id = %(run)s AND NOT is_double AND member_id > %(after)s
       AND state = 'issued' ORDER BY member_id LIMIT %(size)s FOR NO KEY UPDATE
"""
UNUSED_DOUBLES = """
    SELECT id, member_id FROM coupons_coupon
     WHERE run_id = %(run)s AND is_double AND state = 'issued' ORDER BY id FOR NO KEY UPDATE
"""
PACKS = "SELECT id FROM coupons_givenpack WHERE run_id = %(run)s AND id > %(after)s ORDER BY id LIMIT %(size)s"
STEPS = f"SELECT s.id FROM coupons_packstep s WHERE s.given_id = ANY(%(given)s) AND {packsteps.OPEN} ORDER BY s.id"
UNUSED_OF_PACKS = """
    SELECT c.id, c.member_id FROM coupons_packstep s JOIN coupons_coupon c ON c.id = s.coupon_id
     WHERE s.given_id = ANY(%(given)s) AND c.state = 'issued' ORDER BY c.id FOR NO KEY UPDATE OF c
"""


def start(
    what: CouponTemplate | CouponPack,
    audience: Mapping[str, Any],
    *,
    by: Staff | None,
    origin: str = Origin.STAFF,
    origin_id: int | None = None,
    natural_key: str | None = None,
    due_at: datetime | None = None,
) -> IssueRun:
    """Write down a bulk issue with the present terms and ring for a worker, as what was approved elsewhere does.

    The same ``natural_key`` gives the same run. Raises CouponRefused (template_not_active, pack_not_active), Refusal
    ``audience_gone``.
    """
    who = Audience.of(audience)
    with transaction.atomic():
        held = hold_open(what)
        job = _plan(held, natural_key=natural_key, due_at=due_at, by=by)
        given = {**what_of(held), "audience": who.rule, "created_by": by}
        run, _new = IssueRun.objects.get_or_create(
            job=job, defaults={**given, "origin": origin, "origin_id": origin_id}
        )
    return run


def launch(run: IssueRun, *, by: Staff | None) -> IssueRun:
    """Let a run that the caller has locked go, with the present terms. Raises CouponRefused as ``start``."""
    held = hold_open(issued_by(run))
    run.job = _plan(held, natural_key=f"{ISSUE}:run:{run.pk}", by=run.created_by)
    run.state, run.approved_by, run.terms = RunState.APPROVED, by, what_of(held).get("terms")
    run.save(update_fields=["job", "state", "approved_by", "terms"])
    return run


def issued_by(run: IssueRun) -> CouponTemplate | CouponPack:
    """What a run issues; the database makes sure that it is one thing."""
    what = run.template or run.pack
    if what is None:
        raise ValueError("a run of nothing")
    return what


def hold_open(what: CouponTemplate | CouponPack) -> CouponTemplate | CouponPack:
    """The template or pack with its row locked. Raises CouponRefused (template_not_active, pack_not_active)."""
    if isinstance(what, CouponPack):
        pack = CouponPack.objects.select_for_update(no_key=True).get(pk=what.pk)
        if pack.state != TemplateState.ACTIVE:
            raise refuse("pack_not_active")
        return pack
    rows = CouponTemplate.objects.select_for_update(of=("self",), no_key=True).select_related("terms")
    template = rows.get(pk=what.pk)
    if template.state != TemplateState.ACTIVE:
        raise refuse("template_not_active")
    return template


def what_of(held: CouponTemplate | CouponPack) -> dict[str, Any]:
    """The columns of a run that say what it issues."""
    return {"pack": held} if isinstance(held, CouponPack) else {"template": held, "terms": held.terms}


def _plan(held: CouponTemplate | CouponPack, *, by: Staff | None, **how: Any) -> Job:
    params = {"pack": held.pk} if isinstance(held, CouponPack) else {"template": held.pk}
    return jobs.plan(ISSUE, params=params, title=held.name, by=by, **how)


def issue_chunk(job: Job) -> bool:
    """Issue to the next members; True when all have been seen or the stock is gone. The caller's transaction."""
    run = IssueRun.objects.select_related("template", "terms", "pack").get(job=job)
    who, now = Audience.of(run.audience), timezone.now()
    if "after" not in job.cursor:
        job.total = who.count(at=now)
        job.cursor = {"after": 0}
    if run.pack:
        return _give_packs(job, run, run.pack, who, now)
    template, terms = run.template, run.terms
    if template is None or terms is None or template.state != TemplateState.ACTIVE:
        raise refuse("template_not_active")
    if limits.bounds(template):
        return _issue_within_limits(job, run, template, terms, who, now)
    return _issue_freely(job, run, template, terms, who, now)


def _issue_freely(
    job: Job, run: IssueRun, template: CouponTemplate, terms: CouponTerms, who: Audience, now: datetime
) -> bool:
    """To the next members of a range, all in the database."""
    after, last = job.cursor["after"], _last_of_range(job.cursor["after"])
    if last is None:
        return True
    left = _stock_left(template, CHUNK)
    count = batches.give_to_next(run, terms, who, after=after, last=last, size=left, now=now) if left else 0
    is_used_up = left < CHUNK and count == left
    job.done += count
    _add_up(job, run, count, {"out_of_stock": max(job.total - job.done, 0) if is_used_up else 0})
    job.cursor = {"after": batches.last_member(run) if count == CHUNK else last}
    return is_used_up


def _issue_within_limits(
    job: Job, run: IssueRun, template: CouponTemplate, terms: CouponTerms, who: Audience, now: datetime
) -> bool:
    """The same for a template that limits what one member may have: its members are locked and looked at first."""
    members, last = _next_members(who, job.cursor["after"], template, now)
    if last is None:
        return True
    eligible = batches.under_limit(template, members, at=now)
    chosen = eligible[: _stock_left(template, len(eligible))]
    if chosen:
        batches.give_to(chosen, run, terms, now)
    skipped = {"limit_reached": len(members) - len(eligible), "out_of_stock": len(eligible) - len(chosen)}
    job.done += len(members)
    if skipped["out_of_stock"]:
        skipped["out_of_stock"] += max(job.total - job.done, 0)
    _add_up(job, run, len(chosen), skipped)
    job.cursor = {"after": last}
    return bool(skipped["out_of_stock"])


def _give_packs(job: Job, run: IssueRun, pack: CouponPack, who: Audience, now: datetime) -> bool:
    """Give the pack to the next members; the run counts packs."""
    members, last = _next_members(who, job.cursor["after"], None, now)
    if last is None:
        return True
    handed = packs.give_to_many(pack, members, run=run, at=now)
    job.done += len(members)
    _add_up(job, run, handed.given, handed.skipped)
    job.result = {**job.result, "coupons": job.result.get("coupons", 0) + handed.coupons}
    job.cursor = {"after": last}
    return False


def job_of(run: IssueRun) -> Job:
    """The job that carries a run out. Raises Conflict ``run_state`` for one that was never let go."""
    if run.job is None:
        raise Conflict(_("It was not let go yet."), code="run_state")
    return run.job


def void_unused(run: IssueRun, *, by: Staff | None) -> Job:
    """Withdraw what nobody has used of a bulk issue, and end it if it still runs; the job tells how far it is.

    Raises Conflict ``run_state`` for one that was never let go.
    """
    with transaction.atomic():
        # Waits for the chunk under way, so that nothing is issued behind the back of the withdrawal.
        job = Job.objects.select_for_update().get(pk=job_of(run).pk)
        if job.state not in (JobState.DONE, JobState.CANCELLED):
            jobs.cancel(job)
        title = str(_("Withdraw: %(run)s") % {"run": issued_by(run).name})
        return jobs.plan(VOID, params={"run": run.pk}, title=title, natural_key=f"{VOID}:{run.pk}", by=by)


def void_chunk(job: Job) -> bool:
    """Void the next unused coupons of a run and record coupon.voided; True when none is left."""
    run = IssueRun.objects.get(pk=job.params["run"])
    params: dict[str, Any] = {"run": run.pk, "after": job.cursor.get("after", 0), "size": CHUNK}
    if run.pack_id is None:
        rows = _rows(UNUSED, params)
        last, finished = rows[-1][1] if rows else 0, len(rows) < CHUNK
        rows += _rows(UNUSED_DOUBLES, params) if finished else []
    else:
        given = [row[0] for row in _rows(PACKS, {**params, "size": CHUNK_WITH_LIMIT})]
        last, finished = given[-1] if given else 0, len(given) < CHUNK_WITH_LIMIT
        packsteps.refuse_steps([row[0] for row in _rows(STEPS, {"given": given})], packsteps.STOPPED)
        rows = _rows(UNUSED_OF_PACKS, {"given": given})
    ids, actor = sorted(row[0] for row in rows), job.created_by.name if job.created_by else ""
    job.done += len(end(Move.VOIDED, ids, "coupon.voided", to_sql="'voided'", at=timezone.now(), actor=actor))
    job.total = max(job.total, run.issued)
    job.result = {"voided": job.done}
    job.cursor = {"after": last}
    if finished:
        job.total = job.done
    return finished


def _last_of_range(after: int) -> int | None:
    """Up to which key a chunk looks that begins after a key; None when there is nobody any more."""
    found: int | None = _rows(END, [after, RANGE])[0][0]
    return found


def _next_members(
    who: Audience, after: int, template: CouponTemplate | None, now: datetime
) -> tuple[list[int], int | None]:
    """The next members of a range by key, locked where a limit per member must hold; and the key up to which that was
    all, None at the end."""
    last = _last_of_range(after)
    if last is None:
        return [], None
    is_bounded = template is None or limits.bounds(template)
    size, binder = CHUNK_WITH_LIMIT if is_bounded else CHUNK, Binder(now, within=batches.RANGE)
    text = f"SELECT m.id FROM members_member m WHERE {batches.NEXT.format(who=who.living(binder))}"
    ids = [row[0] for row in _rows(text, {**binder.values, "after": after, "last": last, "size": size})]
    if template is not None and is_bounded:
        lock_members(ids)
    return ids, ids[-1] if len(ids) == size else last


def _stock_left(template: CouponTemplate, wanted: int) -> int:
    """How many of ``wanted`` the stock allows; a template with stock is locked until the chunk ends."""
    if template.stock is None:
        return wanted
    held = CouponTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    return wanted if held.stock is None else max(min(wanted, held.stock - held.issued), 0)


def _add_up(job: Job, run: IssueRun, issued: int, skipped: Mapping[str, int]) -> None:
    """Keep the counts on the run and, by reason, in the job's result."""
    run.issued += issued
    run.skipped += sum(skipped.values())
    run.save(update_fields=["issued", "skipped"])
    before = job.result.get("skipped", {})
    counts = {reason: before.get(reason, 0) + skipped.get(reason, 0) for reason in {**before, **skipped}}
    job.result = {
        **job.result,
        "issued": run.issued,
        "skipped": {reason: number for reason, number in counts.items() if number},
    }


def _rows(sql: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
