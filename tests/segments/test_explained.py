"""Why a member is in or out, condition by condition, with what is known of them."""

from decimal import Decimal

import pytest

from members.orders.drafts import LineDraft, OrderDraft
from members.orders.intake import record_many
from members.segments import compiling
from members.segments.evaluating import among, explain
from members.segments.trees import parse
from tests.makers import make_member, make_store, moment

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-08", "20:00")


@pytest.fixture
def mei():
    """张晓梅 bought grapes twice, ten and forty days ago."""
    mei, store = make_member("张晓梅"), make_store()
    grapes = [LineDraft("F001", Decimal(1), Decimal("30.00"), name="阳光玫瑰", category="葡萄")]
    days = ("2026-02-26", "2026-01-27")
    drafts = [OrderDraft("pos", day, moment(day), store.code, grapes, member_id=mei.pk) for day in days]
    record_many(drafts, at=NOW)
    return mei


def test_each_condition_says_what_is_known(mei):
    tree = parse(
        {
            "all": [
                {"fact": "orders", "op": "gte", "value": 2},
                {"none": [{"fact": "ordered", "op": "gte", "value": 2, "where": {"days": 30}}]},
                {"fact": "last_order", "op": "before", "value": 20},
            ]
        }
    )
    why = explain(tree, mei, at=NOW)
    assert not why.holds
    orders, seldom, silent = why.parts
    assert (orders.holds, orders.seen) == (True, "2")
    assert seldom.holds
    assert (seldom.parts[0].holds, seldom.parts[0].seen) == (False, "1")
    assert seldom.parts[0].text == "单数 近 30 天 至少 2"
    assert (silent.holds, silent.seen) == (False, "2026-02-26")
    assert compiling.count(tree, at=NOW) == 0


def test_a_member_enters_at_the_midnight_at_which_the_window_has_moved(mei):
    """Midnight in Shanghai is 16:00 UTC."""
    tree = parse({"fact": "last_order", "op": "before", "value": 20})
    last_day, next_day = moment("2026-03-18", "15:59"), moment("2026-03-18", "16:01")
    assert (among(tree, [mei], at=last_day), compiling.member_ids(tree, at=last_day)) == ([], [])
    assert (among(tree, [mei], at=next_day), compiling.member_ids(tree, at=next_day)) == ([mei], [mei.pk])


def test_whoever_never_came_is_found_by_at_most_and_not_by_at_least(mei):
    stranger = make_member("陆然")
    seldom = parse({"fact": "ordered", "op": "lte", "value": 1, "where": {"days": 365}})
    often = parse({"fact": "ordered", "op": "gte", "value": 1, "where": {"days": 365}})
    assert compiling.member_ids(seldom, at=NOW) == [stranger.pk]
    assert compiling.member_ids(often, at=NOW) == [mei.pk]
    assert among(seldom, [mei, stranger], at=NOW) == [stranger]


def test_whoever_was_erased_is_in_no_segment(mei):
    everybody = parse({"fact": "orders", "op": "gte", "value": 0})
    assert compiling.count(everybody, at=NOW) == 1
    type(mei).objects.filter(pk=mei.pk).update(state="erased")
    assert compiling.count(everybody, at=NOW) == 0
    mei.refresh_from_db()
    assert among(everybody, [mei], at=NOW) == []
    assert compiling.count(parse({"fact": "ordered", "op": "gte", "value": 1}), at=NOW) == 0
