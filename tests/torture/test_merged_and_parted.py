"""Merged and parted while things arrive, members stand where the oracle has them."""

from dataclasses import replace

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from members.models import Member
from tests.torture.families import AT_HOME_NOWHERE, MEMBERS, Family, lived
from tests.torture.histories import histories
from tests.torture.programmes import programmes
from tests.torture.stories import NOW, brought_back, fast, house, of_mei, sale

pytestmark = pytest.mark.django_db


@st.composite
def stories(draw):
    """A programme, a history of three members, and a number that decides who is merged and parted when."""
    programme = draw(programmes())
    history = draw(histories(programme, members=MEMBERS))
    return programme, replace(history, homes=AT_HOME_NOWHERE), draw(st.integers(0, 2**32))


@fast(2)
@given(story=stories())
def test_members_merged_and_parted_stand_where_the_oracle_has_them(story):
    assert lived(*story) == []


def pair() -> Family:
    """张晓梅 twice, once by each of two rows: a sale and a return, and a sale."""
    family = Family(house(), by_card=False)
    for event in (
        sale("S1", "2026-01-10", "700.00"),
        sale("S2", "2026-01-11", "600.00", member=1),
        brought_back("L1", "2026-02-01", "50.00"),
    ):
        family.arrive(event)
    return family


def test_two_rows_of_one_person_reach_a_tier_together_and_lose_it_when_parted():
    with time_machine.travel(NOW, tick=False):
        family = pair()
        family.merge(0, 1)
        assert list(family.differences()) == []
        first, second = (Member.objects.get(pk=pk) for pk in (family.life.members[nth] for nth in (0, 1)))
        assert (first.tier.code, first.growth, second.state) == ("silver", 1250, "merged")
        family.arrive(sale("S3", "2026-02-20", "100.00", member=1))
        family.part(1)
        assert list(family.differences()) == []
        first, second = (Member.objects.get(pk=pk) for pk in (family.life.members[nth] for nth in (0, 1)))
        assert [(one.tier.code, one.growth) for one in (first, second)] == [("plain", 650), ("plain", 700)]


def test_control_an_order_that_is_left_behind_is_noticed():
    with time_machine.travel(NOW, tick=False):
        family = pair()
        family.merge(0, 1)
        family.life.history = of_mei(*family.life.history.events, sale("S4", "2026-02-01"))
        assert any("growth" in words for words in family.differences())
