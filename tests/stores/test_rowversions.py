"""What rows say is remembered by the version of the row: a change is seen at once, also within one transaction."""

import pytest
from django.db import connection, transaction

from stores.models import Store
from stores.rowversions import Remembered, version_of
from tests.makers import make_store

pytestmark = pytest.mark.django_db


def versions() -> list[tuple[int, str]]:
    """Number and version of every store."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT s.id, {version_of('s')} FROM stores_store s ORDER BY s.id")
        return cursor.fetchall()


@pytest.fixture
def names():
    """Remembers the names of stores; ``names.asked`` are the numbers that were read, time by time."""
    asked: list[list[int]] = []

    def read(numbers):
        asked.append(sorted(numbers))
        known = dict(versions())
        return [(one.pk, known[one.pk], one.name) for one in Store.objects.filter(pk__in=numbers)]

    remembered = Remembered(read, most=3)
    remembered.asked = asked
    return remembered


def test_a_row_is_read_once_for_each_version_of_it(names):
    one, two = make_store("滨河路店"), make_store("徐家汇店")
    assert names.of(versions()) == {one.pk: "滨河路店", two.pk: "徐家汇店"}
    assert names.of(versions()) == {one.pk: "滨河路店", two.pk: "徐家汇店"}
    assert names.asked == [[one.pk, two.pk]]
    Store.objects.filter(pk=two.pk).update(name="静安店")
    assert names.of(versions()) == {one.pk: "滨河路店", two.pk: "静安店"}
    assert names.asked == [[one.pk, two.pk], [two.pk]]


def test_what_is_undone_is_undone_here_too(names):
    one = make_store("滨河路店")
    for name in ("甲店", "乙店"):
        with transaction.atomic():
            Store.objects.filter(pk=one.pk).update(name=name)
            assert names.of(versions()) == {one.pk: name}
            transaction.set_rollback(True)
    assert names.of(versions()) == {one.pk: "滨河路店"}


def test_a_row_that_went_is_left_out_and_too_many_are_forgotten(names):
    one = make_store("滨河路店")
    assert names.of([(one.pk + 1000, "1(0,1)")]) == {}
    for name in "甲乙丙丁":
        Store.objects.filter(pk=one.pk).update(name=name)
        assert names.of(versions()) == {one.pk: name}
    assert len(names._known) <= 3
