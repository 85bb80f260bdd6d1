"""What every page of the HQ admin shares: scope, no counting of large tables, verbs behind actions."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet, URLField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from stores import history
from stores.errors import Refusal
from stores.quietwords import as_address, opened

# What the filters of a list add to the name of their field in the address.
ENDINGS = re.compile(r"(?:__(?:id|pk))?(?:__(?:exact|in|isnull|icontains|gte?|lte?))?|_(?:from|to)(?:_[01])?")


class QuietChangeList(ChangeList):
    """A list whose words searched for stand sealed in its address."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        """The rows that the words lead to; the search box shows them as they were typed."""
        self.query = opened(self.query, request.user.pk)
        if self.query:  # for the links of the page
            self.params[SEARCH_VAR] = as_address(self.query, request.user.pk)
        return super().get_queryset(request, exclude_parameters)


class HqAdmin(ModelAdmin):
    """A page of the admin: rows within the person's scope, filters behind one button, never a count to draw a page."""

    list_per_page = 50
    list_filter_submit = True
    show_full_result_count = False
    compressed_fields = True
    warn_unsaved_form = True
    list_fullwidth = True
    formfield_overrides = {URLField: {"assume_scheme": "https"}}  # what Django 6 does by itself
    when_empty: Any = ""  # what is true while the list has no rows, and what to do
    linked_filters: tuple[str, ...] = ()  # what links from other pages narrow the list by, beside its own filters

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Only what the person may see."""
        rows = self.model._default_manager.visible_to(request.user)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what the list offers: otherwise a hidden value (a phone, a hash) could be guessed sign by sign."""
        entries = [entry[0] if isinstance(entry, list | tuple) else entry for entry in self.get_list_filter(request)]
        offered = [getattr(entry, "parameter_name", entry) for entry in entries]
        return any(
            lookup.startswith(name) and ENDINGS.fullmatch(lookup.removeprefix(name))
            for name in (*offered, *self.linked_filters)
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row of an address; an address that no key can have leads nowhere."""
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list that opens sealed words."""
        return QuietChangeList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list. A search is posted and leads on to an address that holds no number."""
        if SEARCH_VAR not in request.POST or "action" in request.POST:
            return super().changelist_view(request, extra_context)
        query = request.POST.copy()
        query.pop("csrfmiddlewaretoken", None)
        query[SEARCH_VAR] = as_address(query[SEARCH_VAR].strip(), request.user.pk)
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write only what was changed: what is used of a limit may move while somebody raises the limit."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        fields = obj._meta.concrete_fields
        obj.save(update_fields=[one.name for one in fields if one.name in form.changed_data or _is_clock(one)])

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; a verb that refuses what was entered says why, and nothing is saved."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What the triggers wrote down about the row, whoever changed it and however; only for rows in scope."""
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_or_change_permission(request, row):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change history: %(row)s") % {"row": row},
            "opts": self.model._meta,
            "original": row,
            "rows": [(change, "") for change in history.of_row(request.user, row)],
        }
        return TemplateResponse(request, "stores/hq/row_changes.html", context)

    def run_verb(self, request: HttpRequest, rows: QuerySet, verb: Callable[[Any], Any], done: str) -> None:
        """Call a verb for each chosen row; say how many it worked for, and each refusal in its own words."""
        count = 0
        for row in rows:
            try:
                verb(row)
            except Refusal as refusal:
                self.message_user(request, f"{row}: {refusal}", messages.ERROR)
            else:
                count += 1
        if count:
            summary = ngettext("%(done)s: %(count)s row.", "%(done)s: %(count)s rows.", count)
            self.message_user(request, summary % {"done": done, "count": count}, messages.SUCCESS)


def row_key(object_id: Any) -> int:
    """The key that an address names; 0, which no row has, for anything that is none."""
    text = str(object_id)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _is_clock(field: Any) -> bool:
    return bool(getattr(field, "auto_now", False))


class LargeTableAdmin(HqAdmin):
    """A page over a table of millions: keeps to the primary key's order and pages forward without counting.

    ``search_fields`` are look-ups that an index answers, such as ``member__code`` or ``name__startswith``; each is
    asked by itself, since one condition over several tables would read them all.
    """

    most_found = 200

    paginator = InfinitePaginator
    ordering = ("-pk",)
    sortable_by = ()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """The first rows that one of the look-ups finds."""
        term = search_term.strip().replace("\0", "")
        if not term or not self.search_fields:
            return queryset, False
        found: set[int] = set()
        for lookup in self.search_fields:
            with suppress(ValueError):  # a word cannot be a number
                rows = queryset.order_by().filter(**{lookup: term})
                found.update(rows.values_list("pk", flat=True)[: self.most_found])
        return queryset.filter(pk__in=found), False

    show_facets = ShowFacets.NEVER


class ReadOnlyAdmin(LargeTableAdmin):
    """A page to look at: ledgers, history, the timeline. Nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False


class LookOnlyInline(TabularInline):
    """Rows to look at on the page of what they belong to; they come and change through verbs."""

    extra = 0
    can_delete = False
    show_change_link = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything is to look at."""
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes by hand."""
        return False


class UnusedDeleteAdmin(HqAdmin):
    """Rows that can be deleted one by one as long as nothing hangs on them; what is in use is switched off instead."""

    def is_used(self, obj: Any) -> bool:
        """Whether something hangs on the row; a page that does not look keeps its rows."""
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only for one row that nothing hangs on: deleting many would first read whatever hangs on them."""
        return obj is not None and super().has_delete_permission(request, obj) and not self.is_used(obj)


class NoDeleteMixin:
    """Rows that history hangs on are ended, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False
