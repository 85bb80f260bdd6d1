"""Signing in: by number or phone, never saying what was wrong, pausing after guesses, coming back where one was."""

import time

import pytest
from django.test import Client

from stores import staff
from tests.makers import make_admin, make_guide
from workbench.middleware import BEGUN, SEEN

pytestmark = pytest.mark.django_db
SECRET = "sweet-melon-7"


@pytest.fixture
def lin():
    """Lin Xiaoman with a password, a number and her own phone."""
    return make_guide("林小满", username="linxm", employee_no="BH0712", phone="13811112222", password=SECRET)


def enter(client: Client, username: str, password: str = SECRET, **more: str):
    return client.post("/login/", {"username": username, "password": password, **more})


@pytest.mark.parametrize("written", ["linxm", "BH0712", "13811112222"])
def test_user_name_number_and_phone_all_lead_in(lin, written):
    client = Client()
    assert enter(client, written).headers["Location"] == "/"
    assert "林小满" in client.get("/").content.decode()


def test_a_wrong_password_and_an_unknown_name_read_the_same(lin):
    wrong = enter(Client(), "linxm", "nope")
    unknown = enter(Client(), "nobody", "nope")
    errors = [answer.context["form"].non_field_errors() for answer in (wrong, unknown)]
    assert errors[0] == errors[1]
    assert wrong.status_code == unknown.status_code == 422


def test_guessing_pauses_this_name_at_this_address_and_even_the_right_password_waits(lin):
    client = Client()
    for _try in range(5):
        enter(client, "BH0712", "nope")
    paused = enter(client, "linxm")
    assert paused.status_code == 422
    assert client.get("/").status_code == 302
    other = make_guide("何俊", username="hejun", password=SECRET)
    assert enter(Client(), other.username).status_code == 302


def test_whoever_asked_for_a_page_gets_there_after_signing_in(lin):
    client = Client()
    asked = client.get("/offers/?state=used")
    assert asked.headers["Location"] == "/login/?next=/offers/%3Fstate%3Dused"
    assert enter(client, "linxm", next="/offers/?state=used").headers["Location"] == "/offers/?state=used"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_to_a_strange_site(lin, elsewhere):
    assert enter(Client(), "linxm", next=elsewhere).headers["Location"] == "/"


def test_headquarters_goes_to_its_own_door():
    make_admin("何建国", username="hejg", password=SECRET)
    client = Client()
    assert enter(client, "hejg").headers["Location"] == "/hq/"
    assert client.get("/m/").headers["Location"] == "/hq/"


def test_a_shared_phone_signs_out_after_two_idle_hours_and_with_the_browser(lin):
    client = Client()
    enter(client, "linxm")
    assert client.session.get_expire_at_browser_close()
    session = client.session
    session[SEEN] = int(time.time()) - 3 * 3600
    session.save()
    assert client.get("/").headers["Location"].startswith("/login/")


def test_an_own_phone_stays_signed_in_for_a_week_but_not_longer(lin):
    client = Client()
    enter(client, "linxm", stay="1")
    session = client.session
    session[SEEN] = int(time.time()) - 3 * 3600
    session.save()
    assert client.get("/").status_code == 200
    session = client.session
    session[BEGUN] = int(time.time()) - 8 * 86_400
    session.save()
    assert client.get("/").status_code == 302


def test_a_leaver_is_out_at_the_next_tap(lin):
    client = Client()
    enter(client, "linxm", stay="1")
    staff.leave(lin)
    assert client.get("/").status_code == 302
    assert enter(Client(), "linxm").status_code == 422


def test_signing_out_needs_a_press_of_the_button(lin):
    client = Client()
    enter(client, "linxm")
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_personal_pages_are_kept_by_nobody(lin):
    client = Client()
    enter(client, "linxm")
    assert client.get("/m/").headers["Cache-Control"] == "no-store, private"


def test_headquarters_is_signed_out_after_two_idle_hours_whatever_they_ticked():
    make_admin("何建国", username="hejg", password=SECRET)
    client = Client()
    enter(client, "hejg", stay="1")
    assert client.session.get_expire_at_browser_close()
    assert client.get("/hq/").status_code == 200
    session = client.session
    session[SEEN] = int(time.time()) - 3 * 3600
    session.save()
    assert client.get("/hq/").status_code == 302


def strange(client: Client, username: str, password: str, nth: int):
    """A try from an address of its own."""
    form = {"username": username, "password": password}
    return client.post("/login/", form, REMOTE_ADDR=f"192.0.2.{nth}")


def test_strangers_with_many_addresses_do_not_lock_the_guide_out_of_her_own_phone_whatever_its_network(lin):
    phone = Client()
    assert strange(phone, "linxm", SECRET, 1).status_code == 302
    for nth in range(2, 23):
        assert strange(Client(), "linxm", "nope", nth).status_code == 422
    assert strange(Client(), "linxm", SECRET, 50).status_code == 422  # control: paused where she never came in
    phone.cookies.pop("changke_session")
    assert strange(phone, "BH0712", SECRET, 51).status_code == 302


def test_the_mark_of_a_device_names_nobody_and_a_made_up_one_is_none(lin):
    phone = Client()
    strange(phone, "13811112222", SECRET, 1)
    mark = phone.cookies["changke_device"]
    assert (mark["httponly"], mark["samesite"]) == (True, "Lax")
    assert not [told for told in ("linxm", "BH0712", "13811112222") if told in mark.value]
    forged = Client()
    forged.cookies["changke_device"] = mark.value[:-3] + "AAA"
    for nth in range(2, 22):
        strange(forged, "linxm", "nope", nth)
    assert strange(forged, "linxm", SECRET, 60).status_code == 422


def test_guesses_on_a_device_that_is_known_are_paused_like_any(lin):
    phone = Client()
    strange(phone, "linxm", SECRET, 1)
    phone.cookies.pop("changke_session")
    for nth in range(2, 7):
        strange(phone, "linxm", "nope", nth)
    assert strange(phone, "linxm", SECRET, 8).status_code == 422
