"""Proofs of erasure, the wordings of consent, and who looked at whole numbers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from members.models import ConsentWording, Erasure, IdentityKind
from members.oneid.identitykinds import BadIdentity, parse_identity
from members.privacy import erasure, wordings
from stores.admin.base import HqAdmin, NoDeleteMixin, ReadOnlyAdmin

REMOVED = {
    "tags": _("tags"),
    "notes": _("notes"),
    "possible_duplicates": _("possible duplicates"),
    "outlooks": _("what was expected of them"),
    "records": _("member records"),
    "coupons": _("unused coupons"),
    "offer_texts": _("texts of offers"),
    "coupon_notes": _("notes on coupons"),
    "open_tasks": _("open tasks"),
    "task_figures": _("figures of tasks"),
}


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """Who was erased, at whose wish, by whom, and how much of what went. A number finds its proofs."""

    when_empty = _("Nobody asked to be erased yet. An erasure starts on the page of a member; its proof stays here.")
    list_display = ("record", "asked_by", "reason", "made_at", "made_by")
    list_select_related = ("member", "made_by")
    search_fields = ("asked_by",)
    search_help_text = _("The whole phone number, or kind:value of another identity")
    fields = ("record", "asked_by", "reason", "made_at", "made_by", "went")
    readonly_fields = ("record", "went")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """The proofs that this number was erased; whoever asks brings the number."""
        term = search_term.strip().replace("\0", "")
        if not term:
            return queryset, False
        try:
            kind, value = parse_identity(term) if ":" in term else (IdentityKind.PHONE.value, term)
            proofs = erasure.found(kind, value)
        except BadIdentity:
            proofs = []
        return queryset.filter(pk__in=[proof.pk for proof in proofs]), False

    @admin.display(description=_("record"))
    def record(self, proof: Erasure) -> str:
        """The number of the record, which is no secret and leads to nobody."""
        return proof.member.public_id

    @admin.display(description=_("what went"))
    def went(self, proof: Erasure) -> str:
        """How much of what, in words."""
        kinds = dict(IdentityKind.choices)
        found = []
        for name, count in sorted(proof.removed.items()):
            what = kinds.get(name.removeprefix("identity:"), REMOVED.get(name, name))
            found.append(f"{what}: {count}")
        return " · ".join(found)


class WordingForm(forms.ModelForm):
    """A new version of the words."""

    class Meta:
        model = ConsentWording
        fields = ("channel", "purpose", "version", "language", "text", "starts_on")
        widgets = {"text": UnfoldAdminTextareaWidget}


@admin.register(ConsentWording)
class ConsentWordingAdmin(NoDeleteMixin, HqAdmin):
    """What members are asked. A version is added, never changed: entries of the ledger name it."""

    form = WordingForm
    list_display = ("channel", "purpose", "version", "language", "starts_on", "text")
    list_filter = (("channel", ChoicesDropdownFilter), ("language", ChoicesDropdownFilter))
    search_fields = ("version",)
    ordering = ("channel", "-starts_on", "-pk")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes words that somebody agreed to."""
        return False

    def save_model(self, request: HttpRequest, obj: ConsentWording, form: Any, change: bool) -> None:
        """Add through the verb."""
        made = wordings.add(
            obj.channel,
            obj.version,
            obj.text,
            purpose=obj.purpose,
            language=obj.language,
            starts_on=obj.starts_on,
            by=request.user,
        )
        obj.pk = made.pk
