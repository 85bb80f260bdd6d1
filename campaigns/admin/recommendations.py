"""Product recommendations in the admin: entered as drafts, published, ended; what each brought."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from campaigns.models import Recommendation, RecommendationState, RecommendationView
from campaigns.spreading import recommending
from members.models import Product
from stores.admin.base import ReadOnlyAdmin, UnusedDeleteAdmin

LABELS = {
    RecommendationState.DRAFT: "info",
    RecommendationState.PUBLISHED: "success",
    RecommendationState.ENDED: "warning",
}


class RecommendationForm(forms.ModelForm):
    """A recommendation; its products are written one below the other, or with commas."""

    skus = forms.CharField(
        label=_("Products (SKU)"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("The most important first, one per line or with commas."),
    )
    picture = forms.URLField(
        label=_("address of a picture"),
        required=False,
        max_length=300,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Recommendation
        fields = ("name", "skus", "words", "picture", "segment", "starts_on", "ends_on", "priority", "holdout")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["skus"] = "\n".join(self.instance.skus)

    def clean_skus(self) -> list[str]:
        """The numbers in their order; each must be known."""
        skus = list(dict.fromkeys(self.cleaned_data["skus"].replace(",", " ").replace("，", " ").split()))
        known = set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
        if unknown := [sku for sku in skus if sku not in known]:
            raise forms.ValidationError(_("Unknown: %(skus)s") % {"skus": ", ".join(unknown[:5])})
        if len(skus) > 20:
            raise forms.ValidationError(_("At most 20 products."))
        return skus


@admin.register(Recommendation)
class RecommendationAdmin(UnusedDeleteAdmin):
    """What headquarters recommends, to whom, and what it brought."""

    form = RecommendationForm
    list_display = ("name", "shown_state", "segment", "starts_on", "ends_on", "priority", "shown", "share", "effect")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("segment",)
    search_fields = ("name",)
    autocomplete_fields = ("segment",)
    ordering = ("-pk",)
    actions = ("publish", "end")
    readonly_fields = ("shown", "share", "effect", "counted_at")
    fieldsets = (
        (None, {"fields": ("name", "skus", "words", "picture")}),
        (_("For whom and when"), {"fields": ("segment", ("starts_on", "ends_on"), ("priority", "holdout"))}),
        (_("Results"), {"fields": (("shown", "share"), ("effect", "counted_at"))}),
    )
    when_empty = _("Nothing is recommended yet.")

    @display(description=_("state"), label=LABELS)
    def shown_state(self, one: Recommendation) -> tuple[str, str]:
        """The state as a coloured label."""
        return one.state, one.get_state_display()

    @admin.display(description=_("bought"))
    def share(self, one: Recommendation) -> str:
        """The share of those shown it that bought, and of those left alone."""
        if not one.shown:
            return "—"
        words = {
            "shown": f"{one.bought / one.shown:.1%}",
            "held": f"{one.held_bought / one.held:.1%}" if one.held else "—",
        }
        return _t("%(shown)s, left alone %(held)s") % words

    @admin.display(description=_("effect"))
    def effect(self, one: Recommendation) -> str:
        """The interval of the difference, or that nothing can be told yet."""
        if one.low is None or one.high is None:
            return "—"
        points = _t("%(low)s to %(high)s points") % {"low": f"{one.low * 100:+.1f}", "high": f"{one.high * 100:+.1f}"}
        return points if one.low > 0 or one.high < 0 else _t("Cannot tell: %(points)s") % {"points": points}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From today on, for two weeks."""
        today = timezone.localdate()
        return {"starts_on": today, "ends_on": today + timedelta(days=13)}

    def save_model(self, request: HttpRequest, obj: Recommendation, form: Any, change: bool) -> None:
        """With the name of whoever made it."""
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def is_used(self, one: Recommendation) -> bool:
        """Only drafts are deleted."""
        return one.state != RecommendationState.DRAFT

    def has_change_permission(self, request: HttpRequest, obj: Recommendation | None = None) -> bool:
        """Only a draft can be changed: what was shown stays what it was."""
        changeable = obj is None or obj.state == RecommendationState.DRAFT
        return changeable and super().has_change_permission(request, obj)

    @action(description=_("Publish"), permissions=["run"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Let the chosen drafts hold."""
        self.run_verb(request, queryset, lambda one: recommending.publish(one, by=request.user), _t("Published"))

    @action(description=_("End"), permissions=["run"])
    def end(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Stop the chosen ones now."""
        self.run_verb(request, queryset, lambda one: recommending.end(one, by=request.user), _t("Ended"))

    def has_run_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may enter them."""
        return request.user.has_perm("campaigns.change_recommendation")


@admin.register(RecommendationView)
class RecommendationViewAdmin(ReadOnlyAdmin):
    """Who was shown what, and who was left alone."""

    list_display = ("at", "recommendation", "member", "held_out")
    list_filter = ("held_out",)
    list_select_related = ("recommendation", "member")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    when_empty = _("Nothing was shown yet.")
