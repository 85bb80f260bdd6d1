"""Bulk issue as the house forbids it: the effect of a chunk is committed before the cursor moves."""

import threading
import time

from django.db import connection, transaction
from django.utils import timezone

from coupons import batches, bulk
from coupons.audience import Audience
from coupons.models import IssueRun
from stores.models import Job


def issue_chunk(job: Job) -> bool:
    """One chunk in two transactions, with a pause between them in which a worker may die."""
    run = IssueRun.objects.select_related("template", "terms").get(job=job)
    who, after = Audience.of(run.audience), job.cursor.get("after", 0)
    members, last = bulk._next_members(who, after, run.template, timezone.now())
    if last is None:
        return True
    worker = threading.Thread(target=_commit, args=(members, run))
    worker.start()
    worker.join()
    time.sleep(0.3)
    job.done += len(members)
    job.cursor = {"after": last}
    return False


def _commit(members: list[int], run: IssueRun) -> None:
    with transaction.atomic():
        batches.give_to(members, run, run.terms, timezone.now())
    connection.close()
