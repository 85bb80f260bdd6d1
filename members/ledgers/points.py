"""Points: spent, given back and corrected by hand. What orders earn and what expires is written by settlement.

Points never go below zero on the member row. A spend needs as many points as can be spent at that moment, see
members.ledgers.pointlots. When the order behind spent points comes back later, the member owes them: the
next points pay.
"""

from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.ledgers.earning import POINTS_MONTHS
from members.ledgers.growth import LARGEST, check_adjustment, check_moment
from members.ledgers.pointlots import Expiring, Lot, Purse, expiring, lots_of, purse_of, spendable
from members.locks import lock_member, lock_members
from members.models import EntryKind, Member, PointsEntry
from members.orders.settlement import NO_ORDER, settle_locked
from members.timeline import NewFact
from members.windows import windows
from stores.errors import Conflict, Refusal
from stores.models import Staff, Store
from stores.places import business_day, start_of_day

__all__ = ["Expiring", "Lot", "adjust", "expiring", "expiry_of", "give_back", "lots_of", "spend", "spendable"]

LONGEST_REFERENCE = 70  # room for ":back"


def adjust(member: Member, delta: int, *, note: str, by: Staff | None, at: datetime | None = None) -> PointsEntry:
    """Give or take points by hand, with a reason. Given points are a lot of their own and expire like earned ones.

    Raises Refusal when ``delta`` is zero or absurd, the reason is empty, the moment lies in the future, or the member
    has fewer points than that.
    """
    check_adjustment(delta, note)
    moment = check_moment(at)
    with transaction.atomic():
        locked = lock_member(member, by=by)
        if delta < 0:  # what has expired by now cannot be taken
            settle_locked([locked.pk], windows(), dirty=NO_ORDER)
            locked.refresh_from_db()
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
            at=moment,
            note=note[:200],
            made_by=by,
            expires_at=expiry_of(moment, locked.home_store) if delta > 0 else None,
        )
        _follow(locked, "points.adjusted", entry, by)
    return entry


def spend(
    member: Member,
    amount: int,
    *,
    reference: str,
    note: str = "",
    by: Staff | None = None,
    at: datetime | None = None,
) -> PointsEntry:
    """Take ``amount`` points for something named by ``reference``; the same again returns the entry of the first time.

    Raises Refusal ``points_short`` with what can be spent, what is frozen and what is missing; Conflict
    ``reference_taken`` when the reference stands for another spend; Refusal for a bad amount, reference or moment.
    """
    _check_spend(amount, reference)
    moment = check_moment(at)
    with transaction.atomic():
        locked = lock_member(member, by=by)
        known = PointsEntry.objects.filter(kind=EntryKind.SPENT, reference=reference).first()
        if known is None:
            purse = purse_of(locked, at)
            if purse.spendable < amount:
                raise _short(amount, purse)
            fields = {"at": moment, "note": note[:200], "reference": reference, "made_by": by}
            try:
                with transaction.atomic():
                    entry = PointsEntry.objects.create(member=locked, kind=EntryKind.SPENT, delta=-amount, **fields)
            except IntegrityError:  # somebody else's member, in this very moment
                known = PointsEntry.objects.get(kind=EntryKind.SPENT, reference=reference)
        if known is not None:
            return _same(known, locked, -amount)
        owed = locked.points_owed
        _follow(locked, "points.spent", entry, by)
        if locked.points_owed > owed:  # a spend noted late took what a later one had already spent
            raise _short(amount, Purse(moment, (), max(0, amount - locked.points_owed + owed), 0))
    return entry


def give_back(
    entry: PointsEntry, *, reference: str | None = None, amount: int | None = None, by: Staff | None = None
) -> PointsEntry:
    """Undo a spend, or ``amount`` points of it: they are then as if never spent, and expire when they would have.

    ``reference`` (that of the spend and ":back") makes the same thing twice count once. Raises Refusal when ``entry``
    is not a spend, or more than is left of it would come back.
    """
    if entry.kind != EntryKind.SPENT:
        raise Refusal(_("Only spent points can be given back."), code="not_spent")
    reference = reference or f"{entry.reference}:back"
    with transaction.atomic():
        spent, owner = _locked_spend(entry.pk)
        known = PointsEntry.objects.filter(kind=EntryKind.GIVEN_BACK, reference=reference).first()
        left = -spent.delta - sum(_given_back(spent).values_list("delta", flat=True))
        if known is not None:
            return _same(known, owner, known.delta if amount is None else amount)
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise Refusal(
                _("Of these points %(left)s can still be given back.") % {"left": left},
                code="more_than_spent",
                extra={"left": left},
            )
        given = PointsEntry.objects.create(
            member=owner, kind=EntryKind.GIVEN_BACK, delta=wanted, lot=spent, at=timezone.now(), reference=reference,
            made_by=by,
        )  # fmt: skip
        _follow(owner, "points.given_back", given, by)
    return given


def expiry_of(at: datetime, store: Store | None) -> datetime:
    """The moment at which points earned at ``at`` in a store are gone: the end of the month, so many months later."""
    month = business_day(store, at).replace(day=1)
    return start_of_day(store, month + relativedelta(months=POINTS_MONTHS.value + 1))


def _follow(locked: Member, kind: str, entry: PointsEntry, by: Staff | None) -> None:
    """Record the fact and bring the member's row and expiry up to date."""
    timeline.record(NewFact(kind, locked.pk, entry.pk, data={"delta": entry.delta, **timeline.actor(by)}))
    settle_locked([locked.pk], windows(), dirty=NO_ORDER)
    locked.refresh_from_db()


def _check_spend(amount: int, reference: str) -> None:
    if not 0 < amount <= LARGEST:
        raise Refusal(_("Enter between 1 and 10,000,000 points."), code="bad_amount")
    if not 0 < len(reference.strip()) <= len(reference) <= LONGEST_REFERENCE:
        raise Refusal(_("Say what the points are for: 1 to 70 characters."), code="bad_reference")


def _short(amount: int, purse: Purse) -> Refusal:
    missing = amount - purse.spendable
    numbers: dict[str, Any] = {"spendable": purse.spendable, "frozen": purse.frozen, "missing": missing}
    if purse.frozen_until is None:
        sentence = _("%(spendable)s points can be spent: %(missing)s are missing.") % numbers
    else:
        until = f"{timezone.localtime(purse.frozen_until):%Y-%m-%d %H:%M}"
        sentence = _(
            "%(spendable)s points can be spent: %(missing)s are missing. %(frozen)s more are frozen; the next can be "
            "spent from %(until)s."
        ) % {**numbers, "until": until}
        numbers |= {"frozen_until": purse.frozen_until.isoformat()}
    return Refusal(sentence, code="points_short", extra={"points": purse.spendable, **numbers})


def _same(known: PointsEntry, owner: Member, delta: int) -> PointsEntry:
    if (known.member_id, known.delta) != (owner.pk, delta):
        raise Conflict(_("This reference stands for other points already."), code="reference_taken")
    return known


def _locked_spend(pk: int) -> tuple[PointsEntry, Member]:
    """The spend and its member, locked: a merge may move it from one row to another until we hold the row."""
    while True:
        owner = PointsEntry.objects.values_list("member_id", flat=True).get(pk=pk)
        lock_members([owner])
        spent = PointsEntry.objects.select_related("member").get(pk=pk)
        if spent.member_id == owner:
            return spent, spent.member


def _given_back(spent: PointsEntry) -> QuerySet[PointsEntry]:
    return PointsEntry.objects.filter(kind=EntryKind.GIVEN_BACK, lot=spent)
