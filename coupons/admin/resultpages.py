"""The results of a template: figures, charts with the same figures as tables, and the whole of it as a file."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from coupons import kinds, resultcounts
from coupons.models import CouponTemplate
from coupons.results import Results, Row, results_of
from stores import jobs
from stores.admin.base import HqAdmin
from stores.admin.jobs import job_progress
from stores.cells import quoted
from stores.errors import Refusal

SHOWN = 20  # stores and guides on the page; the file has all
COLUMNS = 60  # of the chart at most; longer spans are drawn by week
TALL, LOW = 150, 18


class RangeForm(forms.Form):
    """On which days the coupons were given; the last thirty unless said otherwise."""

    since = forms.DateField(label=gettext_lazy("given from"), required=False)
    until = forms.DateField(label=gettext_lazy("until and with"), required=False)

    def window(self) -> tuple[date, date]:
        """First and last day."""
        given = self.cleaned_data if self.is_valid() else {}
        last = given.get("until") or timezone.localdate()
        return given.get("since") or last - timedelta(days=29), last


@dataclass(frozen=True)
class Column:
    """One bar of the chart: where it stands, how tall given and used are, and what it says."""

    x: float
    width: float
    given: float
    used: float
    label: str
    row: Row

    @property
    def top(self) -> float:
        """Where the bar begins, from the top."""
        return TALL - self.given

    @property
    def used_top(self) -> float:
        """Where the used part begins."""
        return TALL - self.used


class ResultPages(HqAdmin):
    """Mixed into the admin of templates; the pages are for whoever may look at templates."""

    def get_urls(self) -> list[URLPattern]:
        """With the page of results and its file."""
        own = [
            path("<int:pk>/results/", self.admin_site.admin_view(self.results_page),
                 name="coupons_coupontemplate_results"),
            path("<int:pk>/results/file/", self.admin_site.admin_view(self.results_file),
                 name="coupons_coupontemplate_results_file"),
            path("<int:pk>/results/count/", self.admin_site.admin_view(require_POST(self.count_results)),
                 name="coupons_coupontemplate_results_count"),
        ]  # fmt: skip
        return [*own, *super().get_urls()]

    def results_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Figures, days, stores and guides."""
        template, results, refusal = self._asked(request, pk)
        resultcounts.keep_fresh(template)
        job = resultcounts.latest_job(template)
        columns = columns_of(results.days)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{template} · {pgettext('coupons', 'Results')}",
            "opts": self.model._meta,
            "media": self.media,
            "template": template,
            "sentence": kinds.sentence(template.terms) if template.terms else "",
            "results": results,
            "refusal": refusal,
            "counting": job_progress(job) if job and jobs.pace(job).is_open else "",
            "as_of": _as_of(results),
            "columns": columns,
            "chart": {"tall": TALL, "height": TALL + LOW, "most": max(one.row.issued for one in columns)},
            "tables": [
                (_("By home store of the member"), _("Store"), results.stores[:SHOWN], len(results.stores) - SHOWN,
                 _("without a home store")),
                (_("By guide who sent it"), _("Guide"), results.guides[:SHOWN], len(results.guides) - SHOWN,
                 _("not sent by a guide")),
            ],
        }  # fmt: skip
        return TemplateResponse(request, "coupons/hq/templates/results.html", context)

    def results_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All rows as CSV, with what each figure means on top."""
        template, results, _refusal = self._asked(request, pk)
        name = f"coupon-{template.public_id}-{results.first}-{results.last}.csv"
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response.write("\ufeff")  # else spreadsheets take it for another encoding
        writer = csv.writer(response)
        for line in lines_of(template, results):
            writer.writerow([quoted(cell) for cell in line])
        return response

    def count_results(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have every day of a large template counted anew, whatever is known."""
        template = self._template(request, pk)
        resultcounts.start(template, by=request.user, anew=True)
        return redirect("admin:coupons_coupontemplate_results", pk)

    def _asked(self, request: HttpRequest, pk: int) -> tuple[CouponTemplate, Results, str]:
        """The template and the figures of the days asked for; of the last thirty when these cannot be."""
        template = self._template(request, pk)
        form = RangeForm(request.GET)
        try:
            return template, results_of(template, *form.window()), "" if form.is_valid() else _("This is no date.")
        except Refusal as refusal:
            return template, results_of(template, *RangeForm({}).window()), str(refusal)

    def _template(self, request: HttpRequest, pk: int) -> CouponTemplate:
        template = self.get_queryset(request).select_related("terms").filter(pk=pk).first()
        if template is None or not self.has_view_permission(request, template):
            raise Http404
        return template


def _as_of(results: Results) -> str:
    """As of when the figures are, and when they are counted next."""
    if results.is_summed:
        return _("As of %(at)s. Counted every night, and again when somebody looks after half an hour.") % {
            "at": _minute(results)
        }
    return _("As of %(at)s, counted anew every five minutes.") % {"at": _minute(results)}


def columns_of(days: Sequence[tuple[date, Row]]) -> list[Column]:
    """The chart of some days, or of their weeks when there are many."""
    step = 1 if len(days) <= COLUMNS else 7
    parts = [days[nth : nth + step] for nth in range(0, len(days), step)]
    sums = [(_span(part), _sum([row for _day, row in part])) for part in parts]
    most = max((row.issued for _label, row in sums), default=0) or 1
    wide = 100 / len(sums)
    return [
        Column(nth * wide, wide * 0.72, row.issued / most * TALL, row.used / most * TALL, label, row)
        for nth, (label, row) in enumerate(sums)
    ]


def lines_of(template: CouponTemplate, results: Results) -> Iterator[list[Any]]:
    """The rows of the file."""
    yield [template.name, f"{results.first} – {results.last}", _("as of %(at)s") % {"at": _minute(results)}]
    yield [_("Of the coupons given in these days, as they stand now. Money in yuan.")]
    given, used, orders = pgettext("coupons", "Given"), pgettext("coupons", "Used"), pgettext("coupons", "Orders")
    yield [
        *(_("By"), _("Name"), given, used, _("Used, %"), _("Withdrawn"), _("Still usable"), _("Ended unused")),
        *(_("Given away"), _("Sales with the coupon"), orders),
    ]
    yield [_("all"), "", *_cells(results.total)]
    yield from ([_("day"), f"{day}", *_cells(row)] for day, row in results.days if row.issued)
    yield from ([_("home store"), name or "—", *_cells(row)] for name, row in results.stores)
    yield from ([_("guide"), name or "—", *_cells(row)] for name, row in results.guides)


def _cells(row: Row) -> list[Any]:
    rate = "" if row.rate is None else f"{row.rate:.1f}"
    return [row.issued, row.used, rate, row.voided, row.live, row.over, row.cost, row.sales, row.orders]


def _minute(results: Results) -> str:
    return f"{timezone.localtime(results.as_of):%Y-%m-%d %H:%M}"


def _span(part: Sequence[tuple[date, Row]]) -> str:
    first, last = part[0][0], part[-1][0]
    return f"{first:%m-%d}" if first == last else f"{first:%m-%d} – {last:%m-%d}"


def _sum(rows: Sequence[Row]) -> Row:
    if len(rows) == 1:
        return rows[0]
    names = ("issued", "used", "voided", "live", "cost", "sales", "orders")
    return Row(*(sum(getattr(row, name) for row in rows) for name in names))
