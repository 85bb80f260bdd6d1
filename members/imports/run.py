"""An import from the file to the tables: the verbs that the admin page and the command call, and the job's chunks.

Load (COPY to the stage), merge (whole orders, chunk by chunk), clear. Nothing is merged before the whole file is
staged, so a file that turns out to be broken changes nothing. Every chunk is one transaction with the job's cursor.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction

from members.imports import filing, phases, rejects
from members.imports.summary import ImportSummary, summarise
from members.models import OrderImport
from stores import csvfiles, jobs
from stores.models import Job, JobState, Staff

JOB = "members.import_orders"
REQUIRED = ("channel", "order_no", "kind", "paid_at", "store_code", "member", "sku", "product_name", "quantity",
            "unit_price")  # fmt: skip
OPTIONAL = ("sale_no", "category", "guide_no", "coupons", "share_code")


def start(
    file: BinaryIO | str | Path,
    name: str,
    *,
    dry_run: bool = False,
    as_of: datetime | None = None,
    force: bool = False,
    by: Staff | None = None,
) -> OrderImport:
    """Take a CSV or CSV.gz in, and plan its import; the job then does the work (a worker, or ``jobs.run_to_end``).

    The same file leads to the same import: an unfinished one goes on where it stopped, one that is done and turned
    nothing away is returned as it is, unless ``force``. ``as_of`` is the moment that stages and facts are settled for
    (now). A dry run is always new and writes no orders. Raises BadFile with one clear sentence; nothing is kept then.
    """
    path = filing.new_path()
    received = csvfiles.receive_path(file, path) if isinstance(file, str | Path) else csvfiles.receive(file, path)
    try:
        columns, offset = csvfiles.columns_of(path, required=REQUIRED, optional=OPTIONAL)
        params = {
            "file": path.with_suffix(".csv").name,
            "columns": columns,
            "rows_at": offset,
            "lines": received.lines - 1,
            "as_of": as_of.isoformat() if as_of else None,
            "dry_run": dry_run,
        }
        with transaction.atomic():
            order_import = _plan(received.digest, name, params, force=force, by=by)
            filing.settle(path, order_import.job)  # before the commit: then a worker may already begin
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return order_import


def _plan(digest: str, name: str, params: dict[str, Any], *, force: bool, by: Staff | None) -> OrderImport:
    """The import of this content: the one there is, or a new one. The natural key lets two callers find the same."""
    natural_key = None
    if not params["dry_run"]:
        known = OrderImport.objects.filter(digest=digest, is_dry_run=False).select_related("job").order_by("-pk")
        latest = known.first()
        if latest and not _wants_another(latest.job, force):
            if latest.job.state in (JobState.PAUSED, JobState.FAILED) and not latest.job.result.get("fault"):
                jobs.resume(latest.job)
            return latest
        natural_key = f"{JOB}:{digest}:{known.count()}"
    job = jobs.plan(JOB, params=params, title=name[:200], natural_key=natural_key, by=by)
    order_import, _created = OrderImport.objects.get_or_create(
        job=job, defaults={"file_name": name[:200], "digest": digest, "is_dry_run": params["dry_run"]}
    )
    return order_import


def _wants_another(job: Job, force: bool) -> bool:
    """Whether a new run may find more to do than this one: it was given up, or left rows out, or one insists."""
    if job.state == JobState.DONE:
        return force or bool(job.result.get("rejected"))
    return job.state == JobState.CANCELLED


def import_chunk(job: Job) -> bool:
    """One chunk of an import (config/jobs.py); True when the import is finished. Raises BadFile for a broken file."""
    order_import = OrderImport.objects.get(job=job)
    return phases.PHASES[job.cursor.get("phase", phases.FIRST)](job, order_import)


def summary(order_import: OrderImport) -> ImportSummary:
    """How far the import is and what it did, as of now."""
    return summarise(Job.objects.get(pk=order_import.job_id))


def rejects_csv(order_import: OrderImport) -> Iterator[str]:
    """Line by line a CSV of the rows that were turned away, with line number and reason."""
    return rejects.as_csv(order_import)
