"""Orders and returns that cannot be: each is refused with a sentence, by the verb as by a file, and changes nothing."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members.audit import audit
from members.imports.rejects import sentence
from members.models import Member, Order, RejectedRow
from members.orders.drafts import LineDraft, OrderDraft, ReturnDraft
from members.orders.intake import record_many, record_order, record_return
from stores.errors import Refusal
from tests.makers import make_member, make_store, make_tiers, moment
from tests.members.order_files import imported, line, picture, text_of

pytestmark = pytest.mark.django_db
PAID = moment("2026-03-08", "06:05")


@pytest.fixture
def known(settings, tmp_path) -> Order:
    """Zhang Xiaomei's order A1 over 31.60, of which 10.00 came back."""
    settings.MEDIA_ROOT = tmp_path / "media"
    make_tiers()
    make_store("滨河路店", code="S1")
    imported(
        text_of(
            line("A1"),
            line("R1", kind="return", sku="MELON", quantity="1", unit_price="10.00"),
        )
    )
    return Order.objects.get(order_no="A1")


def sale(order_no: str = "N1", price: str = "5.00", **fields) -> OrderDraft:
    """A new sale of one melon in store S1, of nobody."""
    lines = [LineDraft("MELON", Decimal(1), Decimal(price), fields.pop("amount", None))]
    return OrderDraft("pos", order_no, fields.pop("paid_at", PAID), "S1", lines, **fields)


def back(amount: str, **fields) -> ReturnDraft:
    """Money that comes back for A1."""
    return ReturnDraft("pos", "R9", PAID, "S1", sale_no="A1", amount=Decimal(amount), **fields)


TOMORROW = timezone.now() + timedelta(days=2)
BAD = {
    "unknown member": ("unknown_member", lambda order: sale(member_id=987_654_321)),
    "negative price": ("bad_amount", lambda order: sale(price="-5.00")),
    "negative amount": ("bad_amount", lambda order: sale(amount=Decimal("-0.01"))),
    "negative refund": ("bad_amount", lambda order: back("-5.00")),
    "fraction of a cent": ("bad_amount", lambda order: sale(amount=Decimal("4.999"))),
    "refund by fractions": ("bad_amount", lambda order: back("4.999")),
    "price of four digits": ("bad_amount", lambda order: sale(price="4.9999")),
    "total that is not": ("total_mismatch", lambda order: sale(total=Decimal("5.01"))),
    "refund above order": ("refund_above_order", lambda order: back("31.61")),
    "future date": ("future_date", lambda order: sale(paid_at=TOMORROW)),
    "future refund": ("future_date", lambda order: replace(back("1.00"), returned_at=TOMORROW)),
    "another member": ("member_changed", lambda order: again(order, member_id=make_member("李子涵").pk)),
    "nobody any more": ("member_changed", lambda order: again(order, identity=None)),
    "another member by revision": (
        "member_changed",
        lambda order: again(order, member_id=make_member("李子涵").pk, revision=3),
    ),
}


def again(order: Order, **fields) -> OrderDraft:
    """The known order once more."""
    draft = OrderDraft(
        "pos", order.order_no, order.paid_at, "S1", [LineDraft("MELON", Decimal(2), Decimal("15.80"))]
    )  # fmt: skip
    return replace(draft, **fields)


@pytest.mark.parametrize("name", BAD)
def test_the_verb_refuses_and_nothing_is_changed(known, name):
    code, make = BAD[name]
    draft = make(known)
    before = picture()
    with pytest.raises(Refusal) as refused:
        (record_return if isinstance(draft, ReturnDraft) else record_order)(draft)
    assert refused.value.code == code
    assert str(refused.value).endswith("。")
    assert picture() == before


@pytest.mark.parametrize("name", BAD)
def test_among_others_it_alone_is_refused(known, name):
    code, make = BAD[name]
    draft = make(known)
    before = Member.objects.values_list("growth", "points").get(pk=known.member_id)
    good, bad = record_many([sale("N2"), draft])
    assert (good.status, bad.status, bad.code) == ("created", "refused", code)
    assert str(bad.sentence).endswith("。")
    assert Order.objects.filter(order_no__in=("N1", "N2")).count() == 1
    assert Member.objects.values_list("growth", "points").get(pk=known.member_id) == before
    assert audit() == []


IN_A_FILE = {
    "member of no kind": ("bad_identity", line("N1", member="mem_nobody")),
    "negative price": ("bad_price", line("N1", unit_price="-5.00")),
    "negative quantity": ("bad_quantity", line("N1", quantity="-1")),
    "price of four digits": ("bad_price", line("N1", unit_price="4.9999")),
    "future date": ("future_date", line("N1", paid_at="2126-03-08T14:05:00")),
    "refund above order": (
        "refund_above_order",
        line("R9", kind="return", quantity="1", unit_price="31.61") + ",A1",
    ),
    "another member": ("member_changed", line("A1", member="phone:13912345678")),
    "nobody any more": ("member_changed", line("A1", member="")),
}


@pytest.mark.parametrize("name", IN_A_FILE)
def test_a_file_is_told_line_and_reason_and_nothing_is_changed(known, name):
    code, row = IN_A_FILE[name]
    row = row if row.endswith(",A1") else row + ","
    before = picture()
    _import, done = imported(text_of(row, more_columns=",sale_no"))
    assert (done.rejected, done.orders_new, done.returns_new) == (1, 0, 0)
    rejected = RejectedRow.objects.get()
    assert (rejected.line, rejected.code) == (2, code)
    assert sentence(code).endswith("。")
    assert picture() == before
