"""Headquarters leave a store out of a published campaign, and what was planned for it is withdrawn."""

import pytest
from django.urls import reverse

from campaigns import memberdays
from campaigns.models import GuideTask, TaskState, Touch, TouchState
from members.models import EarningRule
from tests.campaigns.memberdays.scenery import published, run_due, with_message
from tests.makers import make_guide, make_member, make_member_day, make_store

pytestmark = pytest.mark.django_db
STORES = ("武康路店", "安福路店")


@pytest.fixture
def scene(time_machine):
    """The eve of a member day: a message and an invitation each for 周子涵 of 武康路店 and 许静雯 of 安福路店."""
    time_machine.move_to("2026-11-22T12:00:00+08:00", tick=False)
    stores = [make_store(name) for name in STORES]
    for name, store in zip(("周子涵", "许静雯"), stores, strict=True):
        make_member(name, guide=make_guide(store=store), home_store=store)
    day = published(with_message(make_member_day(invite_days_before=3)))
    time_machine.move_to("2026-12-07T06:00:00+08:00", tick=False)
    run_due()
    return day, stores


def page_of(day) -> str:
    return reverse("admin:campaigns_memberday_stores", args=[day.pk])


def planned(day) -> dict[str, str]:
    ours = Touch.objects.filter(source="campaign", source_id__in=day.occurrences.values("pk"))
    return dict(ours.filter(member__home_store__name__in=STORES).values_list("member__name", "state"))


def test_su_wan_leaves_a_store_out_and_what_was_planned_for_it_is_withdrawn(scene, as_staff):
    day, (jingan, xuhui) = scene
    browser = as_staff("hq")
    assert "武康路店" in browser.get(page_of(day)).content.decode()
    browser.post(page_of(day), {"store": jingan.pk, "take_part": "0"})
    run_due()
    assert planned(day) == {"周子涵": TouchState.SUPPRESSED, "许静雯": TouchState.PLANNED}
    dates = [str(one.pk) for one in day.occurrences.all()]
    ours = GuideTask.objects.filter(occurrence__in=dates, member__home_store__name__in=STORES)
    tasks = dict(ours.values_list("member__name", "state"))
    assert tasks == {"周子涵": TaskState.LAPSED, "许静雯": TaskState.OPEN}
    rules = EarningRule.objects.filter(source__startswith=f"member_day:{day.pk}:")
    assert rules
    assert all(jingan.pk not in rule.store_ids and xuhui.pk in rule.store_ids for rule in rules)
    assert list(day.opted_out.all()) == [jingan]
    browser.post(page_of(day), {"store": jingan.pk, "take_part": "1"})
    assert not day.opted_out.exists()


def test_the_list_is_searched_by_store_and_begins_with_those_left_out(scene, as_staff):
    day, (jingan, xuhui) = scene
    memberdays.opt_out(day, xuhui)
    page = as_staff("hq").get(page_of(day)).content.decode()
    assert page.index("安福路店") < page.index("武康路店")
    only = as_staff("hq").get(page_of(day), {"q": "武康"}).content.decode()
    assert (jingan.name in only, xuhui.name in only) == (True, False)


@pytest.mark.parametrize("who", ["guide", "manager"])
def test_nobody_else_comes_in_and_nothing_changes(scene, as_staff, who):
    day, (jingan, _xuhui) = scene
    as_staff(who).post(page_of(day), {"store": jingan.pk, "take_part": "0"})
    assert not day.opted_out.exists()
    assert set(planned(day).values()) == {TouchState.PLANNED}


def test_of_a_draft_or_an_ended_one_no_store_is_left_out_here(as_staff):
    store, browser = make_store("武康路店"), as_staff("hq")
    draft, ended = make_member_day(), published(make_member_day())
    memberdays.end(ended)
    for day in (draft, ended):
        browser.post(page_of(day), {"store": store.pk, "take_part": "0"})
        assert not day.opted_out.exists()
        assert 'name="take_part"' not in browser.get(page_of(day)).content.decode()
    running = published(make_member_day())  # the control
    browser.post(page_of(running), {"store": store.pk, "take_part": "0"})
    assert running.opted_out.get() == store
