"""The one thing to do about a member now, with at most three facts for it and the evidence, or nothing."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import touches
from campaigns.models import GuideTask, TaskState
from campaigns.reasons import proposal, words
from campaigns.reasons.base import yuan
from campaigns.reasons.planning import best_for
from campaigns.results import last_offers
from coupons.models import CouponTemplate
from members.models import Member
from stores.models import Staff
from stores.places import business_day

MOST_FACTS = 3
ENOUGH_OFFERS = 5


@dataclass(frozen=True)
class Suggestion:
    """``title`` says what to do, ``facts`` why, ``evidence`` what such offers of this guide came to so far.

    ``task`` is the open task behind it; without one the suggestion rests on the facts of this moment.
    """

    reason: str
    title: str
    facts: list[str]
    evidence: str
    template: CouponTemplate | None = None
    task: GuideTask | None = None
    why: dict[str, Any] = field(default_factory=dict)
    value: Decimal = Decimal(0)


def next_best_action(member: Member, guide: Staff) -> Suggestion | None:
    """What ``guide`` should do about one of their members now; None when nothing speaks for doing anything.

    The open task that is worth most wins; without one the reasons are asked as every night, and nothing is written.
    """
    today = business_day(guide.store, timezone.now())
    mine = GuideTask.objects.visible_to(guide).filter(member=member, state=TaskState.OPEN, due_on__gte=today)
    task = mine.select_related("template__terms").order_by("-value", "pk").first()
    shown = task or _would_be(member, today)
    if shown is None:
        return None
    why = words(shown, today)
    facts = [why, *(fact for fact in _further_facts(member) if fact not in why)]
    return Suggestion(
        reason=shown.reason,
        title=proposal(shown),
        facts=facts[:MOST_FACTS],
        evidence=evidence(guide, shown.reason),
        template=shown.template,
        task=task,
        why=shown.why,
        value=shown.value,
    )


def _would_be(member: Member, today: date) -> GuideTask | None:
    """The task that tonight's planning would make, not saved."""
    if member.guide_id is None:
        return None
    row = best_for(member.pk, member.guide_id, today)
    return GuideTask(**row) if row else None


def _further_facts(member: Member) -> list[str]:
    """Who was in touch last, and what the member usually buys."""
    found = []
    contact = touches.last_contact(member)
    if contact is not None:
        who = contact.guide.name if contact.guide else _("A campaign")
        found.append(
            ngettext(
                "%(who)s was in touch %(days)s day ago", "%(who)s was in touch %(days)s days ago", contact.days_ago
            )
            % {"who": who, "days": contact.days_ago}
        )
    facts = getattr(member, "facts", None)
    if facts is not None and facts.favourite_category is not None:
        found.append(_("Usually buys %(what)s") % {"what": facts.favourite_category.name})
    return found


def evidence(guide: Staff, reason: str) -> str:
    """What this guide's last offers for the reason came to; says so when there are too few to tell."""
    sent, used, sales = last_offers(guide, reason=reason)
    if sent < ENOUGH_OFFERS:
        return _("Too few offers of this kind so far to tell what they bring")
    return _("Your last %(sent)s offers of this kind: %(used)s used, %(sales)s") % {
        "sent": sent,
        "used": used,
        "sales": yuan(sales),
    }
