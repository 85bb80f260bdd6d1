"""Recruiting: my code to be scanned, its poster, and people who signed up and stand before me to be confirmed."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import ChannelCode
from campaigns.recruiting import codes, joining
from campaigns.recruiting.posters import SIZES, poster_of
from stores.errors import Refusal
from stores.models import IN_STORE
from workbench.access import EVERYBODY, LEADERS, open_to, staff_of
from workbench.answers import done, refused
from workbench.presenters import recruiting as presenter
from workbench.presenters.links import Choice, address
from workbench.views.team import store_of


@require_safe
@open_to(*EVERYBODY)
def recruiting(request: HttpRequest) -> HttpResponse:
    """My code, large; for leaders the store's code and what each guide brought."""
    person = staff_of(request)
    mine = codes.of_guide(person) if person.role in IN_STORE else None
    context = {"shared": None, "mine": None, "board": None, "stores": [], "waiting": presenter.waiting(person)}
    if person.role in LEADERS:
        store, stores = store_of(request, person)
        ours = codes.of_store(store, by=person)
        board, found = presenter.board(store, [code for code in (mine, ours) if code])
        context |= {
            "board": board,
            "store": store,
            "shared": presenter.shown(ours, _base(request), found[ours.pk]),
            "mine": presenter.shown(mine, _base(request), found[mine.pk]) if mine else None,
            "stores": [
                Choice(one.name, address("recruiting", query={"store": one.pk}), one == store) for one in stores
            ],
        }
    elif mine:
        context["mine"] = presenter.shown(mine, _base(request))
    return render(request, "workbench/recruiting.html", context)


@require_POST
@open_to(*EVERYBODY)
def confirm(request: HttpRequest) -> HttpResponse:
    """Somebody shows four digits: they are who they say, and a member from now on."""
    person = staff_of(request)
    try:
        asked = joining.shown_to(request.POST.get("digits", ""), by=person)
        brought = joining.confirm_in_store(asked, by=person)
    except Refusal as refusal:
        return refused(request, refusal)
    words = _("%(name)s is a member now.") if brought.is_new else _("%(name)s was a member already.")
    name = brought.member.name or brought.member.phone_masked
    return done(request, words % {"name": name}, address("recruiting"))


@require_POST
@open_to(*EVERYBODY)
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody is there, or the number is not theirs."""
    person = staff_of(request)
    asked = get_object_or_404(joining.waiting_for(person), pk=pk)
    try:
        joining.turn_down(asked, by=person)
    except Refusal as refusal:
        return refused(request, refusal)
    return done(request, _("Turned down."), address("recruiting"))


@require_safe
@open_to(*EVERYBODY)
def poster(request: HttpRequest, pk: int) -> HttpResponse:
    """A code on paper, A4 or A6."""
    code = get_object_or_404(ChannelCode.objects.visible_to(staff_of(request)).select_related("store"), pk=pk)
    size = request.GET.get("size", "a4")
    if size not in SIZES:
        raise Http404
    other = next(name for name in SIZES if name != size)
    context = {
        "poster": poster_of(code, _base(request)),
        "size": size,
        "other": {"name": other.upper(), "url": address("recruiting-poster", pk, query={"size": other})},
        "back_url": address("recruiting"),
    }
    return render(request, "campaigns/join/poster.html", context)


def _base(request: HttpRequest) -> str:
    """Where customers reach us."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/")
