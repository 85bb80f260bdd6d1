"""Whoever looks at very many members within an hour is stopped for the rest of it, and the log says who it was."""

import logging

import pytest

from members.privacy import readings
from stores import policy
from tests.makers import make_member
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _begin_anew():
    readings.forget()
    policy.forget()
    policy.change("members.reads_per_hour", 50, by=None)
    yield
    readings.forget()
    policy.forget()


def test_a_script_that_opens_one_member_after_the_other_is_stopped(chain, caplog):
    browser, page = signed_in(chain.lin), f"/m/{chain.zihan.pk}/"
    with caplog.at_level(logging.WARNING):
        answers = [browser.get(page).status_code for _look in range(53)]
    assert answers == [200] * 50 + [429] * 3
    stopped = browser.get(page, headers={"Referer": f"http://testserver{page}"})
    assert (stopped.status_code, int(stopped.headers["Retry-After"]) <= 3600) == (429, True)
    assert "周子涵" not in stopped.content.decode()
    assert [record.message for record in caplog.records if "members within an hour" in record.message] == [
        f"staff {chain.lin.pk} has read more than 50 members within an hour"
    ]
    # colleagues go on, and so does she with what is no list of members
    assert signed_in(chain.zhou).get(page).status_code == 200
    assert browser.get("/me/").status_code == 200


def test_every_row_of_a_list_counts(chain):
    for number in range(19):
        make_member(f"王{number}", guide=chain.lin)
    browser = signed_in(chain.lin)
    assert [browser.get("/m/").status_code for _look in range(3)] == [200, 200, 429]
    assert browser.post("/m/", {"q": "王"}, headers=part("results")).status_code == 429


def test_within_the_limit_nobody_notices(chain):
    """Control."""
    policy.change("members.reads_per_hour", 2000, by=None)
    browser = signed_in(chain.lin)
    assert {browser.get(f"/m/{chain.zihan.pk}/").status_code for _look in range(60)} == {200}
