"""Who comes into a journey: as often as it allows, never twice at a time, and a share of them as the control group."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.journeys import advancing, versions
from campaigns.journeys.entering import HOLDOUT_SALT, enter
from campaigns.models import Arm, Trip, TripState, Visit
from members.buckets import SHARES, share
from members.models import Member, MemberState, Tag, TagGroup
from tests.campaigns.journeys.house import MANUAL, go_on, make_journey
from tests.makers import make_member, make_order, make_template

pytestmark = pytest.mark.django_db

WAIT = {"key": "w", "kind": "wait", "days": 30}


def let_in(journey, *members, entry="manual:1", at=None):
    return enter(journey, {member.pk: entry for member in members}, at=at or timezone.now())


def test_the_same_entry_lets_in_once_and_a_second_one_only_when_the_first_is_over():
    journey, mei = make_journey(WAIT, trigger=MANUAL, reentry="always"), make_member("张晓梅")
    assert let_in(journey, mei) == 1
    assert let_in(journey, mei) == 0
    assert let_in(journey, mei, entry="manual:2") == 0  # still on the way
    Trip.objects.update(state=TripState.THROUGH, ended_at=timezone.now(), due_at=None)
    assert let_in(journey, mei, entry="manual:1") == 0  # has let them in already
    assert let_in(journey, mei, entry="manual:2") == 1


def test_once_is_once_and_after_some_days_is_after_some_days():
    mei, now = make_member("张晓梅"), timezone.now()
    once = make_journey(WAIT, trigger=MANUAL)
    after = make_journey(WAIT, trigger=MANUAL, reentry="after", reentry_days=90)
    for journey in (once, after):
        assert let_in(journey, mei) == 1
    Trip.objects.update(state=TripState.THROUGH, ended_at=now, due_at=None)
    assert let_in(after, mei, entry="manual:2", at=now + timedelta(days=89)) == 0
    assert let_in(after, mei, entry="manual:2", at=now + timedelta(days=91)) == 1
    assert let_in(once, mei, entry="manual:2", at=now + timedelta(days=9999)) == 0


def test_nobody_enters_what_does_not_run_and_nobody_who_is_no_member():
    journey = make_journey(WAIT, trigger=MANUAL)
    gone = make_member("李波", state=MemberState.ERASED)
    assert let_in(journey, gone) == 0
    versions.pause(journey)
    assert let_in(journey, make_member("张晓梅")) == 0
    assert not Trip.objects.exists()


def test_the_control_group_is_a_share_of_the_buckets_and_nothing_happens_to_it():
    template = make_template()
    journey = make_journey({"key": "c", "kind": "coupon", "template": template.pk}, trigger=MANUAL, holdout_percent=20)
    members = [make_member(f"会员{nth}") for nth in range(60)]
    for nth, member in enumerate(members):
        Member.objects.filter(pk=member.pk).update(bucket=nth * 166)
    let_in(journey, *members)
    go_on()
    salt = HOLDOUT_SALT.format(journey.pk)
    expected = {member.pk for nth, member in enumerate(members) if share(salt, nth * 166) < 2000}
    control = set(Trip.objects.filter(arm=Arm.CONTROL).values_list("member", flat=True))
    assert control == expected
    assert 0 < len(control) < len(members)
    assert not Visit.objects.filter(trip__arm=Arm.CONTROL).exists()
    assert set(Visit.objects.values_list("trip__member", flat=True)) == {one.pk for one in members} - control


def test_a_share_of_the_buckets_is_a_share_and_two_salts_part_independently():
    tenth = {bucket for bucket in range(SHARES) if share("journey:1:holdout", bucket) < SHARES // 10}
    other = {bucket for bucket in range(SHARES) if share("journey:2:holdout", bucket) < SHARES // 10}
    assert 900 < len(tenth) < 1100
    assert 60 < len(tenth & other) < 140  # a tenth of a tenth


def test_a_split_is_sticky_and_as_large_as_it_says():
    lanes = [[WAIT | {"key": "x"}], [WAIT | {"key": "y"}]]
    journey = make_journey({"key": "s", "kind": "split", "percents": [30, 70], "lanes": lanes}, trigger=MANUAL,
                           reentry="always")  # fmt: skip
    members = [make_member(f"会员{nth}") for nth in range(40)]
    let_in(journey, *members)
    advancing.advance()
    first = dict(Trip.objects.values_list("member", "step"))
    assert set(first.values()) == {"x", "y"}
    Trip.objects.update(state=TripState.LEFT, ended_at=timezone.now(), due_at=None, waiting=False)
    let_in(journey, *members, entry="manual:2")
    advancing.advance()
    assert dict(Trip.objects.filter(entry="manual:2").values_list("member", "step")) == first


def test_a_rule_about_what_is_gone_stops_its_own_journey_and_no_other():
    tag = Tag.objects.create(group=TagGroup.objects.create(name="口味 3"), name="爱吃辣")
    rule = {"all": [{"fact": "tags", "op": "any", "value": [tag.pk]}]}
    broken = make_journey(WAIT, trigger={"on": "event", "event": "order.recorded", "rule": rule})
    sound = make_journey(WAIT, trigger={"on": "event", "event": "order.recorded"})
    tag.delete()
    mei = make_member("张晓梅")
    make_order(member=mei, paid_at=timezone.now())
    go_on()
    broken.refresh_from_db()
    assert (broken.state, broken.problem[:8]) == ("paused", "trigger:")
    assert Trip.objects.get(member=mei).journey == sound
