"""A small demonstration chain, so that every list has rows and every page something to show."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test import Client

from stores.models import Staff
from workbench.demo.chain import build
from workbench.demo.places import Size


@pytest.fixture(scope="module")
def chain(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Two hundred members of the demonstration chain, made once for the tests of a file and undone after the last;
    what each test does to them is undone after the test."""
    with django_db_blocker.unblock(), transaction.atomic():
        build(Size(members=200), tell=lambda what: None)
        with connection.cursor() as cursor:  # facts of the tests are news of their own
            cursor.execute("SELECT set_config('changke.batch', '', true)")
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


@pytest.fixture
def as_staff(chain, db):
    """A browser signed in as one of the demonstration's log-ins: ``as_staff("hq")``."""

    def sign_in(username: str) -> Client:
        browser = Client()
        browser.force_login(Staff.objects.get(username=username))
        return browser

    return sign_in
