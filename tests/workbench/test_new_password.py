"""A guide chooses a new password; the old one and the other devices are then worth nothing."""

import pytest
from django.test import Client

from tests.makers import make_guide

pytestmark = pytest.mark.django_db
OLD, NEW = "sweet-melon-7", "ripe-Pear-2026"


def change(browser: Client, old: str = OLD, new: str = NEW, again: str = NEW):
    """What is typed on the page."""
    return browser.post("/me/password/", {"old_password": old, "new_password1": new, "new_password2": again})


def test_the_new_password_holds_and_only_this_device_stays_signed_in():
    lin = make_guide("林小满", password=OLD)
    here, elsewhere = Client(), Client()
    for device in (here, elsewhere):
        device.force_login(lin)
    assert change(here).status_code == 302
    lin.refresh_from_db()
    assert lin.check_password(NEW)
    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302


@pytest.mark.parametrize("typed", [{"old": "wrong"}, {"again": "other-Pear-2026"}, {"new": "123", "again": "123"}])
def test_a_refused_change_says_why_and_changes_nothing(typed):
    lin = make_guide("林小满", password=OLD)
    here = Client()
    here.force_login(lin)
    answer = change(here, **typed)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    lin.refresh_from_db()
    assert lin.check_password(OLD)
