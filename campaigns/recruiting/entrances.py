"""What an address of the sign-up page leads to: a channel code, or a member's invitation; and the stores to choose."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from campaigns.models import ChannelCode
from campaigns.recruiting import codes, referring
from members.models import Member
from stores.models import Staff, Store
from stores.places import Near, nearest, open_stores

AT_ONCE = 60  # stores that one list shows; where there are more, the city is asked for first


@dataclass(frozen=True)
class Entrance:
    """Where somebody came in: by a channel code, by a member's invitation, or by both."""

    text: str
    code: ChannelCode | None
    inviter: Member | None
    store: Store | None
    guide: Staff | None


@dataclass(frozen=True)
class Choice:
    """The stores to choose from: ``near`` ones, those of a ``city``, or all; or the ``cities`` to choose first."""

    near: list[Near]
    stores: QuerySet[Store]
    cities: list[str]


def entrance(text: str, invite: str = "") -> Entrance:
    """What the address stands for. Raises as ``codes.live`` and ``referring.inviter_of``."""
    spelled = codes.spelled(text)
    if spelled.startswith(codes.INVITES):
        inviter = referring.inviter_of(spelled)
        return Entrance(spelled, None, inviter, inviter.home_store, inviter.guide)
    code = codes.live(text)
    friend = referring.inviter_of(invite) if invite else None
    return Entrance(code.code, code, friend, code.store, None)


def choice(day: date, *, place: tuple[float, float] | None = None, city: str = "") -> Choice:
    """The stores that somebody may choose: the nearest when they said where they are, else by city."""
    every = open_stores(day)
    if place is not None:
        near = nearest(*place, day=day)
        if near:
            return Choice(near, every.filter(pk__in=[one.store.pk for one in near]), [])
    cities = list(every.order_by("city").values_list("city", flat=True).distinct())
    if city in cities:
        return Choice([], every.filter(city=city), cities)
    if every.count() <= AT_ONCE or len(cities) < 2:
        return Choice([], every, [])
    return Choice([], every.none(), cities)
