"""Member days in the admin: entered, looked at before they run, published, ended."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from campaigns import memberdays
from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState
from stores.admin.base import HqAdmin, LookOnlyInline, NoDeleteMixin, ReadOnlyAdmin
from stores.errors import Refusal

LABELS = {MemberDayState.DRAFT: "info", MemberDayState.PUBLISHED: "success", MemberDayState.ENDED: "warning"}


class MemberDayForm(forms.ModelForm):
    """Refuses a recurrence that has no dates, in words."""

    class Meta:
        model = MemberDay
        fields = (
            "name", "recurrence", "starts_on", "ends_on", "tiers", "stores", "opted_out", "growth_factor",
            "points_factor", "coupon_template", "issue_days_before",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Try the recurrence."""
        data = super().clean()
        if data.get("recurrence") and data.get("starts_on"):
            try:
                memberdays.preview_dates(data["recurrence"], data["starts_on"], data.get("ends_on"), n=1)
            except Refusal as refusal:
                self.add_error("recurrence", str(refusal))
        return data


class OccurrenceInline(LookOnlyInline):
    """The dates planned so far, each with its coupon run."""

    model = MemberDayOccurrence
    tab = True
    fields = ("on", "issue_run", "planned_at")


@admin.register(MemberDay)
class MemberDayAdmin(NoDeleteMixin, HqAdmin):
    """Recurring days on which members get more."""

    form = MemberDayForm
    list_display = ("name", "in_words", "shown_state", "points_factor", "growth_factor", "coupon_template", "starts_on")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("coupon_template",)
    search_fields = ("name",)
    autocomplete_fields = ("coupon_template", "tiers", "stores", "opted_out")
    readonly_fields = ("outlook",)
    inlines = (OccurrenceInline,)
    actions = ("publish", "end")
    fieldsets = (
        (None, {"fields": ("outlook", "name", "recurrence", ("starts_on", "ends_on"))}),
        (_("Who takes part"), {"fields": ("tiers", "stores", "opted_out")}),
        (
            _("What they get"),
            {"fields": (("points_factor", "growth_factor"), ("coupon_template", "issue_days_before"))},
        ),
    )

    @admin.display(description=_("recurrence"))
    def in_words(self, day: MemberDay) -> str:
        """The recurrence as people say it."""
        return memberdays.sentence(day.recurrence, day.starts_on)

    @display(description=_("state"), label=LABELS)
    def shown_state(self, day: MemberDay) -> tuple[str, str]:
        """The state as a coloured label."""
        return day.state, day.get_state_display()

    @admin.display(description=_("What it will do"))
    def outlook(self, day: MemberDay) -> str:
        """Who takes part, what it costs, when, and what it collides with."""
        if day.pk is None:
            return str(_("Save first; then this shows who takes part and what it costs."))
        context = {"day": day, "run": memberdays.dry_run(day), "sentence": self.in_words(day)}
        return render_to_string("campaigns/hq/_member_day_outlook.html", context)

    def save_model(self, request: HttpRequest, obj: MemberDay, form: Any, change: bool) -> None:
        """Note who entered it."""
        obj.created_by = obj.created_by or request.user
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: MemberDay | None = None) -> bool:
        """Only a draft can be changed; a published day is ended and entered anew."""
        changeable = obj is None or obj.state == MemberDayState.DRAFT
        return changeable and super().has_change_permission(request, obj)

    @action(description=_("Publish"), permissions=["run"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Let the chosen days run."""
        self.run_verb(request, queryset, lambda day: memberdays.publish(day, by=request.user), _("Published"))

    @action(description=_("End"), permissions=["run"])
    def end(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Take back what is planned; what happened stays."""
        self.run_verb(request, queryset, lambda day: memberdays.end(day, by=request.user), _("Ended"))

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Whoever may enter member days may publish and end them."""
        return request.user.has_perm("campaigns.change_memberday")


@admin.register(MemberDayOccurrence)
class MemberDayOccurrenceAdmin(ReadOnlyAdmin):
    """All planned dates of all member days."""

    list_display = ("on", "member_day", "issue_run", "planned_at")
    list_select_related = ("member_day", "issue_run__template")
    search_fields = ("member_day__name__icontains",)
    ordering = ("-on",)
