"""My share links, and what they earned me. Private: nobody else sees either."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import ShareLink
from campaigns.spreading import links, months
from campaigns.spreading.commissions import CLICK_DAYS, SETTLE_DAYS
from campaigns.spreading.links import Shared
from members.models import Product
from stores.errors import Refusal
from workbench.access import GUIDES, open_to, staff_of
from workbench.answers import dialog, done, refused
from workbench.presenters import spreading as presenter
from workbench.presenters.links import address
from workbench.queries import number_in


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(*GUIDES)
def all_links(request: HttpRequest) -> HttpResponse:
    """GET: my links. POST: one more, to a product, a coupon or a campaign."""
    person = staff_of(request)
    coupons, campaigns = links.shareable()
    if request.method == "POST":
        try:
            made = links.link_for(person, _chosen(request))
        except Refusal as refusal:
            return refused(request, refusal)
        return done(request, _("Your link is ready."), address("share-link", made.pk))
    sums = months.sums_of(person, months.this_month())
    context = {
        "links": presenter.links_of(person),
        "coupons": list(coupons.order_by("name")[:50]),
        "campaigns": list(campaigns.order_by("name")[:50]),
        "sums": sums,
        "click_days": CLICK_DAYS.value,
        "settle_days": SETTLE_DAYS.value,
    }
    return render(request, "workbench/links.html", context)


@require_safe
@open_to(*GUIDES)
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """One link, large, to be scanned or copied."""
    person = staff_of(request)
    found = get_object_or_404(links.shown(ShareLink.objects.visible_to(person).filter(staff=person)), pk=pk)
    row = presenter.shown_link(found, clicks=found.clicks.count(), with_qr=True)
    context = {"row": row, "back_url": address("share-links")}
    return dialog(request, "workbench/spreading/_link.html", context, title=_("My link"), section="me")


@require_POST
@open_to(*GUIDES)
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one of my links lead nowhere."""
    person = staff_of(request)
    found = get_object_or_404(ShareLink.objects.visible_to(person).filter(staff=person), pk=pk)
    links.stop(found, by=person)
    return done(request, _("The link leads nowhere any more. What it earned stays."), address("share-links"))


@require_safe
@open_to(*GUIDES)
def commission(request: HttpRequest) -> HttpResponse:
    """What a month says about me, order by order; for a manager also what the store's people earned together."""
    person = staff_of(request)
    month = months.month_named(request.GET.get("month", ""))
    team = months.team_sums(person.store, month) if person.leads_store and person.store else None
    context = {
        "month": month,
        "months": presenter.month_choices(person, month),
        "sums": months.sums_of(person, month),
        "lines": months.lines_of(person, month),
        "refused": months.refused_of(person, month),
        "team": team,
        "settle_days": SETTLE_DAYS.value,
    }
    return render(request, "workbench/commission.html", context)


def _chosen(request: HttpRequest) -> Shared:
    """What the form names, of what may be shared. Raises Refusal ``one_thing``."""
    coupons, campaigns = links.shareable()
    template, campaign, sku = number_in(request.POST, "template"), number_in(request.POST, "campaign"), ""
    if not template and not campaign:
        sku = request.POST.get("sku", "").strip()[:60]
    product = Product.objects.filter(sku=sku).first() if sku and "\0" not in sku else None
    if sku and product is None:
        raise Refusal(_("There is no product with this number."), code="unknown_product")
    return Shared(
        product=product,
        template=coupons.filter(pk=template).first() if template else None,
        campaign=campaigns.filter(pk=campaign).first() if campaign and not template else None,
    )
