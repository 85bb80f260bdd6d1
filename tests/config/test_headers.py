"""Every answer of every door tells browsers what they may not do; personal ones are kept by nobody."""

import pytest
from django.test import Client

from tests.api.callers import make_till
from tests.makers import make_admin, make_guide, make_member, make_tiers

pytestmark = pytest.mark.django_db
MEMBER = "mem_nobody0000"
OPEN = ["/login/", "/offline/", "/worker.js", "/manifest.webmanifest", "/healthz", "/no/such/page",
        "/api/v1/schema/", "/api/v1/docs/", "/api/nothing", "/hq/login/", "/", "/hq/"]  # fmt: skip
WORKBENCH = ["/", "/m/", "/me/", "/me/password/", "/offers/", "/results/", "/m/999/", "/m/?q=1234"]
HEADQUARTERS = ["/hq/", "/hq/members/member/", "/hq/reveals/", "/hq/changes/", "/hq/members/membermerge/add/",
                "/hq/no/such/", "/hq/members/orderimport/add/", "/hq/stores/staff/export/"]  # fmt: skip


def told(answer) -> dict[str, str]:
    policy = answer.headers.get("Content-Security-Policy", "")
    return {
        "nosniff": answer.headers.get("X-Content-Type-Options", ""),
        "frame": answer.headers.get("X-Frame-Options", ""),
        "referrer": answer.headers.get("Referrer-Policy", ""),
        "opener": answer.headers.get("Cross-Origin-Opener-Policy", ""),
        "frames": "frame-ancestors 'none'" if "frame-ancestors 'none'" in policy else policy,
    }


WANTED = {"nosniff": "nosniff", "frame": "DENY", "referrer": "same-origin", "opener": "same-origin",
          "frames": "frame-ancestors 'none'"}  # fmt: skip


def signed_in(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.mark.parametrize("path", OPEN)
def test_every_door_sends_them_to_strangers(path):
    assert told(Client().get(path)) == WANTED


@pytest.mark.parametrize("path", WORKBENCH)
def test_the_workbench_sends_them_and_keeps_nothing(path):
    answer = signed_in(make_guide()).get(path)
    assert told(answer) == WANTED
    assert "no-store" in answer.headers["Cache-Control"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", HEADQUARTERS)
def test_headquarters_sends_them_and_keeps_nothing(path):
    answer = signed_in(make_admin()).get(path)
    assert told(answer) == WANTED
    assert "no-store" in answer.headers["Cache-Control"]
    assert "script-src 'self' 'unsafe-eval' 'unsafe-inline'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["members/", f"members/{MEMBER}/", "nothing/", "members/?identity=phone:13812345678"])
def test_the_api_sends_them_and_keeps_nothing_and_sets_no_cookie(path):
    make_tiers()
    make_member()
    answer = make_till().get(f"/api/v1/{path}")
    assert told(answer) == WANTED
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_files_that_hold_personal_data_are_kept_by_nobody():
    make_tiers()
    member = make_member("张晓梅", phone="13812345678")
    browser = signed_in(make_admin())
    answer = browser.post(f"/hq/members/member/{member.pk}/data/", {"reason": "member"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]


def test_cookies_are_closed_to_scripts_and_to_other_sites():
    guide = make_guide(username="linxm", password="sweet-melon-7")
    browser = Client()
    answer = browser.post("/login/", {"username": guide.username, "password": "sweet-melon-7"})
    session = answer.cookies["changke_session"]
    assert (session["httponly"], session["samesite"], session["path"]) == (True, "Lax", "/")
