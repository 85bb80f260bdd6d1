"""Spending points: never more than can be spent, once per reference, and given back as if never spent."""

import pytest
from django.utils import translation

from members.audit import audit
from members.chronicle import timeline_of
from members.ledgers import growth, points
from members.models import Member, PointsEntry
from members.orders.settlement import settle
from stores.errors import Conflict, NotFound, Refusal
from tests.makers import make_guide, make_marketer, make_member, make_order, make_return, moment
from tests.members.days import on
from tests.members.shop import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    """Zhang Xiaomei with 100 points of the first of March."""
    mei = make_member("张晓梅", joined_at=moment("2025-12-01"))
    with on("2026-03-01"):
        make_order("100.00", member=mei, paid_at=moment("2026-03-01"))
    return mei


def balance(member: Member) -> tuple[int, int]:
    """Points and points owed on the row."""
    row = Member.objects.get(pk=member.pk)
    return row.points, row.points_owed


def refused(*args, **fields) -> Refusal:
    """The refusal of a spend, which has changed nothing."""
    before = list(PointsEntry.objects.values_list("pk", flat=True))
    with pytest.raises(Refusal) as caught:
        points.spend(*args, **fields)
    assert list(PointsEntry.objects.values_list("pk", flat=True)) == before
    return caught.value


def test_a_spend_is_an_entry_of_the_ledger_and_a_fact_of_the_timeline(mei):
    wan = make_marketer("苏婉")
    with on("2026-04-01"):
        entry = points.spend(mei, 30, reference="coupon:7", note="换购", by=wan)
        assert (entry.kind, entry.delta, entry.note, entry.made_by) == ("spent", -30, "换购", wan)
        assert balance(mei) == (70, 0)
        assert told(mei, "points.spent") == [{"delta": -30, "by": wan.pk}]
        assert audit() == []


def test_more_than_can_be_spent_is_refused_with_what_is_frozen_and_what_is_missing(mei):
    with on("2026-03-20"):
        make_order("40.00", member=mei, paid_at=moment("2026-03-19", "04:00"))
        why = refused(mei, 120, reference="coupon:7")
        assert (why.code, balance(mei)) == ("points_short", (140, 0))
        assert (why.extra["spendable"], why.extra["frozen"], why.extra["missing"]) == (100, 40, 20)
        assert why.extra["frozen_until"] == "2026-03-26T04:00:00+00:00"
        assert "100" in str(why)
        assert "2026-03-26 12:00" in str(why)
        points.spend(mei, 100, reference="coupon:7")
        assert refused(mei, 1, reference="coupon:8").extra["missing"] == 1
    with on("2026-03-27"):
        points.spend(mei, 40, reference="coupon:8")
        why = refused(mei, 1, reference="coupon:9")
        assert (why.extra["frozen"], balance(mei)) == (0, (0, 0))


def test_somebody_who_owes_points_cannot_spend_what_others_would(mei):
    with on("2026-04-01"):
        points.spend(mei, 80, reference="coupon:7")
        make_return("100.00", member=mei)
        assert balance(mei) == (0, 80)
        make_order("90.00", member=mei, paid_at=moment("2026-04-01"))
    with on("2026-05-01"):
        assert refused(mei, 11, reference="coupon:8").extra["spendable"] == 10
        points.spend(mei, 10, reference="coupon:8")
        assert (balance(mei), audit()) == ((0, 0), [])


def test_the_same_reference_again_is_the_same_spend(mei):
    with on("2026-04-01"):
        first = points.spend(mei, 30, reference="coupon:7")
        assert points.spend(mei, 30, reference="coupon:7") == first
        for member, amount in ((mei, 31), (make_member("李子涵"), 30)):
            why = refused(member, amount, reference="coupon:7")
            assert (type(why), why.code) == (Conflict, "reference_taken")
        assert balance(mei) == (70, 0)


def test_what_happens_to_points_is_told_in_words(mei):
    wan = make_marketer("苏婉")
    with on("2026-04-01"), translation.override("en"):
        points.give_back(points.spend(mei, 30, reference="coupon:7", note="换购", by=wan), amount=10)
        points.adjust(mei, 1500, note="生日补发", by=wan)
        growth.adjust(mei, -20, note="误登", by=wan)
        told = [(entry.title, entry.note) for entry in timeline_of(mei, wan)]
    assert {("30 points spent", "换购"), ("10 points given back", "")} <= set(told)
    assert {("Points corrected: +1,500", "生日补发"), ("Growth value corrected: -20", "误登")} <= set(told)


