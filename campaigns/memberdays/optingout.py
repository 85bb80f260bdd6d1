"""A store's opting out of a campaign, and in again."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.memberdays.carrying import change_audience
from campaigns.memberdays.planning import open_dates, push_rules
from campaigns.memberdays.withdrawing import OPTED_OUT, take_back
from campaigns.models import MemberDay, MemberDayState
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Staff, Store


def opt_out(member_day: MemberDay, store: Store, *, by: Staff | None = None) -> None:
    """A store takes no part from the next date on that has not begun. Raises as ``_take_part`` does."""
    _take_part(member_day, store, take_part=False, by=by)


def opt_in(member_day: MemberDay, store: Store, *, by: Staff | None = None) -> None:
    """A store that had opted out takes part again. Raises as ``_take_part`` does."""
    _take_part(member_day, store, take_part=True, by=by)


def may_decide(store: Store, by: Staff) -> bool:
    """Whether a person decides for a store: its manager, whoever answers for its region, or headquarters."""
    decides = by.sees_all or by.leads_store or bool(by.region_path)
    return decides and Store.objects.visible_to(by).filter(pk=store.pk).exists()


def _take_part(member_day: MemberDay, store: Store, *, take_part: bool, by: Staff | None) -> None:
    """Move a store in or out, and bring the coming dates up to date. Doing it twice changes nothing.

    Members who were fixed before stay: opted out, they get nothing more; in again, what follows reaches them.
    Raises NotAllowed when the store is none of ``by``'s or they are guides, Refusal ``store_not_in_scope`` when the
    campaign is not for the store, Conflict ``member_day_state`` when it has ended.
    """
    if by is not None and not may_decide(store, by):
        raise NotAllowed(_("Only the store's own managers decide this."))
    with transaction.atomic():
        locked = MemberDay.objects.select_for_update(of=("self",)).get(pk=member_day.pk)
        if locked.state == MemberDayState.ENDED:
            raise Conflict(_("It has ended already."), code="member_day_state")
        if locked.stores.exists() and not locked.stores.filter(pk=store.pk).exists():
            raise Refusal(_("This member day is not for the store."), code="store_not_in_scope")
        was_out = locked.opted_out.filter(pk=store.pk).exists()
        if take_part:
            locked.opted_out.remove(store)
        else:
            locked.opted_out.add(store)
        if locked.state != MemberDayState.PUBLISHED or was_out is not take_part:
            return
        coming = list(open_dates(locked).filter(on__gt=timezone.localdate()))
        push_rules(locked, coming)
        for occurrence in coming:
            change_audience(occurrence)
            if occurrence.enrolled_at and not take_part:
                take_back(occurrence, OPTED_OUT, stores=[store.pk], by=by)
