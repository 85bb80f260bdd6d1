"""A store's list of today has hundreds of tasks: all are counted, the first are shown, more come as one scrolls."""

import pytest

from campaigns.models import GuideTask, TaskState
from tests.makers import make_member, make_task
from tests.workbench.scenery import Chain, part, signed_in
from workbench.presenters.todaylist import AT_FIRST, MORE

pytestmark = pytest.mark.django_db
BIRTHDAYS, DECLINING = 18, 45


@pytest.fixture
def long_list(chain) -> Chain:
    """Binhe Road has birthdays and members who come less often."""
    for nth in range(BIRTHDAYS + DECLINING):
        reason = "birthday" if nth < BIRTHDAYS else "declining"
        make_task(make_member(f"会员{nth}", guide=chain.lin), reason=reason, value=nth)
    return chain


def keys(group) -> list[int]:
    return [row.pk for row in group.tasks]


def all_of(client, group) -> list[int]:
    """The tasks of a reason, all that follow included."""
    found = keys(group)
    while group.left:
        answer = client.get(group.more_url, headers=part())
        assert "<!doctype" not in answer.content.decode()
        group = answer.context["group"]
        found += keys(group)
    return found


@pytest.mark.parametrize("order", ["", "value"])
def test_all_are_counted_and_none_is_missing_or_twice(long_list, order):
    client = signed_in(long_list.zhou)
    context = client.get("/", {"order": order}).context
    assert sum(len(group.tasks) for group in context["groups"]) <= AT_FIRST
    assert sum(group.count for group in context["groups"]) == BIRTHDAYS + DECLINING
    assert context["reasons"][0].count == BIRTHDAYS + DECLINING
    found = [key for group in context["groups"] for key in all_of(client, group)]
    assert len(found) == BIRTHDAYS + DECLINING
    assert set(found) == set(GuideTask.objects.values_list("pk", flat=True))
    values = list(GuideTask.objects.filter(pk__in=found).values_list("pk", "value"))
    if order:
        assert found == [pk for pk, _value in sorted(values, key=lambda one: -one[1])]


def test_more_goes_on_after_a_task_that_was_done_meanwhile(long_list):
    client = signed_in(long_list.zhou)
    group = client.get("/").context["groups"][0]
    expected = all_of(client, group)[len(group.tasks) :][:MORE]
    GuideTask.objects.filter(pk=group.tasks[-1].pk).update(state=TaskState.LAPSED, closed_at="2026-01-01T00:00Z")
    assert keys(client.get(group.more_url, headers=part()).context["group"]) == expected


def test_a_list_that_was_scrolled_comes_anew_as_long_as_it_was(long_list):
    client = signed_in(long_list.zhou)
    url = client.get("/").context["fresh_url"]
    groups = client.get(url + "&all=1&rows=40", headers=part("asks")).context["groups"]
    assert [len(group.tasks) for group in groups] == [min(40, group.count) for group in groups]


def test_a_short_list_is_whole_and_without_scripts_there_is_a_way_to_all(long_list):
    client = signed_in(long_list.zhou)
    group = client.get("/").context["groups"][0]
    whole = client.get(group.all_url).context["groups"]
    assert [len(one.tasks) for one in whole] == [one.count for one in whole]
    GuideTask.objects.filter(reason="declining").delete()
    (left,) = client.get("/").context["groups"]
    assert (len(left.tasks), left.left) == (BIRTHDAYS, 0)


def test_nobody_reads_the_rows_of_another_store(long_list):
    group = signed_in(long_list.zhou).get("/").context["groups"][0]
    assert keys(signed_in(long_list.gu).get(group.more_url, headers=part()).context["group"]) == []
