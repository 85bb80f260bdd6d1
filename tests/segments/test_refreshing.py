"""The members of a segment follow its rule: who comes in, who goes out, when, and what is told of it."""

from decimal import Decimal

import pytest
import time_machine
from django.db import transaction

from members.models import Member, Segment, SegmentFound, SegmentSpan, TimelineFact
from members.orders.drafts import LineDraft, OrderDraft
from members.orders.intake import record_many
from members.segments import catalogue, refreshing
from stores import jobs
from stores.errors import Conflict
from stores.models import JobState
from tests.makers import make_member, make_store, moment, number

pytestmark = pytest.mark.django_db

REGULARS = {"fact": "ordered", "op": "gte", "value": 2, "where": {"days": 30}}
MARCH = moment("2026-03-08", "04:00")


def buys(member: Member, day: str) -> None:
    """One order on a day."""
    store = make_store()
    line = LineDraft("F001", Decimal(1), Decimal("30.00"))
    record_many([OrderDraft("pos", f"S{number()}", moment(day, "02:00"), store.code, [line], member_id=member.pk)])


def refresh(segment: Segment) -> dict:
    """Take its members anew, chunk by chunk; what came of it."""
    job = jobs.run_to_end(refreshing.ask(segment, by=None).pk)
    assert job.state == JobState.DONE, job.error
    segment.refresh_from_db()
    return job.result


def inside(segment: Segment) -> set[str]:
    """Who is in it now."""
    return set(segment.spans.filter(until=None).values_list("member__name", flat=True))


@pytest.fixture
def segment():
    """张晓梅 bought twice this month, 陆然 once."""
    with time_machine.travel(MARCH, tick=False):
        mei, ran = make_member("张晓梅"), make_member("陆然")
        for member, day in ((mei, "2026-03-01"), (mei, "2026-02-20"), (ran, "2026-03-02")):
            buys(member, day)
        return catalogue.keep(None, name="常客", rule=REGULARS, kind="dynamic", by=None)


def test_members_come_and_go_and_every_stay_is_kept(segment):
    with time_machine.travel(MARCH, tick=False):
        refresh(segment)
        assert (inside(segment), segment.size, segment.refreshed_at) == ({"张晓梅"}, 1, MARCH)
        assert not TimelineFact.objects.filter(kind__startswith="segment.").exists(), "the first time is no news"
        buys(Member.objects.get(name="陆然"), "2026-03-07")
    spring = moment("2026-03-25", "04:00")
    with time_machine.travel(spring, tick=False):
        assert refresh(segment) == {str(segment.pk): {"entered": 1, "left": 1}}
        assert (inside(segment), segment.size) == ({"陆然"}, 1)
    stay = SegmentSpan.objects.get(member__name="张晓梅")
    assert (stay.since, stay.until) == (MARCH, spring)
    told = TimelineFact.objects.filter(kind__startswith="segment.").order_by("kind")
    assert list(told.values_list("kind", "member__name", "subject")) == [
        ("segment.entered", "陆然", segment.pk),
        ("segment.left", "张晓梅", segment.pk),
    ]
    assert not SegmentFound.objects.exists()


def test_taking_them_again_changes_nothing(segment):
    with time_machine.travel(MARCH, tick=False):
        refresh(segment)
        before = list(SegmentSpan.objects.values_list("pk", "member", "since", "until"))
        assert refresh(segment) == {str(segment.pk): {"entered": 0, "left": 0}}
    assert list(SegmentSpan.objects.values_list("pk", "member", "since", "until")) == before


def test_a_range_at_a_time_comes_to_the_same(segment, monkeypatch):
    monkeypatch.setattr(refreshing, "RANGE", 1)
    with time_machine.travel(MARCH, tick=False):
        everybody = {"fact": "orders", "op": "gte", "value": 0}
        catalogue.keep(segment, name="常客", rule=everybody, kind="dynamic", by=None)
        refresh(segment)
        assert inside(segment) == {"张晓梅", "陆然"}
        catalogue.keep(segment, name="常客", rule=REGULARS, kind="dynamic", by=None)
        assert refresh(segment) == {str(segment.pk): {"entered": 0, "left": 1}}
    assert inside(segment) == {"张晓梅"}


def test_the_night_takes_those_that_follow_their_rule_and_no_others(segment):
    with time_machine.travel(MARCH, tick=False):
        still = catalogue.keep(None, name="三月名单", rule=REGULARS, kind="static", by=None)
        away = catalogue.keep(None, name="旧", rule=REGULARS, kind="dynamic", by=None)
        catalogue.put_away(away, by=None)
        job = jobs.plan(refreshing.NIGHTLY, params={}, title="night")
        assert jobs.run_to_end(job.pk).state == JobState.DONE
    assert (inside(segment), inside(still), inside(away)) == ({"张晓梅"}, set(), set())


def test_a_static_segment_stays_until_it_is_taken_again(segment):
    with time_machine.travel(MARCH, tick=False):
        catalogue.keep(segment, name="三月", rule=REGULARS, kind="static", by=None)
        refresh(segment)
    with time_machine.travel(moment("2026-06-01"), tick=False):
        jobs.run_to_end(jobs.plan(refreshing.NIGHTLY, params={}, title="night").pk)
        assert inside(segment) == {"张晓梅"}
        refresh(segment)
    assert inside(segment) == set()


def test_one_refresh_at_a_time(segment):
    refreshing.ask(segment, by=None)
    with pytest.raises(Conflict) as refused:
        refreshing.ask(segment, by=None)
    assert refused.value.code == "segment_busy"


def test_who_asks_and_the_night_do_not_meet_in_one_segment(segment, monkeypatch):
    """Each would throw away what the other has found, and send out whoever was not compared yet."""
    monkeypatch.setattr(refreshing, "RANGE", 1)
    with time_machine.travel(MARCH, tick=False):
        refresh(segment)
        night = jobs.plan(refreshing.NIGHTLY, params={}, title="night")
        with transaction.atomic():
            refreshing.refresh_all_chunk(night)
        with pytest.raises(Conflict) as refused:
            refreshing.ask(segment, by=None)
        assert refused.value.code == "segment_busy"
        night.save()
        jobs.run_to_end(night.pk)
        assert inside(segment) == {"张晓梅"}
        asked = refreshing.ask(Segment.objects.get(pk=segment.pk), by=None)
        second = jobs.run_to_end(jobs.plan(refreshing.NIGHTLY, params={}, title="another night").pk)
        assert second.result == {}, "the night passes over what somebody else works on"
        jobs.run_to_end(asked.pk)
    assert inside(segment) == {"张晓梅"}


def test_a_rule_that_means_nothing_any_more_leaves_the_segment_as_it_was(segment):
    with time_machine.travel(MARCH, tick=False):
        refresh(segment)
        Segment.objects.filter(pk=segment.pk).update(rule={"fact": "tier", "op": "in", "value": [0]})
        result = refresh(Segment.objects.get(pk=segment.pk))
    assert "已不存在" in result[str(segment.pk)]["refused"]
    assert inside(segment) == {"张晓梅"}
