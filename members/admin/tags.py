"""Tag groups, tags, and which member carries which."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.contrib.import_export.forms import ExportForm

from members.models import MemberTag, Tag, TagGroup
from members.resources import TagResource
from stores.admin.base import ReadOnlyAdmin, UnusedDeleteAdmin
from stores.admin.uploads import TableForm


class TagInline(TabularInline):
    """The tags of a group."""

    model = Tag
    extra = 0
    can_delete = False
    fields = ("name", "rule", "is_active", "position")


@admin.register(TagGroup)
class TagGroupAdmin(UnusedDeleteAdmin):
    """Groups of tags: who sees them and who may set them."""

    list_display = ("name", "kind", "single_choice", "guides_see", "guides_set", "position")
    list_filter = (("kind", ChoicesDropdownFilter),)
    search_fields = ("name",)
    inlines = (TagInline,)

    def is_used(self, obj: TagGroup) -> bool:
        """Whether somebody carries a tag of the group."""
        return MemberTag.objects.filter(tag__group=obj).exists()


@admin.register(Tag)
class TagAdmin(ImportExportModelAdmin, UnusedDeleteAdmin):
    """All tags of all groups."""

    resource_classes = (TagResource,)
    import_form_class = TableForm
    export_form_class = ExportForm
    list_display = ("name", "group", "rule", "is_active")
    list_filter = (("group", RelatedDropdownFilter), "is_active")
    list_select_related = ("group",)
    search_fields = ("name",)

    def is_used(self, obj: Tag) -> bool:
        """Whether somebody carries the tag."""
        return MemberTag.objects.filter(tag=obj).exists()


@admin.register(MemberTag)
class MemberTagAdmin(ReadOnlyAdmin):
    """Tags on members, with who put them there."""

    list_display = ("member", "tag", "source", "set_by", "set_at", "expires_at")
    list_filter = (("tag", RelatedDropdownFilter), ("source", ChoicesDropdownFilter))
    list_select_related = ("member", "tag", "set_by")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
