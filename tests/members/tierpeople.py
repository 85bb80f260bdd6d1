"""A varied population for trying out rules of tiers: buyers of all kinds, some today, corrections, grants, returns."""

import random
from datetime import timedelta

from django.utils import timezone

from members.models import EntryKind, GrowthEntry, Member, Tier, TierGrant, TierRules
from members.orders.intake import record_many
from members.orders.settlement import settle
from members.tiering.tierrules import save_draft
from members.windows import first_moment, windows
from tests.makers import make_draft, make_member, make_return, make_store, make_tiers

DAYS = (3, 20, 40, 100, 170, 200, 330, 364, 365, 366, 380, 394, 395, 396, 500, 700)
AMOUNTS = ("80.00", "300.00", "700.00", "999.99", "1000.00", "1500.00", "4000.00", "5200.00")


def populate(count: int = 60, *, seed: int = 7) -> list[int]:
    """So many members with a past, settled as of now; the same seed gives the same people."""
    dice = random.Random(seed)
    stores = [make_store(kind="mall"), make_store(kind="street"), None]
    members = [make_member(f"顾客{nth}", home_store=dice.choice(stores), joined_at=timezone.now() - timedelta(days=900))
               for nth in range(count)]  # fmt: skip
    till = stores[0]
    record_many([draft for member in members for draft in _orders(dice, member, till)])
    tiers, today = make_tiers(), windows().today
    for member in members:
        luck = dice.random()
        if luck < 0.15:
            _correct(member, dice.choice([-600, -200, 500, 1200]), dice.choice([0, 0, 30, 364]))
        elif luck < 0.3:
            TierGrant.objects.create(
                member=member,
                tier=tiers[dice.choice(["silver", "gold"])],
                starts_on=today - timedelta(days=dice.choice([1, 50])),
                ends_on=today + timedelta(days=dice.choice([-1, 0, 10])),
                reason="试用",
            )
    for member in members[::7]:
        for order in list(member.orders.all())[:1]:
            make_return("10.00", sale=order)
    ids = [member.pk for member in members]
    settle(ids)
    return ids


def _orders(dice: random.Random, member: Member, till):
    midnight = first_moment(windows().today, 1)
    for _nth in range(dice.choice([0, 1, 1, 2, 3, 6])):
        paid_at = midnight - timedelta(days=dice.choice(DAYS)) + timedelta(hours=dice.choice([0, 11]))
        yield make_draft(dice.choice(AMOUNTS), store=till, member=member, paid_at=paid_at)
    if dice.random() < 0.3:
        yield make_draft(dice.choice(AMOUNTS), store=till, member=member, paid_at=midnight + timedelta(seconds=5))


def _correct(member: Member, delta: int, days: int) -> None:
    at = first_moment(windows().today - timedelta(days=days), 1) + timedelta(seconds=9)
    GrowthEntry.objects.create(member=member, kind=EntryKind.ADJUSTMENT, delta=delta, at=at, note="补录")


def draft(needs: dict[str, int] | None = None, **fields) -> TierRules:
    """A draft of rules: the house's, but for what is said; ``needs`` by code of tier."""
    wanted = {"plain": 0, "silver": 1000, "gold": 5000} | (needs or {})
    tiers = make_tiers()
    for code in set(wanted) - set(tiers):
        tiers[code] = Tier.objects.get_or_create(code=code, defaults={"name": code})[0]
    numbers = {"window_days": 365, "review_days": 365, "notice_days": 30, "grace_days": 30, "downgrades": "at_review"}
    return save_draft(None, needs={tiers[code].pk: need for code, need in wanted.items()}, by=None, **numbers | fields)


def tiers_of(ids: list[int]) -> dict[int, str]:
    """Which tier each of the members holds, by code."""
    return dict(Member.objects.filter(pk__in=ids).values_list("pk", "tier__code"))
