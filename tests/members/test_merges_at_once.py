"""Merges, un-merges, orders and sign-ups of the same people in the same moment come out as if one had been first."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.db import OperationalError, transaction

from coupons.models import Coupon
from members.audit import audit
from members.models import Member, MemberMerge, MemberState, Order
from members.oneid import lineage, merging
from members.oneid.identities import attach, resolve
from members.orders import buyers
from members.orders.intake import record_order
from stores.errors import Refusal
from tests.makers import make_admin, make_coupon, make_draft, make_member, make_order, make_store, make_tiers
from tests.members.merges import deliver_all
from tests.members.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def merge(kept: Member, absorbed: Member) -> MemberMerge:
    return merging.merge(kept, absorbed, why="hand", by=None)


def codes(results: list[object]) -> set[str]:
    """What was refused; anything else that went wrong is raised."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, Refusal):
            raise result
    return {result.code for result in results if isinstance(result, Refusal)}


def test_the_same_pair_at_eight_desks_is_merged_once():
    meimei, app = make_member("张晓梅"), make_member("张小梅")
    turns = [(meimei, app), (app, meimei)] * 4
    results = at_once(*[partial(merge, *turn) for turn in turns])
    assert codes(results) == {"member_merged"}
    assert MemberMerge.objects.count() == 1
    assert Member.objects.filter(state=MemberState.MERGED).count() == 1


def test_pairs_that_cross_never_wait_for_each_other():
    store = make_store()
    for _round in range(5):
        ring = [make_member(f"会员{nth}") for nth in range(4)]
        for member in ring:
            make_order("10.00", member=member, store=store)
        crossing = [(ring[nth], ring[(nth + 1) % 4]) for nth in range(4)] + [(ring[2], ring[0]), (ring[3], ring[1])]
        assert codes(at_once(*[partial(merge, *pair) for pair in crossing])) <= {"member_merged"}
        assert len({lineage.living_id(member.pk) for member in ring}) < 4
    assert audit() == []


def test_locks_taken_in_any_other_order_would_wait_for_each_other():
    """The control: the same two rows, locked one by one in the order in which they are named."""
    one, other = make_member("张晓梅"), make_member("张小梅")
    both_hold = threading.Barrier(2)

    def lock(*members: Member) -> None:
        with transaction.atomic():
            for member in members:
                Member.objects.select_for_update(no_key=True).get(pk=member.pk)
                if member == members[0]:
                    both_hold.wait()

    results = at_once(partial(lock, one, other), partial(lock, other, one))
    assert [type(result) for result in results if result] == [OperationalError]


def test_undone_at_four_desks_it_is_undone_once():
    made = merge(make_member("张晓梅"), make_member("张小梅"))
    results = at_once(*[partial(merging.unmerge, made, by=None) for _desk in range(4)])
    assert codes(results) == {"merge_undone"}
    assert sum(isinstance(result, MemberMerge) for result in results) == 1


def test_a_chain_undone_at_both_ends_at_once_comes_apart():
    store = make_store()
    for _round in range(4):
        members = [make_member(f"会员{nth}") for nth in range(3)]
        for member in members:
            make_order("10.00", member=member, store=store)
        merges = [merge(members[1], members[0]), merge(members[2], members[1])]
        assert codes(at_once(*[partial(merging.unmerge, made, by=None) for made in merges])) == set()
        assert [Order.objects.filter(member=member).count() for member in members] == [1, 1, 1]
    assert audit() == []


def test_eight_tills_with_both_identities_join_the_pair_once():
    make_tiers()
    pairs = [("phone", "13812345678"), ("wechat_unionid", "u-1")]
    make_member("张晓梅", phone="13812345678")
    attach(make_member(""), *pairs[1])
    results = at_once(*[partial(resolve, pairs if n % 2 else pairs[::-1]) for n in range(8)])
    assert codes(results) == set()
    assert len({result.member for result in results}) == 1
    assert MemberMerge.objects.count() == 1


def while_merging(kept: Member, absorbed: Member, call: Callable[[], object]) -> object:
    """Run a call that begins while a merge holds both members and has not committed; what it returned or raised."""
    merged, waiting = threading.Event(), threading.Event()

    def slow_merge() -> None:
        with transaction.atomic():
            merge(kept, absorbed)
            merged.set()
            waiting.wait(10)
            time.sleep(0.4)  # long enough for the other one to reach the lock

    def other() -> object:
        merged.wait(10)
        waiting.set()
        return call()

    return at_once(slow_merge, other)[1]


def till_order(**named: object):
    return partial(record_order, make_draft("80.00", **named))


def test_an_order_that_waited_for_a_merge_is_recorded_for_the_kept_member():
    meimei, app = make_member("张晓梅"), make_member("", phone="13987654321")
    for draft in (till_order(identity=("phone", "13987654321")), till_order(member=app)):
        recorded = while_merging(meimei, app, draft)
        order = Order.objects.get(pk=recorded.order_id)
        assert (order.member, order.named) == (meimei, app.pk)
        assert audit() == []
        merging.unmerge(MemberMerge.objects.get(undone_at=None), by=None)
        order.refresh_from_db()
        assert order.member == app
    assert audit() == []


def test_without_looking_again_the_order_would_be_lost_on_the_absorbed_member(monkeypatch):
    """The control: the same race, believing what was read before the lock."""
    monkeypatch.setattr(buyers, "IN_LINEAGE", "SELECT 1 WHERE false AND %(ids)s IS NOT NULL")
    meimei, app = make_member("张晓梅"), make_member("", phone="13987654321")
    recorded = while_merging(meimei, app, till_order(identity=("phone", "13987654321")))
    assert Order.objects.get(pk=recorded.order_id).member == app
    assert audit() != []


def test_tills_ring_while_headquarters_merges_and_parts():
    store = make_store()
    meimei, app = make_member("张晓梅", phone="13812345678"), make_member("", phone="13987654321")
    phones = ["13812345678", "13987654321"]

    def back_and_forth() -> None:
        for _turn in range(4):
            merging.unmerge(merge(meimei, app), by=None)

    def ring(till: int) -> None:
        for nth in range(6):
            named = (
                {"identity": ("phone", phones[(till + nth) % 2])} if nth % 3 else {"member": (meimei, app)[till % 2]}
            )
            record_order(make_draft("10.00", store=store, order_no=f"T{till}-{nth}", **named))

    results = at_once(back_and_forth, *[partial(ring, till) for till in range(4)])
    assert codes(results) == set()
    assert Order.objects.count() == 24
    assert all(order.member_id == order.named for order in Order.objects.all())
    assert audit() == []


def test_a_coupon_issued_while_the_member_is_merged_is_refused_or_goes_along():
    admin = make_admin()
    meimei, app = make_member("张晓梅"), make_member("")
    result = while_merging(meimei, app, partial(make_coupon, app))
    assert codes([result]) == {"not_found"}
    make_coupon(meimei)
    deliver_all()
    assert set(Coupon.objects.values_list("member", flat=True)) == {meimei.pk}
    merging.unmerge(MemberMerge.objects.get(), by=admin)
