"""The list of today stays true without loading the page, for the price of one small query."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import GuideTask, TaskState
from tests.makers import make_member, make_task
from tests.workbench.scenery import part, signed_in
from workbench.middleware import BEGUN, SEEN

pytestmark = pytest.mark.django_db
SIGNED_IN = ("django_session", "stores_staff", "stores_setting")


def fresh_url(client) -> str:
    return client.get("/").context["fresh_url"]


def asked(client, url: str) -> tuple[int, list[str]]:
    """The status, and the queries that are not about who asks."""
    with CaptureQueriesContext(connection) as captured:
        status = client.get(url, headers=part("asks")).status_code
    return status, [one["sql"] for one in captured if not any(f'FROM "{name}"' in one["sql"] for name in SIGNED_IN)]


def test_as_long_as_nothing_changes_it_costs_one_query(chain):
    make_task(chain.zihan, template=chain.second)
    client = signed_in(chain.lin)
    status, queries = asked(client, fresh_url(client))
    assert status == 204
    assert len(queries) == 1
    assert "count" in queries[0].lower()


def test_a_new_task_arrives_with_the_figures_and_is_said(chain):
    make_task(chain.zihan, template=chain.second)
    client = signed_in(chain.lin)
    url = fresh_url(client)
    make_task(make_member("许静雯", guide=chain.lin))
    make_task(chain.jianguo)  # He Jun's
    text = client.get(url, headers=part("asks")).content.decode()
    assert "许静雯" in text
    assert "刘建国" not in text
    for place in ("todo", "progress", "nav-count", "asks"):
        assert f'id="{place}"' in text
    assert "1 条新任务" in text or "1 new task" in text


def test_the_first_task_of_an_empty_list_is_said_too(chain):
    client = signed_in(chain.lin)
    url = fresh_url(client)
    make_task(chain.zihan)
    assert client.get(url, headers=part("asks")).context["arrived"] == 1


def test_a_task_that_went_elsewhere_goes_without_a_word(chain):
    task = make_task(chain.zihan, template=chain.second)
    client = signed_in(chain.lin)
    url = fresh_url(client)
    GuideTask.objects.filter(pk=task.pk).update(state=TaskState.LAPSED, closed_at=task.created_at)
    answer = client.get(url, headers=part("asks"))
    assert answer.status_code == 200
    assert "周子涵" not in answer.content.decode()
    assert answer.context["arrived"] == 0


def test_whoever_asks_gets_it_in_any_case(chain):
    make_task(chain.zihan, template=chain.second)
    client = signed_in(chain.lin)
    answer = client.get(fresh_url(client) + "&all=1", headers=part("asks"))
    assert "周子涵" in answer.content.decode()


def test_by_value_what_ends_today_stays_in_front_and_the_rest_follows_its_worth(chain):
    later = timezone.localdate() + timedelta(days=3)
    for name, reason, value, due in (("小", "golden_window", 3, later), ("大", "declining", 90, later),
                                     ("今晚", "birthday", 1, timezone.localdate())):  # fmt: skip
        make_task(make_member(name, guide=chain.lin), reason=reason, value=value, due_on=due)
    client = signed_in(chain.lin)
    (group,) = client.get("/?order=value").context["groups"]
    assert [str(row.member) for row in group.tasks] == ["今晚", "大", "小"]
    assert group.tasks[1].worth.endswith("¥90")
    names = [str(row.member) for one in client.get("/").context["groups"] for row in one.tasks]
    assert names == ["小", "今晚", "大"]  # the control: by occasion


def test_the_pane_says_what_a_task_is_expected_to_bring_and_on_what_that_rests(chain):
    make_task(chain.zihan, template=chain.second, value=12)
    first, own = signed_in(chain.lin).get("/").context["evidence"]
    assert "¥12" in first.title
    assert "%" in first.note
    assert own.icon == "bars"


def test_a_list_that_asks_by_itself_keeps_no_phone_signed_in(chain):
    client = signed_in(chain.lin)
    session = client.session
    session[BEGUN] = session[SEEN] = int(time.time()) - 3600
    session.save()
    url = fresh_url(client)  # a page that somebody opened: that is a tap
    assert time.time() - client.session[SEEN] < 60
    session = client.session
    session[SEEN] = int(time.time()) - 3600
    session.save()
    client.get(url, headers=part("asks"))
    assert time.time() - client.session[SEEN] > 3000
    client.get(url + "&all=1", headers=part("asks"))  # the control: somebody pulled
    assert time.time() - client.session[SEEN] < 60
