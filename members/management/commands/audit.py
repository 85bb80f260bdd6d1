"""manage.py audit: ask whether everything that must hold does."""

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from members.audit import Difference, audit, invariants


class Command(BaseCommand):
    """Prints each difference; the exit status is 1 when there is one."""

    help = "Recompute what must always hold and print every difference; the exit status is 1 if there is any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The moment to ask for, and which invariants."""
        parser.add_argument(
            "--as-of", type=date.fromisoformat, metavar="DATE", help="ask as of the end of this day (now)"
        )
        parser.add_argument("names", nargs="*", metavar="invariant", help="only these invariants")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, print, and fail when something is wrong."""
        known = {invariant.name for invariant in invariants()}
        for name in set(options["names"]) - known:
            raise CommandError(_("There is no invariant of this name: %(name)s") % {"name": name})
        differences = audit(at=end_of(options["as_of"]), names=options["names"])
        for name in dict.fromkeys(difference.name for difference in differences):
            self.show([difference for difference in differences if difference.name == name])
        if differences:
            raise CommandError(_("The audit found differences."), returncode=1)
        count = len(options["names"]) or len(known)
        self.stdout.write(self.style.SUCCESS(_("%(count)s invariants hold.") % {"count": count}))

    def show(self, breaches: list[Difference]) -> None:
        """One invariant's breaches under its sentence."""
        self.stdout.write(self.style.ERROR(breaches[0].explanation))
        for breach in breaches:
            self.stdout.write(f"  {breach}")


def end_of(day: date | None) -> datetime | None:
    """The last moment of a day in the chain's zone."""
    return datetime.combine(day, time.max, timezone.get_default_timezone()) if day else None
