"""A message before it is sent: the words of an example or of one member, what is left out, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.channels import CHANNELS
from campaigns.messages import rendering, texting
from campaigns.messages.rendering import Words
from campaigns.messages.texting import Measure
from campaigns.messages.variables import OF_COUPONS, named_in
from campaigns.models import Channel, MessageTemplate, Purpose
from campaigns.touches import policy, reasons
from coupons.models import Coupon, CouponState
from members.models import Consent, Member
from members.privacy import consents
from members.search import search_members
from stores.models import Staff


@dataclass(frozen=True)
class Preview:
    """What would be read. ``member`` is None for the example; ``measure`` is of text messages alone; ``notes`` say what
    somebody who reads the preview must know."""

    words: Words
    member: Member | None
    measure: Measure | None
    notes: Sequence[str]


def preview(template: MessageTemplate, *, viewer: Staff, like: str = "") -> Preview:
    """The words for the first member that ``like`` finds among those ``viewer`` may see (code, name, initials, last
    four digits), told of the coupon in their wallet that ends first; without ``like`` those of the example.

    The template may be unsaved. Nothing is written.
    """
    member = _found(viewer, like.strip()) if like.strip() else None
    if member is None:
        notes = [_("Nobody is found; this is the example.")] if like.strip() else []
        return _put(template, rendering.example(template), None, notes)
    coupon = _coupon(member) if named_in(template.subject, template.text) & OF_COUPONS else None
    held = {member.pk: coupon} if coupon else {}
    words = rendering.render(template, [member.pk], coupons=held)[member.pk]
    return _put(template, words, member, _notes(template, member, words, has_coupon=bool(coupon)))


def _put(template: MessageTemplate, words: Words, member: Member | None, notes: list[str]) -> Preview:
    if "}{" in template.text:
        notes = [*notes, _("Two variables touch; put a word or a comma between them.")]
    is_sms = template.channel == Channel.SMS
    return Preview(words, member, texting.measure(words.text) if is_sms else None, notes)


def _found(viewer: Staff, like: str) -> Member | None:
    rows = search_members(viewer, like, limit=1).rows
    return rows[0] if rows else None


def _coupon(member: Member) -> int | None:
    live = Coupon.objects.filter(member=member, state=CouponState.ISSUED, valid_until__gt=timezone.now())
    return live.order_by("valid_until", "pk").values_list("pk", flat=True).first()


def _notes(template: MessageTemplate, member: Member, words: Words, *, has_coupon: bool) -> list[str]:
    """Why it would not leave or not yet, or says less than the template."""
    said = []
    if words.is_empty:
        said.append(_("Nothing is left to say to this member: it would not be sent."))
    elif named_in(template.subject, template.text) & OF_COUPONS and not has_coupon:
        said.append(_("This member holds no coupon; what speaks of one is left out."))
    needs_yes = template.purpose == Purpose.MARKETING and template.channel in Consent.Channel.values
    if needs_yes and not consents.may_contact(member, template.channel):
        said.append(_("This member has not agreed to this channel: it would be held back."))
    else:
        said += _waits(template, member)
    return said


def _waits(template: MessageTemplate, member: Member) -> list[str]:
    """When it would be allowed to leave to the member, if not at once: contacts of guides and machines count alike."""
    now = timezone.now()
    against = None
    if template.channel in CHANNELS:
        against = policy.next_allowed(member, template.channel, now, purpose=template.purpose)
    if against is None or against.until <= now:
        return []
    told = {"moment": f"{timezone.localtime(against.until):%Y-%m-%d %H:%M}", "why": reasons.said(against.code)}
    return [_("To this member it may leave from %(moment)s on. %(why)s.") % told]
