"""What headquarters does about a member's data, a page for each: see the phone, consent, hand out, erase."""

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from members import profiles
from members.models import Consent, Member, MemberState
from members.privacy import consents, erasure, portability, wordings
from members.profiles import RevealReason
from stores.admin.base import row_key
from stores.errors import Refusal

ASKED_BY = [
    ("member", _("The member")),
    ("guardian", _("A guardian or heir")),
    ("authority", _("An authority or court")),
]


class RevealForm(forms.Form):
    """Why the whole number is needed."""

    reason = forms.ChoiceField(label=_("reason"), choices=RevealReason.choices, widget=UnfoldAdminRadioSelectWidget)


class ConsentForm(forms.Form):
    """What the member said, on which channel."""

    channel = forms.ChoiceField(label=_("channel"), choices=Consent.Channel.choices, widget=UnfoldAdminSelectWidget)
    granted = forms.ChoiceField(
        label=_("answer"),
        choices=[("yes", _("Agrees")), ("no", _("Does not agree any more"))],
        widget=UnfoldAdminRadioSelectWidget,
    )


class ExportForm(forms.Form):
    """Who asked for the data."""

    reason = forms.ChoiceField(label=_("asked by"), choices=ASKED_BY, widget=UnfoldAdminRadioSelectWidget)


class EraseForm(forms.Form):
    """Who asked, why, and the member code once more."""

    asked_by = forms.ChoiceField(label=_("asked by"), choices=ASKED_BY, widget=UnfoldAdminRadioSelectWidget)
    reason = forms.CharField(
        label=_("reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Without names or numbers: it stays in the proof."),
    )
    code = forms.CharField(
        label=_("member code once more"),
        max_length=12,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Type the twelve digits. It cannot be undone."),
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_code(self) -> str:
        """The code of this very member."""
        if self.cleaned_data["code"].strip() != self.member.code:
            raise forms.ValidationError(_("This is not the code of this member."))
        return self.member.code


class PrivacyPages:
    """Buttons on the page of a member."""

    actions_detail = ("reveal_phone", "write_consent", "hand_out_data", "erase_member")

    @action(description=_("Show the whole number"), url_path="phone", icon="visibility", permissions=["reveal"])
    def reveal_phone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, put it on record, and show the number on this one page."""
        member = self.living(request, object_id)
        form = RevealForm(request.POST or None)
        shown = ""
        if form.is_valid():
            shown = self._told(form, lambda: profiles.reveal_phone(member, by=request.user, **form.cleaned_data))
        left = profiles.reveals_left(request.user)
        notes = [_("Each look is on the member's record. You have %(count)s left today.") % {"count": left}]
        return self._page(request, member, form, _("Show the whole number"), _("Show"), notes=notes, shown=shown)

    @action(description=_("Consent"), url_path="consent", icon="verified_user", permissions=["consent"])
    def write_consent(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write down what the member agrees to, in the words of today, or that they no longer do."""
        member, words = self.living(request, object_id), wordings.now()
        form = ConsentForm(request.POST or None)
        if form.is_valid():
            channel, by = form.cleaned_data["channel"], request.user
            version = words[channel].version if channel in words else ""

            def said() -> Consent:
                if form.cleaned_data["granted"] == "yes":
                    return consents.grant(member, channel, wording_version=version, by=by)
                return consents.withdraw(member, channel, by=by)

            if self._told(form, said):
                messages.success(request, _("Written down."))
                return HttpResponseRedirect(request.path)
        notes = [f"{row.get_channel_display()}: {row.text} ({row.version})" for row in words.values()]
        proofs = consents.proofs(member)
        return self._page(request, member, form, _("Consent"), _("Write down"), notes=notes, proofs=proofs)

    @action(description=_("Hand out all data"), url_path="data", icon="download", permissions=["hand_out"])
    def hand_out_data(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Everything about the member as a file, on record."""
        member = self.living(request, object_id)
        form = ExportForm(request.POST or None)
        if form.is_valid():
            data = self._told(form, lambda: portability.export(member, by=request.user, **form.cleaned_data))
            if data:
                answer = HttpResponse(json.dumps(data, ensure_ascii=False, indent=1), content_type="application/json")
                answer["Content-Disposition"] = f'attachment; filename="{member.public_id}.json"'
                return answer
        notes = [_("The file holds everything, whole numbers included. Hand it to nobody but the member.")]
        return self._page(request, member, form, _("Hand out all data"), _("Download"), notes=notes)

    @action(description=_("Erase"), url_path="erase", icon="delete_forever", permissions=["erase"])
    def erase_member(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Erase the member after the code was typed once more."""
        member = self.living(request, object_id)
        form = EraseForm(request.POST or None, member=member)
        if form.is_valid():
            given = {name: form.cleaned_data[name] for name in ("asked_by", "reason")}
            proof = self._told(form, lambda: erasure.erase(member, by=request.user, **given))
            if proof:
                messages.success(request, _("The member was erased. This is the proof."))
                return HttpResponseRedirect(reverse("admin:members_erasure_change", args=[proof.pk]))
        notes = [
            _("Name, birthday, identities, tags, notes and texts go for good; unused coupons are withdrawn."),
            _("Orders, ledgers and consents stay without a name. The phone number can sign up anew as somebody new."),
            _("Points now: %(points)s") % {"points": member.points},
        ]
        return self._page(request, member, form, _("Erase this member"), _("Erase for good"), notes=notes, grave=True)

    def living(self, request: HttpRequest, object_id: str) -> Member:
        """The member, as long as they are one."""
        found = Member.objects.visible_to(request.user).filter(pk=row_key(object_id), state=MemberState.ACTIVE).first()
        if found is None:
            raise Http404
        return found

    def has_reveal_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may see whole numbers, as HQ has set it."""
        return request.user.role in profiles.REVEAL_ROLES.value

    def has_consent_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Headquarters."""
        return request.user.sees_all

    def has_hand_out_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may take a member's data out."""
        return request.user.has_perm(portability.RIGHT)

    def has_erase_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may erase."""
        return request.user.has_perm(erasure.RIGHT)

    def _told(self, form: forms.Form, verb: Callable[[], Any]) -> Any:
        """What the verb gives; a refusal stands above the form."""
        try:
            return verb()
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return None

    def _page(
        self, request: HttpRequest, member: Member, form: forms.Form, title: Any, button: Any, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.model._meta,
            "original": member,
            "member": member,
            "form": form,
            "button": button,
            **more,
        }
        answer = TemplateResponse(request, "members/hq/privacy.html", context)
        answer["Cache-Control"] = "no-store, private"
        return answer
