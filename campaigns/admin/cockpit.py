"""The admin's first page: puts the cockpit into its context, with everything that can be chosen or opened as a link."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.cockpit.kpis import Kpi
from campaigns.cockpit.page import DAYS, Cockpit, cockpit
from campaigns.models import MemberDay
from members.admin.insight import members_of
from members.insight.charts.matrix import Opener
from members.insight.pages import Link
from members.insight.reports import REPORTS
from members.insight.reports.base import Answer

MEASURES = ("again_60d", "basket", "members")  # of the many that the report itself offers
LABELS = {7: gettext_lazy("7 days"), 30: gettext_lazy("30 days"), 90: gettext_lazy("90 days")}
ASKED = ("days", "place", "measure", "month")


def put_cockpit(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The cockpit for what the address asks (config/admin.py names this function)."""
    asked = {name: request.GET[name] for name in ASKED if request.GET.get(name)}
    shown = cockpit(request.user, asked, _day_url)
    return {
        **context,
        "title": _("Cockpit"),
        "cockpit": shown,
        "linker": Opener(members_of),
        "kpis": [(one, _kpi_url(one)) for one in shown.kpis],
        "spans": [Link(LABELS[days], _here(asked, days=f"{days}"), days == shown.days) for days in DAYS],
        "places": _places(asked, shown),
        "measures": _measures(asked, shown.answers.get("matrix")),
        "month_before": _here(asked, month=f"{shown.month.before:%Y-%m}"),
        "month_after": _here(asked, month=f"{shown.month.after:%Y-%m}"),
    }


def _here(asked: Mapping[str, str], **changes: str) -> str:
    """This page with something else chosen; what is empty is left out."""
    kept = {name: value for name, value in {**asked, **changes}.items() if value}
    return f"{reverse('admin:index')}?{urlencode(kept)}" if kept else reverse("admin:index")


def _places(asked: Mapping[str, str], shown: Cockpit) -> list[Link]:
    whole = Link(_("The whole chain"), _here(asked, place=""), not shown.scope.key)
    regions = [(one, f"region-{one.pk}") for one in shown.regions]
    return [whole, *(Link(one.name, _here(asked, place=key), key == shown.scope.key) for one, key in regions)]


def _measures(asked: Mapping[str, str], answer: Answer | None) -> list[Link]:
    """The measures of the matrix that stand on its card."""
    options = [] if answer is None else [one for one in answer.report.options if one.key == "measure"]
    if answer is None or not options:
        return []
    offered, now = dict(options[0].choices), answer.options["measure"]
    return [Link(offered[key], _here(asked, measure=key), key == now) for key in MEASURES if key in offered]


def _kpi_url(kpi: Kpi) -> str:
    """Where a figure opens: at its members, the report that explains it, the orders behind it."""
    if kpi.rule:
        return members_of(kpi.rule)
    if kpi.report:
        return reverse("insight-report", args=[kpi.report]) if kpi.report in REPORTS else reverse("insight")
    return reverse("admin:members_order_changelist")


def _day_url(on: date, member_day: MemberDay | None) -> str:
    """A member day itself, or the orders of any other day."""
    if member_day:
        return reverse("admin:campaigns_memberday_change", args=[member_day.pk])
    clock = {
        "paid_at_from_0": f"{on}",
        "paid_at_from_1": "00:00:00",
        "paid_at_to_0": f"{on}",
        "paid_at_to_1": "23:59:59",
    }
    return f"{reverse('admin:members_order_changelist')}?{urlencode(clock)}"
