"""What a page says about a rule is what the rule does, whatever headquarters has set."""

import pytest
from django.test import Client

from campaigns.attribution import WINDOW
from coupons.presend import QUIET_FROM, QUIET_UNTIL
from members.handover import UNDO_HOURS
from stores import policy
from tests.workbench.scenery import signed_in
from workbench.middleware import OWN_DAYS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _settings_of_others_are_forgotten():
    yield
    policy.forget()


def page(chain, person, path: str) -> str:
    browser = signed_in(person)
    browser.cookies["changke_language"] = "en"
    return browser.get(path).content.decode()


def test_quiet_hours_are_those_of_the_settings_and_no_ban(chain):
    policy.change(QUIET_FROM.name, 20, by=None)
    policy.change(QUIET_UNTIL.name, 10, by=None)
    text = page(chain, chain.lin, f"/m/{chain.zihan.pk}/")
    assert "From 20:00 to 10:00 a message may disturb." in text
    assert "No messages from" not in text


def test_the_sign_in_page_names_the_days_that_hold_and_records_no_device(db):
    policy.change(OWN_DAYS.name, 3, by=None)
    browser = Client()
    browser.cookies["changke_language"] = "en"
    text = browser.get("/login/").content.decode()
    assert "stay signed in for 3 days" in text
    assert "The time of your last sign-in is recorded." in text
    assert "The device and the time" not in text


def test_a_hand_over_names_the_hours_that_hold_or_none(chain):
    policy.change(UNDO_HOURS.name, 48, by=None)
    assert "taken back within 48 hours." in page(chain, chain.zhou, f"/team/?give={chain.he.pk}")
    policy.change(UNDO_HOURS.name, 0, by=None)
    assert "taken back within" not in page(chain, chain.zhou, f"/team/?give={chain.he.pk}")


def test_results_name_the_days_of_attribution_that_hold(chain):
    policy.change(WINDOW.name, 14, by=None)
    assert "within 14 days of your message" in page(chain, chain.lin, "/results/")
