"""Referrals in the admin: what inviting brings, what came of it, every invitation, the codes members invite with."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from campaigns.models import InviteCode, Referral, ReferralProgramme, VoidReason
from campaigns.recruiting import results, rewarding
from stores.admin.base import HqAdmin, NoDeleteMixin, ReadOnlyAdmin
from stores.admin.filters import MomentFilter

STATES = {"pending": "info", "rewarded": "success", "void": "warning"}


@admin.register(ReferralProgramme)
class ReferralProgrammeAdmin(NoDeleteMixin, HqAdmin):
    """What inviting brings. What is changed holds for those invited before as well, as far as they are not rewarded."""

    list_display = ("name", "starts_on", "ends_on", "inviter_gift", "friend_gift", "monthly_ceiling", "is_active")
    list_select_related = ("inviter_template", "friend_template")
    search_fields = ("name",)
    autocomplete_fields = ("inviter_template", "friend_template")
    readonly_fields = ("results",)
    fieldsets = (
        (None, {"fields": ("name", ("starts_on", "ends_on"), "is_active")}),
        (_("For the inviter"), {"fields": (("inviter_template", "inviter_points"), "monthly_ceiling")}),
        (_("For the friend"), {"fields": (("friend_template", "friend_points"),)}),
        (_("Rules"), {"fields": (("least_amount", "order_within_days", "return_days"),)}),
        (_("Results"), {"fields": ("results",)}),
    )
    when_empty = _("No programme yet: nobody is rewarded for inviting anybody.")

    @admin.display(description=_("inviter gets"))
    def inviter_gift(self, programme: ReferralProgramme) -> str:
        """Coupon and points."""
        return _gift(programme.inviter_template, programme.inviter_points)

    @admin.display(description=_("friend gets"))
    def friend_gift(self, programme: ReferralProgramme) -> str:
        """Coupon and points."""
        return _gift(programme.friend_template, programme.friend_points)

    @admin.display(description=_("results"))
    def results(self, programme: ReferralProgramme) -> str:
        """How many were invited, and what became of them."""
        if programme.pk is None:
            return "—"
        found = results.of_programme(programme)
        reasons = [(VoidReason(key).label, count) for key, count in sorted(found.reasons.items())]
        return render_to_string("campaigns/hq/recruiting/_referred.html", {"found": found, "reasons": reasons})

    def save_model(self, request: HttpRequest, obj: ReferralProgramme, form: object, change: bool) -> None:
        """With the name of whoever made it."""
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin):
    """Every invitation, and why it brought what it brought."""

    list_display = ("inviter", "friend", "standing", "why", "inviter_why", "order", "created_at", "rewarded_at")
    list_filter = (
        ("state", ChoicesDropdownFilter), ("reason", ChoicesDropdownFilter), ("programme", RelatedDropdownFilter),
        ("created_at", MomentFilter),
    )  # fmt: skip
    list_select_related = ("inviter", "friend", "order", "programme")
    search_fields = ("inviter__code", "friend__code")
    search_help_text = _("Member code")
    actions = ("take_back",)
    fields = (
        *("programme", "inviter", "friend", "state", "reason", "order", "inviter_coupon", "inviter_points"),
        *("inviter_why", "friend_coupon", "friend_points", "friend_why", "kept", "created_at", "due_at"),
        *("rewarded_at", "ended_at"),
    )
    when_empty = _("Nobody was invited yet.")

    @display(description=_("state"), label=STATES)
    def standing(self, referral: Referral) -> tuple[str, str]:
        """Where it stands."""
        return referral.state, referral.get_state_display()

    @admin.display(description=_("why void"))
    def why(self, referral: Referral) -> str:
        """Why there is no reward."""
        return referral.get_reason_display() if referral.reason else "—"

    @action(description=_("Take back"), permissions=["take_back"])
    def take_back(self, request: HttpRequest, queryset: QuerySet) -> None:
        """End invitations that are abused; what is unused of the rewards goes."""
        self.run_verb(request, queryset, lambda one: rewarding.void_by_hand(one, by=request.user), _("Taken back"))

    def has_take_back_permission(self, request: HttpRequest) -> bool:
        """Whoever may say what inviting brings."""
        return request.user.has_perm("campaigns.change_referralprogramme")


@admin.register(InviteCode)
class InviteCodeAdmin(ReadOnlyAdmin):
    """The codes that members invite friends with."""

    list_display = ("code", "member", "created_at")
    list_select_related = ("member",)
    search_fields = ("code", "member__code")
    search_help_text = _("Invite code or member code")
    fields = ("code", "member", "created_at")
    when_empty = _("No member has opened their invite code yet.")


def _gift(template: object, points: int) -> str:
    parts = [str(template)] if template else []
    if points:
        parts.append(str(_("%(count)s points") % {"count": points}))
    return " + ".join(parts) or "—"
