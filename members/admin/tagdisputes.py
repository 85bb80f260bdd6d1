"""Disputed tags in the admin: what waits for an answer first, and beside it why the rule says so."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from members import tagcatalogue, tagdisputes
from members.models import MemberTag, TagDispute
from members.segments import evaluating, trees
from stores.admin.base import ReadOnlyAdmin
from stores.errors import Refusal

State = TagDispute.State
LABELS = {State.OPEN: "warning", State.UPHELD: "success", State.REJECTED: "info"}
GOES, STAYS, EVERYTHING = "goes", "stays", "all"


class DecisionForm(forms.Form):
    """What becomes of the tag, why, and for how long."""

    verdict = forms.ChoiceField(
        label=_("decision"),
        choices=[(GOES, _("It does not fit: the tag goes")), (STAYS, _("It fits: the tag stays"))],
        widget=UnfoldAdminRadioSelectWidget,
    )
    answer = forms.CharField(
        label=_("Why"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Whoever asked reads this on the member's timeline."),
    )
    until = forms.DateField(
        label=_("The rule does not set it again until"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("Empty: not on this member any more. Counts only if the tag goes."),
    )


class StateFilter(DropdownFilter):
    """What waits for an answer, unless one asks for what was decided."""

    title, parameter_name, all_option = _("state"), "standing", None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Waiting, each decision, everything."""
        return [("", State.OPEN.label), *State.choices[1:], (EVERYTHING, _("Everything"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """What was asked for."""
        wanted = self.value() or State.OPEN.value
        if wanted == State.OPEN.value:
            return queryset.filter(pk__in=tagdisputes.waiting().values("pk"))
        return queryset if wanted == EVERYTHING else queryset.filter(state=wanted)


@admin.register(TagDispute)
class TagDisputeAdmin(ReadOnlyAdmin):
    """Who says which system tag does not fit whom, and what was decided."""

    when_empty = _("Nobody waits for an answer. Guides and managers dispute a system tag on the member's page.")
    list_display = ("member", "tag", "reason", "raised_by", "raised_at", "shown_state", "until")
    list_filter = (StateFilter,)
    list_select_related = ("member", "tag", "raised_by")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    actions = ("lift",)

    @display(description=_("state"), label=LABELS)
    def shown_state(self, dispute: TagDispute) -> tuple[str, str]:
        """The state as a coloured label."""
        return dispute.state, dispute.get_state_display()

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Headquarters decide."""
        return request.user.has_perm("members.change_tagdispute")

    @action(description=_("Let the rule decide again"), permissions=["decide"])
    def lift(self, request: HttpRequest, queryset: QuerySet) -> None:
        """End what the chosen disputes hold back."""
        self.run_verb(request, queryset, lambda one: tagdisputes.lift(one, by=request.user), _("Ended"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The question, what the rule says leaf by leaf, and the decision."""
        dispute = self.get_object(request, object_id)
        if dispute is None or not self.has_view_permission(request, dispute):
            raise Http404
        form = DecisionForm(request.POST or None)
        if request.method == "POST":
            if not self.has_decide_permission(request):
                raise PermissionDenied
            if form.is_valid() and self._decided(request, dispute, form):
                return HttpResponseRedirect(reverse("admin:members_tagdispute_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Does “%(tag)s” fit %(member)s?") % {"tag": dispute.tag, "member": dispute.member},
            "opts": self.model._meta,
            "dispute": dispute,
            "carried": MemberTag.objects.filter(tag=dispute.tag_id, member=dispute.member_id).first(),
            "form": form,
            "may_decide": dispute.state == State.OPEN and self.has_decide_permission(request),
            "rule": tagcatalogue.in_words(dispute.tag),
            "explained": _explained(dispute),
        }
        return TemplateResponse(request, "members/hq/tags/dispute.html", context)

    def _decided(self, request: HttpRequest, dispute: TagDispute, form: DecisionForm) -> bool:
        given = form.cleaned_data
        try:
            tagdisputes.decide(
                dispute,
                upheld=given["verdict"] == GOES,
                answer=given["answer"],
                until=given["until"],
                by=request.user,
            )
        except Refusal as refusal:
            form.add_error(refusal.extra.get("field"), str(refusal))
            return False
        self.message_user(request, _("Decided"), messages.SUCCESS)
        return True


def _explained(dispute: TagDispute) -> evaluating.Reason | None:
    """What the rule says about the member now, part by part; None when it means nothing."""
    if not dispute.tag.rule:
        return None
    try:
        return evaluating.explain(trees.parse(dispute.tag.rule), dispute.member)
    except trees.TreeInvalid:
        return None
