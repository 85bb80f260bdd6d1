"""``manage.py seed_demo``: fill an empty database with the demonstration chain."""

from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from stores.models import Staff
from workbench.demo.chain import build
from workbench.demo.dice import Dice
from workbench.demo.handovers import build_handovers, build_work
from workbench.demo.places import Size
from workbench.demo.summaries import build_summaries
from workbench.demo.walkins import build_walkins


class Command(BaseCommand):
    """Makes stores, staff, members, a year of orders, coupons and tasks; the same seed makes the same chain."""

    help = "Fill an empty database with demonstration data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large, and from which seed."""
        size = Size()
        for name in ("members", "stores", "guides", "seed"):
            parser.add_argument(f"--{name}", type=int, default=getattr(size, name))

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse a database that is in use, else build."""
        if Staff.objects.exists():
            raise CommandError("There is data in this database already; demonstration data goes into an empty one.")
        begun = monotonic()
        size = Size(**{name: options[name] for name in ("members", "stores", "guides", "seed")})

        def tell(what: str) -> None:
            """Say what is being made."""
            if options["verbosity"]:
                self.stdout.write(f"  {what} ...")

        build(size, tell=tell)
        tell("orders without a member, figures of insight")
        with transaction.atomic():
            build_walkins(Dice(size.seed))
        build_handovers()
        build_summaries()
        build_work()
        self.stdout.write(f"Demonstration data ready in {monotonic() - begun:.0f} s.")
