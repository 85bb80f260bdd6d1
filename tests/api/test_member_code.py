"""The code that a member's phone shows for a moment: given to the mini-program, read in the store."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from members import shortcodes
from stores import policy
from stores.errors import Refusal
from tests.api.callers import is_problem, make_till
from tests.makers import make_member, make_store

pytestmark = pytest.mark.django_db


def test_a_partner_gets_a_code_that_names_the_member_for_two_minutes():
    meimei = make_member("张晓梅")
    answer = make_till("members:read").read(f"/members/{meimei.public_id}/code/").json()
    ends = datetime.fromisoformat(answer["expires_at"])
    assert timedelta(seconds=110) < ends - timezone.now() <= timedelta(seconds=120)
    assert (answer["seconds"], answer["member_code"]) == (120, meimei.code)
    assert meimei.code not in answer["code"]
    assert shortcodes.read(answer["code"]) == meimei.pk
    with pytest.raises(Refusal):
        shortcodes.read(answer["code"], at=ends + timedelta(seconds=1))


def test_headquarters_may_make_it_shorter():
    policy.change("members.code_seconds", 30, by=None)
    policy.forget()
    made = shortcodes.issue(make_member("张晓梅"))
    assert made.expires_at - timezone.now() <= timedelta(seconds=30)
    policy.forget()


def test_a_key_without_the_scope_or_of_other_stores_gets_none():
    meimei = make_member("张晓梅", home_store=make_store("徐家汇店"))
    path = f"/members/{meimei.public_id}/code/"
    is_problem(make_till("orders:write").read(path), 403, "scope_missing")
    is_problem(make_till(stores=[make_store("静安寺店")]).read(path), 404, "member_not_found")
    assert make_till().read(path).status_code == 200  # the control
