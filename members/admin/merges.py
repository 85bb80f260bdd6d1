"""Merges of members: two chosen by hand, the list of what was merged, and parting them again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from members.admin.duplicates import open_pairs_of
from members.admin.mergepages import DecisionPage
from members.models import Member, MemberMerge, MergedRows, Tier
from members.oneid import lineage, merging
from members.search import matching
from stores.admin.base import LookOnlyInline, ReadOnlyAdmin, row_key
from stores.errors import Refusal
from stores.quietwords import as_address, opened

MOST_FOUND = 8
FIGURES = (("growth", _("Growth value")), ("points", _("Points")))


class FindForm(forms.Form):
    """Who the two are: a member code, a phone number, its last four digits, a name, pinyin initials."""

    one = forms.CharField(label=_("One member"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget)
    other = forms.CharField(label=_("The other"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget)


class PartForm(forms.Form):
    """Why they are two people after all."""

    note = forms.CharField(label=_("note"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget)


class MergedRowsInline(LookOnlyInline):
    """How many rows of which table moved."""

    model = MergedRows
    fields = ("shown_table", "how_many", "is_made")
    tab = True

    @admin.display(description=_("table"))
    def shown_table(self, row: MergedRows) -> str:
        """What the rows are called."""
        names = {moving.name: moving.model._meta.verbose_name_plural for moving in lineage.MOVING}
        return str(names.get(row.table, row.table))

    @admin.display(description=_("number"))
    def how_many(self, row: MergedRows) -> int:
        """How many."""
        return len(row.ids)


@admin.register(MemberMerge)
class MemberMergeAdmin(DecisionPage, ReadOnlyAdmin):
    """What was merged, by whom and why. Undone by a button on its page."""

    when_empty = _("No members were merged yet. What is merged stands here and can be undone.")
    list_display = ("absorbed", "kept", "shown_why", "made_at", "made_by", "shown_state")
    list_filter = (("why", ChoicesDropdownFilter),)
    list_select_related = ("kept", "absorbed", "made_by")
    search_fields = ("kept__code", "absorbed__code")
    search_help_text = _("Member code")
    fields = (
        *("links", "why", "note", "made_at", "made_by", "stood"),
        *("undone_at", "undone_by"),
    )
    readonly_fields = ("links", "stood")
    inlines = (MergedRowsInline,)
    actions_detail = ("part",)

    @display(description=_("decided"), label={"automatic": "info", "review": "success", "hand": "success"})
    def shown_why(self, merge: MemberMerge) -> tuple[str, str]:
        """Who decided, as a label."""
        return merge.why, merge.get_why_display()

    @display(description=_("state"), label={True: "success", False: "warning"})
    def shown_state(self, merge: MemberMerge) -> tuple[bool, Any]:
        """Whether it stands."""
        return merge.undone_at is None, _("Stands") if merge.undone_at is None else _("Undone")

    @admin.display(description=_("members"))
    def links(self, merge: MemberMerge) -> SafeString:
        """Both, each with a link."""
        return render_to_string("members/hq/_merge_links.html", {"merge": merge})

    @admin.display(description=_("stood before"))
    def stood(self, merge: MemberMerge) -> SafeString:
        """Tier, growth value, points, orders and spend of both before the merge."""
        tiers = dict(Tier.objects.values_list("pk", "name"))
        rows = [
            {"member": member, "image": image, "tier": tiers.get(image["tier_id"], "")}
            for member, image in (
                (merge.kept, merge.before.get("kept")),
                (merge.absorbed, merge.before.get("absorbed")),
            )
            if image
        ]
        return render_to_string("members/hq/_stood_before.html", {"rows": rows})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Marketers and administrators merge."""
        return self.may_decide(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Find two members, then decide. What is typed is posted and stands sealed in the address."""
        if request.method == "POST" and "act" not in request.POST:
            typed = {name: request.POST[name] for name in ("first", "second", "one", "other") if name in request.POST}
            return HttpResponseRedirect(f"{request.path}?{urlencode(self._sealed(request, typed))}")
        pair = [self._named(request, name) for name in ("first", "second")]
        if None not in pair and pair[0] != pair[1]:
            return self.decide(request, (pair[0], pair[1]))
        form = FindForm({name: opened(request.GET.get(name, ""), request.user.pk) for name in ("one", "other")})
        form.is_valid()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge two members"),
            "opts": self.model._meta,
            "form": form,
            "same": None not in pair and pair[0] == pair[1],
            "sides": [
                {
                    "field": form[field],
                    "name": name,
                    "chosen": chosen,
                    "found": self._found(request, form, field, chosen),
                }
                for field, name, chosen in zip(("one", "other"), ("first", "second"), pair, strict=True)
            ],
        }
        return TemplateResponse(request, "members/hq/choose_two.html", context)

    @action(description=_("Part them again"), url_path="part", icon="call_split", permissions=["part"])
    def part(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask once more, then give everything back."""
        merge = (
            MemberMerge.objects.visible_to(request.user)
            .select_related("kept", "absorbed")
            .filter(pk=row_key(object_id))
            .first()
        )
        if merge is None or merge.undone_at:
            raise Http404
        form = PartForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                merging.unmerge(merge, by=request.user, note=form.cleaned_data["note"])
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Two members again. What arrived since went with the identity it named."))
                return HttpResponseRedirect(reverse("admin:members_membermerge_change", args=[merge.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Part them again"),
            "opts": self.model._meta,
            "merge": merge,
            "head": lineage.living(merge.kept),
            "form": form,
        }
        return TemplateResponse(request, "members/hq/part_members.html", context)

    def has_part_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever merges may part, as long as the merge stands."""
        standing = object_id is None or MemberMerge.objects.filter(pk=row_key(object_id), undone_at=None).exists()
        return standing and self.may_decide(request)

    @staticmethod
    def _sealed(request: HttpRequest, typed: dict[str, str]) -> dict[str, str]:
        return {name: as_address(words, request.user.pk) for name, words in typed.items()}

    def _named(self, request: HttpRequest, name: str) -> Member | None:
        """The living member whose key stands in the address."""
        pk = row_key(request.GET.get(name, ""))
        return matching(request.user).filter(pk=pk).select_related("tier", "home_store", "guide").first()

    def _found(self, request: HttpRequest, form: forms.Form, field: str, chosen: Member | None) -> list[Member]:
        query = form.cleaned_data.get(field, "")
        if chosen or not query:
            return []
        return list(matching(request.user, query).select_related("tier", "home_store", "guide")[:MOST_FOUND])


class LineagePages:
    """On the page of a member: which records they are made of, and a button to merge."""

    @admin.display(description=_("records"))
    def lineage(self, member: Member) -> SafeString:
        """Who they were merged into, whom they absorbed, and what is still to be decided."""
        merges = MemberMerge.objects.filter(Q(kept=member) | Q(absorbed=member), undone_at=None)
        context = {
            "member": member,
            "absorptions": [one for one in merges.select_related("absorbed") if one.kept_id == member.pk],
            "merge": next((one for one in merges.select_related("kept") if one.absorbed_id == member.pk), None),
            "open": open_pairs_of(member),
        }
        return render_to_string("members/hq/_lineage.html", context)

    def has_merge_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may merge members. A name of a right would be looked up in a table that a fresh database lacks."""
        return request.user.has_perm("members.add_membermerge")

    @action(description=_("Merge with another"), url_path="merge", icon="merge", permissions=["merge"])
    def merge_with(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Begin a merge with this member chosen."""
        return HttpResponseRedirect(f"{reverse('admin:members_membermerge_add')}?first={row_key(object_id)}")
