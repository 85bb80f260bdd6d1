"""``manage.py import_stores FILE``: stores and their regions from a CSV."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from stores.errors import Refusal
from stores.storefiles import DEFAULT_TIME_ZONE, OPTIONAL, REQUIRED, import_stores


class Command(BaseCommand):
    """Read a list of stores."""

    help = f"Create and update stores from a CSV with {', '.join(REQUIRED)} and optionally {', '.join(OPTIONAL)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and the time zone of rows that name none."""
        parser.add_argument("file")
        parser.add_argument(
            "--time-zone", help=f"for rows without their own; new stores get {DEFAULT_TIME_ZONE} when this is not given"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, write, tell what happened; a file that cannot be used changes nothing and ends with status 1."""
        try:
            done = import_stores(options["file"], time_zone=options["time_zone"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        for rejected in done.rejected:
            self.stdout.write(_("Line %(line)s left out: %(why)s") % {"line": rejected.line, "why": rejected.sentence})
        self.stdout.write(
            _("%(created)s stores created, %(changed)s changed, %(same)s unchanged, %(rejected)s rows left out.")
            % {
                "created": done.created,
                "changed": done.changed,
                "same": done.unchanged,
                "rejected": len(done.rejected),
            }
        )
        if done.regions_created:
            self.stdout.write(_("%(count)s regions created.") % {"count": done.regions_created})
