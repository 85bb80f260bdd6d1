"""Whoever leads a store sees its campaigns and decides whether it takes part; nobody else does."""

import pytest

from campaigns import memberdays
from campaigns.models import MemberDay
from tests.makers import make_area_manager, make_member_day
from tests.workbench.scenery import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def day(chain) -> MemberDay:
    """A member day of the whole chain."""
    return memberdays.publish(make_member_day("8 日会员日"))


def test_zhou_min_opts_her_store_out_and_in_again(chain, day):
    browser = signed_in(chain.zhou)
    assert "8 日会员日" in browser.get("/team/days/").content.decode()
    assert "/team/days/" in browser.get("/team/").content.decode()
    browser.post(f"/team/days/{day.pk}/", {"take_part": "0"})
    assert list(day.opted_out.all()) == [chain.store]
    assert [one.takes_part for one in browser.get("/team/days/").context["campaigns"]] == [False]
    browser.post(f"/team/days/{day.pk}/", {"take_part": "1"})
    assert not day.opted_out.exists()


def test_an_area_manager_decides_store_by_store(chain, day):
    browser = signed_in(make_area_manager(region=chain.store.region))
    browser.post(f"/team/days/{day.pk}/?store={chain.elsewhere.pk}", {"take_part": "0"})
    assert list(day.opted_out.all()) == [chain.elsewhere]


def test_a_guide_and_the_manager_of_another_store_change_nothing(chain, day):
    assert signed_in(chain.lin).post(f"/team/days/{day.pk}/", {"take_part": "0"}).status_code == 403
    answer = signed_in(chain.zhou).post(f"/team/days/{day.pk}/?store={chain.elsewhere.pk}", {"take_part": "0"})
    assert answer.status_code == 404
    assert not day.opted_out.exists()


def test_a_campaign_for_other_stores_is_not_shown_and_a_draft_neither(chain, day):
    memberdays.publish(make_member_day("西溪专场", stores=[chain.elsewhere]))
    draft = make_member_day("草稿日")
    browser = signed_in(chain.zhou)
    page = browser.get("/team/days/").content.decode()
    assert "西溪专场" not in page
    assert "草稿日" not in page
    assert browser.post(f"/team/days/{draft.pk}/", {"take_part": "0"}).status_code == 404
