"""Bulk issue: preview, start, one chunk after the other, void what nobody used.

Each chunk takes the next members by key, inserts their coupons with one INSERT .. SELECT, moves the template's stock
and the job's cursor, all in the transaction of the chunk: killed at any instruction it loses and repeats nothing. A
unique index (run, member) stands behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import batches, kinds, limits
from coupons.audience import LIVING, Audience
from coupons.errors import refuse
from coupons.expiry import end
from coupons.models import CouponTemplate, IssueRun, Origin, TemplateState
from coupons.moves import Move
from members.locks import lock_members
from stores import jobs
from stores.models import Job, JobState, Staff

CHUNK = 20_000
CHUNK_WITH_LIMIT = 5_000  # their members are locked for as long as the chunk takes
ISSUE, VOID = "coupons.issue", "coupons.void"

UNUSED = "SELECT id FROM coupons_coupon WHERE run_id = %s AND state = 'issued' ORDER BY id LIMIT %s FOR NO KEY UPDATE"


@dataclass(frozen=True)
class Preview:
    """What a bulk issue would do now. ``cost`` in yuan if every coupon is used; ``dropped`` counts by reason."""

    count: int
    cost: Decimal
    stock_left: int | None
    dropped: Mapping[str, int]


def preview(template: CouponTemplate, audience: Mapping[str, Sequence[int]]) -> Preview:
    """Who would get a coupon of the template and who would not, and why. Reads only."""
    who = Audience.of(audience)
    params = {**who.params, **limits.params_of(template, timezone.now())}
    free = batches.UNDER_LIMIT if limits.bounds(template) else "true"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FILTER (WHERE {LIVING} AND {free}), count(*) FILTER (WHERE {LIVING} AND NOT {free}), "
            f"count(*) FILTER (WHERE NOT {LIVING}) FROM members_member m WHERE {who.scope_sql}",
            params,
        )
        ready, limited, gone = cursor.fetchone()
    left = None if template.stock is None else max(template.stock - template.issued, 0)
    count = ready if left is None else min(ready, left)
    dropped = {"limit_reached": limited, "merged_or_erased": gone, "out_of_stock": ready - count}
    cost = count * kinds.face_value(template.terms) if template.terms else Decimal(0)
    return Preview(count, cost, left, {reason: number for reason, number in dropped.items() if number})


def start(
    template: CouponTemplate,
    audience: Mapping[str, Sequence[int]],
    *,
    by: Staff | None,
    origin: str = Origin.STAFF,
    origin_id: int | None = None,
    natural_key: str | None = None,
    due_at: datetime | None = None,
) -> IssueRun:
    """Write down a bulk issue with the present terms and ring for a worker.

    The same ``natural_key`` gives the same run. Raises CouponRefused (template_not_active) when it is not open.
    """
    who = Audience.of(audience)
    with transaction.atomic():
        held = CouponTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
        if held.state != TemplateState.ACTIVE:
            raise refuse("template_not_active")
        params = {"template": held.pk}
        job = jobs.plan(ISSUE, params=params, title=held.name, natural_key=natural_key, due_at=due_at, by=by)
        given = {"template": held, "terms_id": held.terms_id, "audience": who.params}
        run, _new = IssueRun.objects.get_or_create(
            job=job, defaults={**given, "origin": origin, "origin_id": origin_id}
        )
    return run


def issue_chunk(job: Job) -> bool:
    """Issue to the next members; True when all have been seen or the stock is gone. The caller's transaction."""
    run = IssueRun.objects.select_related("template", "terms").get(job=job)
    template = run.template
    if template.state != TemplateState.ACTIVE:
        raise refuse("template_not_active")
    who, now = Audience.of(run.audience), timezone.now()
    if "after" not in job.cursor:
        job.total = _count(who)
    members, last = _next_members(who, job.cursor.get("after", 0), template)
    if last is None:
        return True
    eligible = batches.under_limit(template, members, at=now)
    chosen = eligible[: _stock_left(template, len(eligible))]
    _issue_to(chosen, run, now)
    skipped = {"limit_reached": len(members) - len(eligible), "out_of_stock": len(eligible) - len(chosen)}
    job.done += len(members)
    if skipped["out_of_stock"]:
        skipped["out_of_stock"] += max(job.total - job.done, 0)
    _add_up(job, run, len(chosen), skipped)
    job.cursor = {"after": last}
    return bool(skipped["out_of_stock"])


def void_unused(run: IssueRun, *, by: Staff | None) -> Job:
    """Withdraw what nobody has used of a bulk issue, and end it if it still runs; the job tells how far it is."""
    with transaction.atomic():
        # Waits for the chunk under way, so that nothing is issued behind the back of the withdrawal.
        job = Job.objects.select_for_update().get(pk=run.job_id)
        if job.state not in (JobState.DONE, JobState.CANCELLED):
            jobs.cancel(job)
        title = str(_("Withdraw: %(run)s") % {"run": run.template.name})
        return jobs.plan(VOID, params={"run": run.pk}, title=title, natural_key=f"{VOID}:{run.pk}", by=by)


def void_chunk(job: Job) -> bool:
    """Void the next unused coupons of a run and record coupon.voided; True when none is left."""
    with connection.cursor() as cursor:
        cursor.execute(UNUSED, [job.params["run"], CHUNK])
        ids = [row[0] for row in cursor.fetchall()]
    actor = job.created_by.name if job.created_by else ""
    job.done += len(end(Move.VOIDED, ids, "coupon.voided", to_sql="'voided'", at=timezone.now(), actor=actor))
    job.result = {"voided": job.done}
    return len(ids) < CHUNK


def _count(who: Audience) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM members_member m WHERE {who.sql}", who.params)
        return cursor.fetchone()[0]


def _next_members(who: Audience, after: int, template: CouponTemplate) -> tuple[list[int], int | None]:
    """The next members by key, locked where a limit per member must hold; and the last key, None at the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.id FROM members_member m WHERE m.id > %(after)s AND {who.sql} ORDER BY m.id LIMIT %(size)s",
            {**who.params, "after": after, "size": CHUNK_WITH_LIMIT if limits.bounds(template) else CHUNK},
        )
        ids = [row[0] for row in cursor.fetchall()]
    if limits.bounds(template):
        lock_members(ids)
    return ids, ids[-1] if ids else None


def _stock_left(template: CouponTemplate, wanted: int) -> int:
    """How many of ``wanted`` the stock allows; a template with stock is locked until the chunk ends."""
    if template.stock is None:
        return wanted
    held = CouponTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    return wanted if held.stock is None else max(min(wanted, held.stock - held.issued), 0)


def _issue_to(members: list[int], run: IssueRun, now: datetime) -> None:
    """Coupons, facts and stock of one chunk."""
    if not members:
        return
    batches.put_into_wallets(
        members, run.template_id, run.terms, now, origin=run.origin, origin_id=run.origin_id, run=run.pk
    )


def _add_up(job: Job, run: IssueRun, issued: int, skipped: Mapping[str, int]) -> None:
    """Keep the counts on the run and, by reason, in the job's result."""
    run.issued += issued
    run.skipped += sum(skipped.values())
    run.save(update_fields=["issued", "skipped"])
    counts = {reason: job.result.get("skipped", {}).get(reason, 0) + number for reason, number in skipped.items()}
    job.result = {"issued": run.issued, "skipped": {reason: number for reason, number in counts.items() if number}}
