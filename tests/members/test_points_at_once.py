"""Two spends at the same moment come out as if one had been first: together they never take what is not there."""

import threading

import pytest

from members.audit import audit
from members.ledgers import points
from members.models import Member, PointsEntry
from stores.errors import Conflict, Refusal
from tests.makers import days_ago, make_member, make_order
from tests.members.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TILLS = 8


@pytest.fixture
def mei():
    """Zhang Xiaomei with 100 points that can be spent."""
    mei = make_member("张晓梅", joined_at=days_ago(90))
    make_order("100.00", member=mei, paid_at=days_ago(20))
    return mei


def spends(member: Member) -> list[object]:
    """Thirty points at each of eight tills at once."""
    return at_once(*[lambda n=n: points.spend(member, 30, reference=f"gift:{n}") for n in range(TILLS)])


def test_eight_tills_take_three_times_thirty_of_a_hundred(mei):
    results = spends(mei)
    assert sum(isinstance(result, PointsEntry) for result in results) == 3
    assert [result.code for result in results if isinstance(result, Exception)] == ["points_short"] * 5
    mei.refresh_from_db()
    assert (mei.points, mei.points_owed, audit()) == (10, 0, [])


def test_without_the_lock_they_would_take_more_than_there_is(mei, monkeypatch):
    """The control: the same race where everybody looks before anybody writes."""
    looked, look = threading.Barrier(TILLS), points.purse_of

    def look_together(*args):
        purse = look(*args)
        looked.wait(20)
        return purse

    monkeypatch.setattr(points, "lock_member", lambda member, by=None: Member.objects.get(pk=member.pk))
    monkeypatch.setattr(points, "purse_of", look_together)
    spends(mei)
    assert PointsEntry.objects.filter(kind="spent").count() > 3


def test_one_reference_at_eight_tills_is_one_spend(mei):
    results = at_once(*[lambda: points.spend(mei, 30, reference="gift:1") for _till in range(TILLS)])
    assert len({result.pk for result in results}) == 1
    mei.refresh_from_db()
    assert (mei.points, audit()) == (70, [])


def test_one_reference_for_two_members_at_once_is_a_spend_of_one_of_them(mei):
    zihan = make_member("李子涵", joined_at=days_ago(90))
    make_order("100.00", member=zihan, paid_at=days_ago(20))
    for nth in range(5):
        results = at_once(
            *[lambda m=m, n=nth: points.spend(m, 10, reference=f"gift:{n}") for m in (mei, zihan)],
        )
        assert {type(result) for result in results} == {PointsEntry, Conflict}
    assert PointsEntry.objects.filter(kind="spent").count() == 5
    assert audit() == []


def test_two_who_give_back_the_same_spend_give_it_back_once(mei):
    entry = points.spend(mei, 60, reference="gift:1")
    results = at_once(*[lambda n=n: points.give_back(entry, reference=f"back:{n}") for n in range(4)])
    assert sum(isinstance(result, PointsEntry) for result in results) == 1
    assert {result.code for result in results if isinstance(result, Refusal)} == {"more_than_spent"}
    mei.refresh_from_db()
    assert (mei.points, audit()) == (100, [])
