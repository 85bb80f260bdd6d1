"""The sign-up page behind a QR code: no log-in, no script needed, and nothing said about whose number it is.

Who asked is kept in a signed cookie, never in an address. The answer to a number that is a member's and to one that is
nobody's is the same, until it is shown to be theirs.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from campaigns.forms import JoinForm
from campaigns.models import JoinRequest, JoinState, SignUp
from campaigns.recruiting import codes, counting, joining, referring
from campaigns.recruiting.entrances import Choice, Entrance, choice, entrance
from campaigns.views.visitors import REMEMBERED, Visitor, address_of_caller, asked_here, keep, visitor_of
from coupons import kinds
from coupons.kinds.words import validity_text
from coupons.models import Coupon, CouponState
from members.privacy import wordings
from stores.errors import NotFound, Refusal
from stores.models import Store
from stores.places import business_day
from stores.signin import count_try

NOBODY = 0
LANGUAGES = {"zh-hans": "中文", "en": "English"}


@never_cache
@sensitive_post_parameters("phone", "birthday")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: str) -> HttpResponse:
    """The form; on a post the sign-up is written down, to be confirmed."""
    visitor = visitor_of(request)
    try:
        found = entrance(code, request.POST.get("invite", "") if request.method == "POST" else "")
    except NotFound as refusal:
        if refusal.code != "invite_code_not_found" or codes.spelled(code).startswith(codes.INVITES):
            return _ended(request, str(refusal), 404)
        return _form_page(request, entrance(code), visitor, problem=str(refusal), status=422)
    except Refusal as refusal:
        return _ended(request, str(refusal), 410)
    if request.method != "POST":
        return _counted(request, found, visitor)
    if "near" in request.POST or "choose" in request.POST:
        return _form_page(request, found, visitor)
    return _ask(request, found, visitor)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def go_on(request: HttpRequest, code: str) -> HttpResponse:
    """What comes next: the code that was sent, four digits to show to a guide, or the welcome."""
    pk = asked_here(request)
    held = JoinRequest.objects.select_related("store", "member", "code").filter(pk=pk or NOBODY).first()
    if pk is None or (held is None and pk != NOBODY):
        return redirect("join", code=code)
    if held is not None and held.state == JoinState.CONFIRMED:
        return _welcome(request, held, code)
    if held is not None and held.state != JoinState.WAITING:
        return _ended(request, _("This sign-up has ended. Begin once more."), 410)
    problem = ""
    if held is not None and request.method == "POST":
        problem = _tried(request, held)
        if not problem:
            return redirect("join-next", code=code)
    held = held or _decoy()
    context = {
        **_frame(request, code),
        "asked": held,
        "by_code": held.secret is not None,
        "problem": problem,
        "may_send": joining.by_sms(),
        "lasts": int(joining.CODE_LASTS.total_seconds() // 60),
    }
    return render(request, "campaigns/join/next.html", context, status=422 if problem else 200)


def _tried(request: HttpRequest, held: JoinRequest) -> str:
    """Look at the code that was typed, or send another one; what is wrong, or nothing."""
    try:
        count_try("join next", address_of_caller(request), joining.ADDRESS_TRIES)
        if "again" in request.POST:
            if joining.by_sms() and not joining.send_code(held):
                return _("The code could not be sent. Show the four digits to a guide in the store.")
        else:
            joining.confirm_by_code(held, request.POST.get("digits", ""))
    except Refusal as refusal:
        return str(refusal)
    return ""


def _ask(request: HttpRequest, found: Entrance, visitor: Visitor) -> HttpResponse:
    form = _form(request, found, _choice(request, found))
    if form.is_machine:
        return _onward(found, visitor, NOBODY)
    if not form.is_valid():
        return _form_page(request, found, visitor, form=form, status=422)
    store = found.store or form.cleaned_data["store"]
    try:
        asked = joining.ask(
            form.applicant, code=found.code, inviter=found.inviter, store=store, guide=found.guide,
            address=visitor.address, device=visitor.device,
        )  # fmt: skip
        if joining.by_sms():
            joining.send_code(asked)
    except Refusal as refusal:
        status = 429 if "retry_after" in refusal.extra else 422
        return _form_page(request, found, visitor, form=form, problem=str(refusal), status=status)
    return _onward(found, visitor, asked.pk)


def _onward(found: Entrance, visitor: Visitor, pk: int) -> HttpResponse:
    answer = redirect("join-next", code=found.text)
    keep(answer, settings.JOIN_COOKIE_NAME, str(pk), joining.HOURS.value * 3600)
    keep(answer, settings.VISITOR_COOKIE_NAME, f"{visitor.device}:{'' if visitor.is_new else visitor.seen}", REMEMBERED)
    return answer


def _counted(request: HttpRequest, found: Entrance, visitor: Visitor) -> HttpResponse:
    """The page as it is first opened: one scan a day for each device."""
    answer = _form_page(request, found, visitor)
    seen = visitor.seen
    if found.code is not None and request.method == "GET":
        opened = f"{found.code.pk}.{business_day(found.store, timezone.now())}"
        if visitor.is_new or visitor.seen != opened:
            counting.count_scan(found.code, visitor.name)
        seen = opened
    keep(answer, settings.VISITOR_COOKIE_NAME, f"{visitor.device}:{seen}", REMEMBERED)
    return answer


def _form_page(
    request: HttpRequest, found: Entrance, visitor: Visitor, *, form: JoinForm | None = None, problem: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    chosen = _choice(request, found)
    form = form or _form(request, found, chosen)
    context = {
        **_frame(request, found.text),
        "found": found,
        "form": form,
        "problem": problem,
        "choice": chosen,
        "values": request.POST if request.method == "POST" else {"invite": request.GET.get("r", "")[:20]},
        "wordings": [(f"agree_{channel}", wording) for channel, wording in form.wordings.items()],
        "today": timezone.localdate(),
        "welcome": _promised(found),
    }
    return render(request, "campaigns/join/page.html", context, status=status)


def _form(request: HttpRequest, found: Entrance, chosen: Choice | None) -> JoinForm:
    stores = chosen.stores if chosen else Store.objects.none()
    return JoinForm(request.POST if request.method == "POST" else None, wordings=wordings.now(), stores=stores)


def _choice(request: HttpRequest, found: Entrance) -> Choice | None:
    """The stores to choose from; None where the code says which."""
    if found.store is not None:
        return None
    place = None
    try:
        if request.POST.get("latitude") and request.POST.get("longitude"):
            place = float(request.POST["latitude"]), float(request.POST["longitude"])
        return choice(timezone.localdate(), place=place, city=request.POST.get("city", ""))
    except (ValueError, Refusal):  # a place that is none
        return choice(timezone.localdate(), city=request.POST.get("city", ""))


def _promised(found: Entrance) -> str:
    """What the code gives a new member, in a few words."""
    code = found.code
    if code is not None and code.template and code.template.terms:
        return kinds.offer_text(code.template.terms)
    if code is not None and code.pack:
        return code.pack.name
    programme = referring.programme_on(timezone.localdate()) if found.inviter else None
    terms = programme.friend_template.terms if programme and programme.friend_template else None
    return _("After your first order: %(offer)s") % {"offer": kinds.offer_text(terms)} if terms else ""


def _welcome(request: HttpRequest, held: JoinRequest, code: str) -> HttpResponse:
    """They are a member. Whoever was one before sees their code here only if the number is known to be theirs."""
    made = SignUp.objects.filter(member=held.member, code=held.code).select_related("coupon", "pack").first()
    is_theirs = held.ended_by_id is None or (made is not None and made.is_new)
    coupons = []
    if is_theirs and made is not None and held.member is not None:
        given = Coupon.objects.filter(member=held.member, state=CouponState.ISSUED, origin="recruit")
        coupons = [_card(coupon) for coupon in given.select_related("template", "terms").order_by("-pk")[:3]]
    context = {
        **_frame(request, code),
        "member": held.member if is_theirs else None,
        "qr": codes.qr_svg(held.member.code) if is_theirs and held.member else "",
        "coupons": coupons,
        "store": held.store,
    }
    return render(request, "campaigns/join/welcome.html", context)


def _card(coupon: Coupon) -> dict[str, Any]:
    terms = coupon.terms
    return {
        "face": kinds.face_text(terms),
        "condition": kinds.condition_text(terms),
        "title": coupon.template.name,
        "terms": validity_text(terms),
    }


def _ended(request: HttpRequest, words: str, status: int) -> HttpResponse:
    return render(request, "campaigns/join/ended.html", {**_frame(request, ""), "words": words}, status=status)


def _frame(request: HttpRequest, code: str) -> dict[str, Any]:
    languages = [(key, name, key == get_language()) for key, name in LANGUAGES.items()]
    return {"code": code, "languages": languages, "here": reverse("join", args=[code]) if code else ""}


def _decoy() -> JoinRequest:
    """What a machine sees: a request like any other, which nobody can confirm."""
    return JoinRequest(spoken=f"{secrets.randbelow(10_000):04d}", created_at=timezone.now() - timedelta(seconds=1))


urlpatterns = [
    path("<str:code>/", join, name="join"),
    path("<str:code>/next/", go_on, name="join-next"),
]
