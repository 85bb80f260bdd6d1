"""A small report of the tests: the orders paid in each store of a place; its title begins a formula."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from members.insight.reports.base import Headline, Option, Report, Table
from members.insight.scope import Range, Scope
from members.models import Order


@dataclass(frozen=True)
class Counted:
    """The names of stores with their orders; the same as bars."""

    rows: list[tuple[str, int]]
    label: str = "Orders"


class Trial(Report):
    """Orders by store."""

    key = "trial"
    title = "Orders by store"
    definition = "Each order counts once, on the day it was paid."
    options = (Option("by", "By", (("store", "Store"), ("none", "Nothing"))),)

    @property
    def template(self) -> str:
        """A fragment that draws nothing."""
        return "members/insight/charts/_bars.html"

    def figures(self, scope: Scope, span: Range, options: Mapping[str, str]) -> Any:
        """One query; nothing for the option that says so."""
        if options["by"] == "none":
            return None
        paid = scope.narrow(Order.objects.filter(paid_at__date__range=(span.first, span.last)))
        return Counted(list(paid.values_list("store__name").annotate(orders=Count("pk")).order_by("store__name")))

    def tables(self, figures: Counted) -> list[Table]:
        """The same as a table."""
        return [Table("=Orders", ("Store", "Orders"), figures.rows)]

    def headline(self, scope: Scope, span: Range) -> Headline | None:
        """All of them."""
        return Headline(f"{scope.narrow(Order.objects.all()).count()}", "orders")
