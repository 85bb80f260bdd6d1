"""Partners and their keys in the admin. A key's secret is shown once, when it is made."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from stores import networks, replies
from stores import partners as verbs
from stores.admin.base import HqAdmin, NoDeleteMixin, ReadOnlyAdmin
from stores.models import Partner, PartnerKey, Scope, StoredReply


class KeyForm(forms.ModelForm):
    """What HQ decides about a key."""

    scopes = forms.MultipleChoiceField(
        label=_("scopes"), choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, required=False
    )

    class Meta:
        model = PartnerKey
        fields = ("partner", "label", "scopes", "stores", "networks", "requests_per_minute", "expires_at")

    def clean_networks(self) -> list[str]:
        """Addresses and ranges only: a key with anything else could not be checked at the door."""
        written = self.cleaned_data["networks"] or []
        for text in written:
            if not networks.is_network(text):
                raise forms.ValidationError(_("%(text)s is not a network address.") % {"text": text})
        return written

    def clean_stores(self) -> Any:
        """A key that was limited stays so: taking its last store away would open every store to it."""
        chosen = self.cleaned_data["stores"]
        if self.instance.pk and not chosen and self.instance.stores.exists():
            raise forms.ValidationError(_("Without a store this key would act for all. Make a new key for that."))
        return chosen


@admin.register(Partner)
class PartnerAdmin(NoDeleteMixin, HqAdmin):
    """The systems that talk to us."""

    list_display = ("name", "code", "contact", "is_active")
    search_fields = ("name", "code")


@admin.register(PartnerKey)
class PartnerKeyAdmin(NoDeleteMixin, HqAdmin):
    """API keys: made here, shown once, revoked at once."""

    form = KeyForm
    list_display = ("__str__", "partner", "label", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_select_related = ("partner",)
    list_filter = ("partner",)
    filter_horizontal = ("stores",)
    actions = ("revoke", "rotate")

    def save_model(self, request: HttpRequest, obj: PartnerKey, form: Any, change: bool) -> None:
        """Make a new key through the verb and show its secret this once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        fields = {name: form.cleaned_data[name] for name in KeyForm.Meta.fields if name not in ("partner", "stores")}
        key, text = verbs.create_key(obj.partner, **fields)
        obj.pk, obj.prefix, obj.secret_hash, obj.created_at = key.pk, key.prefix, key.secret_hash, key.created_at
        self._show(request, text)

    @action(description=_("Revoke now"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """Close the door for the chosen keys."""
        self.run_verb(request, queryset.filter(revoked_at=None), verbs.revoke_key, _("Revoked"))

    @action(description=_("Rotate: make a successor"), permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: Any) -> None:
        """Make a second key with the same rights; the old one stays valid for a while."""
        rows = queryset.select_related("partner")
        self.run_verb(request, rows, lambda key: self._show(request, verbs.rotate_key(key)[1]), _("Rotated"))

    def _show(self, request: HttpRequest, text: str) -> None:
        shown = _("Copy this key now, it is shown only once: %(key)s") % {"key": text}
        self.message_user(request, shown, messages.WARNING)


@admin.register(StoredReply)
class StoredReplyAdmin(ReadOnlyAdmin):
    """What partners were answered under an Idempotency-Key in the last day."""

    list_display = ("partner", "place", "key", "status", "created_at")
    list_filter = ("partner",)
    list_select_related = ("partner",)
    search_fields = ("key",)
    search_help_text = _("The whole Idempotency-Key")
    fields = ("partner", "place", "key", "status", "created_at")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """By the key that the partner sent, of which only a hash is kept."""
        return super().get_search_results(request, queryset, search_term and replies.kept_key(search_term.strip()))
