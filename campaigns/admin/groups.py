"""Store groups in the admin: every group of every store, its posts with what came of them, members and claims."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from campaigns.models import GroupClaim, GroupMembership, GroupPost, GroupState, PostState, StoreGroup
from campaigns.spreading import groups, posts
from stores.admin.base import HqAdmin, NoDeleteMixin, ReadOnlyAdmin
from stores.admin.filters import MomentFilter

LABELS = {PostState.DRAFT: "info", PostState.PUBLISHED: "success", PostState.ENDED: "warning"}


@admin.register(StoreGroup)
class StoreGroupAdmin(NoDeleteMixin, HqAdmin):
    """Groups; guides and managers open them in the workbench, headquarters may too."""

    list_display = ("name", "store", "owner", "join_code", "filled", "state", "created_at")
    list_filter = (("store", RelatedDropdownFilter), ("state", ChoicesDropdownFilter))
    list_select_related = ("store", "owner")
    search_fields = ("name", "join_code")
    autocomplete_fields = ("owner",)
    readonly_fields = ("store", "join_code", "members", "state")
    fields = ("owner", "name", "address", "most_members", "store", "join_code", "members", "state")
    actions = ("close", "open_again")
    when_empty = _("No group yet. Guides open one on their page about themselves, under “Store groups”.")

    @admin.display(description=_("members"), ordering="members")
    def filled(self, group: StoreGroup) -> str:
        """How many of how many."""
        return f"{group.members} / {group.most_members}"

    def save_model(self, request: HttpRequest, obj: StoreGroup, form: Any, change: bool) -> None:
        """Through the verbs; a new one belongs to the store of its owner."""
        given = {"name": obj.name, "address": obj.address, "most": obj.most_members}
        if change:
            groups.change_group(obj, by=request.user, owner=obj.owner, **given)
        else:
            made = groups.open_group(obj.owner, by=request.user, **given)
            obj.pk, obj.store, obj.join_code = made.pk, made.store, made.join_code

    @action(description=_("Close"), permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Nobody joins or claims in the chosen groups any more."""
        rows = queryset.select_related("owner")
        self.run_verb(request, rows, lambda one: groups.set_open(one, is_open=False, by=request.user), _t("Closed"))

    @action(description=_("Open again"), permissions=["change"])
    def open_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        """As before they were closed."""
        rows = queryset.select_related("owner").filter(state=GroupState.CLOSED)
        self.run_verb(request, rows, lambda one: groups.set_open(one, is_open=True, by=request.user), _t("Opened"))


@admin.register(GroupMembership)
class GroupMembershipAdmin(ReadOnlyAdmin):
    """Who joined which group, how, and when they left."""

    list_display = ("member", "group", "source", "joined_at", "left_at")
    list_filter = (("source", ChoicesDropdownFilter), ("joined_at", MomentFilter))
    list_select_related = ("member", "group")
    search_fields = ("member__code", "group__name__startswith")
    search_help_text = _("Member code or name of the group")
    when_empty = _("Nobody has joined a group yet.")


@admin.register(GroupPost)
class GroupPostAdmin(ReadOnlyAdmin):
    """What was posted, and what came of it."""

    list_display = ("text_start", "group", "author", "shown_state", "taken", "opens_at", "closes_at")
    list_filter = (("state", ChoicesDropdownFilter), ("opens_at", MomentFilter))
    list_select_related = ("group", "author")
    search_fields = ("group__name__startswith",)
    search_help_text = _("Name of the group")
    fields = ("group", "author", "text", ("product", "template"), ("stock", "each", "claimed"), "state",
              ("opens_at", "closes_at"), "results")  # fmt: skip
    readonly_fields = ("results",)
    actions = ("end",)
    when_empty = _("Nothing was posted yet.")

    @admin.display(description=_("words"))
    def text_start(self, post: GroupPost) -> str:
        """How it begins."""
        return str(post)

    @display(description=_("state"), label=LABELS)
    def shown_state(self, post: GroupPost) -> tuple[str, str]:
        """The state as a coloured label."""
        return post.state, post.get_state_display()

    @admin.display(description=_("claimed"))
    def taken(self, post: GroupPost) -> str:
        """Of the stock, where there is one."""
        return f"{post.claimed} / {'∞' if post.stock is None else post.stock}"

    @admin.display(description=_("results"))
    def results(self, post: GroupPost) -> str:
        """Claims, members, used or bought, sales."""
        found = posts.results_of([post.pk]).get(post.pk, posts.PostResult())
        words = {
            "claimed": found.claimed,
            "members": found.members,
            "used": found.used,
            "sales": f"¥{found.sales:,.2f}",
        }
        return _t("%(claimed)s claimed by %(members)s members, %(used)s used or bought, %(sales)s") % words

    @action(description=_("End"), permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Take the chosen posts back; what was claimed stays."""
        rows = queryset.select_related("group__owner")
        self.run_verb(request, rows, lambda one: posts.end(one, by=request.user), _t("Ended"))

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Whoever may change groups."""
        return request.user.has_perm("campaigns.change_storegroup")


@admin.register(GroupClaim)
class GroupClaimAdmin(ReadOnlyAdmin):
    """Who claimed what."""

    list_display = ("at", "member", "post", "nth", "coupon", "guide")
    list_filter = (("at", MomentFilter),)
    list_select_related = ("member", "post", "coupon", "guide")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    when_empty = _("Nothing was claimed yet.")
