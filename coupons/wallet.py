"""What a member has, and what happened to one coupon."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from coupons.models import Coupon, CouponState, PackStep
from members.models import Member

# Where a coupon stands at this moment: neither the nightly expiry nor the sweep of locks need to have been there.
STANDING = Case(
    When(Q(state=CouponState.LOCKED, lock_until__gt=Now()), then=Value(CouponState.LOCKED)),
    When(
        Q(state__in=[CouponState.ISSUED, CouponState.LOCKED], valid_until__lte=Now()), then=Value(CouponState.EXPIRED)
    ),
    When(state=CouponState.LOCKED, then=Value(CouponState.ISSUED)),
    default=F("state"),
    output_field=CharField(max_length=8),
)


@dataclass(frozen=True)
class HistoryEntry:
    """One line of a coupon's history, newest first on screen. ``amount`` in yuan, where money moved."""

    move: str
    title: str
    at: datetime
    store: str
    order_no: str
    amount: Decimal | None
    actor: str
    note: str


def wallet_of(member: Member, *, states: Collection[str] | None = None) -> QuerySet[Coupon]:
    """The member's coupons with ``standing``, where each stands now; ``states`` keeps only those.

    ``pack_id`` and ``pack_name`` are those of the pack a coupon came with, None for one that came by itself.

    Usable ones come first, the next to end on top; then the others, newest first.
    """
    came_with = PackStep.objects.filter(coupon=OuterRef("pk"))
    coupons = Coupon.objects.filter(member=member).annotate(
        standing=STANDING,
        pack_id=Subquery(came_with.values("given__pack")),
        pack_name=Subquery(came_with.values("given__pack__name")),
    )
    coupons = coupons.select_related("template", "terms", "guide", "used_store")
    if states is not None:
        coupons = coupons.filter(standing__in=list(states))
    is_live = Case(When(standing__in=[CouponState.ISSUED, CouponState.LOCKED], then=Value(0)), default=Value(1))
    until = Case(When(standing__in=[CouponState.ISSUED, CouponState.LOCKED], then=F("valid_until")))
    return coupons.order_by(is_live, until, "-pk")


def history_of(coupon: Coupon) -> list[HistoryEntry]:
    """Every move of a coupon, oldest first, beginning with its issue."""
    issued = HistoryEntry(
        "issued", str(_("Issued")), coupon.issued_at, "", "", None, coupon.guide.name if coupon.guide else "", ""
    )
    events = coupon.events.select_related("store").order_by("pk")
    return [
        issued,
        *(
            HistoryEntry(
                event.move,
                str(event.get_move_display()),
                event.at,
                event.store.name if event.store else "",
                event.order_no,
                event.amount,
                event.actor,
                event.note,
            )
            for event in events
        ),
    ]
