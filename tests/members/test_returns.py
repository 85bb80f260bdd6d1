"""Goods come back: with a receipt, without one, in parts, twice, and before their sale was heard of."""

from dataclasses import replace
from decimal import Decimal

import pytest

from members.audit import audit
from members.models import GrowthEntry, Order, PointsEntry, Return, TimelineFact
from members.orders.drafts import LineDraft, ReturnDraft
from members.orders.intake import record_many, record_order, record_return
from stores.errors import Conflict, Refusal
from tests.makers import days_ago, make_draft, make_member, make_order, make_return, make_store

pytestmark = pytest.mark.django_db


def returned(*orders: Order) -> list[Decimal]:
    """What has come back of each order by now."""
    return [Order.objects.get(pk=order.pk).returned_amount for order in orders]


def growth_of(order: Order) -> int:
    """What the growth ledger says an order is worth."""
    return sum(GrowthEntry.objects.filter(order=order).values_list("delta", flat=True))


@pytest.fixture
def mei():
    """Zhang Xiaomei, a member since a month."""
    return make_member("张晓梅")


def test_a_return_takes_back_spend_growth_and_points_but_keeps_the_ledger(mei):
    order = make_order("100.50", member=mei)
    back = make_return("30.25", sale=order)
    mei.refresh_from_db()
    assert (mei.growth, mei.points, mei.facts.spend) == (70, 70, Decimal("70.25"))
    assert [(entry.kind, entry.delta) for entry in GrowthEntry.objects.order_by("pk")] == [
        ("order", 100),
        ("return", -30),
    ]
    earned, taken = PointsEntry.objects.order_by("pk")
    assert (taken.at, taken.expires_at) == (earned.at, earned.expires_at) == (order.paid_at, earned.expires_at)
    fact = TimelineFact.objects.get(kind="order.returned")
    assert (fact.member, fact.subject, fact.data) == (mei, back.pk, {"amount": "30.25", "order": order.pk})


def test_a_return_in_parts_ends_at_zero_and_not_below(mei):
    order = make_order("99.99", member=mei)
    for part in ("33.33", "33.33", "33.33"):
        make_return(part, sale=order)
    mei.refresh_from_db()
    assert (growth_of(order), mei.growth, mei.points, mei.facts.spend) == (0, 0, 0, 0)
    assert mei.facts.orders == 1


def test_the_same_return_again_changes_nothing(mei):
    order = make_order("100.00", member=mei)
    draft = ReturnDraft("pos", "R-1", order.paid_at, order.store.code, sale_no=order.order_no, amount=Decimal("40.00"))
    assert record_return(draft).status == "created"
    assert record_return(draft).status == "unchanged"
    with pytest.raises(Conflict) as refused:
        record_return(replace(draft, amount=Decimal("41.00")))
    assert refused.value.code == "return_conflict"
    assert returned(order) == [Decimal("40.00")]


def test_more_than_was_paid_cannot_come_back(mei):
    order = make_order("100.00", member=mei)
    make_return("70.00", sale=order)
    with pytest.raises(Refusal) as refused:
        make_return("30.01", sale=order)
    assert refused.value.code == "refund_above_order"
    assert Return.objects.count() == 1
    assert returned(order) == [Decimal("70.00")]
    make_return("30.00", sale=order)


def test_two_returns_in_one_call_fit_into_the_order_together_or_one_is_refused(mei):
    order = make_order("100.00", member=mei)
    drafts = [
        ReturnDraft("pos", f"R-{nth}", order.paid_at, order.store.code, sale_no=order.order_no, amount=Decimal("60.00"))
        for nth in (1, 2)
    ]
    assert [outcome.code for outcome in record_many(drafts)] == ["", "refund_above_order"]
    assert returned(order) == [Decimal("60.00")]


def test_a_return_that_comes_before_its_sale_waits_for_it(mei):
    early = make_return("40.00", sale_no="S-1", identity=("phone", "13912345678"))
    assert early.order is None
    order = make_order("100.00", order_no="S-1", member=mei)
    early.refresh_from_db()
    mei.refresh_from_db()
    assert (early.order, early.member) == (order, mei)
    assert (returned(order), mei.growth, mei.facts.spend) == ([Decimal("40.00")], 60, Decimal("60.00"))


