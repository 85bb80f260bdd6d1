"""One offer: prepared, previewed, sent, taken back, recalled."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns import scripts
from campaigns.models import GuideTask
from coupons import offers
from coupons.models import CouponTemplate, Offer
from coupons.offeroptions import ASKABLE
from stores.errors import NotFound, Refusal
from workbench.access import GUIDES, open_to, staff_of
from workbench.answers import done, target_of, wants_part
from workbench.forms.offers import OfferForm
from workbench.presenters import sent, tokens
from workbench.presenters.links import address
from workbench.presenters.offerpage import Ask, OfferPage, Wish, ask_id, mark_of
from workbench.queries import number_in
from workbench.views.member import member_for


@open_to(*GUIDES)
def offer(request: HttpRequest) -> HttpResponse:
    """GET: the page for ``?m=``, ready to send. POST: send exactly what was previewed."""
    if request.method == "POST":
        return _send(request)
    wish = _wish(request, number_in(request.GET, "m"), number_in(request.GET, "task"))
    wish = replace(
        wish,
        template_id=number_in(request.GET, "template"),
        only_message=request.GET.get("only") == "message",
        script_id=number_in(request.GET, "script"),
    )
    answer = render(request, "workbench/offer.html", OfferPage(wish).context())
    if target_of(request) == "words":
        answer["HX-Trigger-After-Settle"] = "words"  # other words: the preview follows
    return answer


@require_POST
@open_to(*GUIDES)
def preview(request: HttpRequest) -> HttpResponse:
    """What the member would see of what is chosen now."""
    _form, wish = _filled(request)
    return render(request, "workbench/offer/_preview_answer.html", OfferPage(wish).preview())


@require_POST
@open_to(*GUIDES)
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop an offer that has not left yet."""
    found = offers.take_back(_offer(request, pk), by=staff_of(request))
    text = _("Taken back. Nothing was sent to %(name)s.") % {"name": found.member}
    back = reverse("workbench:member", args=[found.member_id])
    if found.task_id:
        back = f"{reverse('workbench:today')}?task={found.task_id}"
    if wants_part(request):
        messages.success(request, text)
        return HttpResponse(headers={"HX-Redirect": back})
    return done(request, text, back)


@require_POST
@open_to(*GUIDES)
def recall(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a coupon that was sent and is not used yet."""
    found = offers.recall(_offer(request, pk), by=staff_of(request))
    return done(request, _("Recalled. %(name)s cannot use the coupon any more.") % {"name": found.member},
                "workbench:offers")  # fmt: skip


def _send(request: HttpRequest) -> HttpResponse:
    form, wish = _filled(request)
    template = _template(request, wish)
    words = scripts.render(
        wish.message or "",
        wish.member,
        wish.guide,
        template.terms if template else None,
        coupon=_coupon(wish, template),
        product=scripts.product_of(wish.task),
    )
    seen = form.cleaned_data.get("seen", "")
    if "seen" in request.POST and seen != mark_of(words, template.pk if template else None, wish.channel):
        return _again(request, wish, _("Look at the preview once more, then send."))
    if "request_key" not in form.cleaned_data or not form.cleaned_data["request_key"]:
        return _again(request, wish, _("The page was open too long. Look at it once more, then send."))
    try:
        made = offers.send(
            wish.guide,
            wish.member,
            template=template,
            text=words,
            channel=wish.channel,
            request_key=wish.request_key,
            reason=wish.task.reason if wish.task else "",
            task_id=wish.task.pk if wish.task else None,
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _not_sent(request, wish, refusal)
    return _sent(request, wish, made)


def _sent(request: HttpRequest, wish: Wish, made: Offer) -> HttpResponse:
    """It is queued: what was sent, how long it can be taken back, what comes next."""
    page = "offer/_sent_pane.html" if target_of(request) == "detail" else "offer_sent.html"
    return render(request, f"workbench/{page}", sent.queued(made, wish.guide, wish.task))


def _not_sent(request: HttpRequest, wish: Wish, refusal: Refusal) -> HttpResponse:
    """The rule that spoke against it, where the guide is looking; the words stay."""
    if target_of(request) != "detail":
        return _again(request, wish, str(refusal))
    way_on = _way_to_more(wish, refusal)
    answer = render(request, "workbench/offer/_refused.html", {"text": refusal.sentence, "ask": way_on}, status=422)
    answer["HX-Retarget"], answer["HX-Reswap"], answer["HX-Reselect"] = "#refusal", "innerHTML", "unset"
    return answer


def _way_to_more(wish: Wish, refusal: Refusal) -> Ask | None:
    """The dialog that asks for more of what is used up."""
    if refusal.code not in ASKABLE:
        return None
    template = wish.template_id if refusal.code == "quota_spent" else None
    query = {"template": template, "m": wish.member.pk, "task": wish.task.pk if wish.task else None}
    return Ask(ask_id(template), address("top-up", query=query), "")


def _again(request: HttpRequest, wish: Wish, error: str) -> HttpResponse:
    fresh = replace(wish, request_key=Wish(wish.guide, wish.member).request_key)
    return render(request, "workbench/offer.html", OfferPage(fresh).context([error]), status=422)


def _filled(request: HttpRequest) -> tuple[OfferForm, Wish]:
    """The form and what it asks for. Raises Refusal for a form that no page of ours sends."""
    form = OfferForm(request.POST)
    if not form.is_valid() and {"member", "task", "template", "send"} & set(form.errors):
        raise Refusal(_("This form is damaged. Open the member once more."), code="bad_form")
    data: dict[str, Any] = form.cleaned_data
    wish = _wish(request, data.get("member"), data.get("task"))
    only = data.get("send") == "message"
    key = data.get("request_key")
    return form, replace(
        wish,
        template_id=None if only else data.get("template"),
        message=tokens.stored(data.get("message", form.data.get("message", "")[:500])),
        channel=data.get("channel", ""),
        only_message=only,
        **({"request_key": key} if key else {}),
    )


def _wish(request: HttpRequest, member_id: int | None, task_id: int | None) -> Wish:
    """For whom, and because of which task; 404 for what the guide does not look after."""
    member, guide = member_for(request, member_id or 0), staff_of(request)
    task = None
    if task_id:
        mine = GuideTask.objects.visible_to(guide).select_related("template__terms")
        task = get_object_or_404(mine, pk=task_id, member=member)
    return Wish(guide, member, task)


def _template(request: HttpRequest, wish: Wish) -> CouponTemplate | None:
    """The coupon that was chosen; never another one in its place."""
    if wish.template_id is None:
        return None
    known = CouponTemplate.objects.visible_to(wish.guide).select_related("terms")
    return get_object_or_404(known, pk=wish.template_id)


def _coupon(wish: Wish, template: CouponTemplate | None) -> Any:
    return scripts.coupon_of(wish.task) if wish.task and template is None else None


def _offer(request: HttpRequest, pk: int) -> Offer:
    return get_object_or_404(Offer.objects.visible_to(staff_of(request)), pk=pk)
