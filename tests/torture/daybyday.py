"""A history lived as it happens, on its own days and through the verbs of tills and of people: what people ask for is
allowed or refused as the oracle says, and in the end everybody stands where it has them."""

from dataclasses import replace

import pytest
import time_machine
from django.db import transaction

from members.ledgers import growth, points
from members.models import Member, PointsEntry, Tier
from members.orders.intake import record_order, record_return
from members.orders.settlement import settle
from members.tiering import tiergrants
from stores.errors import Refusal
from tests.makers import make_admin
from tests.members.oracle.expectation import expect
from tests.members.oracle.records import Correction, Event, Grant, History, Programme, Sale, Spend
from tests.torture import arrivals, checks, world
from tests.torture.lives import Life
from tests.torture.programmes import TIERS
from tests.torture.spending import happened_at, spendable
from tests.torture.undoing import undone


class Days:
    """The members of a life and the people who look after them; ``life.history`` grows with what was allowed."""

    def __init__(self, programme: Programme, history: History) -> None:
        world.build(programme)
        self.programme = programme
        self.life = Life(replace(history, events=()), 1)
        self.by = make_admin()
        arrivals.join([self.life], programme)

    def member(self, event: Event) -> Member:
        """The member something happens to."""
        return Member.objects.get(pk=self.life.members[event.member])

    def happens(self, event: Event) -> None:
        """It happens now, after a night in which everybody whose windows moved was looked at."""
        settle(self.life.members.values())
        if isinstance(event, Correction):
            event = self.correct(event)
        elif isinstance(event, Spend):
            event = self.spend(event)
        elif isinstance(event, Grant):
            event = self.grant(event)
        else:
            record = record_order if isinstance(event, Sale) else record_return
            record(self.life.draft(event))
        if event:
            self.life.history = replace(self.life.history, events=(*self.life.history.events, event))

    def correct(self, event: Correction) -> Correction | None:
        """Growth or points by hand; more than is there cannot be taken."""
        standing = expect(self.programme, self.life.history, event.at)[event.member]
        verb, there = (growth, standing.growth) if event.ledger == "growth" else (points, standing.points)
        if there + event.delta < 0:
            with pytest.raises(Refusal) as refused, transaction.atomic():
                verb.adjust(self.member(event), event.delta, note="盘点更正", by=self.by)
            assert refused.value.code == f"{event.ledger}_short"
            return None
        verb.adjust(self.member(event), event.delta, note="盘点更正", by=self.by)
        return event

    def spend(self, event: Spend) -> Spend | None:
        """Points are spent as far as they can be, and not one more."""
        most = spendable(self.programme, self.life.history, event.member, event.at)
        reference = self.life.mine(event.reference)
        assert points.spendable(self.member(event)) == most
        with pytest.raises(Refusal) as refused, transaction.atomic():
            points.spend(self.member(event), most + 1, reference=reference, by=self.by)
        assert refused.value.code == "points_short"
        if not most:
            return None
        event = replace(event, amount=min(event.amount, most), back=0)
        entry = points.spend(self.member(event), event.amount, reference=reference, by=self.by)
        assert points.spend(self.member(event), event.amount, reference=reference, by=self.by) == entry
        return event

    def grant(self, event: Grant) -> Grant | None:
        """A tier by hand, begun now; the lowest tier is not for giving."""
        tier = Tier.objects.get(code=event.tier)
        ask = {"ends_on": event.ends_on, "reason": "重要客户", "by": self.by}
        if event.tier == TIERS[0]:
            with pytest.raises(Refusal) as refused, transaction.atomic():
                tiergrants.grant(self.member(event), tier, **ask)
            assert refused.value.code == "not_to_grant"
            return None
        row = tiergrants.grant(self.member(event), tier, **ask)
        if event.revoked_on == event.starts_on:
            tiergrants.revoke(row, by=self.by)
        return event

    def give_back(self, planned: History) -> None:
        """What was to be given back of spends comes back at last."""
        wanted = {event.reference: event.back for event in planned.events if isinstance(event, Spend)}
        events = []
        for event in self.life.history.events:
            if isinstance(event, Spend) and wanted[event.reference]:
                event = replace(event, back=min(event.amount, wanted[event.reference]))
                entry = PointsEntry.objects.get(kind="spent", reference=self.life.mine(event.reference))
                back = points.give_back(entry, amount=event.back, by=self.by)
                assert points.give_back(entry, amount=event.back, by=self.by) == back
            events.append(event)
        self.life.history = replace(self.life.history, events=tuple(events))

    def differences(self) -> list[str]:
        """Where members stand now, apart from where the oracle has them; and what the audit finds."""
        settle(self.life.members.values())
        found = [words for _life, words in checks.compare(self.programme, [self.life])]
        return [*found, *checks.unbalanced([self.life]), *checks.breaches(self.programme)]


def lived(programme: Programme, history: History) -> list[str]:
    """Live through it; what is wrong in the end. All of it is undone."""
    with undone():
        days = Days(programme, history)
        for event in sorted(told_once(history), key=lambda event: (happened_at(event), isinstance(event, Spend))):
            with time_machine.travel(happened_at(event), tick=False):
                days.happens(event)
        with time_machine.travel(programme.as_of, tick=False):
            days.give_back(history)
            found = days.differences()
    return found


def told_once(history: History) -> list[Event]:
    """What happens; a grant is taken back at once or not at all, and begins on a day that has come."""
    return [
        replace(event, revoked_on=event.starts_on if event.revoked_on else None) if isinstance(event, Grant) else event
        for event in history.events
    ]
