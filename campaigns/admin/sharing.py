"""Share links and commissions in the admin: rules, links, every commission with its ledger."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from campaigns.models import Commission, CommissionEntry, CommissionRule, CommissionState, ShareClick, ShareLink
from campaigns.spreading import links
from stores.admin.base import LookOnlyInline, ReadOnlyAdmin, UnusedDeleteAdmin
from stores.admin.filters import MomentFilter

LABELS = {CommissionState.PENDING: "info", CommissionState.SETTLED: "success", CommissionState.VOID: "warning"}


@admin.register(CommissionRule)
class CommissionRuleAdmin(UnusedDeleteAdmin):
    """What lines of orders earn, from when until when. Commissions that are there keep their terms."""

    list_display = ("name", "basis", "percent", "fixed", "ceiling", "category", "product", "starts_on", "ends_on")
    list_filter = (("basis", ChoicesDropdownFilter),)
    list_select_related = ("category", "product")
    search_fields = ("name",)
    autocomplete_fields = ("category", "product")
    fieldsets = (
        (None, {"fields": ("name", "basis", ("percent", "fixed"), "ceiling")}),
        (_("Only for"), {"fields": (("category", "product"),)}),
        (_("When"), {"fields": (("starts_on", "ends_on"),)}),
    )
    conditional_fields = {"percent": "basis == 'percent'", "fixed": "basis == 'fixed'"}
    when_empty = _("No rule yet: share links earn nothing.")

    def is_used(self, rule: CommissionRule) -> bool:
        """Whether something was counted by it; then it is ended, not deleted."""
        return Commission.objects.filter(rule=rule).exists()


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnlyAdmin):
    """Which member of staff shares what."""

    list_display = ("code", "staff", "product", "template", "campaign", "is_active", "created_at")
    list_filter = ("is_active", ("created_at", MomentFilter))
    list_select_related = ("staff", "product", "template", "campaign")
    search_fields = ("code", "staff__name__startswith")
    search_help_text = _("Code or name")
    actions = ("stop",)
    when_empty = _("Nobody has shared anything yet.")

    @action(description=_("Let them lead nowhere"), permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: QuerySet) -> None:
        """The chosen links are followed no more; what they earned stays."""
        self.run_verb(request, queryset, lambda one: links.stop(one, by=request.user), _t("Stopped"))

    def has_stop_permission(self, request: HttpRequest) -> bool:
        """Whoever may change what links earn."""
        return request.user.has_perm("campaigns.change_commissionrule")


@admin.register(ShareClick)
class ShareClickAdmin(ReadOnlyAdmin):
    """Who followed which link."""

    list_display = ("at", "link", "member")
    list_filter = (("at", MomentFilter),)
    list_select_related = ("link", "member")
    search_fields = ("link__code", "member__code")
    search_help_text = _("Code of the link or of the member")
    when_empty = _("No link was followed yet.")


class EntryInline(LookOnlyInline):
    """How a commission came about."""

    model = CommissionEntry
    fields = ("at", "kind", "staff", "pending", "settled", "month")


@admin.register(Commission)
class CommissionAdmin(ReadOnlyAdmin):
    """What each order line earned, and why not."""

    list_display = (
        "order",
        "line_no",
        "staff",
        "via",
        "base",
        "shown_state",
        "why",
        "pending",
        "settled",
        "settles_at",
    )
    list_filter = (
        ("state", ChoicesDropdownFilter), ("why", ChoicesDropdownFilter), ("via", ChoicesDropdownFilter),
        ("rule", RelatedDropdownFilter), ("paid_at", MomentFilter),
    )  # fmt: skip
    list_select_related = ("order", "staff")
    search_fields = ("order__order_no", "staff__name__startswith", "link__code")
    search_help_text = _("Order number, name or code of the link")
    inlines = (EntryInline,)
    when_empty = _("Nothing was earned yet.")

    @display(description=_("state"), label=LABELS)
    def shown_state(self, one: Commission) -> tuple[str, str]:
        """The state as a coloured label."""
        return one.state, one.get_state_display()


@admin.register(CommissionEntry)
class CommissionEntryAdmin(ReadOnlyAdmin):
    """The ledger; nothing in it is ever changed."""

    list_display = ("at", "month", "staff", "kind", "pending", "settled", "commission")
    list_filter = (("kind", ChoicesDropdownFilter), ("at", MomentFilter))
    list_select_related = ("staff", "commission")
    search_fields = ("staff__name__startswith",)
    search_help_text = _("Name")
    when_empty = _("Nothing was earned yet.")
