"""Share links of staff: made once per thing, followed, and their coupons taken."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import MemberDay, MemberDayState, ShareClick, ShareLink
from campaigns.recruiting.codes import new_code, spelled
from coupons.colleagues import is_oneself
from coupons.issuing import issue_coupon
from coupons.models import Coupon, CouponTemplate, Origin, TemplateState
from members.locks import lock_member
from members.models import Member, Product
from members.oneid.lineage import beneath
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from stores.models import Staff
from stores.policy import define

PAGE = define("sharing.page", "", _("Address of the shop's page for share links; {code} stands for the code"))


@dataclass(frozen=True)
class Shared:
    """What a link leads to: a product, a coupon or a campaign; exactly one of them."""

    product: Product | None = None
    template: CouponTemplate | None = None
    campaign: MemberDay | None = None


def link_for(staff: Staff, what: Shared) -> ShareLink:
    """The link of somebody to a thing, made when they first ask for it.

    Raises Refusal (``one_thing``, ``not_open_to_sharing`` for a coupon that headquarters did not open, or a campaign
    that is not published), NotAllowed ``not_staff`` for somebody who has left.
    """
    if not staff.is_active:
        raise NotAllowed(_("Only somebody who works here shares links."), code="not_staff")
    if sum(one is not None for one in vars(what).values()) != 1:
        raise Refusal(_("Choose one thing to share."), code="one_thing")
    template, campaign = what.template, what.campaign
    if template is not None and not (template.open_to_sharing and template.state == TemplateState.ACTIVE):
        raise Refusal(_("Headquarters has not opened this coupon for sharing."), code="not_open_to_sharing")
    if campaign is not None and campaign.state != MemberDayState.PUBLISHED:
        raise Refusal(_("This campaign is not published."), code="not_open_to_sharing")
    ShareLink.objects.bulk_create([ShareLink(staff=staff, code=new_code(), **vars(what))], ignore_conflicts=True)
    found = shown(ShareLink.objects.filter(staff=staff, **vars(what))).first()
    if found is None:  # the code was somebody else's, which happens once in many billions
        raise Conflict(_("Please try again."), code="try_again")
    if not found.is_active:
        found.is_active = True
        found.save(update_fields=["is_active"])
    return found


def shown(rows: QuerySet[ShareLink]) -> QuerySet[ShareLink]:
    """Links with what they lead to."""
    return rows.select_related("product", "template__terms", "campaign", "staff__store")


def shareable() -> tuple[QuerySet[CouponTemplate], QuerySet[MemberDay]]:
    """The coupons and campaigns that staff may share now."""
    coupons = CouponTemplate.objects.filter(open_to_sharing=True, state=TemplateState.ACTIVE, terms__isnull=False)
    return coupons.select_related("terms"), MemberDay.objects.filter(state=MemberDayState.PUBLISHED)


def link_of(code: str) -> ShareLink:
    """The link of a code that somebody followed, while it holds. Raises NotFound."""
    rows = ShareLink.objects.filter(code=spelled(code) or "-", is_active=True, staff__is_active=True)
    found = shown(rows).first()
    if found is None:
        raise NotFound(_("There is no share link with this code."), code="share_link_not_found")
    return found


def stop(link: ShareLink, *, by: Staff) -> ShareLink:
    """Let a link lead nowhere any more; what it earned stays. Raises NotAllowed for a link of somebody else."""
    if link.staff_id != by.pk and not by.sees_all:
        raise NotAllowed(_("This is not your link."), code="not_your_link")
    link.is_active = False
    link.save(update_fields=["is_active"])
    return link


def address_of(link: ShareLink) -> str:
    """What is shared: the shop's page for the link, or the bare code as long as headquarters set no address."""
    page: str = PAGE.value
    return page.replace("{code}", link.code) if page else link.code


def clicked(link: ShareLink, member: Member | None, *, at: datetime | None = None) -> ShareClick:
    """Somebody followed a link; nobody needs to know who."""
    return ShareClick.objects.create(link=link, member=member, at=at or timezone.now())


def take_coupon(link: ShareLink, member: Member, *, at: datetime | None = None) -> tuple[Coupon, bool]:
    """The coupon that a link leads to, once per member and link; returns it and whether it is new.

    Raises Refusal ``no_coupon`` for a link to something else, NotAllowed ``own_link`` for whoever shared it,
    CouponRefused as issuing does.
    """
    if link.template is None:
        raise Refusal(_("This link leads to no coupon."), code="no_coupon")
    with transaction.atomic():
        held = lock_member(member)
        mine = Coupon.objects.filter(member__in=beneath(held.pk), origin=Origin.SHARE, origin_id=link.pk)
        known = mine.order_by("pk").first()
        if known is not None:
            return known, False
        if is_oneself(link.staff, held):
            raise NotAllowed(_("This is your own link."), code="own_link")
        return issue_coupon(link.template, held, origin=Origin.SHARE, origin_id=link.pk, at=at), True
