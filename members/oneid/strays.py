"""The nightly look behind recent merges: rows that were on their way to a member while it was merged follow now.

Whoever writes about many members at once does not lock each of them, so that a row may be written for a member in the
very moment in which it is merged. Merges of the last days are gone through once more, here and, by the news, above.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from members import timeline
from members.models import MemberMerge
from members.oneid import following
from members.timeline import NewFact
from stores.models import Job

LOOK_BACK = timedelta(days=2)
PER_CHUNK = 200


def gather_chunk(job: Job) -> bool:
    """The next merges of the last days (config/jobs.py); True when all were seen."""
    recent = MemberMerge.objects.filter(made_at__gte=timezone.now() - LOOK_BACK, undone_at=None)
    ids = list(recent.filter(pk__gt=job.cursor.get("after", 0)).order_by("pk").values_list("pk", flat=True)[:PER_CHUNK])
    gather(ids)
    job.done += len(ids)
    job.total = max(job.total, job.done)
    if ids:
        job.cursor = {"after": ids[-1]}
    return len(ids) < PER_CHUNK


def gather(merge_ids: list[int]) -> None:
    """Let what is still with the absorbed members of these merges follow; what stayed by rule stays."""
    with transaction.atomic():
        following.go_along(MemberMerge._meta.app_label, merge_ids, by_rule=False)
        timeline.record(*(NewFact("member.regathered", subject=pk) for pk in merge_ids))
