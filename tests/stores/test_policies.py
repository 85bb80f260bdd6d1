"""The starred numbers: defaults in code, changed by HQ as data, within bounds."""

import pytest
from django.db import connection

from stores import policy
from stores.errors import Refusal
from stores.models import Setting
from stores.policy import Policy, define
from tests.makers import make_admin

pytestmark = pytest.mark.django_db

DAYS = "test.days"


@pytest.fixture(autouse=True)
def days():
    """A setting of the story, 30 days unless HQ says otherwise."""
    yield define(DAYS, 30, "Days", minimum=1, maximum=365)
    del policy.REGISTRY[DAYS]
    policy.forget()


def test_a_default_holds_until_headquarters_changes_it(days: Policy):
    assert days.value == 30
    jianguo = make_admin()
    policy.change(DAYS, 60, by=jianguo)
    assert days.value == 60
    assert Setting.objects.get(name=DAYS).changed_by == jianguo
    policy.change(DAYS, 90, by=None)
    assert (days.value, Setting.objects.filter(name=DAYS).count()) == (90, 1)


@pytest.mark.parametrize(
    ("value", "code"),
    [(0, "out_of_bounds"), (366, "out_of_bounds"), ("30", "wrong_type"), (1.5, "wrong_type"), (True, "wrong_type")],
)
def test_a_value_of_the_wrong_kind_or_size_is_refused_and_changes_nothing(days: Policy, value, code):
    with pytest.raises(Refusal) as refused:
        policy.change(DAYS, value, by=None)
    assert refused.value.code == code
    assert days.value == 30
    assert not Setting.objects.exists()


def test_an_unknown_setting_cannot_be_changed():
    with pytest.raises(Refusal) as refused:
        policy.change("test.nonsense", 1, by=None)
    assert refused.value.code == "unknown_setting"


@pytest.mark.parametrize(
    ("default", "good", "bad"),
    [
        (1.0, [2, 0.5], ["2", True, float("nan"), float("inf")]),
        ([30, 60], [[], [1, 2, 3]], [[1, "2"], [None], [1.5], "30", 30]),
        (["guide"], [["guide", "manager"]], [["guide", 1], "guide"]),
        (False, [True], [1, "yes"]),
    ],
)
def test_a_value_must_be_like_its_default(default, good, bad):
    kind = Policy("test.kind", default, "Kind")
    for value in good:
        kind.check(value)
    for value in bad:
        with pytest.raises(Refusal):
            kind.check(value)


def test_reading_many_values_asks_the_database_once(days: Policy, django_assert_num_queries):
    policy.forget()
    with django_assert_num_queries(1):
        assert [days.value for _nth in range(100)] == [30] * 100


def test_what_another_process_changed_is_seen_within_seconds(days: Policy, monkeypatch):
    monkeypatch.setattr(policy, "FRESH_FOR", 0.0)
    policy.forget()
    assert days.value == 30
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO stores_setting (name, value, changed_at) VALUES (%s, '45', now())", [DAYS])
    assert days.value == 45
