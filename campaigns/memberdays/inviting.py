"""The invitations of a date of a campaign: guides are asked to invite the best of their members, some hundred guides at
a time."""

from typing import Any

from django.utils import timezone

from campaigns.guidetasks import asking
from campaigns.memberdays.carrying import is_issuing
from campaigns.memberdays.notifying import PARTICIPANTS, WAIT
from campaigns.models import MemberDayOccurrence, Reason
from stores.jobs import NotYet
from stores.models import Job, Staff

GUIDES = 200
OF_GUIDES = f"""
    SELECT p.member_id, %(name)s::text AS occurrence, c.id AS coupon_id
      FROM {PARTICIPANTS} WHERE p.occurrence_id = %(occurrence)s AND NOT p.held_out AND m.guide_id = ANY (%(guides)s)
"""


def invite_chunk(job: Job) -> bool:
    """Ask the next guides; True when all have been asked. Waits for the coupons that guides may speak of."""
    rows = MemberDayOccurrence.objects.select_related("member_day", "issue_run__job")
    occurrence = rows.filter(pk=job.params["occurrence"], withdrawn_at=None).first()
    if occurrence is None or occurrence.until < timezone.localdate():
        return True
    if is_issuing(occurrence):
        raise NotYet(WAIT)
    guides = Staff.objects.filter(pk__gt=job.cursor.get("after", 0), is_active=True, store__isnull=False)
    following = list(guides.order_by("pk").values_list("pk", flat=True)[:GUIDES])
    if not following:
        return True
    tasks = asking.ask_rows(_occasion(occurrence), OF_GUIDES, _parameters(occurrence, following), at=timezone.now())
    job.done += len(tasks)
    job.cursor = {"after": following[-1]}
    return False


def _occasion(occurrence: MemberDayOccurrence) -> asking.Occasion:
    """What guides are asked for. Until the first day, or the last where that has come already."""
    member_day = occurrence.member_day
    is_ahead = occurrence.on >= timezone.localdate()
    return asking.Occasion(
        reason=Reason.INVITATION,
        due_on=occurrence.on if is_ahead else occurrence.until,
        why={"name": member_day.name, "on": f"{occurrence.on:%Y-%m-%d}"},
        most_per_guide=member_day.invite_most,
    )


def _parameters(occurrence: MemberDayOccurrence, guides: list[int]) -> dict[str, Any]:
    return {
        "name": f"{occurrence.pk}",
        "occurrence": occurrence.pk,
        "run": occurrence.issue_run_id,
        "opted_out": list(occurrence.member_day.opted_out.values_list("pk", flat=True)),
        "guides": guides,
    }
