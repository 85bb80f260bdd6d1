"""The growth and points ledgers and the consent ledger: never edited. A correction is an entry more, with a reason."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from members.ledgers import growth, points
from members.ledgers.growth import LARGEST
from members.models import Consent, GrowthEntry, Member, MemberState, PointsEntry
from members.privacy import wordings
from stores.admin.base import HqAdmin, ReadOnlyAdmin
from stores.admin.filters import MomentFilter


class CorrectionForm(forms.ModelForm):
    """A correction by hand: whose, how much up or down, and why."""

    member_code = forms.CharField(label=_("Member code"), max_length=12, widget=UnfoldAdminTextInputWidget)
    delta = forms.IntegerField(
        label=_("change"),
        min_value=-LARGEST,
        max_value=LARGEST,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Below zero takes away."),
    )
    note = forms.CharField(label=_("reason"), max_length=200, widget=UnfoldAdminTextInputWidget)

    class Meta:
        fields = ("delta", "note")

    def clean_member_code(self) -> str:
        """The code of a living member."""
        code = self.cleaned_data["member_code"].strip()
        self.member = Member.objects.filter(code=code, state=MemberState.ACTIVE).first()
        if self.member is None:
            raise forms.ValidationError(_("There is no such member."))
        return code


class LedgerAdmin(ReadOnlyAdmin):
    """What the two ledgers' pages share. Corrections are for administrators."""

    list_display = ("member", "signed", "kind", "order", "at", "note", "made_by")
    list_filter = (("kind", ChoicesDropdownFilter), ("at", MomentFilter))
    list_select_related = ("member", "order", "made_by")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    adjust: Callable[..., Any]

    @display(description=_("change"), label={True: "success", False: "danger"})
    def signed(self, entry: GrowthEntry | PointsEntry) -> tuple[bool, str]:
        """The change with its sign, green up and red down."""
        return entry.delta > 0, f"{entry.delta:+,}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may write this ledger."""
        return HqAdmin.has_add_permission(self, request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """To add is to correct."""
        return super().get_form(request, obj, change, **kwargs if obj else {"form": CorrectionForm, **kwargs})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What to enter, or all there is to see."""
        return super().get_fields(request, obj) if obj else ("member_code", "delta", "note")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the verb, which refuses what cannot be."""
        data = form.cleaned_data
        made = self.adjust(form.member, data["delta"], note=data["note"], by=request.user)
        obj.pk, obj.member, obj.at = made.pk, made.member, made.at


@admin.register(GrowthEntry)
class GrowthEntryAdmin(LedgerAdmin):
    """Every change of growth value."""

    adjust = staticmethod(growth.adjust)


@admin.register(PointsEntry)
class PointsEntryAdmin(LedgerAdmin):
    """Every change of points."""

    list_display = (*LedgerAdmin.list_display, "expires_at")
    adjust = staticmethod(points.adjust)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Who agreed to what, in which words, and who took it back."""

    list_display = ("member", "channel", "purpose", "granted", "wording_version", "collected_by", "store", "at")
    list_filter = (("channel", ChoicesDropdownFilter), "granted")
    list_select_related = ("member", "store")
    readonly_fields = ("words",)
    fields = (
        *("member", "channel", "purpose", "granted", "wording_version", "language", "words"),
        *("collected_by", "store", "at", "recorded_at"),
    )
    search_fields = ("member__code",)
    search_help_text = _("Member code")

    @admin.display(description=_("words"))
    def words(self, entry: Consent) -> str:
        """What the member was shown."""
        wording = wordings.behind(entry)
        return wording.text if wording else "—"
