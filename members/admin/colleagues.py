"""Headquarters says that a member works here, so that no guide sends them coupons (coupons.colleagues)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from members.models import Identity, IdentityKind
from members.oneid import identities


class ColleagueForm(forms.Form):
    """Whose staff record it is; ``ended`` takes the mark away."""

    number = forms.CharField(label=_("employee number or user name"), max_length=60, widget=UnfoldAdminTextInputWidget)
    ended = forms.BooleanField(label=_("not any more"), required=False, widget=UnfoldBooleanSwitchWidget)


class ColleaguePages:
    """A button on the page of a member; the page itself is that of the privacy steps."""

    @action(description=_("Works here"), url_path="colleague", icon="badge", permissions=["consent"])
    def mark_colleague(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a staff number lead to the member, or no longer."""
        member = self.living(request, object_id)
        form = ColleagueForm(request.POST or None)
        if form.is_valid():
            verb = identities.detach if form.cleaned_data["ended"] else identities.attach
            number, by = form.cleaned_data["number"], request.user

            def written() -> bool:
                verb(member, IdentityKind.STAFF.value, number, by=by)
                return True

            if self._told(form, written):
                messages.success(request, _("Written down."))
                return HttpResponseRedirect(request.path)
        known: Any = Identity.objects.visible_to(request.user).filter(member=member, kind=IdentityKind.STAFF)
        notes = [
            _("Guides then cannot send this member coupons, nor take coupons for points for themselves."),
            _("Staff numbers on this member: %(count)s") % {"count": known.count()},
        ]
        return self._page(request, member, form, _("This member works here"), _("Write down"), notes=notes)
