"""The merge of an import in parts, side by side, each over a connection of its own.

Orders are parted by the blind index of who bought, so two parts hardly ever want the same member. A part moves its
cursor and its counts in the transaction of its work, as a job does: what was killed goes on where each part was.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import connection, transaction

from members.imports import staging
from members.models import ImportPart, OrderImport
from members.orders.gather import SEPARATOR
from members.orders.intake import merge_stage
from stores.authors import acting
from stores.models import Job

COUNTED = ("orders_new", "orders_same", "orders_changed", "returns_new", "returns_same", "members_new")
SECONDS = 5.0  # that parts work side by side before the job is looked at again
FEWEST = 1_000  # orders of a chunk: what parts meet first, such as products, is soon known, and none waits long for it


def split(order_import: OrderImport) -> None:
    """Part the stage in as many ranges of the blind index as an import may have connections."""
    forget(order_import)
    count = max(settings.IMPORT_CONNECTIONS, 1)
    borders = ["", *(f"{256 * nth // count:02x}" for nth in range(1, count)), ""]
    ImportPart.objects.bulk_create(
        ImportPart(order_import=order_import, after=SEPARATOR.join([low, "", "", ""]) if low else "", until=high)
        for low, high in zip(borders, borders[1:], strict=False)
    )


def forget(order_import: OrderImport) -> None:
    """There are no parts any more."""
    ImportPart.objects.filter(order_import=order_import).delete()


def counts(order_import: OrderImport) -> Counter[str]:
    """What the parts have come to: orders, returns and members by what became of them, rejected and merged lines."""
    return sum((Counter(part.counts) for part in ImportPart.objects.filter(order_import=order_import)), Counter())


def merge_next(order_import: OrderImport, job: Job, *, limit: int) -> bool:
    """Let every part that is not done move on, by chunks of ``limit`` orders; True when all are done."""
    undone = ImportPart.objects.filter(order_import=order_import, is_done=False)
    work = [partial(_merge_chunk, pk, job) for pk in undone.values_list("pk", flat=True)]
    if settings.IMPORT_CONNECTIONS > 1 and len(work) > 1:
        with ThreadPoolExecutor(len(work)) as pool:
            running = [pool.submit(copy_context().run, _apart, one, limit) for one in work]
        for one in running:
            one.result()
    elif work:
        work[0](limit)
    return not undone.exists()


def _apart(merge_chunk: Callable[[int], bool], most: int) -> None:
    """Chunk by chunk for some seconds, over the connection of this thread alone. A chunk is as large as the time that
    is left allows, so that no part sits idle until another has done."""
    until, limit, ended = time.monotonic() + SECONDS, min(FEWEST, most), False
    try:
        with acting():
            while not ended:
                began = time.monotonic()
                ended = merge_chunk(limit) or (now := time.monotonic()) >= until
                if not ended:
                    limit = max(FEWEST, min(most, round(limit * (until - now) / (now - began))))
    finally:
        connection.close()


def _merge_chunk(pk: int, job: Job, limit: int) -> bool:
    """The next chunk of a part; True when it was the last. A dry run takes the same way and then undoes it."""
    stage, dry_run, as_of = staging.stage_of(job), job.params["dry_run"], job.params["as_of"]
    at = datetime.fromisoformat(as_of) if as_of else None
    with transaction.atomic():
        part = ImportPart.objects.select_for_update().get(pk=pk)
        with transaction.atomic():
            merged = merge_stage(stage, after=part.after, until=part.until, limit=limit, at=at)
            if dry_run:
                transaction.set_rollback(True)
        found = {name: getattr(merged, name) for name in COUNTED}
        if dry_run:
            del found["members_new"]  # each chunk would make the same newcomers
        found["rejected"] = staging.report(part.order_import_id, stage, merged.rejected)
        if merged.last_key:
            found["lines"] = staging.count_lines(stage, after=part.after, until=merged.last_key)
            part.after = merged.last_key
        part.counts = dict(Counter(part.counts) + Counter(found))
        part.is_done = merged.finished
        part.save()
    return part.is_done
