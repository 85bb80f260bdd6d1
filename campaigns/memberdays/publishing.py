"""Publishing a campaign, and ending it."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.memberdays import withdrawing
from campaigns.memberdays.dates import first_dates
from campaigns.memberdays.planning import open_dates, plan_coming, push_rules, withdraw_rules
from campaigns.models import MemberDay, MemberDayState, Promotion
from coupons.models import TemplateState
from stores.errors import Conflict, Refusal
from stores.models import Staff


def publish(member_day: MemberDay, *, by: Staff | None = None) -> MemberDay:
    """Let a campaign run: its coming dates are planned at once, the later ones night by night.

    What headquarters plan goes through ``approval`` first, whose last step this is; a house that is being set up calls
    it by itself. Raises Refusal as ``check`` and Conflict ``member_day_state`` when it runs or has ended.
    """
    today = timezone.localdate()
    check(member_day, today)
    with transaction.atomic():
        asked = MemberDay.objects.filter(pk=member_day.pk, state__in=(MemberDayState.DRAFT, MemberDayState.WAITING))
        if not asked.update(state=MemberDayState.PUBLISHED):
            raise Conflict(_("Only a draft can be published."), code="member_day_state")
        member_day.refresh_from_db()
        plan_coming(member_day, today=today)
    return member_day


def check(member_day: MemberDay, today: date) -> None:
    """Everything that would make a published campaign a disappointment.

    Raises Refusal ``bad_recurrence``, ``member_day_over``, ``template_not_active``, ``message_not_active``,
    ``segment_not_active`` or ``nothing_to_gain``.
    """
    first_dates(member_day, n=1)
    if member_day.ends_on and member_day.ends_on < today:
        raise Refusal(_("Its last day lies in the past."), code="member_day_over")
    template = member_day.coupon_template
    if template is not None and template.state != TemplateState.ACTIVE:
        raise Refusal(_("Its coupon is not active."), code="template_not_active")
    if member_day.messages.filter(message__is_active=False).exists():
        raise Refusal(_("One of its messages is switched off."), code="message_not_active")
    if member_day.segment is not None and not member_day.segment.is_active:
        raise Refusal(_("Its segment is switched off."), code="segment_not_active")
    earns = member_day.growth_factor > 1 or member_day.points_factor > 1
    if template is None and not earns and not Promotion.objects.filter(member_day=member_day).exists():
        raise Refusal(_("Members gain nothing: no multiplier, no coupon and no promotion."), code="nothing_to_gain")


def end(member_day: MemberDay, *, by: Staff | None = None) -> MemberDay:
    """Stop a campaign: dates to come are withdrawn, what is under way runs out today; coupons in wallets stay.

    Raises Conflict ``member_day_state`` when it has ended already.
    """
    today = timezone.localdate()
    with transaction.atomic():
        live = MemberDay.objects.filter(pk=member_day.pk).exclude(state=MemberDayState.ENDED)
        if not live.update(state=MemberDayState.ENDED):
            raise Conflict(_("It has ended already."), code="member_day_state")
        for occurrence in open_dates(member_day).filter(on__gt=today):
            withdraw_rules(member_day, occurrence)
            withdrawing.withdraw(occurrence, by=by)
        for occurrence in open_dates(member_day).filter(on__lte=today, until__gt=today):
            occurrence.until = today
            occurrence.save(update_fields=["until"])
            push_rules(member_day, [occurrence])
    member_day.refresh_from_db()
    return member_day
