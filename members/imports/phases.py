"""The phases of an import: load, merge, clear; or refuse, when the file turned out to be broken on the way.

A phase works on the locked job for some seconds and moves ``cursor``, ``result`` and ``done``; the runner saves them in
the transaction of the work itself.
"""

from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members.imports import filing, parts, rejects, staging
from members.ledgers.earning import plain_rate
from members.models import OrderImport, RejectedRow
from members.orders import products
from stores.csvfiles import BadFile
from stores.errors import Refusal
from stores.models import Job

FIRST = "load"
ORDERS_PER_CHUNK = 10_000


def load(job: Job, order_import: OrderImport) -> bool:
    """Copy a part of the file into the stage."""
    if _stage_was_lost(job):
        return _begin_again(job, order_import)
    cursor, params = job.cursor, job.params
    path = filing.path_of(job)
    if not path.exists():
        raise Refusal(_("The file of this import is gone. Send it again."), code="file_gone")
    try:
        with transaction.atomic():
            loaded = staging.load(
                path,
                params["columns"],
                stage=staging.stage_of(job),
                offset=cursor.get("offset", params["rows_at"]),
                line=cursor.get("line", 2),
            )
    except BadFile as fault:
        return _give_up(job, order_import, fault)
    if loaded.ended:
        staging.measure()
        parts.split(order_import)
        plain_rate()  # known before parts merge side by side: of two who write it, one would wait for the other's chunk
        if params["dry_run"]:
            _add(job, members_new=staging.count_unknown_identities(staging.stage_of(job)))
        else:
            products.add_staged(staging.stage_of(job))
    rejects.keep(order_import.pk, loaded.rejected)
    _add(job, lines=loaded.lines, rejected=len(loaded.rejected))
    job.cursor = {
        "phase": "merge" if loaded.ended else "load",
        "offset": loaded.offset,
        "line": loaded.line,
        "staged": cursor.get("staged", False) or loaded.staged > 0,
        **({"before": job.result} if loaded.ended else {}),
    }
    _show_progress(job)
    return False


def merge(job: Job, order_import: OrderImport) -> bool:
    """Merge the next whole orders of the stage; a dry run takes the same way and then undoes it."""
    if _stage_was_lost(job):
        return _begin_again(job, order_import)
    finished = parts.merge_next(order_import, job, limit=ORDERS_PER_CHUNK)
    _take_stock(job, order_import)
    if finished:
        parts.forget(order_import)
        job.cursor = {"phase": "clear"}
    return False


def clear(job: Job, order_import: OrderImport) -> bool:
    """Empty the stage and let go of the file."""
    if not staging.clear(staging.stage_of(job)):
        return False
    if "fault" in job.result:
        job.cursor = {"phase": "refuse"}
        return False
    transaction.on_commit(partial(filing.remove, job))
    job.done = job.total
    return True


def refuse(job: Job, order_import: OrderImport) -> bool:
    """End the job with the sentence that says what is wrong with the file. Raises BadFile."""
    filing.remove(job)
    fault = job.result["fault"]
    raise BadFile(fault["code"], **fault["details"])


PHASES: dict[str, Callable[[Job, OrderImport], bool]] = {
    "load": load,
    "merge": merge,
    "clear": clear,
    "refuse": refuse,
}


def _give_up(job: Job, order_import: OrderImport, fault: BadFile) -> bool:
    """The file is broken somewhere behind good lines: forget those too. The next chunks clear the stage and say why."""
    RejectedRow.objects.filter(order_import=order_import).delete()
    job.result = {"fault": {"code": fault.code, "details": fault.extra}}
    job.cursor = {"phase": "clear"}
    return False


def _stage_was_lost(job: Job) -> bool:
    """Whether lines were staged that are not there any more: a crash of the database empties unlogged tables."""
    return job.cursor.get("staged", False) and not staging.holds_lines(staging.stage_of(job))


def _begin_again(job: Job, order_import: OrderImport) -> bool:
    """Load the file anew. Orders merged before are found unchanged then, and counted as what they were."""
    RejectedRow.objects.filter(order_import=order_import).delete()
    _take_stock(job, order_import)
    parts.forget(order_import)
    kept = ("orders_new", "orders_changed", "returns_new", "members_new")
    job.result = {name: count for name, count in job.result.items() if name in kept}
    job.cursor = {}
    _show_progress(job)
    return False


def _take_stock(job: Job, order_import: OrderImport) -> None:
    """What there was before the merge, and what the parts have come to, which they keep themselves."""
    if "before" not in job.cursor:
        return
    counts = parts.counts(order_import)
    job.cursor = {**job.cursor, "merged": counts.pop("lines", 0)}
    job.result = job.cursor["before"]
    _add(job, **counts)
    _show_progress(job)


def _add(job: Job, **counts: int) -> None:
    job.result = {**job.result, **{name: job.result.get(name, 0) + count for name, count in counts.items()}}


def _show_progress(job: Job) -> None:
    """Loading is about a quarter of the work."""
    job.total = max(job.params["lines"], 1)
    job.done = min((job.result.get("lines", 0) + 3 * job.cursor.get("merged", 0)) // 4, job.total)
