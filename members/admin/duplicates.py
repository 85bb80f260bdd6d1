"""The queue of possible duplicates: pairs to which identities led, side by side; and the rules of identities."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display

from members.admin.mergepages import DecisionPage, kind_label, told
from members.happenings import listed
from members.models import IdentityConflict, Member, MemberMerge
from members.oneid import lineage
from members.oneid.duplicates import Doubt
from members.oneid.identitykinds import IDENTITY_KINDS, REFUSED
from stores.admin.base import ReadOnlyAdmin

State = IdentityConflict.State
LABELS = {State.OPEN: "warning", State.MERGED: "success", State.APART: "info"}
EVERYTHING = "all"


class DecisionFilter(DropdownFilter):
    """The queue unless one asks for what was decided."""

    title = _("decision")
    parameter_name = "decision"
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """To be decided, each decision, everything."""
        return [("", State.OPEN.label), *State.choices[1:], (EVERYTHING, _("Everything"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """What was asked for."""
        wanted = self.value() or State.OPEN.value
        return queryset if wanted == EVERYTHING else queryset.filter(state=wanted)


@admin.register(IdentityConflict)
class IdentityConflictAdmin(DecisionPage, ReadOnlyAdmin):
    """Pairs of members who may be one person, and the decision about each."""

    when_empty = _(
        "No possible duplicates. A pair appears here when one message names two members and the rules do not "
        "allow merging them by themselves."
    )
    list_display = ("pair", "met", "doubt", "source", "times", "last_at", "shown_state")
    list_display_links = ("pair",)
    list_filter = (DecisionFilter,)
    list_select_related = ("left", "right")
    search_fields = ("left__code", "right__code")
    search_help_text = _("Member code")
    actions_list = ("identity_rules",)

    @admin.display(description=_("members"))
    def pair(self, conflict: IdentityConflict) -> str:
        """Both names."""
        return f"{conflict.left} / {conflict.right}"

    @admin.display(description=_("identities that met"))
    def met(self, conflict: IdentityConflict) -> str:
        """Their kinds in words."""
        return listed(kind_label(kind) for kind in conflict.kinds)

    @admin.display(description=_("why not by itself"))
    def doubt(self, conflict: IdentityConflict) -> str:
        """The doubt in words."""
        return str(dict(Doubt.choices).get(conflict.why, conflict.why))

    @display(description=_("state"), label=LABELS)
    def shown_state(self, conflict: IdentityConflict) -> tuple[str, str]:
        """The decision as a label."""
        return conflict.state, conflict.get_state_display()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Both side by side; once they are one, what was decided."""
        conflict = self.get_object(request, object_id)
        if conflict is None or not self.has_view_permission(request, conflict):
            raise Http404
        left, right = (lineage.living(one) for one in (conflict.left, conflict.right))
        if left != right:
            return self.decide(request, (left, right), conflict)
        merge = MemberMerge.objects.filter(
            absorbed__in=[conflict.left, conflict.right], undone_at=None
        ).order_by("-pk").first()  # fmt: skip
        context = {
            **self.admin_site.each_context(request),
            "title": _("These two are one person"),
            "opts": self.model._meta,
            "conflict": conflict,
            "member": left,
            "merge": merge,
            **told(conflict),
        }
        return TemplateResponse(request, "members/hq/decided_duplicate.html", context)

    @action(description=_("Rules of identities"), url_path="rules", icon="rule")
    def identity_rules(self, request: HttpRequest) -> HttpResponse:
        """Every kind of identity with its limit, its place and whether it joins members by itself."""
        kinds = [
            {
                "label": rule.kind.label,
                "place": place,
                "limit": rule.limit,
                "joins": rule.may_merge,
                "changes": [_settings_page(rule.limit.name), _settings_page(rule.may_merge.name)],
            }
            for place, rule in enumerate(sorted(IDENTITY_KINDS.values(), key=lambda one: one.priority), start=1)
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Rules of identities"),
            "opts": self.model._meta,
            "kinds": kinds,
            "refused": [word for word in REFUSED.value if word],
            "refused_url": _settings_page(REFUSED.name),
            "may_change": request.user.has_perm("stores.change_setting"),
        }
        return TemplateResponse(request, "members/hq/identity_rules.html", context)


def _settings_page(name: str) -> str:
    """Where a setting is changed."""
    return f"{reverse('admin:stores_setting_changelist')}?q={name}"


def open_pairs_of(member: Member) -> list[IdentityConflict]:
    """The open reviews about a member, for their own page."""
    records = lineage.beneath(member.pk)
    rows = IdentityConflict.objects.filter(state=State.OPEN).select_related("left", "right")
    return [row for row in rows.filter(left__in=records)] + [row for row in rows.filter(right__in=records)]
