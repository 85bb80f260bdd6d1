"""Coupon packs: put together and published; who was given which; every step with its coupon or the reason why not."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from coupons import packcatalogue, packdue, packs, packsteps
from coupons.models import CouponPack, GivenPack, PackItem, PackStep, TemplateState
from coupons.packcatalogue import ItemDraft
from stores.admin.base import HqAdmin, LookOnlyInline, NoDeleteMixin, ReadOnlyAdmin
from stores.admin.filters import MomentFilter

LABELS = {TemplateState.DRAFT: "info", TemplateState.ACTIVE: "success", TemplateState.STOPPED: "warning"}
GIVEN, COMING = pgettext_lazy("coupon of a pack", "Given"), pgettext_lazy("coupon of a pack", "Still to come")
RIGHT = "coupons.change_couponpack"


class ItemsFormSet(BaseInlineFormSet):
    """The items of a pack; what a published one cannot be is said above them."""

    @property
    def drafts(self) -> list[ItemDraft]:
        """What was entered, without the lines to be deleted."""
        filled = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [ItemDraft(row["template"], row["count"], row["after_days"]) for row in filled if row.get("template")]

    def clean(self) -> None:
        """Contradictions in words, for a pack that is being given."""
        super().clean()
        is_given = self.instance.state == TemplateState.ACTIVE and not any(self.errors)
        if is_given and (problems := packcatalogue.contradictions(self.drafts)):
            raise ValidationError(problems)


class ItemsInline(TabularInline):
    """What a pack consists of."""

    model = PackItem
    formset = ItemsFormSet
    extra = 1
    fields = ("template", "count", "after_days")
    autocomplete_fields = ("template",)


@admin.register(CouponPack)
class CouponPackAdmin(NoDeleteMixin, HqAdmin):
    """What is given together. A change concerns those who are given the pack from now on."""

    list_display = ("name", "in_words", "worth", "shown_state", "updated_at")
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = ("name",)
    inlines = (ItemsInline,)
    fields = ("name", "in_words", "shown_state", "worth", "note")
    readonly_fields = ("in_words", "shown_state", "worth")
    actions = ("publish", "stop", "take_back")

    def get_fields(self, request: HttpRequest, obj: CouponPack | None = None) -> tuple[str, ...]:
        """A new one has no state, words or worth yet."""
        return self.fields if obj else ("name", "note")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With their items, for the sentence."""
        items = PackItem.objects.select_related("template__terms").order_by("after_days", "pk")
        return super().get_queryset(request).prefetch_related(Prefetch("items", items))

    @admin.display(description=_("what it is"))
    def in_words(self, pack: CouponPack) -> str:
        """The pack in one sentence."""
        return packcatalogue.sentence(pack.items.all()) or "—" if pack.pk else "—"

    @admin.display(description=_("costs at most"))
    def worth(self, pack: CouponPack) -> str:
        """If every coupon of it is used."""
        return f"¥{packs.value_of(pack.items.all()):,}" if pack.pk else "—"

    @display(description=_("state"), label=LABELS)
    def shown_state(self, pack: CouponPack) -> tuple[str, str]:
        """The state as a coloured label."""
        return pack.state, pack.get_state_display()

    def save_model(self, request: HttpRequest, obj: CouponPack, form: Any, change: bool) -> None:
        """Through the verbs; the items follow."""
        given = {"name": form.cleaned_data["name"], "note": form.cleaned_data["note"], "by": request.user}
        if change:
            packcatalogue.change_pack(obj, **given)
        else:
            obj.pk = packcatalogue.create_pack(**given).pk

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """The items in one verb, which knows what a pack may be."""
        packcatalogue.change_pack(form.instance, items=formset.drafts, by=request.user)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []

    @action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Let it be given."""
        self.run_verb(request, queryset, lambda row: packcatalogue.publish(row, by=request.user), _("Published"))

    @action(description=_("Stop giving it (what was promised still comes)"), permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet) -> None:
        """To nobody else."""
        self.run_verb(request, queryset, lambda row: packcatalogue.stop(row, by=request.user), _("Stopped"))

    @action(description=_("Stop it and take back what is still to come"), permissions=["change"])
    def take_back(self, request: HttpRequest, queryset: QuerySet) -> None:
        """What is in wallets stays."""
        self.run_verb(
            request, queryset, lambda row: packdue.stop_and_take_back(row, by=request.user), _("Being taken back")
        )


class StepsInline(LookOnlyInline):
    """The coupons of a given pack."""

    model = PackStep
    fields = ("nth", "template", "due_at", "outcome", "coupon")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With what the lines show."""
        return super().get_queryset(request).select_related("template", "coupon")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything is to look at."""
        return self.fields

    @admin.display(description=_("outcome"))
    def outcome(self, step: PackStep) -> str:
        """Given, to come, or why not."""
        return outcome_of(step)[1]


@admin.register(GivenPack)
class GivenPackAdmin(ReadOnlyAdmin):
    """Who was given which pack, by whom, and what came of it."""

    list_display = ("member", "pack", "origin", "guide", "run", "given_at")
    list_filter = (
        ("pack", RelatedDropdownFilter),
        ("origin", ChoicesDropdownFilter),
        ("given_at", MomentFilter),
    )
    list_select_related = ("member", "pack", "guide", "run__pack", "run__template")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    inlines = (StepsInline,)
    fields = ("member", "pack", "origin", "guide", "run", "given_at", "is_double")


class OutcomeFilter(admin.SimpleListFilter):
    """Given, still to come, or why not."""

    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The three, and each reason."""
        return [("given", GIVEN), ("coming", COMING), ("any", _("Not given")),
                *packsteps.WHY_NOT.items()]  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The steps that ended so."""
        match self.value():
            case None:
                return queryset
            case "given":
                return queryset.filter(coupon__isnull=False)
            case "coming":
                return queryset.filter(coupon=None, refusal="")
            case "any":
                return queryset.exclude(refusal="")
        return queryset.filter(refusal=self.value())


@admin.register(PackStep)
class PackStepAdmin(ReadOnlyAdmin):
    """Every coupon of every given pack: there, still to come, or why not; what was refused can be given later."""

    list_display = ("member", "pack", "template", "due_at", "outcome", "coupon")
    list_filter = (
        OutcomeFilter,
        ("given__pack", RelatedDropdownFilter),
        ("template", RelatedDropdownFilter),
        ("due_at", MomentFilter),
    )
    list_select_related = ("given__member", "given__pack", "template", "coupon")
    search_fields = ("given__member__code", "coupon__code")
    search_help_text = _("Member code or coupon code")
    actions = ("give",)

    @admin.display(description=_("member"))
    def member(self, step: PackStep) -> str:
        """Whose it is."""
        return str(step.given.member)

    @admin.display(description=_("coupon pack"))
    def pack(self, step: PackStep) -> str:
        """The pack it belongs to."""
        return step.given.pack.name

    @display(description=_("outcome"), label={"given": "success", "coming": "info", "refused": "warning"})
    def outcome(self, step: PackStep) -> tuple[str, str]:
        """Given, to come, or why not."""
        return outcome_of(step)

    @action(description=_("Give it now"), permissions=["give"])
    def give(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Give what could not be given, now that its cause is mended."""
        self.run_verb(request, queryset, lambda step: packdue.give_again(step, by=request.user), _("Given"))

    def has_give_permission(self, request: HttpRequest) -> bool:
        """Whoever puts packs together."""
        return request.user.has_perm(RIGHT)


def outcome_of(step: PackStep) -> tuple[str, str]:
    """What became of a step: a key for the colour, and words."""
    if step.coupon_id:
        return "given", str(GIVEN)
    if step.refusal:
        return "refused", str(packsteps.WHY_NOT.get(step.refusal, step.refusal))
    return "coming", str(COMING)
