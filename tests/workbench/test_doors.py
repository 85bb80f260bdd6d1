"""What the doors keep: no circle of redirects, no task about a member one has lost, no open redirect, dead sessions."""

import re

import pytest
from django.test import Client

from campaigns.models import TaskState
from members import assignments
from stores.models import SignInTry
from tests.makers import make_admin, make_area_manager, make_marketer, make_task
from tests.workbench.scenery import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["/hq/", "/hq/members/member/", "/login/?next=/hq/"])
def test_a_guide_at_the_door_of_headquarters_is_not_sent_in_circles(chain, page):
    answer = signed_in(chain.lin).get(page, follow=True)  # raises when a redirect leads back to itself
    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == "/"


def test_headquarters_still_gets_where_it_wanted(chain):
    answer = signed_in(make_admin()).get("/login/?next=/hq/members/member/")
    assert answer.headers["Location"] == "/hq/members/member/"


@pytest.mark.parametrize("state", [TaskState.OPEN, TaskState.DONE])
def test_a_task_about_a_member_one_has_lost_opens_no_more(chain, state):
    task = make_task(chain.zihan, guide=chain.lin, state=state)
    browser = signed_in(chain.lin)
    assert browser.get(f"/t/{task.pk}/").status_code == 200
    assignments.assign(chain.zihan, chain.he, by=chain.zhou)
    assert browser.get(f"/t/{task.pk}/").status_code == 404
    assert browser.post(f"/t/{task.pk}/done/").status_code == 404
    task.refresh_from_db()
    assert task.state == state
    assert signed_in(chain.zhou).get(f"/t/{task.pk}/").status_code == 200


def test_a_new_password_ends_every_open_session(chain):
    browser = signed_in(chain.lin)
    assert browser.get("/me/").status_code == 200
    chain.lin.set_password("another-Pass-10")
    chain.lin.save()
    assert browser.get("/me/").headers["Location"].startswith("/login/")


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_language_switch_leads_nowhere_else(chain, elsewhere):
    answer = signed_in(chain.lin).post("/i18n/setlang/", {"language": "en", "next": elsewhere})
    assert not re.match(
        r"(?:https?:)?//|/\\|javascript:", answer.headers.get("Location", "/").replace("http://testserver", "")
    )


def test_no_page_accepts_a_form_without_its_token(chain):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(chain.lin)
    for path in ("/logout/", f"/m/{chain.zihan.pk}/notes/", "/offer/", "/theme/", "/login/", "/i18n/setlang/"):
        assert browser.post(path, {}).status_code == 403, path


def test_pages_run_no_script_that_is_written_into_them(chain):
    for page in ("/", "/m/", f"/m/{chain.zihan.pk}/", "/offers/", "/results/", "/me/", "/no-such-page/"):
        answer = signed_in(chain.lin).get(page)
        policy, text = answer.headers["Content-Security-Policy"], answer.content.decode()
        assert "unsafe" not in policy, page
        assert "object-src 'none'" in policy
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=\"|\sstyle=\"|javascript:", text), page


@pytest.mark.parametrize("maker", [make_marketer, make_area_manager])
def test_who_serves_nobody_sends_nothing(chain, maker):
    answer = signed_in(maker()).get(f"/offer/?m={chain.zihan.pk}")
    assert answer.status_code in (302, 403)


def test_the_old_password_cannot_be_guessed_on_a_phone_that_was_left_open(chain):
    chain.lin.set_password("sweet-melon-7")
    chain.lin.save()
    browser = signed_in(chain.lin)
    form = {"new_password1": "another-Pass-10", "new_password2": "another-Pass-10"}
    for _guess in range(5):
        assert browser.post("/me/password/", form | {"old_password": "nope"}).status_code == 422
    assert browser.post("/me/password/", form | {"old_password": "sweet-melon-7"}).status_code == 302
    chain.lin.refresh_from_db()
    assert chain.lin.check_password("sweet-melon-7")
    SignInTry.objects.all().delete()
    browser.post("/me/password/", form | {"old_password": "sweet-melon-7"})
    chain.lin.refresh_from_db()
    assert chain.lin.check_password("another-Pass-10")
