"""Why a member holds their tier, and what happens on which day."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workbench.access import EVERYBODY, open_to
from workbench.answers import dialog
from workbench.presenters import tierpath
from workbench.views.member import member_for


@require_safe
@open_to(*EVERYBODY)
def tier(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet; without scripts a page of its own."""
    context = tierpath.story(member_for(request, pk))
    return dialog(request, "workbench/member/_tier.html", context, title=_("Tier"), section="members")