def test_a_receipt_without_a_member_is_kept_right_too():
    order = make_order("100.00")
    make_return("25.00", sale=order)
    assert returned(order) == [Decimal("25.00")]
    make_return("10.00", sale_no="S-9")
    late = make_order("100.00", order_no="S-9")
    assert returned(late) == [Decimal("10.00")]
    assert not GrowthEntry.objects.exists()


def test_without_a_receipt_the_oldest_sales_come_back_first(mei):
    first = make_order("100.00", member=mei, paid_at=days_ago(30))
    second = make_order("50.00", member=mei, paid_at=days_ago(20))
    later = make_order("80.00", member=mei, paid_at=days_ago(5))
    make_return("120.00", member=mei, returned_at=days_ago(10))
    assert returned(first, second, later) == [Decimal("100.00"), Decimal("20.00"), 0]


def test_what_exceeds_the_sales_before_it_is_ignored(mei):
    first = make_order("100.00", member=mei, paid_at=days_ago(30))
    make_return("500.00", member=mei, returned_at=days_ago(20))
    second = make_order("70.00", member=mei, paid_at=days_ago(10))
    make_return("30.00", member=mei, returned_at=days_ago(5))
    assert returned(first, second) == [Decimal("100.00"), Decimal("30.00")]
    mei.refresh_from_db()
    assert (mei.growth, mei.facts.spend) == (40, Decimal("40.00"))


def test_a_sale_that_comes_late_takes_its_place_in_the_row(mei):
    newer = make_order("100.00", member=mei, paid_at=days_ago(20))
    make_return("60.00", member=mei, returned_at=days_ago(10))
    assert (returned(newer), growth_of(newer)) == ([Decimal("60.00")], 40)
    older = make_order("50.00", member=mei, paid_at=days_ago(40))
    assert returned(older, newer) == [Decimal("50.00"), Decimal("10.00")]
    assert (growth_of(older), growth_of(newer)) == (0, 90)


def test_receipts_come_first_and_the_rest_is_left_for_returns_without_one(mei):
    first = make_order("100.00", member=mei, paid_at=days_ago(30))
    second = make_order("100.00", member=mei, paid_at=days_ago(20))
    make_return("90.00", member=mei, returned_at=days_ago(15))
    make_return("80.00", sale=first, returned_at=days_ago(5))
    assert returned(first, second) == [Decimal("100.00"), Decimal("70.00")]


def test_a_return_knows_what_came_back(mei):
    order = make_order("100.00", member=mei)
    lines = [LineDraft("F001", Decimal("0.500"), Decimal("50.00"), name="阳光玫瑰")]
    back = make_return("25.00", sale=order, lines=lines)
    assert [(line.product.sku, line.quantity, line.amount) for line in back.lines.all()] == [
        ("F001", Decimal("0.500"), Decimal("25.00"))
    ]


def test_somebody_with_only_returns_has_nothing_to_lose():
    back = make_return("50.00", identity=("card_no", "A-77"), store=make_store())
    member = back.member
    assert (member.growth, member.points, member.stage, member.facts.spend) == (0, 0, "introduction", 0)


def test_a_revision_below_what_came_back_ends_at_zero(mei):
    draft = make_draft("100.00", member=mei)
    order = Order.objects.get(pk=record_order(draft).order_id)
    make_return("80.00", sale=order)
    record_order(replace(draft, revision=1, lines=[LineDraft("F001", Decimal(1), Decimal("50.00"))]))
    mei.refresh_from_db()
    assert (returned(order), growth_of(order), mei.growth) == ([Decimal("50.00")], 0, 0)


def test_the_audit_agrees_after_all_kinds_of_returns_and_notices_a_wrong_amount(mei):
    first = make_order("100.00", member=mei, paid_at=days_ago(30))
    make_order("55.55", member=mei, paid_at=days_ago(20))
    make_return("10.00", sale=first)
    make_return("500.00", member=mei, returned_at=days_ago(25))
    make_return("5.00", member=mei, returned_at=days_ago(1))
    make_return("7.00", sale=make_order("70.00"))
    assert audit() == []
    Order.objects.filter(pk=first.pk).update(returned_amount=Decimal("99.00"))
    found = {difference.name for difference in audit()}
    assert {"returned_without_receipt", "oldest_sale_first", "order_earned_its_growth"} <= found
