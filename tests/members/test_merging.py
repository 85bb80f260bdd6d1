"""Merging a stage: chunk by chunk, whole orders only, newcomers once, refused lines marked, killed and done again."""

import threading
from datetime import datetime
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction

from members.audit import audit
from members.models import Identity, Member, Order, OrderLine, Return, StagedLine, TimelineFact
from members.oneid.identityseals import value_of
from members.orders import buyers
from members.orders.intake import discard_stage, merge_stage, record_many, record_order
from members.orders.staging import NOBODY, stage_rows, staged_identity
from stores.errors import Refusal
from tests.concurrency.crowd import wait_until_somebody_waits_for_a_lock
from tests.makers import days_ago, make_draft, make_member, make_order, make_store, make_tiers
from tests.members.test_two_at_once import at_once

STAGE = 4711


def staged(
    number: str, *, amount: str = "10.00", kind: str = "sale", line: int = 1, at: datetime | None = None, **fields
):
    """One staged line of a sale by the holder of card C-1, unless said otherwise."""
    known = {
        "channel": "web",
        "sale_no": "",
        "revision": 0,
        "store": "H1",
        "guide": "",
        "identity": ("card_no", "C-1"),
        "total": None,
        "coupons": "",
        "share_code": "",
        "sku": "F001",
        **fields,
    }
    price = Decimal(amount)
    buyer = staged_identity(*known["identity"]) if known["identity"] else NOBODY
    return (
        STAGE, line, known["channel"], number, kind, known["sale_no"], known["revision"], at or days_ago(3),
        known["store"], known["guide"], *buyer, None, known["total"], known["coupons"], known["share_code"],
        known["sku"], "阳光玫瑰", "葡萄", Decimal(1), price, price,
    )  # fmt: skip


@pytest.fixture
def store(db):
    """The store H1."""
    make_tiers()
    return make_store(code="H1")


def merge_all(**fields):
    """Every chunk of the stage; the results in turn."""
    results = [merge_stage(STAGE, **fields)]
    while not results[-1].finished:
        results.append(merge_stage(STAGE, after=results[-1].last_key, **fields))
    return results


def test_a_stage_is_merged_in_chunks_of_whole_orders(store):
    at = days_ago(3)
    stage_rows([staged(f"A{nth}", line=nth * 10 + part, at=at) for nth in range(7) for part in range(3)])
    results = merge_all(limit=3)
    assert [result.orders_new for result in results] == [3, 3, 1]
    assert sum(result.members_new for result in results) == 1
    assert Order.objects.count() == 7
    assert OrderLine.objects.count() == 21
    assert set(Order.objects.values_list("net_amount", flat=True)) == {Decimal("30.00")}
    assert [row.line_no for row in Order.objects.first().lines.all()] == [1, 2, 3]
    assert audit() == []


def test_the_same_stage_again_changes_nothing(store):
    at = days_ago(3)
    stage_rows([staged("A1", at=at), staged("R1", kind="return", sale_no="A1", amount="4.00", at=at)])
    merge_all()
    facts = TimelineFact.objects.count()
    (again,) = merge_all()
    assert (again.orders_new, again.orders_same, again.returns_new, again.returns_same) == (0, 1, 0, 1)
    assert TimelineFact.objects.count() == facts
    assert discard_stage(STAGE) == 2


def test_the_buyer_is_at_home_where_they_bought_first(store):
    second = make_store(code="H2")
    stage_rows([staged("A1", at=days_ago(3)), staged("A2", store="H2", at=days_ago(9))])
    merge_all()
    member = Member.objects.get()
    assert (member.home_store, member.joined_at) == (second, Order.objects.get(order_no="A2").paid_at)


def test_a_return_in_the_same_chunk_finds_its_sale(store):
    stage_rows([staged("A1"), staged("R1", kind="return", sale_no="A1", amount="4.00", identity=None)])
    merge_all()
    back = Return.objects.get()
    assert (back.order.order_no, back.member) == ("A1", Member.objects.get())
    assert Member.objects.get().growth == 6


