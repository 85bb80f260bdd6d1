"""Lots of points, to look at: what is left of each, what is frozen, what can be spent, and what expires when.

A lot is what an order is worth, net of everything that came back of it, or what was given by hand. Points are taken
from the lot that expires soonest. A lot is frozen for some days*, while its order may still come back: it is shown, but
not spendable. All of this follows from the ledger (members_points_lots, 0007_points_lots); nothing is stored.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import EntryKind, Member
from members.orders.worktables import rows
from members.windows import local_day
from stores.policy import define

FROZEN_DAYS = define(
    "points.frozen_days", 7, _("Days until new points can be spent, while goods may come back"), minimum=0, maximum=365
)
LOTS = """
SELECT order_id, entry_id, at, expires_at, earned, earned - taken - expired
FROM members_points_lots(ARRAY[%(member)s]::bigint[], %(at)s) ORDER BY expires_at, at, order_id, entry_id
"""


@dataclass(frozen=True)
class Lot:
    """One lot: ``earned`` in all, ``left`` now. ``source`` is ``order`` or ``adjustment``; the row is ``order_id`` or
    ``entry_id``. ``frozen_until`` is None when it can be spent, ``expires_at`` None when it never expires."""

    source: str
    order_id: int | None
    entry_id: int | None
    at: datetime
    earned: int
    left: int
    frozen_until: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True)
class Expiring:
    """Points that are gone from the moment ``at``, on the business day ``on``, unless they are spent before."""

    on: date
    at: datetime
    amount: int


@dataclass(frozen=True)
class Purse:
    """All of a member's points at the moment ``at``: ``spendable`` then, and ``frozen`` for some days more."""

    at: datetime
    lots: tuple[Lot, ...]
    spendable: int
    frozen: int

    @property
    def frozen_until(self) -> datetime | None:
        """When the next frozen points thaw; None when nothing is frozen."""
        return min((lot.frozen_until for lot in self.lots if lot.frozen_until), default=None)

    def expiring(self, days: int) -> list[Expiring]:
        """What expires within ``days`` unless it is spent, moment by moment, soonest first."""
        amounts: dict[datetime, int] = {}
        for lot in self.lots:
            if lot.expires_at and lot.expires_at <= self.at + timedelta(days=days):
                amounts[lot.expires_at] = amounts.get(lot.expires_at, 0) + lot.left
        return [Expiring(local_day(when), when, amount) for when, amount in sorted(amounts.items())]


def lots_of(member: Member, at: datetime | None = None, *, gone: bool = False) -> list[Lot]:
    """The member's lots as of ``at`` (None: now), soonest to expire first; ``gone`` adds those with nothing left."""
    moment = at or timezone.now()
    thawed = moment - timedelta(days=FROZEN_DAYS.value)
    found = []
    for order, entry, earned_at, expires_at, earned, left in rows(LOTS, {"member": member.pk, "at": moment}):
        if (left or gone) and (at is None or earned_at <= at):
            until = earned_at + timedelta(days=FROZEN_DAYS.value) if earned_at > thawed else None
            source = "order" if order else EntryKind.ADJUSTMENT.value
            found.append(Lot(source, order, entry, earned_at, earned, left, until, expires_at))
    return found


def purse_of(member: Member, at: datetime | None = None) -> Purse:
    """What the member can spend at ``at`` (None: now), and what is still frozen."""
    lots = tuple(lots_of(member, at))
    frozen = sum(lot.left for lot in lots if lot.frozen_until)
    return Purse(at or timezone.now(), lots, sum(lot.left for lot in lots) - frozen, frozen)


def spendable(member: Member, at: datetime | None = None) -> int:
    """How many points the member can spend at ``at`` (None: now); 0 for somebody who owes points."""
    return purse_of(member, at).spendable


def expiring(member: Member, days: int, at: datetime | None = None) -> list[Expiring]:
    """What expires within ``days`` unless it is spent, moment by moment, soonest first."""
    return purse_of(member, at).expiring(days)
