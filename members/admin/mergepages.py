"""The page on which two members are looked at side by side and merged, or known as two people."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from members.happenings import listed
from members.models import IdentityConflict, IdentityKind, Member, MemberMerge
from members.oneid import duplicates, joining, mergepreview, merging
from members.oneid.duplicates import Doubt
from stores.errors import Refusal


class NoteForm(forms.Form):
    """Why, for whoever looks at it later."""

    note = forms.CharField(
        label=_("note"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Needed to say that they are two people. Without phone numbers."),
    )


class DecisionPage:
    """Two members, what differs, what would become of them, and the buttons."""

    def decide(
        self, request: HttpRequest, pair: tuple[Member, Member], conflict: IdentityConflict | None = None
    ) -> HttpResponse:
        """Show the pair, and carry out what was chosen. ``pair`` lives, the left one first."""
        kept = next((one for one in pair if str(one.pk) == request.GET.get("keep")), joining.likelier_kept(*pair))
        absorbed = pair[1] if kept == pair[0] else pair[0]
        form, refusals = NoteForm(request.POST or None), []
        if request.method == "POST" and self.may_decide(request) and form.is_valid():
            answer = self._carry_out(request, kept, absorbed, conflict, form.cleaned_data["note"], refusals)
            if answer:
                return answer
        look = _tried(refusals, lambda: mergepreview.preview(kept, absorbed, by=request.user))
        return self._answer(request, pair, kept, look=look, conflict=conflict, form=form, refusals=refusals)

    def may_decide(self, request: HttpRequest) -> bool:
        """Who may merge members."""
        return request.user.has_perm("members.add_membermerge")

    def _carry_out(
        self,
        request: HttpRequest,
        kept: Member,
        absorbed: Member,
        conflict: IdentityConflict | None,
        note: str,
        refusals: list[str],
    ) -> HttpResponse | None:
        """What the pressed button says; None when a rule refused it."""
        act, by = request.POST.get("act"), request.user
        if act == "apart" and conflict:
            if _tried(refusals, lambda: duplicates.decide_apart(conflict, by=by, note=note)):
                messages.success(request, _("Written down: two people."))
                return HttpResponseRedirect(reverse("admin:members_identityconflict_changelist"))
        elif act == str(kept.pk):  # the one whose column said "stays" when the button was pressed
            why = MemberMerge.Why.REVIEW if conflict else MemberMerge.Why.HAND
            made = _tried(refusals, lambda: merging.merge(kept, absorbed, why=why, by=by, note=note))
            if made:
                messages.success(request, _("Merged. This page tells what moved, and undoes it."))
                return HttpResponseRedirect(reverse("admin:members_membermerge_change", args=[made.pk]))
        return None

    def _answer(self, request: HttpRequest, pair: tuple[Member, Member], kept: Member, **more: Any) -> HttpResponse:
        look = more["look"]
        turned = kept == pair[1]
        lines = [
            {
                "label": line.label,
                "sides": (line.absorbed, line.kept) if turned else (line.kept, line.absorbed),
                "result": line.result,
                "differs": line.differs,
            }
            for line in (look.lines if look else ())
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Are these two one person?"),
            "opts": self.model._meta,
            "sides": [{"member": one, "kept": one == kept, "choose": _chosen(request, one)} for one in pair],
            "kept": kept,
            "lines": lines,
            "may_decide": self.may_decide(request),
            **told(more["conflict"]),
            **more,
        }
        answer = TemplateResponse(request, "members/hq/decide_duplicate.html", context)
        answer["Cache-Control"] = "no-store, private"
        return answer


def _tried(refusals: list[str], verb: Callable[[], Any]) -> Any:
    """What the verb gives; what it refuses stands above the buttons."""
    try:
        return verb()
    except Refusal as refusal:
        refusals.append(str(refusal))
        return None


def told(conflict: IdentityConflict | None) -> dict[str, Any]:
    """What the review says in words: which identities met, why it was not joined, what was decided."""
    if conflict is None:
        return {}
    return {
        "kinds": listed(kind_label(kind) for kind in conflict.kinds),
        "doubt": str(dict(Doubt.choices).get(conflict.why, conflict.why)),
        "is_apart": conflict.state == IdentityConflict.State.APART,
    }


def kind_label(kind: str) -> str:
    """The kind of identity in the reader's language."""
    return str(dict(IdentityKind.choices).get(kind, kind))


def _chosen(request: HttpRequest, member: Member) -> str:
    query = request.GET.copy()
    query["keep"] = str(member.pk)
    return f"{request.path}?{query.urlencode()}"
