"""A small demonstration chain, so that every list has rows and every page something to show."""

import pytest
from django.test import Client

from stores.models import Staff
from workbench.demo.chain import build
from workbench.demo.places import Size


@pytest.fixture
def chain(db) -> None:
    """Two hundred members of the demonstration chain."""
    build(Size(members=200), tell=lambda what: None)


@pytest.fixture
def as_staff(chain):
    """A browser signed in as one of the demonstration's log-ins: ``as_staff("hq")``."""

    def sign_in(username: str) -> Client:
        browser = Client()
        browser.force_login(Staff.objects.get(username=username))
        return browser

    return sign_in
