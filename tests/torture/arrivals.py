"""Lets things arrive: sales and returns through both doors, what people enter by hand as rows of the ledgers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from members.membercodes import new_code
from members.models import (
    EntryKind,
    GrowthEntry,
    Identity,
    IdentityKind,
    Member,
    MemberFacts,
    PointsEntry,
    Tier,
    TierGrant,
)
from members.oneid.identityseals import identity_row, sealed_identity
from members.orders.drafts import Draft
from members.orders.intake import discard_stage, merge_stage, record_many
from members.orders.settlement import settle
from members.orders.staging import rows_of, stage_rows
from members.refresh import refresh
from members.windows import windows
from stores.models import Store
from tests.makers import number
from tests.members.oracle.days import CHAIN, day_of, expiry
from tests.members.oracle.records import Correction, Event, Grant, Programme, Return, Sale, Spend
from tests.torture.lives import Life
from tests.torture.world import lowest_tier

LONG_AGO = timedelta(days=1200)


class Refused(AssertionError):
    """A till was told that something of a good history is bad."""


def join(lives: Sequence[Life], programme: Programme) -> None:
    """Make the members of these lives, and their cards; newcomers are left to their first receipts."""
    stores, tier = dict(Store.objects.values_list("code", "pk")), lowest_tier()
    joined_at = programme.as_of - LONG_AGO
    wanted = [(life, nth, home) for life in lives if not life.newcomers for nth, home in enumerate(life.history.homes)]
    made = Member.objects.bulk_create(
        Member(
            code=new_code(), tier=tier, tier_since=joined_at, joined_at=joined_at, home_store_id=stores.get(home or "")
        )
        for _life, _nth, home in wanted
    )
    for (life, nth, _home), member in zip(wanted, made, strict=True):
        life.members[nth] = member.pk
    Identity.objects.bulk_create(
        identity_row(member, IdentityKind.CARD_NO, life.card(nth))
        for (life, nth, _home), member in zip(wanted, made, strict=True)
    )


def arrive(lives: Sequence[Life], step: int, programme: Programme, at: datetime, *, chunk: int) -> None:
    """Everything that arrives in these lives at a step, settled for the moment ``at``."""
    by_hand = [
        (life, event) for life in lives for event in life.arrivals.get(step, ()) if not isinstance(event, Sale | Return)
    ]
    enter(by_hand, programme, at)
    for door, send in (("many", send_many), ("stage", send_staged)):
        drafts = [
            life.draft(event)
            for life in lives
            if life.door == door
            for event in life.arrivals.get(step, ())
            if isinstance(event, Sale | Return)
        ]
        send(drafts, at, chunk)
    meet(lives)


def meet(lives: Sequence[Life]) -> None:
    """See who has become a member by now."""
    cards = {
        sealed_identity(IdentityKind.CARD_NO, life.card(nth)).digest: (life, nth)
        for life in lives
        if life.newcomers
        for nth, _home in enumerate(life.history.homes)
        if nth not in life.members
    }
    known = Identity.objects.filter(kind=IdentityKind.CARD_NO, digest__in=cards)
    for digest, member in known.values_list("digest", "member"):
        life, nth = cards[bytes(digest)]
        life.members[nth] = member


def keys_of(lives: Sequence[Life]) -> list[int]:
    """The keys of everybody who is a member."""
    return [pk for life in lives for pk in life.members.values()]


def night(lives: Sequence[Life], at: datetime) -> None:
    """The nightly refresh before a moment: only members for whom something was foretold to change are looked at."""
    ids = keys_of(lives)
    due = MemberFacts.objects.filter(member__in=ids, next_change_on__lte=day_of(at))
    refresh(list(due.values_list("member", flat=True)), windows(at))


def settle_all(lives: Sequence[Life], at: datetime) -> None:
    """What concerns everybody changed by this moment: all are settled for it, as the house's own jobs do."""
    settle(keys_of(lives), at=at)


def send_many(drafts: Sequence[Draft], at: datetime, chunk: int) -> list[str]:
    """Through the door of tills, ``chunk`` together; returns what became of each. Raises Refused."""
    told = []
    for start in range(0, len(drafts), chunk):
        outcomes = record_many(drafts[start : start + chunk], at=at)
        if refused := [outcome for outcome in outcomes if outcome.status == "refused"]:
            raise Refused(str(refused[:3]))
        told += [outcome.status for outcome in outcomes]
    return told


def send_staged(drafts: Sequence[Draft], at: datetime, chunk: int) -> None:
    """Through the door of imports: staged, then merged ``chunk`` orders at a time. Raises Refused.

    A stage knows a number once; what comes twice comes in a second stage.
    """
    left = list(drafts)
    while left:
        once = {(draft.channel, draft.number, draft.kind): draft for draft in reversed(left)}
        taken = set(map(id, once.values()))
        left = [draft for draft in left if id(draft) not in taken]
        stage = -number()
        stage_rows([row for draft in once.values() for row in rows_of(draft, stage)])
        result = merge_stage(stage, limit=chunk, at=at)
        rejected = dict(result.rejected)
        while not result.finished:
            result = merge_stage(stage, after=result.last_key, limit=chunk, at=at)
            rejected |= result.rejected
        discard_stage(stage)
        if rejected:
            raise Refused(str(rejected))


def enter(entries: Sequence[tuple[Life, Event]], programme: Programme, at: datetime) -> None:
    """What people entered by hand, whenever it becomes known; then the members are settled."""
    tiers = dict(Tier.objects.values_list("code", "pk"))
    corrections = [(life, event) for life, event in entries if isinstance(event, Correction)]
    TierGrant.objects.bulk_create(_grant(life, event, tiers) for life, event in entries if isinstance(event, Grant))
    GrowthEntry.objects.bulk_create(
        GrowthEntry(kind=EntryKind.ADJUSTMENT, delta=event.delta, **_of(life, event))
        for life, event in corrections
        if event.ledger == "growth"
    )
    PointsEntry.objects.bulk_create(
        _points(life, event, programme) for life, event in corrections if event.ledger == "points"
    )
    _spend([(life, event) for life, event in entries if isinstance(event, Spend)])
    if entries:
        settle({life.members[event.member] for life, event in entries}, at=at)


def _points(life: Life, event: Correction, programme: Programme) -> PointsEntry:
    zone = programme.zones.get(life.history.homes[event.member] or "", CHAIN)
    until = expiry(event.at, zone, programme.points_months) if event.delta > 0 else None
    return PointsEntry(kind=EntryKind.ADJUSTMENT, delta=event.delta, expires_at=until, **_of(life, event))


def _spend(spends: Sequence[tuple[Life, Spend]]) -> None:
    """Spends, and what of each was given back; that names the spend as its lot."""
    taken = PointsEntry.objects.bulk_create(
        PointsEntry(kind=EntryKind.SPENT, delta=-event.amount, reference=life.mine(event.reference), **_of(life, event))
        for life, event in spends
    )
    PointsEntry.objects.bulk_create(
        PointsEntry(
            kind=EntryKind.GIVEN_BACK,
            delta=event.back,
            reference=f"{entry.reference}:back",
            lot=entry,
            **_of(life, event),
        )
        for (life, event), entry in zip(spends, taken, strict=True)
        if event.back
    )


def _of(life: Life, event: Correction | Spend) -> dict[str, object]:
    return {"member_id": life.members[event.member], "at": event.at}


def _grant(life: Life, event: Grant, tiers: dict[str, int]) -> TierGrant:
    return TierGrant(
        member_id=life.members[event.member],
        tier_id=tiers[event.tier],
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        revoked_on=event.revoked_on,
        reason="torture",
    )
