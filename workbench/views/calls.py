"""Calling a member: the tap that dials is a contact, and stands in the touch ledger."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from campaigns import touches
from workbench.access import EVERYBODY, open_to, staff_of
from workbench.answers import wants_part
from workbench.views.member import member_for


@require_POST
@open_to(*EVERYBODY)
def called(request: HttpRequest, pk: int) -> HttpResponse:
    """The number is being dialled; nothing on the page changes."""
    touches.record_dial(member_for(request, pk), by=staff_of(request))
    return HttpResponse(status=204) if wants_part(request) else redirect("workbench:member", pk=pk)
