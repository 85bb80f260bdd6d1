"""Passwords tried: a pause for this user at this address, for a name tried from everywhere, and for nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from stores import policy, signin
from stores.models import SignInTry
from stores.signin import TooManyTries

pytestmark = pytest.mark.django_db
SHOP, HOME = "203.0.113.9", "198.51.100.1"


def fail(name: str, address: str, times: int) -> None:
    for _ in range(times):
        signin.begin_try(name, address)


def is_paused(name: str, address: str) -> bool:
    try:
        signin.begin_try(name, address)
    except TooManyTries:
        return True
    return False


def strangers(many: int) -> list[str]:
    return [f"192.0.2.{number}" for number in range(many)]


def test_after_five_failures_there_is_a_pause():
    fail("linxiaoman", SHOP, 5)
    with pytest.raises(TooManyTries) as refused:
        signin.begin_try("linxiaoman", SHOP)
    assert refused.value.code == "signin_paused"
    assert refused.value.extra["retry_after"] == 300


def test_four_failures_are_no_pause():
    fail("linxiaoman", SHOP, 4)
    assert not is_paused("linxiaoman", SHOP)


def test_the_pause_ends_by_itself_and_is_not_made_longer_by_trying():
    fail("linxiaoman", SHOP, 5)
    before = list(SignInTry.objects.values("key", "tries", "ends_at"))
    assert is_paused("linxiaoman", SHOP)
    assert list(SignInTry.objects.values("key", "tries", "ends_at")) == before
    SignInTry.objects.update(ends_at=timezone.now())
    fail("linxiaoman", SHOP, 5)
    assert is_paused("linxiaoman", SHOP)


def test_one_clumsy_guide_does_not_lock_the_shop_nor_a_stranger_the_guide():
    fail("linxiaoman", SHOP, 5)
    assert not is_paused("zhoumin", SHOP)
    assert not is_paused("linxiaoman", HOME)


def test_capitals_and_blanks_do_not_make_another_user():
    fail("linxiaoman", SHOP, 5)
    assert is_paused(" LinXiaoman ", SHOP)


def test_a_right_password_forgets_the_failures():
    fail("linxiaoman", SHOP, 4)
    signin.succeeded("linxiaoman", SHOP)
    fail("linxiaoman", SHOP, 5)
    assert is_paused("linxiaoman", SHOP)


def test_many_addresses_against_one_name_are_paused_together():
    for address in strangers(20):
        fail("linxiaoman", address, 1)
    assert is_paused("linxiaoman", "198.51.100.77")
    assert not is_paused("zhoumin", "198.51.100.77")


def test_strangers_do_not_lock_the_guide_out_of_the_shop_where_she_has_signed_in_before():
    fail("linxiaoman", SHOP, 1)
    signin.succeeded("linxiaoman", SHOP)
    for address in strangers(20):
        fail("linxiaoman", address, 1)
    assert not is_paused("linxiaoman", SHOP)
    # control: at a strange address she waits, and so she does where she was last seen long ago
    assert is_paused("linxiaoman", HOME)
    SignInTry.objects.exclude(known_at=None).update(known_at=timezone.now() - signin.KNOWN_FOR - timedelta(days=1))
    assert is_paused("linxiaoman", SHOP)


def test_many_names_from_one_address_are_paused_but_not_who_is_known_there():
    fail("linxiaoman", SHOP, 1)
    signin.succeeded("linxiaoman", SHOP)
    policy.change("signin.address_tries", 20, by=None)
    for number in range(20):
        fail(f"guess{number}", SHOP, 1)
    assert is_paused("zhoumin", SHOP)
    assert not is_paused("linxiaoman", SHOP)
    assert not is_paused("zhoumin", HOME)


def test_signing_in_right_counts_for_nothing():
    for address in strangers(30):
        fail("linxiaoman", address, 1)
        signin.succeeded("linxiaoman", address)
    assert not is_paused("linxiaoman", HOME)


def test_no_name_and_no_address_is_written_down():
    fail("13812345678", SHOP, 1)
    assert not [row for row in SignInTry.objects.values_list("key", flat=True) if "138" in row and SHOP in row]
    assert {len(key) for key in SignInTry.objects.values_list("key", flat=True)} == {32}


def test_what_has_ended_is_swept_but_not_where_somebody_is_known():
    fail("linxiaoman", SHOP, 1)
    signin.succeeded("linxiaoman", SHOP)
    fail("zhoumin", SHOP, 1)
    SignInTry.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert signin.sweep() == 4
    assert SignInTry.objects.get().known_at is not None


@pytest.fixture(autouse=True)
def _settings_read_anew():
    policy.forget()
    yield
    policy.forget()
