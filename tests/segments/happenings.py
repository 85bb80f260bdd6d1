"""What happens to members in the apps above, drawn by chance: coupons, offers, contacts, tasks, member days."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from campaigns.models import GuideTask, MemberDay, MemberDayOccurrence, Outcome, Participant, Reason, TaskState, Touch
from coupons.models import Coupon, CouponTemplate, Offer, OfferState
from members.models import Consent, Member, Stage, Tier, TierChange, TimelineFact
from stores.models import Store
from tests.makers import make_guide, make_template, number


def happen(chance: Random, members: list[Member], stores: list[Store], now: datetime) -> None:
    """Something of everything to most of them."""
    templates, guide = [make_template("五元券"), make_template("十元券")], make_guide(store=stores[0])
    coupons = [one for member in members for one in _coupons(chance, member, templates, now)]
    Coupon.objects.bulk_create(coupons)
    Offer.objects.bulk_create(
        Offer(
            member=one.member, guide=guide, store=stores[0], template=one.template, text="", channel="sms",
            coupon=one, state=chance.choice(OfferState.values), request_key=f"k{number()}",
            leaves_at=one.issued_at, sent_at=chance.choice((None, one.issued_at)),
        )
        for one in chance.sample(coupons, len(coupons) // 2)
    )  # fmt: skip
    for member in chance.sample(members, len(members) // 2):
        _contacts(chance, member, guide, stores[0], now)
    _member_days(chance, members, stores, now)
    for member in chance.sample(members, len(members) // 2):
        _moves(chance, member, now)


def _coupons(chance: Random, member: Member, templates: list[CouponTemplate], now: datetime) -> Iterator[Coupon]:
    """None to three, in every state; ends lie about the midnights to come."""
    for _nth in range(chance.choice((0, 0, 1, 2, 3))):
        template = chance.choice(templates)
        ends = now.replace(minute=0) + timedelta(days=chance.randrange(-3, 9), hours=chance.choice((0, 1, 12)))
        at = now - timedelta(days=chance.randrange(40), hours=chance.randrange(30))
        state = chance.choice(("issued", "issued", "used", "expired", "voided"))
        used = {"used_at": at, "discount": 5, "order_no": f"N{number()}"} if state == "used" else {}
        yield Coupon(
            code=f"C{number():016}", template=template, terms=template.terms, member=member, state=state,
            origin="offer", issued_at=at, valid_from=now - timedelta(days=90), valid_until=ends, **used,
        )  # fmt: skip


def _moves(chance: Random, member: Member, now: datetime) -> None:
    """From tier to tier and stage to stage, some of them there and back within a month."""
    tiers, stages = list(Tier.objects.order_by("pk")), Stage.values
    for _nth in range(chance.choice((1, 2, 2, 3))):
        at = now - timedelta(days=chance.randrange(70), hours=chance.randrange(30))
        before, after = chance.sample(tiers, 2) if len(tiers) > 1 else (tiers[0], tiers[0])
        TierChange.objects.create(
            member=member, before=before, after=after, why=chance.choice(("growth", "rules")), at=at
        )
        one, other = chance.sample(stages, 2)
        TimelineFact.objects.create(
            kind="member.stage_changed", member=member, at=at, data={"from": one, "to": other}, batch=number(), depth=1
        )


def _contacts(chance: Random, member: Member, guide: object, store: Store, now: datetime) -> None:
    at = now - timedelta(days=chance.randrange(-2, 40), hours=chance.randrange(30))
    Touch.objects.create(
        member=member, guide=guide, store=store, source="task", source_id=number(), at=at,
        channel=chance.choice(Consent.Channel.values), state=chance.choice(("accepted", "accepted", "rejected")),
    )  # fmt: skip
    state = chance.choice((TaskState.DONE, TaskState.DONE, TaskState.OPEN, TaskState.DISMISSED))
    GuideTask.objects.create(
        member=member, guide=guide, store=store, reason=chance.choice(Reason.values), occurrence=f"o{number()}",
        due_on=now, state=state, closed_at=None if state == TaskState.OPEN else at,
        outcome=chance.choice(Outcome.values) if state == TaskState.DONE else "",
    )  # fmt: skip


def _member_days(chance: Random, members: list[Member], stores: list[Store], now: datetime) -> None:
    """One in all stores but one, one in two stores, on dates of the last weeks, some of them the same."""
    days = [MemberDay.objects.create(name=name, recurrence="FREQ=DAILY", starts_on=now) for name in ("八号", "周三")]
    days[0].opted_out.add(stores[1])
    days[1].stores.add(*stores[:2])
    for day in days:
        for ago in chance.sample(range(300), 60):
            on = (now - timedelta(days=ago)).date()
            date = MemberDayOccurrence.objects.create(member_day=day, on=on, until=on)
            for member in chance.sample(members, 2):
                Participant.objects.create(occurrence=date, member=member, held_out=chance.random() < 0.3)
