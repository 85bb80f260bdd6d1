"""Whatever order sales, returns, corrections and repeats arrive in, the member ends up the same.

Points expire in these stories, and an order earns by the tier that was held when it was paid.
"""

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from members.audit import audit
from members.defaults import ensure_defaults
from members.models import GrowthEntry, Member, MemberFacts, Order, PointsEntry
from members.orders.drafts import Draft, LineDraft, OrderDraft, ReturnDraft
from members.orders.intake import record_many
from stores.models import Store
from tests.makers import make_member, make_store, moment, number

NOW = moment("2026-03-01", "20:00")
FAST = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CENTS = st.integers(1, 200_000).map(lambda cents: Decimal(cents) / 100)
HOURS = st.integers(0, 500 * 24)


def grapes(amount: Decimal) -> list[LineDraft]:
    """One line that costs ``amount``."""
    return [LineDraft("F001", Decimal(1), amount, name="阳光玫瑰", category="葡萄")]


@st.composite
def histories(draw) -> list[Draft]:
    """Sales over 500 days with returns of parts of them, returns without a receipt, corrections and repeats."""
    events: list[Draft] = []
    for nth in range(draw(st.integers(1, 4))):
        paid_at = NOW - timedelta(hours=draw(HOURS))
        sale = OrderDraft("pos", f"S{nth}", paid_at, draw(st.sampled_from(["H1", "H2"])), grapes(draw(CENTS)))
        events.append(sale)
        least = sale.lines[0].unit_price
        if draw(st.booleans()):
            corrected = draw(CENTS)
            events.append(replace(sale, revision=1, lines=grapes(corrected)))
            least = min(least, corrected)
        for part in range(draw(st.integers(0, 2))):
            amount = (least * draw(st.integers(1, 50)) / 100).quantize(Decimal("0.01"))
            returned_at = paid_at + timedelta(hours=draw(st.integers(0, 200)))
            if returned_at <= NOW and amount:
                events.append(
                    ReturnDraft("pos", f"R{nth}.{part}", returned_at, sale.store_code, sale_no=f"S{nth}", amount=amount)
                )
    for nth in range(draw(st.integers(0, 2))):
        events.append(ReturnDraft("pos", f"L{nth}", NOW - timedelta(hours=draw(HOURS)), "H1", amount=draw(CENTS)))
    events += draw(st.lists(st.sampled_from(events), max_size=2))
    return events


def live_through(events: list[Draft], *, together: int) -> tuple:
    """A new member gets this history, ``together`` at a time; what they have at the end, free of ids."""
    member, prefix = make_member(joined_at=NOW), number()
    events = [_renumbered(event, prefix, member) for event in events]
    for start in range(0, len(events), together):
        outcomes = record_many(events[start : start + together], at=NOW)
        assert not [outcome for outcome in outcomes if outcome.status == "refused"]
    return _state(Member.objects.get(pk=member.pk), prefix)


def _renumbered(event: Draft, prefix: int, member: Member) -> Draft:
    if isinstance(event, OrderDraft):
        return replace(event, order_no=f"{prefix}-{event.order_no}", member_id=member.pk)
    sale_no = f"{prefix}-{event.sale_no}" if event.sale_no else ""
    return replace(event, return_no=f"{prefix}-{event.return_no}", sale_no=sale_no, member_id=member.pk)


def _state(member: Member, prefix: int) -> tuple:
    skip = len(f"{prefix}-")
    orders = Order.objects.filter(member=member).order_by("order_no")
    ledgers = [
        {
            (entry["order__order_no"][skip:], entry["at"]): entry["total"]
            for entry in ledger.objects.filter(member=member)
            .values("order__order_no", "at")
            .annotate(total=Sum("delta"))
            if entry["total"]
        }
        for ledger in (GrowthEntry, PointsEntry)
    ]
    facts = MemberFacts.objects.filter(member=member).values().get()
    del facts["member_id"], facts["computed_at"]
    return (
        [(order.order_no[skip:], order.net_amount, order.returned_amount) for order in orders],
        ledgers,
        facts,
        (member.growth, member.points, member.tier.code, member.stage),
    )


@pytest.mark.django_db
@FAST
@given(history=histories(), seed=st.integers(0, 2**32))
def test_a_shuffled_history_ends_like_the_one_told_in_order(history, seed):
    ensure_defaults()
    for code in {"H1", "H2"} - set(Store.objects.values_list("code", flat=True)):
        make_store(code=code)
    told = live_through(sorted(history, key=lambda event: event.moment), together=1)
    for nth in range(3):
        shuffled = history.copy()
        random.Random(seed + nth).shuffle(shuffled)
        assert live_through(shuffled, together=1 + 2 * nth) == told
    assert audit(at=NOW) == []
