"""Members in the admin: found by code, name or initials; everything about one on one page; changed through verbs."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from members import tagdisputes, tagorigins
from members.admin.colleagues import ColleaguePages
from members.admin.merges import LineagePages
from members.admin.privacy import PrivacyPages
from members.admin.purses import PurseField
from members.admin.tierstory import TierStory
from members.models import Assignment, Identity, Member, MemberFacts, MemberState, MemberTag, Note, Stage
from members.tags import living
from stores.admin.base import LookOnlyInline, ReadOnlyAdmin

LOOKS = {"plain": "info", "silver": "info", "gold": "warning"}
STAGES = {
    Stage.INTRODUCTION: "info",
    Stage.GROWING: "info",
    Stage.MATURE: "success",
    Stage.DECLINING: "warning",
    Stage.LOST: "danger",
}


class PanelInline(LookOnlyInline):
    """Rows of a member, on a tab of their own."""

    tab = True


class FactsInline(PanelInline):
    """What the orders say."""

    model = MemberFacts
    fields = (
        "orders",
        "spend",
        "orders_365d",
        "spend_365d",
        "average_basket",
        "usual_gap_days",
        "first_order_at",
        "last_order_at",
        "recency_score",
        "frequency_score",
        "money_score",
        "computed_at",
    )


class IdentityInline(PanelInline):
    """Which identities lead here, masked."""

    model = Identity
    fields = ("kind", "shown", "source", "created_at")


class AssignmentInline(PanelInline):
    """Who has looked after the member."""

    model = Assignment
    fields = ("guide", "store", "started_at", "ended_at", "reason", "changed_by")


class MemberTagInline(PanelInline):
    """The tags and who or which rule put them there."""

    model = MemberTag
    fields = ("tag", "origin", "set_at", "expires_at", "disputed")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Those that hold, with what their origin needs."""
        rows = super().get_queryset(request).filter(living()).select_related("tag__group", "set_by")
        return rows.annotate(is_disputed=tagdisputes.is_open())

    @admin.display(description=_("came from"))
    def origin(self, row: MemberTag) -> str:
        """Who, or which rule."""
        told = tagorigins.origin(row)
        return " · ".join(filter(None, [told.words, told.rule]))

    @admin.display(description=_("disputed"), boolean=True)
    def disputed(self, row: MemberTag) -> bool:
        """Whether somebody says that it does not fit."""
        return bool(getattr(row, "is_disputed", False))


class NoteInline(PanelInline):
    """What guides remember."""

    model = Note
    fields = ("text", "author", "store", "created_at")


@admin.register(Member)
class MemberAdmin(LineagePages, ColleaguePages, PrivacyPages, PurseField, TierStory, ReadOnlyAdmin):
    """The members. Phones are masked; growth, points and tier follow from the ledgers and are not typed in."""

    list_display = ("name", "code", "phone_masked", "badge", "shown_stage", "growth", "points", "home_store", "guide")
    list_filter = (
        ("tier", RelatedDropdownFilter),
        ("stage", ChoicesDropdownFilter),
        ("home_store", RelatedDropdownFilter),
        ("state", ChoicesDropdownFilter),
    )
    linked_filters = ("home_store__kind",)
    list_select_related = ("tier", "home_store", "guide")
    search_fields = ("code", "name__startswith", "initials__startswith", "phone_last4")
    search_help_text = _("Member code, name, pinyin initials or the last four digits")
    readonly_fields = ("tier_story", "lineage", "purse")
    actions_detail = (*PrivacyPages.actions_detail, "mark_colleague", "merge_with")
    inlines = (FactsInline, IdentityInline, AssignmentInline, MemberTagInline, NoteInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """All but those who were erased: what is left of them stands in the proofs."""
        return super().get_queryset(request).exclude(state=MemberState.ERASED)

    @display(description=_("tier"), label=LOOKS)
    def badge(self, member: Member) -> tuple[str, str]:
        """The tier in its look."""
        return member.tier.look, member.tier.name

    @display(description=_("stage"), label=STAGES)
    def shown_stage(self, member: Member) -> tuple[str, str]:
        """The lifecycle stage as a label."""
        return member.stage, member.get_stage_display()
