"""The stores of a published campaign: headquarters leave one out, or let it take part again."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns import memberdays
from campaigns.memberdays.ofstore import stores_of
from campaigns.models import MemberDay, MemberDayState
from stores.admin.base import HqAdmin, row_key
from stores.errors import Refusal
from stores.models import Store

SHOWN = 50


class MemberDayStores(HqAdmin):
    """Mixed into the admin of campaigns: who sees campaigns sees the stores, who may change them decides."""

    def get_urls(self) -> list[URLPattern]:
        """With the page of this module."""
        view = self.admin_site.admin_view(self.stores)
        return [path("<int:pk>/stores/", view, name="campaigns_memberday_stores"), *super().get_urls()]

    def stores(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Which stores take part, those left out first; a post moves one."""
        day = get_object_or_404(self.get_queryset(request), pk=pk)
        may = request.user.has_perm("campaigns.change_memberday")
        if not (may if request.method == "POST" else self.has_view_permission(request, day)):
            raise PermissionDenied
        if request.method == "POST":
            return self._move(request, day)
        text = request.GET.get("q", "").strip()
        rows, many = stores_of(day, text, most=SHOWN)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": f"{day} · {_('Stores')}",
            "opts": self.model._meta,
            "media": self.media,
            "day": day,
            "text": text,
            "rows": rows,
            "more": many - len(rows),
            "may": may and day.state == MemberDayState.PUBLISHED,
        }
        return TemplateResponse(request, "campaigns/hq/memberdays/stores.html", context)

    def _move(self, request: HttpRequest, day: MemberDay) -> HttpResponse:
        """Leave a store out, or let it take part again. Of a draft the editor says who takes part."""
        key = row_key(request.POST.get("store", ""))
        store = get_object_or_404(Store.objects.visible_to(request.user), pk=key)
        joins = request.POST.get("take_part") == "1"
        try:
            if day.state != MemberDayState.PUBLISHED:
                raise Refusal(_("Only of a published campaign are stores left out here."), code="member_day_state")
            (memberdays.opt_in if joins else memberdays.opt_out)(day, store, by=request.user)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, _said(store, joins=joins), messages.SUCCESS)
        back = reverse("admin:campaigns_memberday_stores", args=[day.pk])
        query = urlencode({"q": request.POST.get("q", "")}) if request.POST.get("q") else ""
        return HttpResponseRedirect(f"{back}?{query}" if query else back)


def _said(store: Store, *, joins: bool) -> str:
    if joins:
        return _("%(store)s takes part from the next date on.") % {"store": store.name}
    return _("%(store)s takes no part from the next date on; what has not left is being withdrawn.") % {
        "store": store.name
    }
