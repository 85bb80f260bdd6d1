"""Verbs on a member day: publish, end, and a store's opting out and in again."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.memberdays.planning import change_audience, plan_coming, push_rules, source_of, waiting_job
from campaigns.memberdays.recurrence import preview_dates
from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState
from coupons.models import TemplateState
from members.ledgers import earning
from stores import jobs
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Staff, Store


def publish(member_day: MemberDay, *, by: Staff | None = None) -> MemberDay:
    """Let a draft run: its coming dates are planned at once, the later ones night by night.

    Raises Refusal ``bad_recurrence``, ``member_day_over``, ``template_not_active`` or ``nothing_to_gain``, and
    Conflict ``member_day_state`` when it is not a draft.
    """
    today = timezone.localdate()
    _check(member_day, today)
    with transaction.atomic():
        draft = MemberDay.objects.filter(pk=member_day.pk, state=MemberDayState.DRAFT)
        if not draft.update(state=MemberDayState.PUBLISHED):
            raise Conflict(_("Only a draft can be published."), code="member_day_state")
        member_day.refresh_from_db()
        plan_coming(member_day, today=today)
    return member_day


def _check(member_day: MemberDay, today: date) -> None:
    """Everything that would make a published day a disappointment."""
    preview_dates(member_day.recurrence, member_day.starts_on, member_day.ends_on, n=1)
    if member_day.ends_on and member_day.ends_on < today:
        raise Refusal(_("Its last day lies in the past."), code="member_day_over")
    template = member_day.coupon_template
    if template is not None and template.state != TemplateState.ACTIVE:
        raise Refusal(_("Its coupon is not active."), code="template_not_active")
    if template is None and member_day.growth_factor <= 1 and member_day.points_factor <= 1:
        raise Refusal(_("Members gain nothing: no multiplier and no coupon."), code="nothing_to_gain")


def end(member_day: MemberDay, *, by: Staff | None = None) -> MemberDay:
    """Stop a member day: dates to come are withdrawn; today's runs to its end, coupons in wallets stay.

    Raises Conflict ``member_day_state`` when it has ended already.
    """
    with transaction.atomic():
        live = MemberDay.objects.filter(pk=member_day.pk).exclude(state=MemberDayState.ENDED)
        if not live.update(state=MemberDayState.ENDED):
            raise Conflict(_("It has ended already."), code="member_day_state")
        for occurrence in _coming(member_day):
            earning.withdraw_rule(source_of(member_day, occurrence.on))
            job = waiting_job(occurrence)
            if job is not None:
                jobs.cancel(job)
            occurrence.delete()
    member_day.refresh_from_db()
    return member_day


def opt_out(member_day: MemberDay, store: Store, *, by: Staff | None = None) -> None:
    """A store takes no part from the next date on that has not begun. Raises as ``_take_part`` does."""
    _take_part(member_day, store, take_part=False, by=by)


def opt_in(member_day: MemberDay, store: Store, *, by: Staff | None = None) -> None:
    """A store that had opted out takes part again. Raises as ``_take_part`` does."""
    _take_part(member_day, store, take_part=True, by=by)


def _take_part(member_day: MemberDay, store: Store, *, take_part: bool, by: Staff | None) -> None:
    """Move a store in or out, and bring the coming dates up to date. Doing it twice changes nothing.

    Raises NotAllowed when the store is none of ``by``'s or they are guides, Refusal ``store_not_in_scope`` when the
    member day is not for the store, Conflict ``member_day_state`` when it has ended.
    """
    if by is not None:
        decides = by.sees_all or by.leads_store or by.region_path
        if not decides or not Store.objects.visible_to(by).filter(pk=store.pk).exists():
            raise NotAllowed(_("Only the store's own managers decide this."))
    with transaction.atomic():
        locked = MemberDay.objects.select_for_update(of=("self",)).get(pk=member_day.pk)
        if locked.state == MemberDayState.ENDED:
            raise Conflict(_("It has ended already."), code="member_day_state")
        if locked.stores.exists() and not locked.stores.filter(pk=store.pk).exists():
            raise Refusal(_("This member day is not for the store."), code="store_not_in_scope")
        if take_part:
            locked.opted_out.remove(store)
        else:
            locked.opted_out.add(store)
        if locked.state == MemberDayState.PUBLISHED:
            coming = list(_coming(locked))
            push_rules(locked, coming)
            for occurrence in coming:
                change_audience(locked, occurrence)


def _coming(member_day: MemberDay) -> list[MemberDayOccurrence]:
    """The planned dates after today, with their runs."""
    after = member_day.occurrences.filter(on__gt=timezone.localdate())
    return list(after.select_related("issue_run__job").order_by("on"))
