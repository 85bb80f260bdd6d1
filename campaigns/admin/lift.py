"""HQ's pages of effects: everything that was measured, a board for each campaign and journey, and the stop rule."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from campaigns.lift import before, boards, bysteps, stoprules, windows
from campaigns.memberdays.audience import audience_of
from campaigns.memberdays.dates import lead_days
from campaigns.models import Effect, Journey, MemberDay, StopRule
from stores.admin.base import ReadOnlyAdmin
from stores.errors import Refusal
from stores.models import JobState

RUNNING = (JobState.WAITING, JobState.RUNNING)


@admin.register(Effect)
class EffectAdmin(ReadOnlyAdmin):
    """Every effect that was measured, as it is kept."""

    when_empty = gettext_lazy("No effects yet. They are measured at night, once a campaign or a journey has begun.")
    list_display = (
        "__str__", "campaign", "occurrence", "journey", "treated", "control", "effect", "low", "high", "verdict",
        "doubt", "as_of",
    )  # fmt: skip
    list_filter = (
        ("part", ChoicesDropdownFilter), ("measure", ChoicesDropdownFilter), ("verdict", ChoicesDropdownFilter),
    )  # fmt: skip
    list_select_related = ("campaign", "occurrence__member_day", "journey")


@admin.register(StopRule)
class StopRuleAdmin(ReadOnlyAdmin):
    """Which journeys stop by themselves, and what the last look said. Set on the board of the journey."""

    when_empty = gettext_lazy("No stop rules yet. They are set on the page of a journey's effect.")
    list_display = ("journey", "least_gain", "look_every", "looks", "looked", "decision", "decided_at")
    list_select_related = ("journey",)


class RuleForm(forms.Form):
    """When a journey stops."""

    least_gain = forms.DecimalField(min_value=Decimal(0), max_digits=8, decimal_places=2)
    look_every = forms.IntegerField(min_value=30, max_value=1_000_000)
    looks = forms.IntegerField(min_value=1, max_value=20)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The newest effect of each campaign and journey."""
    _only_hq(request)
    group = boards.Group(_("Campaigns and journeys"), "", boards.everything())
    return _page(request, "campaigns/hq/lift/index.html", _("Effects"), group=group)


@require_safe
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """The board of a campaign."""
    _only_hq(request)
    day = get_object_or_404(MemberDay.objects.visible_to(request.user), pk=pk)
    return _page(
        request,
        "campaigns/hq/lift/board.html",
        day.name,
        board=boards.of_campaign(day),
        back=reverse("admin:campaigns_memberday_change", args=[day.pk]),
        before_url=reverse("lift-before", args=[day.pk]),
        days=windows.AFTER.value,
    )


@require_safe
def journey(request: HttpRequest, pk: int) -> HttpResponse:
    """The board of a journey, with its stop rule."""
    _only_hq(request)
    one = get_object_or_404(Journey.objects.visible_to(request.user).select_related("version"), pk=pk)
    return _page(
        request,
        "campaigns/hq/lift/board.html",
        one.name,
        board=boards.of_journey(one),
        journey=one,
        steps=bysteps.of_journey(one),
        back=reverse("admin:campaigns_journey_change", args=[one.pk]),
        may_rule=request.user.has_perm("campaigns.change_journey"),
    )


@require_safe
def foreseen(request: HttpRequest, pk: int) -> HttpResponse:
    """What a campaign would be able to show; asks again until it is reckoned."""
    _only_hq(request)
    day = get_object_or_404(MemberDay.objects.visible_to(request.user), pk=pk)
    length = (day.ends_on - day.starts_on).days + 1 if day.ends_on and not day.recurrence else 1
    watched = lead_days(day) + length + windows.AFTER.value
    job = before.ask(
        audience_of(day), days=watched, percent=day.holdout_percent, today=timezone.localdate(), by=request.user
    )
    context = {"found": before.answer(job), "waiting": job.state in RUNNING, "url": request.path}
    return TemplateResponse(request, "campaigns/hq/lift/_before.html", context)


@require_POST
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a journey a stop rule, or take it away."""
    _only_hq(request)
    if not request.user.has_perm("campaigns.change_journey"):
        raise PermissionDenied
    one = get_object_or_404(Journey.objects.visible_to(request.user), pk=pk)
    form = RuleForm(request.POST)
    if "drop" in request.POST:
        stoprules.drop_rule(one)
        messages.success(request, _("The journey has no stop rule any more."))
    elif form.is_valid():
        try:
            stoprules.set_rule(one, **form.cleaned_data)
            messages.success(request, _("The stop rule holds from the next night on."))
        except Refusal as refusal:
            messages.error(request, str(refusal))
    else:
        messages.error(request, " ".join(text for errors in form.errors.values() for text in errors))
    return HttpResponseRedirect(reverse("lift-journey", args=[one.pk]))


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return TemplateResponse(request, template, {**admin.site.each_context(request), "title": title, **context})


def _only_hq(request: HttpRequest) -> None:
    if not request.user.sees_all:
        raise PermissionDenied


_hq = admin.site.admin_view
urlpatterns = [
    path("", _hq(index), name="lift"),
    path("campaign/<int:pk>/", _hq(campaign), name="lift-campaign"),
    path("campaign/<int:pk>/before/", _hq(foreseen), name="lift-before"),
    path("journey/<int:pk>/", _hq(journey), name="lift-journey"),
    path("journey/<int:pk>/rule/", _hq(rule), name="lift-rule"),
]
