"""A campaign or a journey with so many members in both arms, and what they bought. Rows, without the way to them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from campaigns.models import Arm, Journey, MemberDay, MemberDayOccurrence, Participant, Trip
from members.ledgers.earning import plain_rate
from members.models import Member, Order
from stores.models import Staff, Store
from tests.makers import make_member, make_store, number


def crowd(many: int, *, store: Store | None = None, guide: Staff | None = None) -> list[Member]:
    """So many members of a store."""
    first = make_member("张一", home_store=store or make_store(), guide=guide)
    rows = [
        Member(
            code=f"{number():012d}",
            name=f"张{nth}",
            tier=first.tier,
            tier_since=first.tier_since,
            joined_at=first.joined_at,
            home_store=first.home_store,
            guide=guide,
            bucket=nth % 10_000,
        )
        for nth in range(many - 1)
    ]
    return [first, *Member.objects.bulk_create(rows)]


def a_date(*, on: datetime | None = None, percent: int = 10, **fields: Any) -> MemberDayOccurrence:
    """A date of a member day, today unless told, whose members were fixed a day before."""
    day = MemberDay.objects.create(
        name=f"会员日 {number()}",
        recurrence="FREQ=WEEKLY;BYDAY=WE",
        starts_on="2026-01-01",
        holdout_percent=percent,
        **fields,
    )
    at = on or timezone.now()
    local = timezone.localdate(at)
    return MemberDayOccurrence.objects.create(member_day=day, on=local, until=local, enrolled_at=at - timedelta(days=1))


def take_part(occurrence: MemberDayOccurrence, treated: list[Member], control: list[Member]) -> None:
    """Both arms of a date."""
    rows = [(one, False) for one in treated] + [(one, True) for one in control]
    Participant.objects.bulk_create(
        Participant(occurrence=occurrence, member=one, held_out=held)
        for one, held in sorted(rows, key=lambda r: r[0].pk)
    )


def travel(journey: Journey, members: list[Member], arm: Arm, *, at: datetime, entry: str = "") -> list[Trip]:
    """Members who entered a journey at a time and are through."""
    return Trip.objects.bulk_create(
        Trip(
            journey=journey,
            version=journey.version,
            member=one,
            entry=entry or f"fact:{number()}",
            arm=arm,
            entered_at=at,
        )
        for one in members
    )


def buy(members: list[Member], amount: str = "60.00", *, at: datetime | None = None, returned: str = "0") -> None:
    """One order each, without news of it."""
    store, rate = make_store(), plain_rate()
    Order.objects.bulk_create(
        Order(
            channel="pos",
            order_no=f"L{number()}",
            fingerprint=b"",
            member=one,
            store=store,
            paid_at=at or timezone.now(),
            list_amount=Decimal(amount),
            net_amount=Decimal(amount),
            returned_amount=Decimal(returned),
            rate=rate,
            named=one.pk,
        )
        for one in members
    )
