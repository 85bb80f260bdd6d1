"""Points: corrections by hand. What orders earn and returns take back is written by members.orders.earnings.

Points are spendable and never negative on the member row; earned ones expire at the end of a month*.
"""

from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.earning import POINTS_MONTHS
from members.growth import check_adjustment
from members.locks import lock_member
from members.models import EntryKind, Member, PointsEntry
from members.orders.settlement import settle
from members.timeline import NewFact
from stores.errors import Refusal
from stores.models import Staff, Store
from stores.places import business_day, start_of_day


def adjust(member: Member, delta: int, *, note: str, by: Staff | None, at: datetime | None = None) -> PointsEntry:
    """Give or take points by hand, with a reason. Given points expire like earned ones.

    Raises Refusal when ``delta`` is zero or absurd, the reason is empty, or the member has fewer points than that.
    """
    check_adjustment(delta, note)
    at = at or timezone.now()
    with transaction.atomic():
        locked = lock_member(member, by=by)
        if locked.points + delta < 0:
            raise Refusal(
                _("The member has only %(points)s points.") % {"points": locked.points},
                code="points_short",
                extra={"points": locked.points},
            )
        entry = PointsEntry.objects.create(
            member=locked,
            kind=EntryKind.ADJUSTMENT,
            delta=delta,
            at=at,
            note=note[:200],
            made_by=by,
            expires_at=expiry_of(at, locked.home_store) if delta > 0 else None,
        )
        timeline.record(NewFact("points.adjusted", locked.pk, entry.pk, data={"delta": delta, **timeline.actor(by)}))
        settle([locked.pk])
    return entry


def expiry_of(at: datetime, store: Store | None) -> datetime:
    """The moment at which points earned at ``at`` in a store are gone: the end of the month, so many months later."""
    month = business_day(store, at).replace(day=1)
    return start_of_day(store, month + relativedelta(months=POINTS_MONTHS.value + 1))
