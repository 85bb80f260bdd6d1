"""A till reports a sale: what is recorded, what the same sale again does, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members.models import (
    Category,
    Identity,
    Member,
    MemberFacts,
    Order,
    OrderCoupon,
    OrderLine,
    Product,
    StagedLine,
    TimelineFact,
)
from members.orders.drafts import LineDraft
from members.orders.intake import record_many, record_order
from stores.errors import Conflict, NotFound, Refusal
from tests.makers import make_draft, make_guide, make_member, make_order, make_store

pytestmark = pytest.mark.django_db


def grapes(quantity: str = "2", price: str = "39.900", amount: str | None = None) -> LineDraft:
    """Shine Muscat by the box."""
    paid = Decimal(amount) if amount else None
    return LineDraft("F001", Decimal(quantity), Decimal(price), paid, name="阳光玫瑰", category="葡萄")


def everything() -> dict[str, list]:
    """All rows an order could have changed, to show that a refusal changed none."""
    tables = (Order, OrderLine, OrderCoupon, Member, Identity, MemberFacts, Product, Category, TimelineFact, StagedLine)
    return {table.__name__: list(table.objects.order_by("pk").values()) for table in tables}


def test_a_sale_is_recorded_with_its_lines_and_all_that_follows():
    shop, mei = make_store(), make_member("张晓梅")
    xiaoman = make_guide("林小满", store=shop)
    draft = make_draft(
        store=shop,
        member=mei,
        guide_no=xiaoman.employee_no,
        lines=[grapes(amount="70.00"), LineDraft("F002", Decimal("1.250"), Decimal("16.00"), name="阿克苏苹果")],
        coupon_codes=["abcd1234"],
    )
    outcome = record_order(draft)
    order = Order.objects.get(pk=outcome.order_id)
    assert (outcome.status, outcome.member_id) == ("created", mei.pk)
    assert (order.store, order.guide, order.member) == (shop, xiaoman, mei)
    assert (order.list_amount, order.net_amount, order.returned_amount) == (Decimal("99.80"), Decimal("90.00"), 0)
    assert [line.amount for line in order.lines.all()] == [Decimal("70.00"), Decimal("20.00")]
    assert [line.product.category and line.product.category.name for line in order.lines.all()] == ["葡萄", None]
    assert [used.code for used in order.coupons.all()] == ["ABCD1234"]
    mei.refresh_from_db()
    assert (mei.growth, mei.points, mei.stage) == (90, 90, "growing")
    assert mei.facts.spend == Decimal("90.00")
    fact = TimelineFact.objects.get(kind="order.recorded")
    assert (fact.member, fact.subject, fact.data, fact.at) == (mei, order.pk, {"amount": "90.00"}, order.paid_at)
    assert not StagedLine.objects.exists()


def test_the_same_sale_again_changes_nothing():
    mei = make_member()
    draft = make_draft("80.00", member=mei)
    record_order(draft)
    before = everything()
    again = record_order(draft)
    assert again.status == "unchanged"
    assert everything() == before


def test_the_same_lines_in_another_order_are_the_same_sale():
    draft = make_draft(lines=[grapes(), LineDraft("F002", Decimal(1), Decimal("16.00"))])
    record_order(draft)
    assert record_order(replace(draft, lines=list(reversed(draft.lines)))).status == "unchanged"


def test_other_content_under_the_same_number_is_refused_and_changes_nothing():
    draft = make_draft("80.00", member=make_member())
    record_order(draft)
    before = everything()
    with pytest.raises(Conflict) as refused:
        record_order(replace(draft, lines=[grapes("3")]))
    assert refused.value.code == "order_conflict"
    assert everything() == before


def test_a_higher_revision_replaces_lines_amounts_and_what_was_earned():
    mei = make_member()
    draft = make_draft(member=mei, lines=[grapes("3")], coupon_codes=["OLD1"])
    record_order(draft)
    changed = record_order(replace(draft, revision=1, lines=[grapes("1")], coupon_codes=["NEW1"]))
    order = Order.objects.get(pk=changed.order_id)
    mei.refresh_from_db()
    assert (changed.status, order.revision, order.net_amount) == ("updated", 1, Decimal("39.90"))
    assert [line.quantity for line in order.lines.all()] == [1]
    assert [used.code for used in order.coupons.all()] == ["NEW1"]
    assert (mei.growth, mei.points, mei.facts.spend) == (39, 39, Decimal("39.90"))
    assert TimelineFact.objects.filter(kind="order.revised", subject=order.pk).count() == 1


def test_a_lower_revision_that_comes_late_is_old_news():
    draft = make_draft(member=make_member(), lines=[grapes("1")], revision=2)
    record_order(draft)
    before = everything()
    assert record_order(replace(draft, revision=1, lines=[grapes("3")])).status == "unchanged"
    assert everything() == before


def test_the_same_content_under_a_higher_revision_shuts_out_the_revisions_between():
    draft = make_draft(member=make_member(), lines=[grapes("1")])
    record_order(draft)
    assert record_order(replace(draft, revision=3)).status == "unchanged"
    assert record_order(replace(draft, revision=2, lines=[grapes("3")])).status == "unchanged"
    assert Order.objects.get().net_amount == Decimal("39.90")


def test_an_order_never_changes_hands():
    mei, zihan = make_member("张晓梅"), make_member("李子涵")
    draft = make_draft(member=mei)
    record_order(draft)
    before = everything()
    for other in (replace(draft, member_id=zihan.pk), replace(draft, member_id=None), replace(draft, revision=9)):
        other = replace(other, member_id=None if other.member_id == mei.pk else other.member_id)
        with pytest.raises(Conflict) as refused:
            record_order(other)
        assert refused.value.code == "member_changed"
    assert everything() == before


def test_somebody_elses_order_makes_no_member_of_an_unknown_phone():
    draft = make_draft(member=make_member())
    record_order(draft)
    before = everything()
    with pytest.raises(Conflict):
        record_order(replace(draft, member_id=None, identity=("phone", "13912345678"), revision=5))
    assert everything() == before


def test_an_anonymous_sale_belongs_to_nobody_until_a_revision_names_the_buyer():
    mei = make_member()
    draft = make_draft("50.00")
    assert record_order(draft).member_id is None
    with pytest.raises(Conflict):
        record_order(replace(draft, member_id=mei.pk))
    assert record_order(replace(draft, member_id=mei.pk, revision=1)).member_id == mei.pk
    mei.refresh_from_db()
    assert (mei.growth, mei.facts.orders) == (50, 1)


def test_an_unknown_phone_becomes_a_member_at_home_in_the_store():
    shop = make_store()
    order = make_order("60.00", store=shop, identity=("phone", "+86 139-1234-5678"))
    member = order.member
    assert (member.home_store, member.guide, member.joined_at) == (shop, None, order.paid_at)
    assert (member.phone_masked, member.phone_last4, member.tier.code) == ("139****5678", "5678", "plain")
    assert [(row.store, row.guide) for row in member.assignments.all()] == [(shop, None)]
    assert TimelineFact.objects.get(kind="member.created").member == member
    assert make_order("10.00", identity=("phone", "13912345678")).member == member


REFUSED = {
    "bad_channel": {"channel": "POS 1"},
    "bad_order_no": {"order_no": " "},
    "unknown_store": {"store_code": "NOWHERE"},
    "future_date": {"paid_at": timezone.now() + timedelta(days=2)},
    "bad_quantity": {"lines": [grapes("0")]},
    "bad_amount": {"lines": [grapes(price="-1")]},
    "bad_sku": {"lines": [LineDraft("", Decimal(1), Decimal(1))]},
    "total_mismatch": {"total": Decimal("99.99")},
    "bad_coupon": {"coupon_codes": ["X" * 33]},
    "bad_identity": {"identity": ("phone", "0")},
    "unknown_member": {"member_id": 987_654_321},
    "no_lines": {"lines": []},
    "bad_line": {"lines": [LineDraft("F\0", Decimal(1), Decimal(1))]},
    "bad_revision": {"revision": -1},
}
ODD_NUMBERS = (
    ("bad_quantity", grapes("-2")),
    ("bad_quantity", grapes("1e400")),
    ("bad_quantity", grapes("NaN")),
    ("bad_quantity", grapes("0.0001")),
    ("bad_amount", grapes(amount="Infinity")),
    ("bad_amount", grapes(amount="1.005")),
    ("amount_too_large", grapes("9999999", "9999")),
)


@pytest.mark.parametrize("code", REFUSED)
def test_a_bad_order_is_refused_with_a_sentence_and_changes_nothing(code):
    draft = make_draft("100.00", identity=("phone", "13912345678"), lines=[grapes("1", "100.00")])
    if "member_id" in REFUSED[code]:
        draft = replace(draft, identity=None)
    before = everything()
    with pytest.raises(Refusal) as refused:
        record_order(replace(draft, **REFUSED[code]))
    assert refused.value.code == code
    assert len(str(refused.value)) > 5
    assert isinstance(refused.value, NotFound) == (code == "unknown_member")
    assert everything() == before


@pytest.mark.parametrize(("code", "line"), ODD_NUMBERS)
def test_no_odd_number_reaches_the_tables(code, line):
    with pytest.raises(Refusal) as refused:
        record_order(make_draft(lines=[line]))
    assert refused.value.code in (code, "bad_amount")
    assert not Order.objects.exists()


def test_bad_orders_do_not_stop_good_ones_and_each_gets_its_answer_in_turn():
    mei = make_member()
    good, bad, late = make_draft("10.00", member=mei), make_draft("20.00", channel="?"), make_draft("30.00", member=mei)
    outcomes = record_many([good, bad, good, late, replace(good, lines=[grapes()])])
    told = [(outcome.status, outcome.code) for outcome in outcomes]
    assert told == [
        ("created", ""),
        ("refused", "bad_channel"),
        ("unchanged", ""),
        ("created", ""),
        ("refused", "order_conflict"),
    ]
    assert outcomes[0].order_id == outcomes[2].order_id
    mei.refresh_from_db()
    assert (mei.growth, mei.facts.orders) == (40, 2)
