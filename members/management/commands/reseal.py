"""``manage.py reseal``: seal what older keys sealed with the newest, or only look which keys are in use."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from members.oneid import resealing
from stores import jobs
from stores.models import JobState


class Command(BaseCommand):
    """Rotate the field keys."""

    help = "Seal identities again with the newest of CHANGKE_FIELD_KEYS; --check only says which keys are in use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to look only."""
        parser.add_argument("--check", action="store_true", help="change nothing; status 1 when a value cannot be read")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the work here, then say which keys are in use. Status 1 when some value cannot be read."""
        if not options["check"]:
            job = jobs.run_to_end(resealing.plan().pk)
            if job.state != JobState.DONE:
                raise CommandError(job.error or _("The job was stopped before its end."))
            self.stdout.write(_("%(count)s identities were sealed again.") % {"count": job.done})
        unreadable = 0
        for key in resealing.keys_in_use():
            age = _("the newest key") if key.is_newest else _("an older key")
            self.stdout.write(
                _("%(name)s: %(count)s identities, %(age)s") % {"name": key.name, "count": key.identities, "age": age}
            )
            unreadable += 0 if key.is_readable else key.identities
        if unreadable:
            raise CommandError(_("%(count)s identities cannot be read with the keys given.") % {"count": unreadable})
