"""Today: ranked tasks by reason, ticked off, put off, not today, and taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import GuideTask, Outcome, TaskState
from tests.makers import make_member, make_task
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(chain) -> GuideTask:
    """Zhou Zihan's golden window, with a coupon to send, until the day after tomorrow."""
    return make_task(chain.zihan, template=chain.second, due_on=timezone.localdate() + timedelta(days=2))


def test_a_guide_sees_her_own_tasks_with_reason_and_offer(chain, task):
    make_task(chain.jianguo, template=chain.second)
    page = signed_in(chain.lin).get("/")
    text = page.content.decode()
    assert "周子涵" in text
    assert "刘建国" not in text
    assert "满39减8" in text
    assert page.context["task"].pk == task.pk
    assert page.context["channel"].key == "wecom"


def test_the_manager_sees_the_whole_store_and_whose_task_it_is(chain, task):
    make_task(chain.jianguo)
    groups = signed_in(chain.zhou).get("/").context["groups"]
    rows = [row for group in groups for row in group.tasks]
    assert {row.guide for row in rows} == {"林小满", "何俊"}


def test_a_filter_never_hides_what_ends_today(chain, task):
    urgent = make_task(make_member("许静雯", guide=chain.lin), reason="birthday", due_on=timezone.localdate())
    page = signed_in(chain.lin).get("/?reason=golden_window")
    shown = [row.pk for group in page.context["groups"] for row in group.tasks]
    assert set(shown) == {task.pk, urgent.pk}
    assert [chip.is_current for chip in page.context["reasons"]].count(True) == 1


def test_ticking_off_moves_the_figures_and_can_be_taken_back(chain, task):
    client = signed_in(chain.lin)
    answer = client.post(f"/t/{task.pk}/done/", headers=part("task"))
    task.refresh_from_db()
    assert (task.state, task.outcome) == (TaskState.DONE, Outcome.REACHED)
    assert 'id="progress" hx-swap-oob="true"' in answer.content.decode()
    assert f"/t/{task.pk}/undo/" in answer.content.decode()
    client.post(f"/t/{task.pk}/undo/", headers=part())
    task.refresh_from_db()
    assert task.state == TaskState.OPEN


def test_without_scripts_the_answer_is_the_list_with_a_message(chain, task):
    answer = signed_in(chain.lin).post(f"/t/{task.pk}/done/", follow=True)
    assert answer.redirect_chain[-1][0] == "/"
    assert "周子涵" in str(next(iter(answer.context["messages"])))


def test_a_task_closed_twice_says_so_and_changes_nothing(chain, task):
    client = signed_in(chain.lin)
    client.post(f"/t/{task.pk}/later/", {"outcome": "no_answer"}, headers=part())
    refused = client.post(f"/t/{task.pk}/done/", headers=part())
    task.refresh_from_db()
    assert refused.status_code == 409
    assert "note--danger" in refused.content.decode()
    assert task.outcome == Outcome.NO_ANSWER


def test_later_asks_when_and_hides_the_task_until_then(chain, task):
    client = signed_in(chain.lin)
    assert "<dialog" in client.get(f"/t/{task.pk}/later/", headers=part()).content.decode()
    assert "<!doctype" in client.get(f"/t/{task.pk}/later/").content.decode()
    client.post(f"/t/{task.pk}/later/", {"until": "tomorrow"}, headers=part())
    assert client.get("/").context["groups"] == []
    client.post(f"/t/{task.pk}/undo/", headers=part())
    assert client.get("/").context["groups"]


def test_a_moment_that_is_not_offered_is_refused(chain, task):
    answer = signed_in(chain.lin).post(f"/t/{task.pk}/later/", {"until": "2099-01-01"}, headers=part())
    task.refresh_from_db()
    assert answer.status_code == 422
    assert task.snoozed_until is None


def test_what_does_not_fit_is_put_away(chain, task):
    signed_in(chain.lin).post(f"/t/{task.pk}/dismiss/", headers=part("nba"))
    task.refresh_from_db()
    assert task.state == TaskState.DISMISSED


def test_nobody_elses_task_can_be_touched(chain, task):
    for person in (chain.he, chain.gu):
        client = signed_in(person)
        for action in ("done", "later", "dismiss", "undo"):
            assert client.post(f"/t/{task.pk}/{action}/", {"until": "hour"}).status_code == 404
    task.refresh_from_db()
    assert (task.state, task.snoozed_until) == (TaskState.OPEN, None)


def test_a_member_without_consent_is_shown_without_a_way_to_send(chain, task):
    chain.zihan.consents.update(granted=False)
    page = signed_in(chain.lin).get("/")
    assert page.context["channel"] is None
    assert 'name="send"' not in page.content.decode()


def test_an_empty_day_says_when_new_tasks_come(chain):
    page = signed_in(chain.lin).get("/")
    assert page.context["task"] is None
    assert page.context["next_batch"].hour == 4


def test_an_area_manager_begins_with_the_team(chain, django_user_model):
    area = django_user_model.objects.create_user("area", name="沈立新", role="area_manager", region=chain.store.region)
    assert signed_in(area).get("/").headers["Location"] == "/team/"
