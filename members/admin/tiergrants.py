"""Tiers given by hand, where members stand by growth, and the history of tiers, in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from members.admin.tierforms import GrantForm
from members.models import TierChange, TierGrant, TierStanding
from members.tiering import tiergrants
from members.windows import windows
from stores.admin.base import ReadOnlyAdmin
from stores.admin.filters import MomentFilter
from stores.errors import Refusal

LOOKS = {"plain": "info", "silver": "info", "gold": "warning"}


@admin.register(TierGrant)
class TierGrantAdmin(ReadOnlyAdmin):
    """Who was given which tier, until when and why; given and taken back through verbs."""

    when_empty = _(
        "Nobody holds a tier that was given by hand. One is given on the page of a member, with a reason and "
        "a last day."
    )
    list_display = ("member", "badge", "starts_on", "ends_on", "standing", "reason", "made_by")
    list_filter = (("tier", RelatedDropdownFilter),)
    list_select_related = ("member", "tier", "made_by")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    actions = ("revoke",)

    @display(description=_("tier"), label=LOOKS)
    def badge(self, grant: TierGrant) -> tuple[str, str]:
        """The tier in its look."""
        return grant.tier.look, grant.tier.name

    @admin.display(description=_("state"))
    def standing(self, grant: TierGrant) -> str:
        """Whether it counts today."""
        today = windows().today
        if grant.revoked_on:
            return _("Taken back on %(day)s") % {"day": grant.revoked_on}
        if grant.ends_on < today:
            return str(_("Ended"))
        return str(_("Holds") if grant.starts_on <= today else _("Begins later"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Headquarters give tiers."""
        return request.user.has_perm("members.add_tiergrant")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may give may take back."""
        return self.has_add_permission(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Give a tier; a refusal is shown above the form, and nothing was given."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = GrantForm(request.POST or None, initial={"member": request.GET.get("member", "")[:20]})
        if form.is_valid():
            try:
                given = tiergrants.grant(by=request.user, **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                done = _("%(member)s holds %(tier)s until %(day)s.")
                words = {"member": given.member, "tier": given.tier, "day": given.ends_on}
                self.message_user(request, done % words, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:members_tiergrant_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Give a tier by hand"),
            "opts": self.model._meta,
            "form": form,
        }
        return TemplateResponse(request, "members/hq/tier_grant.html", context)

    @action(description=_("Take back"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Take the chosen grants back from today on."""
        self.run_verb(request, queryset, lambda one: tiergrants.revoke(one, by=request.user), _("Taken back"))


@admin.register(TierStanding)
class TierStandingAdmin(ReadOnlyAdmin):
    """Who stands above the lowest tier by growth, when that is reviewed, and who is in the grace period."""

    when_empty = _("Nobody stands above the lowest tier yet.")
    list_display = ("member", "badge", "since", "review_on", "noticed_for", "grace_until", "next_on")
    list_filter = (("tier", RelatedDropdownFilter),)
    list_select_related = ("member", "tier")
    search_fields = ("member__code",)
    search_help_text = _("Member code")

    @display(description=_("tier by growth"), label=LOOKS)
    def badge(self, row: TierStanding) -> tuple[str, str]:
        """The tier in its look."""
        return row.tier.look, row.tier.name


@admin.register(TierChange)
class TierChangeAdmin(ReadOnlyAdmin):
    """Every move from one tier to another, with its reason."""

    list_display = ("member", "before", "after", "shown_why", "at", "recorded_at")
    list_filter = (("why", ChoicesDropdownFilter), ("after", RelatedDropdownFilter), ("at", MomentFilter))
    list_select_related = ("member", "before", "after")
    search_fields = ("member__code",)
    search_help_text = _("Member code")

    @display(
        description=_("why"),
        label={"growth": "success", "review": "warning", "return": "warning", "rules": "info", "grant": "info"},
    )
    def shown_why(self, change: TierChange) -> tuple[str, str]:
        """The reason as a label."""
        return change.why, change.get_why_display()
