"""Months of commissions in the admin: statements of everybody, as a file too, and closing a month by two people."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from campaigns.models import CommissionEntry, CommissionMonth
from campaigns.spreading import months
from stores.admin.base import ReadOnlyAdmin
from stores.errors import Refusal
from stores.tablefiles import CSV, TYPES, written

LABELS = {CommissionMonth.State.ASKED: "warning", CommissionMonth.State.CLOSED: "success"}


@admin.register(CommissionMonth)
class CommissionMonthAdmin(ReadOnlyAdmin):
    """Months that were closed, or are to be; all others stand on the page of statements."""

    list_display = ("month", "shown_state", "total", "people", "asked_by", "closed_by", "closed_at")
    list_select_related = ("asked_by", "closed_by")
    ordering = ("-month",)
    actions_list = ("to_statement",)
    when_empty = gettext_lazy("No month was closed yet. The statements are under the button above.")

    @display(description=gettext_lazy("state"), label=LABELS)
    def shown_state(self, month: CommissionMonth) -> tuple[str, str]:
        """The state as a coloured label."""
        return month.state, month.get_state_display()

    def get_urls(self) -> list[URLPattern]:
        """With the statements, their file, and the two steps of closing."""
        wrap = self.admin_site.admin_view
        return [
            path("statement/", wrap(self.statement), name="campaigns_commissionmonth_statement"),
            path("statement/file/", wrap(self.file), name="campaigns_commissionmonth_file"),
            path("statement/step/", wrap(require_POST(self.step)), name="campaigns_commissionmonth_step"),
            *super().get_urls(),
        ]

    @action(description=gettext_lazy("Statements"), url_path="statements", icon="receipt_long")
    def to_statement(self, request: HttpRequest) -> HttpResponse:
        """The statements of the present month."""
        return HttpResponseRedirect(reverse("admin:campaigns_commissionmonth_statement"))

    def statement(self, request: HttpRequest) -> HttpResponse:
        """What a month says about everybody."""
        self._allow(request)
        month = months.month_named(request.GET.get("month", ""))
        rows = months.statement(month)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Commissions of %(month)s") % {"month": f"{month:%Y-%m}"},
            "opts": self.model._meta,
            "month": month,
            "months": months.months_known(CommissionEntry.objects.visible_to(request.user)),
            "rows": rows,
            "total": sum((row.payable for row in rows), months.ZERO),
            "closing": CommissionMonth.objects.select_related("asked_by", "closed_by").filter(month=month).first(),
            "may_run": self._may_run(request),
            "is_over": month < months.this_month(),
        }
        return TemplateResponse(request, "campaigns/hq/sharing/statement.html", context)

    def file(self, request: HttpRequest) -> HttpResponse:
        """The same as CSV. Who took it stands in the log."""
        self._allow(request)
        month = months.month_named(request.GET.get("month", ""))
        rows = months.statement(month)
        head = (_("employee number"), _("name"), _("store"), _("settled"), _("taken back"), _("payable"), _("pending"))
        lines: list[Any] = [head]
        for row in rows:
            person = row.staff
            if person is not None:
                named = (person.employee_no, person.name, person.store.name if person.store else "")
                lines.append((*named, *map(float, (row.settled, row.taken_back, row.payable, row.pending))))
        LogEntry.objects.create(
            user_id=request.user.pk,
            content_type=ContentType.objects.get_for_model(CommissionMonth),
            object_repr=f"{month:%Y-%m}",
            action_flag=CHANGE,
            change_message=f"exported {len(rows)} rows",
        )
        answer = HttpResponse(written(lines, CSV), content_type=TYPES[CSV])
        answer["Content-Disposition"] = f'attachment; filename="commissions-{month:%Y-%m}.csv"'
        return answer

    def step(self, request: HttpRequest) -> HttpResponse:
        """Ask for a month to be closed, take that back, or close it."""
        if not self._may_run(request):
            raise PermissionDenied
        month = months.month_named(request.POST.get("month", ""))
        asked = CommissionMonth.objects.filter(month=month).first()
        try:
            match request.POST.get("step"):
                case "ask":
                    months.ask_to_close(month, by=request.user)
                    self.message_user(request, _("Asked: somebody else closes the month."), messages.SUCCESS)
                case "close" if asked:
                    months.close(asked, by=request.user)
                    self.message_user(request, _("The month is closed."), messages.SUCCESS)
                case "take_back" if asked:
                    months.take_back(asked)
                    self.message_user(request, _("Taken back"), messages.SUCCESS)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        address = reverse("admin:campaigns_commissionmonth_statement")
        return HttpResponseRedirect(f"{address}?month={month:%Y-%m}")

    def _allow(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _may_run(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("campaigns.change_commissionmonth"))
