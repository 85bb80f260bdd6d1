"""From any members that a rule means into a journey: the page to which figures and segments lead."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from campaigns.admin.journeys.trying import TryingViews
from campaigns.journeys import letting
from campaigns.models import Journey, JourneyState
from members.segments import compiling, trees, wording
from members.segments.trees import Node
from stores.errors import Refusal


class WhereForm(forms.Form):
    """Into which of the journeys that headquarters lets members into."""

    journey = forms.ModelChoiceField(
        Journey.objects.none(), label=_("Journey"), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args: Any, open_ones: list[Journey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["journey"].queryset = Journey.objects.filter(pk__in=[one.pk for one in open_ones])


class InvitingViews(TryingViews):
    """One page."""

    def inviting_urls(self) -> list[URLPattern]:
        """It takes a rule as JSON in ``?rule=``."""
        return [path("let-in/", self.admin_site.admin_view(self.invite), name="campaigns_journey_invite")]

    def invite(self, request: HttpRequest) -> HttpResponse:
        """How many they are, the journeys they may come into, and the job that lets them in."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        open_ones = [one for one in _running() if letting.waits_for_hand(one)]
        form = WhereForm(request.POST or None, open_ones=open_ones)
        tree, refusal = _asked(request)
        if request.method == "POST" and tree is not None and form.is_valid():
            try:
                job = letting.let_in(form.cleaned_data["journey"], trees.dump(tree), by=request.user)
            except Refusal as wrong:
                refusal = str(wrong)
            else:
                return HttpResponseRedirect(reverse("admin:stores_job_change", args=[job.pk]))
        context = {
            "title": _("Let these into a journey"),
            "form": form,
            "journeys": open_ones,
            "refusal": refusal,
            "count": compiling.count(tree) if tree is not None else None,
            "sentence": wording.sentence(tree) if tree is not None else "",
        }
        return self._page(request, "invite.html", context)


def _running() -> Any:
    return Journey.objects.filter(state=JourneyState.RUNNING).select_related("version").order_by("name")


def _asked(request: HttpRequest) -> tuple[Node | None, str]:
    """The rule of the address, or why there is none."""
    try:
        tree = trees.of_text(request.GET.get("rule", ""))
    except Refusal as refusal:
        return None, str(refusal)
    return tree, "" if tree is not None else str(_("Say whom you mean: the rule is missing."))
