"""Live segments: members come in and go out when something happens to them, whatever the night is doing."""

from decimal import Decimal

import pytest
import time_machine
from django.conf import settings

from members.models import Member, Segment, TimelineFact
from members.orders.drafts import LineDraft, OrderDraft, ReturnDraft
from members.orders.intake import record_many
from members.reactions import follow_segments, follow_segments_late
from members.segments import catalogue, live, refreshing
from stores import jobs
from stores.models import JobState
from tests.makers import make_coupon, make_member, make_store, make_template, moment, number

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-08", "14:00")
BUYERS = {"fact": "ordered", "op": "gte", "value": 1, "where": {"days": 30}}


@pytest.fixture(autouse=True)
def _sunday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def people() -> dict[str, Member]:
    return {name: make_member(name) for name in ("张晓梅", "陆然", "孙悦")}


@pytest.fixture
def buyers(people) -> Segment:
    """A live segment of those who bought lately, taken once; nobody is in it yet."""
    return taken(catalogue.keep(None, name="最近来过", rule=BUYERS, kind="dynamic", is_live=True, by=None))


def taken(segment: Segment) -> Segment:
    job = jobs.run_to_end(refreshing.ask(segment, by=None).pk)
    assert job.state == JobState.DONE, job.error
    segment.refresh_from_db()
    return segment


def buys(member: Member) -> str:
    """One order, and what follows from it."""
    order_no = f"S{number()}"
    line = LineDraft("F001", Decimal(1), Decimal("30.00"))
    record_many([OrderDraft("pos", order_no, NOW, make_store().code, [line], member_id=member.pk)])
    return order_no


def heard(kind: str) -> None:
    """Let the reaction hear the facts of a kind, all that there are, as it may hear them twice."""
    facts = list(TimelineFact.objects.filter(kind=kind))
    assert facts
    hears = {"members.reactions.follow_segments": follow_segments,
             "members.reactions.follow_segments_late": follow_segments_late}  # fmt: skip
    for path in settings.REACTIONS[kind]:
        if path in hears:
            hears[path](facts)


def inside(segment: Segment) -> set[str]:
    return set(segment.spans.filter(until=None).values_list("member__name", flat=True))


def news() -> list[tuple[str, str]]:
    told = TimelineFact.objects.filter(kind__startswith="segment.").order_by("pk")
    return list(told.values_list("kind", "member__name"))


def test_who_buys_comes_in_and_who_brings_everything_back_may_go_out(people, buyers):
    spenders = taken(
        catalogue.keep(None, name="花了钱", rule={"fact": "spent", "op": "gte", "value": 10}, kind="dynamic",
                       is_live=True, by=None)
    )  # fmt: skip
    order_no = buys(people["陆然"])
    assert inside(buyers) == set(), "not before it was heard"
    heard("order.recorded")
    assert (inside(buyers), inside(spenders)) == ({"陆然"}, {"陆然"})
    assert news() == [("segment.entered", "陆然")] * 2
    heard("order.recorded")
    assert len(news()) == 2, "heard twice, told once"
    buyers.refresh_from_db()
    assert buyers.size == 1
    back = ReturnDraft("pos", f"R{number()}", NOW, make_store().code, sale_no=order_no, amount=Decimal("30.00"))
    record_many([back])
    heard("order.returned")
    assert inside(spenders) == set()
    assert news()[-1] == ("segment.left", "陆然")


def test_only_the_members_of_the_batch_are_looked_at(people, buyers):
    buys(people["陆然"])
    live.follow([people["张晓梅"].pk], {"order.recorded"})
    assert inside(buyers) == set()


def test_segments_that_are_not_live_wait_for_the_night(people, buyers):
    slow = taken(catalogue.keep(None, name="慢的", rule=BUYERS, kind="dynamic", by=None))
    still = catalogue.keep(None, name="名单", rule=BUYERS, kind="static", is_live=True, by=None)
    assert not still.is_live
    away = catalogue.keep(None, name="旧的", rule=BUYERS, kind="dynamic", is_live=True, by=None)
    catalogue.put_away(away, by=None)
    buys(people["陆然"])
    heard("order.recorded")
    assert (inside(buyers), inside(slow), inside(still), inside(away)) == ({"陆然"}, set(), set(), set())


def test_a_segment_within_a_segment_follows_in_the_same_turn(people, buyers):
    outer = {
        "all": [
            {"fact": "segments", "op": "any", "value": [buyers.pk]},
            {"fact": "people", "op": "not_in", "value": [people["孙悦"].pk]},
        ]
    }
    around = taken(catalogue.keep(None, name="外面", rule=outer, kind="dynamic", is_live=True, by=None))
    for one in people.values():
        buys(one)
    heard("order.recorded")
    assert inside(around) == {"张晓梅", "陆然"}
    assert not any(path.startswith("members.") for path in settings.REACTIONS.get("segment.entered", ()))


def test_coupons_move_segments_about_coupons_and_no_others(people, buyers, monkeypatch):
    rule = {"fact": "coupons_held", "op": "gte", "value": 1}
    holders = taken(catalogue.keep(None, name="有券", rule=rule, kind="dynamic", is_live=True, by=None))
    assert live._concerned({"coupon.issued"}) == [holders.pk]
    assert live._concerned({"order.recorded"}) == [buyers.pk]
    assert live._concerned({"member.noted", "coupon.issued"}) == sorted([buyers.pk, holders.pk])
    make_coupon(people["孙悦"], template=make_template())
    live.follow([one.pk for one in people.values()], {"coupon.issued"})
    assert inside(holders) == {"孙悦"}


def halfway(segment: Segment):
    """A refresh that has found whom the rule means and compared nobody."""
    job = refreshing.ask(segment, by=None)
    assert not refreshing.refresh_one_chunk(job)
    job.save()
    return job


def test_whoever_comes_in_while_a_refresh_runs_stays_in(people, buyers):
    buys(people["张晓梅"])
    taken(buyers)
    job = halfway(buyers)
    buys(people["陆然"])
    heard("order.recorded")
    jobs.run_to_end(job.pk)
    assert inside(buyers) == {"张晓梅", "陆然"}
    assert ("segment.left", "陆然") not in news()


def test_without_putting_it_into_what_was_found_the_refresh_would_send_them_out(people, buyers, monkeypatch):
    """Control: the refresh alone does not know who came in meanwhile."""
    monkeypatch.setattr(live, "FOUND", "SELECT 1")
    job = halfway(buyers)
    buys(people["陆然"])
    heard("order.recorded")
    jobs.run_to_end(job.pk)
    assert inside(buyers) == set()


def test_a_rule_that_means_nothing_any_more_leaves_everybody_where_they_are(people, buyers):
    buys(people["陆然"])
    heard("order.recorded")
    Segment.objects.filter(pk=buyers.pk).update(rule={"fact": "tier", "op": "in", "value": [0]})
    live.follow([one.pk for one in people.values()], {"order.recorded"})
    assert inside(buyers) == {"陆然"}