def test_refused_orders_mark_their_lines_and_leave_nothing_behind(store):
    at = days_ago(3)
    stage_rows(
        [
            staged("A1", at=at),
            staged("B1", at=at, store="H1", identity=("card_no", "C-9")),
            staged("B1", at=at, store="H2", identity=("card_no", "C-9"), line=2),
            staged("B2", at=at, sku=" ", identity=("card_no", "C-8")),
            staged("B3", at=at, store="H7", identity=("card_no", "C-7")),
        ]
    )
    StagedLine.objects.filter(order_no="B3").update(rejected="file_number")
    (result,) = merge_all(detail=True)
    assert result.rejected == {
        ("web", "B1", "sale"): "mixed_header",
        ("web", "B2", "sale"): "bad_sku",
        ("web", "B3", "sale"): "file_number",
    }
    assert result.per_order == {("web", "A1", "sale"): "created", **result.rejected}
    marked = StagedLine.objects.order_by("order_no", "line").values_list("order_no", "rejected")
    assert list(marked) == [
        ("A1", ""),
        ("B1", "mixed_header"),
        ("B1", "mixed_header"),
        ("B2", "bad_sku"),
        ("B3", "file_number"),
    ]
    assert [value_of(row) for row in Identity.objects.all()] == ["C-1"]


def test_a_sale_and_a_return_may_have_the_same_number(store):
    stage_rows([staged("N1"), staged("N1", kind="return", sale_no="N1", amount="10.00")])
    assert [result.finished for result in merge_all(limit=1)] == [False, False, True]
    assert Order.objects.get().returned_amount == Decimal("10.00")


def test_an_empty_stage_is_finished_at_once(store):
    (result,) = merge_all()
    assert (result.orders_new, result.finished) == (0, True)


def test_without_any_tier_nobody_can_become_a_member(store):
    Member.objects.all().delete()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM members_benefit")
        cursor.execute("DELETE FROM members_tier")
    stage_rows([staged("A1")])
    with pytest.raises(Refusal) as refused:
        merge_stage(STAGE)
    assert refused.value.code == "no_tier"


@pytest.mark.django_db(transaction=True)
def test_one_receipt_sent_by_eight_tills_at_once_is_one_order():
    make_tiers()
    make_store(code="H1")
    draft = make_draft("25.00", store_code="H1", identity=("phone", "13912345678"))
    results = at_once(*[lambda: record_order(draft).status] * 8)
    assert sorted(results) == ["created"] + ["unchanged"] * 7
    member = Member.objects.get()
    assert (member.growth, member.facts.orders, Identity.objects.count()) == (25, 1, 1)
    assert audit() == []


@pytest.mark.django_db(transaction=True)
def test_an_anonymous_receipt_sent_by_eight_tills_at_once_is_one_order():
    make_store(code="H1")
    draft = make_draft("25.00", store_code="H1")
    assert sorted(at_once(*[lambda: record_order(draft).status] * 8)) == ["created"] + ["unchanged"] * 7
    assert OrderLine.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_orders_of_one_new_member_at_once_make_one_member_with_all_of_them():
    make_tiers()
    make_store(code="H1")
    drafts = [make_draft("25.00", store_code="H1", identity=("card_no", "C-1")) for _nth in range(8)]
    results = at_once(*[lambda draft=draft: record_order(draft).status for draft in drafts])
    assert results == ["created"] * 8
    member = Member.objects.get()
    assert (member.growth, member.points, member.facts.orders) == (200, 200, 8)
    assert audit() == []


@pytest.mark.django_db(transaction=True)
def test_orders_of_two_members_sent_in_both_orders_at_once_do_not_lock_each_other_up():
    mei, zihan = make_member("张晓梅"), make_member("李子涵")
    make_store(code="H1")
    works = []
    for _nth in range(4):
        pair = [make_draft("5.00", store_code="H1", member=member) for member in (mei, zihan)]
        works += [partial(record_many, pair), partial(record_many, pair[::-1])]
    results = at_once(*works)
    assert sorted(outcome.status for both in results for outcome in both) == ["created"] * 8 + ["unchanged"] * 8
    assert make_order("1.00", member=mei).member.growth == 21
    assert audit() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("locked", "lost"), [(True, set()), (False, {"growth_is_sum_of_ledger"})])
def test_control_without_the_lock_on_the_member_sums_get_lost(monkeypatch, locked, lost):
    """One order has written its sums and not committed when the next one adds up."""
    mei = make_member("张晓梅")
    make_store(code="H1")
    make_order("5.00", store_code="H1", member=mei)  # from here on nobody waits for a new product
    if not locked:
        monkeypatch.setattr(buyers, "lock_members", list)
    orders = [partial(record_order, make_draft("25.00", store_code="H1", member=mei)) for _nth in range(2)]
    written, met = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            orders[0]()
            written.set()
            met.wait(20)

    def second() -> None:
        written.wait(20)
        orders[1]()

    def referee() -> None:
        written.wait(20)
        wait_until_somebody_waits_for_a_lock()
        met.set()

    assert at_once(first, second, referee) == [None] * 3
    assert {difference.name for difference in audit()} & {"growth_is_sum_of_ledger"} == lost
