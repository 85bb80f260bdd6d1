"""Templates put into words for many members at once, in the same few queries however many they are.

Variables are filled in by plain substitution (campaigns.scripts.fill), never by a template engine; a clause whose
variable is not known for a member is left out. Words are in the house's own language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.channels import stopping
from campaigns.messages import texting
from campaigns.messages.variables import OF_COUPONS, HeldCoupon, Known, named_in, samples, values
from campaigns.models import Channel, MessageTemplate, Purpose
from campaigns.scripts import fill
from coupons import kinds
from coupons.models import Coupon, CouponTerms
from members.models import Member

LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Words:
    """What one member reads. On SMS ``text`` is the whole message as it leaves: signature, link and the way out."""

    subject: str
    text: str
    link: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to say: every clause spoke of something that is not known. Not to be sent."""
        return not self.text


def render(
    template: MessageTemplate, members: Sequence[int], *, coupons: Mapping[int, int] | None = None
) -> dict[int, Words]:
    """Member key -> words, for at most some thousand members; ``coupons`` says which coupon each is told of.

    Whoever is not found is missing from the answer. A coupon that is not the member's own is not spoken of.
    """
    wanted = named_in(template.subject, template.text)
    told = _coupons(coupons or {}) if wanted & OF_COUPONS else {}
    rows = Member.objects.filter(pk__in=members).select_related(
        "tier", "home_store", "guide__store", "facts__favourite_category"
    )
    with translation.override(settings.LANGUAGE_CODE):
        return {row.pk: _words(template, values(Known(row, told.get(row.pk)), wanted), row.pk) for row in rows}


def example(template: MessageTemplate) -> Words:
    """The words with an example for each variable, for a template saved or not."""
    wanted = named_in(template.subject, template.text)
    with translation.override(settings.LANGUAGE_CODE):
        return _words(template, samples(wanted))


def _words(template: MessageTemplate, facts: Mapping[str, str], member_id: int = 0) -> Words:
    subject = fill(template.subject, facts)[:LONGEST_SUBJECT]
    text = fill(template.text, facts)
    if template.channel == Channel.SMS and text:
        return Words("", texting.whole(text, template.link, template.purpose))
    if template.channel == Channel.EMAIL and text and template.purpose == Purpose.MARKETING:
        text += _way_out(stopping.address(member_id))
    return Words(subject, text, template.link)


def _way_out(link: str) -> str:
    """The last line of a mail that advertises."""
    return "\n\n" + _("To get no more of these mails: %(link)s") % {"link": link} if link else ""


def _coupons(wanted: Mapping[int, int]) -> dict[int, HeldCoupon]:
    """Member key -> the coupon to speak of, in two queries."""
    rows = list(Coupon.objects.filter(pk__in=wanted.values()))
    terms = CouponTerms.objects.in_bulk({row.terms_id for row in rows})
    with translation.override(settings.LANGUAGE_CODE):
        offers = {pk: kinds.offer_text(one) for pk, one in terms.items()}
    return {
        row.member_id: HeldCoupon(row.code, offers[row.terms_id], row.valid_until)
        for row in rows
        if wanted.get(row.member_id) == row.pk
    }
