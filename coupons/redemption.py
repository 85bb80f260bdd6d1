"""At the till: check, lock, redeem, release, reverse. One coupon is used once, whatever tills do at the same time.

The receipt (an advisory lock for the transaction) and then the coupon's row are locked before anything is judged; the
move itself is conditional, and the template's budget is taken in the same transaction, last, since many wait for it.
A till waits for each round trip to the database, so there are few (coupons.holding, coupons.moves, members.timeline).
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import budgets, kinds
from coupons.errors import CouponRefused, refuse
from coupons.holding import find, hold
from coupons.models import Coupon, CouponEvent, CouponState
from coupons.moves import Move, move_one
from coupons.receipts import Line, Receipt, Verdict
from coupons.verdicts import holds, judge, moment_that_counts
from members.timeline import NewFact
from stores.models import Store
from stores.policy import define

FREE_STATES = (CouponState.ISSUED, CouponState.EXPIRED)
LOCK_MINUTES = define("coupons.lock_minutes", 15, _("Minutes a till may hold a coupon"), minimum=1, maximum=120)


def check(
    code: str,
    *,
    amount: Decimal,
    member_id: int | None = None,
    store: Store | None = None,
    channel: str = "",
    order_no: str = "",
    at: datetime | None = None,
    lines: Sequence[Line] | None = None,
    delivery: Decimal | None = None,
) -> Verdict:
    """May this coupon be used here and now, and what comes off. Changes nothing and raises nothing."""
    now = timezone.now()
    receipt = Receipt(amount, store, channel, order_no, member_id, at, lines, delivery)
    coupon = None
    try:
        coupon = find(code)
        off = judge(coupon, receipt, at=at or now, now=now)
        held = budgets.cost_of(coupon)
        template = coupon.template
        if (
            template.budget is not None
            and template.budget_used - held + kinds.cost(coupon.terms, off) > template.budget
        ):
            raise refuse("budget_spent")
    except CouponRefused as refusal:
        return Verdict(False, refusal.code, str(refusal), extra=refusal.extra, coupon=coupon)
    return Verdict(True, discount=off, coupon=coupon)


def lock(
    code: str,
    *,
    channel: str,
    order_no: str,
    amount: Decimal,
    store: Store | None = None,
    member_id: int | None = None,
    at: datetime | None = None,
    actor: str = "",
    lines: Sequence[Line] | None = None,
    delivery: Decimal | None = None,
) -> Coupon:
    """Hold a coupon for a receipt for coupons.lock_minutes; the same receipt may lock again, with another amount.

    The budget is held too. ``discount`` of the answer is what would come off. Raises CouponRefused.
    """
    now = timezone.now()
    counts = moment_that_counts(at, now)
    receipt = Receipt(amount, store, channel, order_no, member_id, counts, lines, delivery)
    with _transaction():
        coupon, others = _hold(code, receipt)
        off = judge(coupon, receipt, at=receipt.at or now, now=now, others=others)
        held = {"lock_until": now + timedelta(minutes=LOCK_MINUTES.value), "discount": off, **_holder(receipt)}
        with _charged(coupon, off):
            move_one(coupon, Move.LOCKED, CouponState.LOCKED, at=now, held=held, order=receipt.order,
                     store_id=store.pk if store else None, amount=off, actor=actor)  # fmt: skip
    return coupon


def redeem(
    code: str,
    *,
    channel: str,
    order_no: str,
    amount: Decimal,
    store: Store | None = None,
    member_id: int | None = None,
    at: datetime | None = None,
    actor: str = "",
    lines: Sequence[Line] | None = None,
    delivery: Decimal | None = None,
) -> Coupon:
    """Use a coupon on a receipt, from the wallet or from this receipt's lock; ``discount`` is what came off.

    The same receipt again gets the same answer and changes nothing. Raises CouponRefused.
    """
    now = timezone.now()
    counts = moment_that_counts(at, now)
    receipt = Receipt(amount, store, channel, order_no, member_id, counts, lines, delivery)
    used_at = receipt.at or now
    with _transaction():
        coupon, others = _hold(code, receipt)
        if holds(coupon, receipt, CouponState.USED, now):
            return coupon
        off = judge(coupon, receipt, at=used_at, now=now, others=others)
        place = store.pk if store else None
        held = {"used_at": used_at, "used_store_id": place, "discount": off, **_holder(receipt)}
        with _charged(coupon, off):
            move_one(coupon, Move.REDEEMED, CouponState.USED, at=used_at, held=held, order=receipt.order,
                     store_id=place, amount=off, actor=actor,
                     fact=_fact("coupon.redeemed", coupon, used_at, receipt.order, off))  # fmt: skip
    return coupon


def release(code: str, *, channel: str, order_no: str, actor: str = "", at: datetime | None = None) -> Coupon:
    """Give a lock back. Releasing what this receipt held and no longer holds changes nothing.

    Raises CouponRefused: coupon_locked or coupon_used when another receipt has it or it was redeemed, coupon_not_held.
    """
    now = timezone.now()
    receipt = Receipt(Decimal(0), channel=channel, order_no=order_no, at=at)
    with _transaction():
        coupon, _others = _hold(code, receipt)
        if coupon.state == CouponState.LOCKED and (coupon.order_channel, coupon.order_no) == receipt.order:
            give_back(coupon, Move.RELEASED, now=now, order=receipt.order, actor=actor)
        elif coupon.state not in FREE_STATES or not _did(coupon, receipt, Move.LOCKED):
            raise _not_mine(coupon, "coupon_not_held")
    return coupon


def reverse(
    code: str, *, channel: str, order_no: str, actor: str = "", note: str = "", at: datetime | None = None
) -> Coupon:
    """Undo the redemption on a receipt: the coupon is good again unless it has ended meanwhile, the budget comes back.

    A second reversal of the same receipt changes nothing. Raises CouponRefused (coupon_not_used) otherwise.
    """
    now = timezone.now()
    receipt = Receipt(Decimal(0), channel=channel, order_no=order_no, at=at)
    with _transaction():
        coupon, _others = _hold(code, receipt)
        if holds(coupon, receipt, CouponState.USED, now):
            fact = _fact("coupon.reversed", coupon, now, receipt.order, coupon.discount)
            give_back(coupon, Move.REVERSED, now=now, order=receipt.order, actor=actor, note=note, fact=fact)
        elif coupon.state not in FREE_STATES or not _did(coupon, receipt, Move.REVERSED):
            raise _not_mine(coupon, "coupon_not_used")
    return coupon


def give_back(
    coupon: Coupon,
    move: Move,
    *,
    now: datetime,
    order: tuple[str, str],
    actor: str,
    note: str = "",
    fact: NewFact | None = None,
) -> None:
    """Free a locked or used coupon whose row is locked, and return its cost to the budget; ``fact`` tells of it."""
    before, amount, store_id = budgets.cost_of(coupon), coupon.discount, coupon.used_store_id
    to = CouponState.EXPIRED if coupon.valid_until <= now else CouponState.ISSUED
    move_one(coupon, move, to, at=now, order=order, store_id=store_id, amount=amount, actor=actor, note=note, fact=fact)
    budgets.take(coupon.template_id, -before)


def _hold(code: str, receipt: Receipt) -> tuple[Coupon, list[str]]:
    if not receipt.order_no:
        raise refuse("order_no_missing")
    return hold(code, receipt.order)


def _transaction() -> AbstractContextManager[Any]:
    """A transaction, unless the caller has one: what refuses has written nothing yet, so it needs no savepoint."""
    return nullcontext() if connection.in_atomic_block else transaction.atomic()


@contextmanager
def _charged(coupon: Coupon, off: Decimal) -> Iterator[None]:
    """What is written inside costs the template's budget what ``off`` costs now more than before; undone if refused.

    A template has no budget or has one as long as ``hold`` holds it.
    """
    cost = kinds.cost(coupon.terms, off) - budgets.cost_of(coupon)
    if coupon.template.budget is None:
        yield
        return
    with transaction.atomic():
        yield
        budgets.take(coupon.template_id, cost)


def _holder(receipt: Receipt) -> dict[str, str]:
    return {"order_channel": receipt.channel, "order_no": receipt.order_no}


def _did(coupon: Coupon, receipt: Receipt, move: Move) -> bool:
    """Whether this receipt once made this move with the coupon, so that what it asks for has been done."""
    events = CouponEvent.objects.filter(coupon=coupon, move=move)
    return events.filter(order_channel=receipt.channel, order_no=receipt.order_no).exists()


def _not_mine(coupon: Coupon, otherwise: str) -> CouponRefused:
    if coupon.state == CouponState.USED and coupon.used_at and otherwise == "coupon_not_held":
        return refuse("coupon_used", words={"date": f"{timezone.localtime(coupon.used_at):%Y-%m-%d}"})
    if coupon.state == CouponState.LOCKED and coupon.lock_until and otherwise == "coupon_not_held":
        return refuse("coupon_locked", words={"time": f"{timezone.localtime(coupon.lock_until):%H:%M}"})
    return refuse(otherwise)


def _fact(kind: str, coupon: Coupon, at: datetime, order: tuple[str, str], amount: Decimal | None) -> NewFact:
    data = {"template": coupon.template_id, "channel": order[0], "order": order[1], "amount": str(amount)}
    return NewFact(kind, coupon.member_id, coupon.pk, at, data)
