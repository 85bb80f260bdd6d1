"""Expiry of points: by lot, at its moment, by night and for everybody at once, and right whatever comes later."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.audit import audit
from members.ledgers import points
from members.models import Member, MemberFacts, PointsEntry
from members.orders.settlement import settle
from members.refresh import refresh
from members.windows import windows
from stores.errors import Refusal
from tests.makers import make_member, make_order, make_return, make_store, moment
from tests.members.days import night_of, on

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    """Zhang Xiaomei with 100 points that live until the end of February 2026."""
    mei = make_member("张晓梅", joined_at=moment("2025-01-01"))
    with on("2025-02-10"):
        make_order("100.00", member=mei, paid_at=moment("2025-02-10"), order_no="A")
    return mei


def balance(member: Member) -> tuple[int, int]:
    """Points and points owed on the row."""
    row = Member.objects.get(pk=member.pk)
    return row.points, row.points_owed


def expired(member: Member) -> dict[str, int]:
    """What expired on which day."""
    found: dict[str, int] = {}
    for entry in PointsEntry.objects.filter(member=member, kind="expiry"):
        day = f"{entry.at:%Y-%m-%d}"
        found[day] = found.get(day, 0) - entry.delta
    return found


def test_points_are_gone_with_the_month_by_the_nightly_job(mei):
    assert MemberFacts.objects.get(member=mei).next_change_on <= date(2026, 3, 1)
    night_of("2026-02-28")
    assert balance(mei) == (100, 0)
    night_of("2026-03-01")
    assert (balance(mei), expired(mei)) == ((0, 0), {"2026-02-28": 100})
    assert PointsEntry.objects.get(kind="expiry").order.order_no == "A"
    with on("2026-03-01"):
        assert (points.lots_of(mei), audit()) == ([], [])
    night_of("2026-03-02")
    assert expired(mei) == {"2026-02-28": 100}


def test_what_expired_at_midnight_cannot_be_spent_before_the_job_came(mei):
    with on("2026-02-28", "15:59"):
        assert points.spendable(mei) == 100
        assert [(soon.on, soon.amount) for soon in points.expiring(mei, 1)] == [(date(2026, 3, 1), 100)]
    with on("2026-02-28", "16:00"):
        assert (points.spendable(mei), points.expiring(mei, 30)) == (0, [])
        with pytest.raises(Refusal):
            points.adjust(mei, -1, note="误发", by=None)


def test_only_what_nobody_spent_expires(mei):
    with on("2025-06-01"):
        points.spend(mei, 70, reference="gift:1")
    night_of("2026-03-01")
    assert (balance(mei), expired(mei)) == ((0, 0), {"2026-02-28": 30})
    with on("2026-03-01"):
        assert audit() == []


def test_points_given_by_hand_expire_like_earned_ones():
    zihan = make_member("李子涵", joined_at=moment("2025-01-01"))
    with on("2025-02-10"):
        entry = points.adjust(zihan, 40, note="生日补发", by=None)
    night_of("2026-03-01")
    assert PointsEntry.objects.get(kind="expiry").lot == entry
    assert (balance(zihan), expired(zihan)) == ((0, 0), {"2026-02-28": 40})


def test_an_order_that_comes_back_after_its_points_expired_costs_nothing_more(mei):
    night_of("2026-03-01")
    with on("2026-03-05"):
        make_return("60.00", member=mei)
        assert (balance(mei), expired(mei)) == ((0, 0), {"2026-02-28": 40})
        assert audit() == []


def test_a_late_order_of_long_ago_expires_at_once_or_saves_a_younger_lot(mei):
    with on("2025-06-01"):
        points.spend(mei, 70, reference="gift:1")
    with on("2026-03-05"):
        make_order("50.00", member=mei, paid_at=moment("2025-01-10"), order_no="B")
        # B expired first, so the spend took 50 of it and 20 of A
        assert (balance(mei), expired(mei)) == ((0, 0), {"2026-02-28": 80})
        make_order("9.00", member=mei, paid_at=moment("2025-01-20"), order_no="C")
        assert (balance(mei), expired(mei)) == ((0, 0), {"2026-02-28": 89})
        assert audit() == []


def test_points_given_back_after_their_lot_ended_have_ended_with_it(mei):
    with on("2025-06-01"):
        entry = points.spend(mei, 70, reference="gift:1")
    night_of("2026-03-01")
    with on("2026-03-05"):
        points.give_back(entry)
        assert (balance(mei), expired(mei), audit()) == ((0, 0), {"2026-02-28": 100}, [])


def test_an_order_moved_to_another_month_expires_with_that_one(mei):
    night_of("2026-03-01")
    with on("2026-03-05"):
        first = mei.orders.get()
        make_order(
            "100.00", member=mei, paid_at=moment("2025-04-10"), order_no="A", revision=1, store_code=first.store.code
        )
        assert (balance(mei), expired(mei)) == ((100, 0), {"2026-02-28": 0})
        assert MemberFacts.objects.get(member=mei).next_change_on <= date(2026, 5, 1)
    night_of("2026-05-01")
    assert (balance(mei), expired(mei)) == ((0, 0), {"2026-02-28": 0, "2026-04-30": 100})


def test_the_month_ends_where_the_store_is(mei):
    with on("2025-02-10"):
        make_order("7.00", member=mei, paid_at=moment("2025-02-10"), store=make_store(time_zone="Asia/Tokyo"))
    with on("2026-02-28", "15:30"):
        assert points.spendable(mei) == 100
        settle([mei.pk])
        assert (balance(mei), audit()) == ((100, 0), [])


def test_a_night_expires_the_points_of_all_with_the_same_few_statements(mei):
    members = [mei, *(make_member(f"会员{n}", joined_at=moment("2025-01-01")) for n in range(9))]
    for nth, member in enumerate(members):
        with on("2025-02-11"):
            make_order("30.00", member=member, paid_at=moment("2025-02-11"))
        with on("2025-06-01"):
            points.spend(member, 1 + nth, reference=f"gift:{nth}")

    def statements(ids: list[int]) -> int:
        with (
            on("2026-03-02"),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            refresh(ids, windows())
        return len(queries)

    few = statements([members[0].pk, members[1].pk])
    assert statements([member.pk for member in members[2:]]) == few
    assert sum(sum(expired(member).values()) for member in members) == 100 + 300 - sum(range(1, 11))
    with on("2026-03-02"):
        assert audit() == []
