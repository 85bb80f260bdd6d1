"""The tier on the member page: a line on what is about to happen, and a sheet that says why and what comes."""

from datetime import timedelta

import pytest

from members.models import Member, TierStanding
from members.orders.settlement import settle
from members.refresh import refresh
from members.tiering import tiergrants
from members.windows import windows
from tests.makers import days_ago, make_marketer, make_member, make_order, make_tiers
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei(chain) -> Member:
    """Zhang Xiaomei, looked after by Lin Xiaoman, a member since long."""
    return make_member("张晓梅", guide=chain.lin, joined_at=days_ago(500))


def page(chain, member: Member) -> dict:
    """What the page shows of the tier."""
    return signed_in(chain.lin).get(f"/m/{member.pk}/").context["tier_path"]


def sheet(chain, member: Member) -> str:
    """The sheet as htmx gets it."""
    answer = signed_in(chain.lin).get(f"/m/{member.pk}/tier/", headers=part("modal"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_somebody_new_has_no_clock_running(chain, mei):
    shown = page(chain, mei)
    assert (shown.ahead, shown.is_near, shown.goal) == ("", False, 1000)
    text = sheet(chain, mei)
    assert "普卡" in text
    assert "1,000" in text


def test_a_tier_by_growth_shows_its_review_and_what_comes_day_by_day(chain, mei):
    make_order("1200.00", member=mei, store=chain.store, paid_at=days_ago(100))
    review = windows().today + timedelta(days=265)
    shown = page(chain, mei)
    assert f"{review}" in shown.ahead
    assert not shown.is_near
    text = sheet(chain, mei)
    for day in (review, review - timedelta(days=30), review + timedelta(days=30)):
        assert f"{day}" in text
    assert "普卡 → 银卡" in text


def test_before_a_review_that_will_fail_the_line_is_a_warning_with_what_is_missing(chain, mei):
    make_order("1200.00", member=mei, store=chain.store, paid_at=days_ago(350))
    assert not page(chain, mei).is_near
    refresh([mei.pk], windows())
    assert TierStanding.objects.get().noticed_for
    shown = page(chain, mei)
    assert shown.is_near
    assert f"{TierStanding.objects.get().review_on:%m-%d}" in shown.ahead
    text = sheet(chain, mei)
    assert "note--warn" in text
    assert "1,000" in text


def test_in_the_grace_period_the_line_says_until_when(chain, mei):
    make_order("1200.00", member=mei, store=chain.store, paid_at=days_ago(370))
    settle([mei.pk])
    shown = page(chain, mei)
    assert shown.is_near
    assert f"{windows().today + timedelta(days=25):%m-%d}" in shown.ahead


def test_a_tier_by_hand_says_so_with_its_end_and_reason(chain, mei):
    ends_on = windows().today + timedelta(days=40)
    tiergrants.grant(mei, make_tiers()["gold"], ends_on=ends_on, reason="媒体合作", by=make_marketer())
    assert page(chain, mei).ahead
    text = sheet(chain, mei)
    assert "媒体合作" in text
    assert f"{ends_on}" in text


def test_without_scripts_the_sheet_is_a_page(chain, mei):
    answer = signed_in(chain.lin).get(f"/m/{mei.pk}/tier/")
    assert answer.status_code == 200
    assert "<html" in answer.content.decode()


def test_a_guide_learns_nothing_about_the_members_of_others(chain, mei):
    assert signed_in(chain.gu).get(f"/m/{mei.pk}/tier/").status_code == 404
    assert signed_in(chain.lin).post(f"/m/{mei.pk}/tier/").status_code == 405
