"""Members as a list shows them: who, when last against their own rhythm, twelve months, tags."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone

from coupons.presendmany import channels_of_many
from members.memberfilters import BEYOND_TIMES
from members.models import Member, MemberTag, TagGroup
from members.search import monthly_spend
from members.tags import tags_on
from stores.models import Staff
from stores.places import business_day
from workbench.presenters.links import address

SYSTEM_SHOWN, MANUAL_SHOWN = 1, 2


@dataclass(frozen=True)
class Figures:
    """What the orders say. ``is_over``: away for more than twice the usual gap."""

    orders: int = 0
    spend_365d: Decimal = Decimal(0)
    average_basket: Decimal | None = None
    last_order_at: datetime | None = None
    days_since: int | None = None
    usual_gap_days: int | None = None
    is_over: bool = False


@dataclass(frozen=True)
class MemberRow:
    """One member of a list."""

    member: Member
    facts: Figures
    monthly: list[Decimal]
    system_tags: list[str]
    manual_tags: list[str]
    is_open: bool = False
    is_mute: bool = False

    @cached_property
    def url(self) -> str:
        """The member's page."""
        return address("member", self.member.pk)

    def __str__(self) -> str:
        """The member's name."""
        return str(self.member)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the member's own."""
        return getattr(self.member, name)


def rows(members: Sequence[Member], viewer: Staff, *, with_channels: bool = False) -> list[MemberRow]:
    """The members of one page with figures, months and tags: two queries however many, and one more to know who
    agreed to no channel."""
    ids = [member.pk for member in members]
    monthly, tags = monthly_spend(ids), tags_on(ids, viewer)
    today = business_day(viewer.store, timezone.now())
    reachable = channels_of_many(ids) if with_channels else dict.fromkeys(ids, "")
    return [
        MemberRow(
            member,
            figures(member, today),
            monthly[member.pk],
            *_split(tags.get(member.pk, [])),
            is_mute=member.pk not in reachable,
        )
        for member in members
    ]


def figures(member: Member, today: date) -> Figures:
    """The facts of a member, against their own rhythm."""
    facts = getattr(member, "facts", None)
    if facts is None or facts.last_order_at is None:
        return Figures()
    days = (today - business_day(member.home_store, facts.last_order_at)).days
    gap = facts.usual_gap_days
    return Figures(
        facts.orders,
        facts.spend_365d,
        facts.average_basket,
        facts.last_order_at,
        days,
        gap,
        bool(gap) and days > BEYOND_TIMES * gap,
    )


def _split(tags: Sequence[MemberTag]) -> tuple[list[str], list[str]]:
    system = [one.tag.name for one in tags if one.tag.group.kind == TagGroup.Kind.SYSTEM]
    manual = [one.tag.name for one in tags if one.tag.group.kind != TagGroup.Kind.SYSTEM]
    return system[:SYSTEM_SHOWN], manual[:MANUAL_SHOWN]
