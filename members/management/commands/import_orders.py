"""``manage.py import_orders FILE``: orders and returns from a CSV or CSV.gz."""

from argparse import ArgumentParser
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from members.imports import run
from members.imports.summary import ImportSummary
from members.models import OrderImport
from stores import jobs
from stores.errors import Refusal
from stores.models import Job, JobState


class Command(BaseCommand):
    """Import a file of orders, or say what an import would do."""

    help = f"Import orders and returns from a CSV or CSV.gz with the columns {', '.join(run.REQUIRED)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file and how to treat it."""
        parser.add_argument("file")
        parser.add_argument("--dry-run", action="store_true", help="check everything and say what would happen")
        parser.add_argument(
            "--as-of", type=date.fromisoformat, metavar="DATE", help="settle stages and facts for the end of this day"
        )
        parser.add_argument("--rejects", metavar="OUT.csv", help="write the rows that were turned away to this file")
        parser.add_argument("--force", action="store_true", help="go through a file again that was imported before")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the file in, work on it here with a progress bar, tell what happened. Status 1 when it failed."""
        as_of = (
            datetime.combine(options["as_of"], time.max, timezone.get_default_timezone()) if options["as_of"] else None
        )
        try:
            order_import = run.start(
                options["file"],
                Path(options["file"]).name,
                dry_run=options["dry_run"],
                as_of=as_of,
                force=options["force"],
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        if order_import.job.state == JobState.DONE:
            self.stdout.write(
                _("This file was imported on %(day)s. Nothing to do; --force goes through it again.")
                % {"day": timezone.localtime(order_import.job.finished_at).strftime("%Y-%m-%d %H:%M")}
            )
            return
        if order_import.job.state == JobState.RUNNING:
            self.stderr.write(
                _("Another process works on this import, or was cut off just now. Going on here once it is free.")
            )
        work_off(order_import.job)
        self.tell(order_import, options["rejects"])

    def tell(self, order_import: OrderImport, rejects: str | None) -> None:
        """The figures, and the file of rejected rows. Raises CommandError when the import did not reach its end."""
        done = run.summary(order_import)
        if done.state != JobState.DONE:
            raise CommandError(done.sentence or _("The import was stopped before its end."))
        for line in report(done):
            self.stdout.write(line)
        if rejects:
            with Path(rejects).open("w", encoding="utf-8", newline="") as out:
                out.writelines(run.rejects_csv(order_import))


def work_off(job: Job) -> None:
    """Run the job to its end in this process, with a bar where somebody is watching."""
    with tqdm(total=job.params["lines"], unit=_(" lines"), disable=None, dynamic_ncols=True) as bar:

        def show(current: Job) -> None:
            bar.update(current.done - bar.n)

        jobs.run_to_end(job.pk, progress=show)


def report(done: ImportSummary) -> list[str]:
    """What happened, or in a dry run would happen, in a few lines."""
    figures = {
        "lines": done.lines,
        "new": done.orders_new,
        "same": done.orders_same,
        "changed": done.orders_changed,
        "returns": done.returns_new,
        "returns_same": done.returns_same,
        "members": done.members_new,
        "rejected": done.rejected,
    }
    return [
        *([_("Dry run: nothing was written. An import would do this:")] if done.is_dry_run else []),
        _("%(lines)s lines read, %(rejected)s turned away.") % figures,
        _("Orders: %(new)s new, %(changed)s changed, %(same)s unchanged.") % figures,
        _("Returns: %(returns)s new, %(returns_same)s unchanged.") % figures,
        _("Members: %(members)s new.") % figures,
    ]
