"""A guide asks for more: from the page that refused, with one tap for the likely amount; and takes it back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from coupons import topups
from coupons.models import CouponTemplate, TopUp
from stores.errors import NotFound, Refusal
from workbench.access import GUIDES, open_to, staff_of
from workbench.answers import dialog, done, wants_part
from workbench.forms.topups import AskForm
from workbench.presenters import topups as presenter
from workbench.presenters.offerpage import ask_id
from workbench.queries import number_in

DIALOG = "workbench/offers/_top_up.html"


@open_to(*GUIDES)
def ask(request: HttpRequest) -> HttpResponse:
    """GET: how much more, with ``template`` of a coupon, with ``whole`` of the store's budget, else of one's own. POST:
    ask for it."""
    if request.method == "POST":
        return _ask(request)
    template = _template(request, number_in(request.GET, "template"))
    return _dialog(request, template, number_in(request.GET, "m"), number_in(request.GET, "task"))


@require_POST
@open_to(*GUIDES)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a request back that nobody has answered."""
    guide = staff_of(request)
    found = get_object_or_404(TopUp.objects.visible_to(guide), pk=pk)
    topups.withdraw(found, by=guide)
    return done(request, _("Request withdrawn"), "workbench:offers")


def _ask(request: HttpRequest) -> HttpResponse:
    form = AskForm(request.POST)
    valid = form.is_valid()
    given = form.cleaned_data
    template = _template(request, given.get("template"))
    member, task = given.get("member"), given.get("task")
    if not valid:
        error = _("Write a whole number of coupons, or an amount in yuan.")
        return _dialog(request, template, member, task, error=error)
    try:
        made = topups.ask(
            staff_of(request),
            template=template,
            count=given["count"],
            value=None if template else given["value"],
            reason=given["reason"],
            of_store=given["whole"],
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _dialog(request, template, member, task, error=str(refusal))
    text = _("Asked for %(amount)s. You will see the answer here.") % {
        "amount": presenter.amount(made.count, made.value)
    }
    if wants_part(request):
        wanted = presenter.amount(made.count, made.value)
        target = presenter.STORE_ASK if made.of_store else ask_id(made.template_id) if member else ""
        context = {"text": text, "wanted": wanted, "ask_id": target}
        return render(request, "workbench/offers/_top_up_asked.html", context)
    return done(request, text, "workbench:team-offers" if made.of_store else presenter.back_of(member, task))


def _template(request: HttpRequest, pk: int | None) -> CouponTemplate | None:
    """The coupon that more is wanted of; 404 for one that does not exist or is not the guides'."""
    if not pk:
        return None
    known = CouponTemplate.objects.visible_to(staff_of(request)).filter(open_to_guides=True)
    return get_object_or_404(known.select_related("terms"), pk=pk)


def _dialog(
    request: HttpRequest, template: CouponTemplate | None, member: int | None, task: int | None, *, error: str = ""
) -> HttpResponse:
    guide = staff_of(request)
    if (request.POST or request.GET).get("whole") and guide.leads_store:
        context = presenter.wish_of_store(guide)
    else:
        short = number_in(request.GET, "short") or 0
        context = presenter.wish(guide, template, member=member, task=task, short=short)
    context["error"] = error
    answer = dialog(request, DIALOG, context, title=_("Ask for more"), section="offers")
    answer.status_code = 422 if error else 200
    return answer
