"""Nobody lets their own campaign run: a second person approves it or sends it back."""

import pytest

from campaigns import memberdays
from campaigns.models import MemberDayState
from members.models import EarningRule
from stores.errors import Conflict, NotAllowed, Refusal
from tests.makers import make_marketer, make_member_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def su_wan():
    """Su Wan, a marketer who enters campaigns."""
    return make_marketer("苏婉")


@pytest.fixture
def he_jun():
    """He Jun, another marketer."""
    return make_marketer("何俊")


def test_what_su_wan_entered_waits_until_he_jun_approves_it(su_wan, he_jun):
    day = memberdays.submit(make_member_day(created_by=su_wan), by=su_wan)
    assert (day.state, EarningRule.objects.count()) == (MemberDayState.WAITING, 0)
    memberdays.approve(day, by=he_jun)
    assert (day.state, day.decided_by) == (MemberDayState.PUBLISHED, he_jun)
    assert EarningRule.objects.count() == 1


def test_neither_who_entered_it_nor_who_asked_approves_it(su_wan, he_jun):
    day = memberdays.submit(make_member_day(created_by=su_wan), by=he_jun)
    for person in (su_wan, he_jun):
        with pytest.raises(NotAllowed) as refused:
            memberdays.approve(day, by=person)
        assert refused.value.code == "second_person_needed"
    day.refresh_from_db()
    assert (day.state, EarningRule.objects.count()) == (MemberDayState.WAITING, 0)


def test_he_jun_sends_it_back_and_says_what_is_to_be_changed(su_wan, he_jun):
    day = memberdays.submit(make_member_day(created_by=su_wan), by=su_wan)
    with pytest.raises(Refusal) as refused:
        memberdays.send_back(day, by=he_jun)
    assert refused.value.code == "note_missing"
    memberdays.send_back(day, by=he_jun, note="券太贵，先降到 5 元")
    assert (day.state, day.decision_note) == (MemberDayState.DRAFT, "券太贵，先降到 5 元")
    with pytest.raises(Conflict):
        memberdays.approve(day, by=he_jun)
    assert memberdays.submit(day, by=su_wan).decision_note == ""


def test_su_wan_takes_it_back_without_a_note(su_wan):
    day = memberdays.submit(make_member_day(created_by=su_wan), by=su_wan)
    assert memberdays.send_back(day, by=su_wan).state == MemberDayState.DRAFT


def test_a_day_that_would_disappoint_does_not_even_wait(su_wan):
    day = make_member_day(points_factor=1, created_by=su_wan)
    with pytest.raises(Refusal) as refused:
        memberdays.submit(day, by=su_wan)
    assert refused.value.code == "nothing_to_gain"
    day.refresh_from_db()
    assert day.state == MemberDayState.DRAFT
