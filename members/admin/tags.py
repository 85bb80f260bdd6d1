"""Tag groups, tags, and which member carries which."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import action

from members import tagcatalogue
from members.admin.tagpages import RulePages
from members.models import MemberTag, Tag, TagGroup
from members.resources import TagResource
from stores.admin.base import ReadOnlyAdmin, UnusedDeleteAdmin
from stores.admin.uploads import TableForm


class TagInline(TabularInline):
    """The tags of a group."""

    model = Tag
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ("name", "lasts_days", "is_active", "position")


@admin.register(TagGroup)
class TagGroupAdmin(UnusedDeleteAdmin):
    """Groups of tags: who sees them and who may set them."""

    list_display = ("name", "kind", "single_choice", "guides_see", "guides_set", "managers_set", "position")
    list_filter = (("kind", ChoicesDropdownFilter),)
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "kind", "single_choice", "position")}),
        (
            _("Who sees and sets its tags"),
            {
                "fields": ("guides_see", "guides_set", "managers_set"),
                "description": _(
                    "Headquarters sets the tags of every manual group. System tags are set by their rules alone; "
                    "whoever knows better disputes them on the member's page."
                ),
            },
        ),
    )
    inlines = (TagInline,)

    def is_used(self, obj: TagGroup) -> bool:
        """Whether somebody carries a tag of the group."""
        return MemberTag.objects.filter(tag__group=obj).exists()


@admin.register(Tag)
class TagAdmin(RulePages, ImportExportModelAdmin, UnusedDeleteAdmin):
    """All tags of all groups."""

    resource_classes = (TagResource,)
    import_form_class = TableForm
    export_form_class = ExportForm
    list_display = ("name", "group", "said", "lasts_days", "refreshed_at", "is_active")
    list_filter = (("group", RelatedDropdownFilter), "is_active")
    list_select_related = ("group",)
    search_fields = ("name",)
    fields = ("group", "name", "shown_rule", "lasts_days", "is_active", "position", "refreshed_at")
    readonly_fields = ("shown_rule", "refreshed_at")
    actions = ("refresh",)

    def get_urls(self) -> list[URLPattern]:
        """With the page of a rule."""
        return [*self.rule_urls(), *super().get_urls()]

    @admin.display(description=_("rule"))
    def said(self, tag: Tag) -> str:
        """The rule in one sentence, or what is wrong with it by now."""
        return tagcatalogue.in_words(tag) or "—"

    @admin.display(description=_("rule"))
    def shown_rule(self, tag: Tag) -> str:
        """The same with the way to change it."""
        return self.rule_shown(tag)

    def response_add(self, request: HttpRequest, obj: Tag, post_url_continue: Any = None) -> HttpResponse:
        """A new system tag needs a rule: on to its page."""
        if obj.group.kind == TagGroup.Kind.SYSTEM and "_addanother" not in request.POST:
            return HttpResponseRedirect(reverse("admin:members_tag_rule", args=[obj.pk]))
        return super().response_add(request, obj, post_url_continue)

    @action(description=_("Bring in line with the rule now"), permissions=["change"])
    def refresh(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Have the chosen system tags refreshed now."""
        self.run_verb(request, queryset, lambda one: tagcatalogue.ask(one, by=request.user), _("Begun"))

    def is_used(self, obj: Tag) -> bool:
        """Whether somebody carries the tag."""
        return MemberTag.objects.filter(tag=obj).exists()


@admin.register(MemberTag)
class MemberTagAdmin(ReadOnlyAdmin):
    """Tags on members, with who put them there."""

    list_display = ("member", "tag", "source", "set_by", "set_at", "expires_at", "run")
    list_filter = (("tag", RelatedDropdownFilter), ("source", ChoicesDropdownFilter))
    linked_filters = ("run__id",)
    list_select_related = ("member", "tag", "set_by", "run__tag")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
