"""A small demonstration chain, so that every list has rows and every page something to show."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client

from stores.models import Staff
from workbench.demo.chain import build
from workbench.demo.places import Size


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Here those who need the chain come after all others, so that it is made once and seen by nobody else; but before
    any that commit, after which the database is empty."""
    here = [place for place, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    places = [place for place in here if is_undone(items[place])]
    ours = sorted((items[place] for place in places), key=lambda item: "chain" in getattr(item, "fixturenames", ()))
    for place, item in zip(places, ours, strict=True):
        items[place] = item


def is_undone(item: pytest.Item) -> bool:
    """Whether a test uses the database and leaves it as it was; those that commit, and those without one, come last."""
    marked, fixtures = item.get_closest_marker("django_db"), getattr(item, "fixturenames", ())
    commits = "transactional_db" in fixtures or bool(marked and marked.kwargs.get("transaction"))
    return bool(marked or "db" in fixtures) and not commits


@pytest.fixture(scope="package")
def chain(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Two hundred members of the demonstration chain, made once for all tests that need it and undone after the last;
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
