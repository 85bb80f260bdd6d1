"""The days of pack steps: a job gives what is due, another takes back what is still to come of a stopped pack.

The tick of ``coupons.sweep`` plans the first when something is due. What could not be given is given again by hand.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coupons import packbudgets, packcatalogue
from coupons.issuing import issue_coupon
from coupons.models import CouponPack, PackStep, TemplateState
from coupons.packsteps import OPEN, STOPPED, give_steps, refuse_steps
from members.locks import lock_member, lock_members
from members.oneid.lineage import living_id, living_ids
from stores import jobs
from stores.errors import Conflict
from stores.models import Job, JobState, Staff

CHUNK = 5_000  # the members of a chunk are locked for as long as it takes
TAKEN_BACK_AT_ONCE = 10_000
GIVE, TAKE_BACK = "coupons.give_pack_steps", "coupons.take_back_steps"
PARTS = ("template__terms", "given__guide")
EVERY = timedelta(minutes=15)  # how often a new job is planned at most

DUE = f"""
    SELECT s.id, s.due_at, g.member_id FROM coupons_packstep s JOIN coupons_givenpack g ON g.id = s.given_id
     WHERE {OPEN} AND s.due_at <= %(now)s AND (s.due_at, s.id) > (%(due)s::timestamptz, %(after)s)
     ORDER BY s.due_at, s.id LIMIT %(size)s
"""
OF_PACK = f"""
    SELECT s.id FROM coupons_packstep s JOIN coupons_givenpack g ON g.id = s.given_id
     WHERE g.pack_id = %s AND s.id > %s AND {OPEN} ORDER BY s.id LIMIT %s FOR NO KEY UPDATE OF s
"""


def give_chunk(job: Job) -> bool:
    """Give the next steps that are due; True when none is left. The caller's transaction.

    Members who are being merged at this moment are left to the next job.
    """
    now = timezone.now()
    after = {"due": job.cursor.get("due", "-infinity"), "after": job.cursor.get("after", 0)}
    rows = _rows(DUE, {**after, "now": now, "size": CHUNK})
    locked = lock_members(living_ids({member for _step, _due, member in rows}).values())
    outcome = give_steps([row[0] for row in rows], locked, now)
    job.done += len(rows)
    refused = Counter(job.result.get("refused", {})) + Counter(outcome.refused)
    job.result = {"given": job.result.get("given", 0) + outcome.given, "refused": dict(refused)}
    if rows:
        job.cursor = {"due": rows[-1][1].isoformat(), "after": rows[-1][0]}
    return len(rows) < CHUNK


def plan_due() -> int:
    """Plan a job for the steps that are due, unless one is open; how many were planned. Called with every tick."""
    now = timezone.now()
    if not PackStep.objects.filter(coupon=None, refusal="", due_at__lte=now).exists():
        return 0
    if Job.objects.filter(kind=GIVE, state__in=[JobState.WAITING, JobState.RUNNING, JobState.PAUSED]).exists():
        return 0
    period = datetime.fromtimestamp(now.timestamp() // EVERY.total_seconds() * EVERY.total_seconds(), now.tzinfo)
    key = f"{GIVE}:{period:%Y-%m-%dT%H:%M}"
    if Job.objects.filter(natural_key=key).exists():
        return 0
    jobs.plan(GIVE, params={}, natural_key=key, title=_("Coupons of packs that are due"))
    return 1


def give_again(step: PackStep, *, by: Staff | None) -> PackStep:
    """Give a step that could not be given, now that its cause is mended. What was given stays as it is.

    Raises CouponRefused while the cause lasts, Refusal (budget_spent) when the partner who gave the pack has no budget
    left for it, Conflict (step_not_due) for one that is still to come, NotFound for a member who is no longer one.
    """
    with transaction.atomic():
        given = PackStep.objects.select_related("given").get(pk=step.pk).given
        member = lock_member(living_id(given.member_id))
        held = PackStep.objects.select_for_update(of=("self",), no_key=True).select_related(*PARTS).get(pk=step.pk)
        if held.coupon_id is not None:
            return held
        if not held.refusal:
            raise Conflict(_("This coupon comes by itself on its day."), code="step_not_due")
        held.coupon = issue_coupon(
            held.template, member, origin=held.given.origin, origin_id=held.given.origin_id, guide=held.given.guide
        )
        held.refusal = ""
        held.save(update_fields=["coupon", "refusal"])
        packbudgets.take_for(held)
    return held


def stop_and_take_back(pack: CouponPack, *, by: Staff | None) -> Job:
    """Give the pack to nobody else, and plan that what is still to come of it is not given either."""
    with transaction.atomic():
        if CouponPack.objects.get(pk=pack.pk).state == TemplateState.ACTIVE:
            packcatalogue.stop(pack, by)
        return take_back_later(pack, by=by)


def take_back_later(pack: CouponPack, *, by: Staff | None) -> Job:
    """Plan that what is still to come of a stopped pack is not given. Raises Conflict (pack_state) for one in force."""
    with transaction.atomic():
        held = CouponPack.objects.select_for_update(no_key=True).get(pk=pack.pk)
        if held.state == TemplateState.ACTIVE:
            raise Conflict(_("Stop the pack first."), code="pack_state")
        title = _("Take back: %(pack)s") % {"pack": held.name}
        return jobs.plan(TAKE_BACK, params={"pack": held.pk}, title=title, by=by)


def take_back_chunk(job: Job) -> bool:
    """Refuse the next open steps of a pack; True when none is left. The caller's transaction."""
    ids = [row[0] for row in _rows(OF_PACK, [job.params["pack"], job.cursor.get("after", 0), TAKEN_BACK_AT_ONCE])]
    job.done += refuse_steps(ids, STOPPED)
    packbudgets.give_back(ids)
    job.cursor = {"after": ids[-1]} if ids else job.cursor
    job.result = {"taken_back": job.done}
    return len(ids) < TAKEN_BACK_AT_ONCE


def _rows(sql: str, params: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
