"""Members as a list shows them: who, when last against their own rhythm, twelve months, tags."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coupons.presendmany import channels_of_many
from members.memberfilters import BEYOND_TIMES
from members.models import Member, TagGroup, Tier
from members.search import monthly_spend
from members.tags import names_on
from stores.models import Staff
from stores.places import business_day
from workbench.presenters.links import address
from workbench.templatetags.formats import day, yuan

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

    @cached_property
    def tier(self) -> Tier:
        """The member's tier."""
        return self.member.tier

    @cached_property
    def stage(self) -> str:
        """Where the member stands, as it is stored."""
        return self.member.stage

    @cached_property
    def stage_words(self) -> str:
        """The same in words."""
        return self.member.get_stage_display()

    @cached_property
    def bought(self) -> str:
        """When last, for how much in a year, how often."""
        facts = self.facts
        if facts.last_order_at is None:
            return _("No order yet")
        words = ngettext(
            "Last %(day)s · %(spend)s a year · %(count)s order",
            "Last %(day)s · %(spend)s a year · %(count)s orders",
            facts.orders,
        )
        return words % {"day": day(facts.last_order_at), "spend": yuan(facts.spend_365d), "count": facts.orders}

    @cached_property
    def silence(self) -> SafeString | str:
        """The days since the last order; empty without one."""
        if self.facts.days_since is None:
            return ""
        words = ngettext("<b>%(days)s</b> day", "<b>%(days)s</b> days", self.facts.days_since)
        return format_html(words.replace("%(days)s", "{}"), self.facts.days_since)

    @cached_property
    def usual(self) -> str:
        """The member's own gap between orders."""
        gap = self.facts.usual_gap_days
        return _("usually %(days)s") % {"days": gap} if gap else _("1 order only")

    @cached_property
    def is_over(self) -> bool:
        """Away for more than twice the usual gap."""
        return self.facts.is_over

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
    monthly, tags = monthly_spend(ids), names_on(ids, viewer)
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


def _split(tags: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    system = [name for name, kind in tags if kind == TagGroup.Kind.SYSTEM]
    manual = [name for name, kind in tags if kind != TagGroup.Kind.SYSTEM]
    return system[:SYSTEM_SHOWN], manual[:MANUAL_SHOWN]
