"""Campaigns with dates in the admin: entered, looked at before they run, approved by a second person, ended."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from campaigns import memberdays
from campaigns.admin.memberdayforms import CampaignMessageInline, EarlyAccessInline, MemberDayForm, OccurrenceInline
from campaigns.admin.memberdaypages import MemberDayPages
from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState, Participant
from stores.admin.base import NoDeleteMixin, ReadOnlyAdmin, row_key

LABELS = {
    MemberDayState.DRAFT: "info",
    MemberDayState.WAITING: "warning",
    MemberDayState.PUBLISHED: "success",
    MemberDayState.ENDED: "danger",
}


@admin.register(MemberDay)
class MemberDayAdmin(NoDeleteMixin, MemberDayPages):
    """Member days and dated campaigns."""

    form = MemberDayForm
    list_display = ("name", "in_words", "shown_state", "points_factor", "growth_factor", "coupon_template", "starts_on")
    list_filter = (("state", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter))
    list_select_related = ("coupon_template",)
    search_fields = ("name",)
    autocomplete_fields = ("coupon_template", "tiers", "stores", "opted_out", "segment")
    inlines = (CampaignMessageInline, EarlyAccessInline, OccurrenceInline)
    actions = ("submit", "end")
    actions_list = ("to_calendar",)
    actions_detail = ("to_dry_run",)
    change_form_before_template = "campaigns/hq/memberdays/_live.html"
    conditional_fields = {
        "pattern": "kind == 'recurring'",
        "month_days": "kind == 'recurring' && pattern == 'days'",
        "nth": "kind == 'recurring' && pattern == 'place'",
        "weekdays": "kind == 'recurring' && (pattern == 'weeks' || pattern == 'place')",
        "recurrence": "kind == 'recurring' && pattern == 'rule'",
    }

    def get_fieldsets(self, request: HttpRequest, obj: MemberDay | None = None) -> Any:
        """The fields of the rhythm stand only where something can be changed."""
        when = (
            ("pattern", "month_days", "nth", "weekdays", "recurrence")
            if self._is_open(request, obj)
            else ("recurrence",)
        )
        return (
            (None, {"fields": ("name", "kind")}),
            (_("When"), {"fields": (*when, ("starts_on", "ends_on"))}),
            (_("Who takes part"), {"fields": ("tiers", "segment", "stores", "opted_out", "holdout_percent")}),
            (
                _("What they get"),
                {"fields": (("points_factor", "growth_factor"), ("coupon_template", "issue_days_before"))},
            ),
            (_("Guides invite"), {"fields": (("invite_days_before", "invite_most"),)}),
        )

    @admin.display(description=_("recurrence"))
    def in_words(self, day: MemberDay) -> str:
        """When it is, as people say it."""
        return memberdays.said(day)

    @display(description=_("state"), label=LABELS)
    def shown_state(self, day: MemberDay) -> tuple[str, str]:
        """The state as a coloured label."""
        return day.state, day.get_state_display()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The editor knows where to ask for its dates."""
        return super().add_view(request, form_url, self._live_at(extra_context, None))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The same for a draft; of others there is nothing to be asked."""
        obj = self.get_object(request, object_id)
        extra = self._live_at(extra_context, obj.pk) if obj and self._is_open(request, obj) else extra_context
        return super().change_view(request, object_id, form_url, extra)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new one begins tomorrow unless said otherwise."""
        return {"starts_on": timezone.localdate() + timedelta(days=1)}

    def _live_at(self, extra_context: Any, pk: int | None) -> dict[str, Any]:
        return {**(extra_context or {}), "live_address": f"{reverse('admin:campaigns_memberday_live')}?of={pk or ''}"}

    def save_model(self, request: HttpRequest, obj: MemberDay, form: Any, change: bool) -> None:
        """Note who entered it last: somebody else approves it."""
        obj.created_by = request.user
        obj.save()

    def _is_open(self, request: HttpRequest, obj: MemberDay | None) -> bool:
        return obj is None or self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: MemberDay | None = None) -> bool:
        """Only a draft can be changed; a published campaign is ended and entered anew."""
        changeable = obj is None or obj.state == MemberDayState.DRAFT
        return changeable and super().has_change_permission(request, obj)

    @action(description=_("Ask for approval"), permissions=["run"])
    def submit(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Let somebody else decide about the chosen drafts."""
        self.run_verb(request, queryset, lambda day: memberdays.submit(day, by=request.user), _("Asked"))

    @action(description=_("End"), permissions=["run"])
    def end(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Take back what is planned; what happened stays."""
        self.run_verb(request, queryset, lambda day: memberdays.end(day, by=request.user), _("Ended"))

    @action(description=pgettext_lazy("of campaigns", "Calendar"), url_path="month", icon="calendar_month")
    def to_calendar(self, request: HttpRequest) -> HttpResponse:
        """The campaigns of the month."""
        return HttpResponseRedirect(reverse("admin:campaigns_memberday_calendar"))

    @action(description=_("What it will do, and the next step"), url_path="look", icon="rule")
    def to_dry_run(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The dry run of this one."""
        day = get_object_or_404(self.get_queryset(request), pk=row_key(object_id))
        return HttpResponseRedirect(reverse("admin:campaigns_memberday_dryrun", args=[day.pk]))

    def has_run_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may enter campaigns may decide about those of others, and end them."""
        return request.user.has_perm("campaigns.change_memberday")


@admin.register(MemberDayOccurrence)
class MemberDayOccurrenceAdmin(ReadOnlyAdmin):
    """All planned dates of all campaigns."""

    list_display = ("on", "until", "member_day", "members", "held_out", "issue_run", "withdrawn_at", "planned_at")
    list_select_related = ("member_day", "issue_run__template")
    search_fields = ("member_day__name__icontains",)
    ordering = ("-on",)


@admin.register(Participant)
class ParticipantAdmin(ReadOnlyAdmin):
    """Who a date of a campaign is for, and who of them is its control group."""

    list_display = ("member", "occurrence", "held_out")
    list_select_related = ("member", "occurrence__member_day")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