@pytest.mark.parametrize(
    ("amount", "reference", "code"),
    [
        (0, "coupon:7", "bad_amount"),
        (-5, "coupon:7", "bad_amount"),
        (10_000_001, "coupon:7", "bad_amount"),
        (5, "", "bad_reference"),
        (5, " " * 3, "bad_reference"),
        (5, "x" * 71, "bad_reference"),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(mei, amount, reference, code):
    with on("2026-04-01"):
        assert refused(mei, amount, reference=reference).code == code
        assert balance(mei) == (100, 0)


def test_nobody_spends_in_the_future_or_for_somebody_elses_member(mei):
    with on("2026-04-01"):
        assert refused(mei, 5, reference="coupon:7", at=moment("2026-04-02")).code == "future_date"
        with pytest.raises(NotFound):
            points.spend(mei, 5, reference="coupon:7", by=make_guide("何俊"))
        assert balance(mei) == (100, 0)


def test_a_spend_told_late_must_not_take_what_a_later_one_has_spent(mei):
    with on("2026-05-01"):
        points.spend(mei, 70, reference="coupon:8")
        why = refused(mei, 40, reference="coupon:7", at=moment("2026-04-01"))
        assert (why.code, why.extra["missing"], balance(mei)) == ("points_short", 10, (30, 0))
        points.spend(mei, 30, reference="coupon:7", at=moment("2026-04-01"))
        assert (balance(mei), audit()) == ((0, 0), [])


def test_points_given_back_are_as_if_never_spent(mei):
    with on("2026-04-01"):
        entry = points.spend(mei, 80, reference="coupon:7")
    with on("2026-04-05"):
        back = points.give_back(entry)
        assert (back.kind, back.delta, back.reference, back.lot) == ("given_back", 80, "coupon:7:back", entry)
        assert points.give_back(entry) == back
        (lot,) = points.lots_of(mei)
        assert (lot.left, lot.expires_at, points.spendable(mei)) == (100, moment("2027-03-31", "16:00"), 100)
        assert told(mei, "points.given_back") == [{"delta": 80}]
        assert audit() == []


def test_a_part_of_a_spend_is_given_back_and_never_more_than_was_spent(mei):
    with on("2026-04-01"):
        entry = points.spend(mei, 80, reference="coupon:7")
        points.give_back(entry, amount=30, reference="coupon:7:part")
        assert balance(mei) == (50, 0)
        with pytest.raises(Refusal) as caught:
            points.give_back(entry, amount=51, reference="coupon:7:more")
        assert (caught.value.code, caught.value.extra) == ("more_than_spent", {"left": 50})
        points.give_back(entry)
        assert balance(mei) == (100, 0)
        with pytest.raises(Refusal, match="0"):
            points.give_back(entry, reference="again")
        with pytest.raises(Refusal) as caught:
            points.give_back(points.adjust(mei, -5, note="误发", by=None))
        assert (caught.value.code, balance(mei), audit()) == ("not_spent", (95, 0), [])


def test_a_refund_then_a_give_back_leaves_what_the_rest_of_the_order_is_worth(mei):
    with on("2026-04-01"):
        entry = points.spend(mei, 80, reference="coupon:7")
        make_return("60.00", member=mei)
        assert balance(mei) == (0, 40)
        points.give_back(entry)
        assert (balance(mei), points.spendable(mei)) == ((40, 0), 40)
        settle([mei.pk])
        assert (balance(mei), audit()) == ((40, 0), [])


def test_a_correction_takes_frozen_points_too_but_none_that_are_not_there(mei):
    with on("2026-03-02"):
        points.adjust(mei, -60, note="误发", by=None)
        assert balance(mei) == (40, 0)
        with pytest.raises(Refusal) as caught:
            points.adjust(mei, -41, note="误发", by=None)
        assert (caught.value.code, balance(mei), audit()) == ("points_short", (40, 0), [])
        with pytest.raises(Refusal) as caught:
            points.adjust(mei, 5, note="补发", by=None, at=moment("2026-03-03"))
        assert (caught.value.code, balance(mei)) == ("future_date", (40, 0))
