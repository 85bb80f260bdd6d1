"""Failed sign-ins: a pause for this user at this address, and for nobody else."""

import pytest

from stores import signin
from stores.signin import TooManyTries

pytestmark = pytest.mark.django_db
SHOP, HOME = "203.0.113.9", "198.51.100.1"


@pytest.fixture(autouse=True)
def _nothing_counted():
    for name in ("linxiaoman", "zhoumin"):
        for address in (SHOP, HOME):
            signin.succeeded(name, address)


def fail(name: str, address: str, times: int) -> None:
    for _ in range(times):
        signin.check(name, address)
        signin.failed(name, address)


def test_after_five_failures_there_is_a_pause():
    fail("linxiaoman", SHOP, 5)
    with pytest.raises(TooManyTries) as refused:
        signin.check("linxiaoman", SHOP)
    assert refused.value.code == "signin_paused"
    assert refused.value.extra["retry_after"] == 300


def test_four_failures_are_no_pause():
    fail("linxiaoman", SHOP, 4)
    signin.check("linxiaoman", SHOP)


def test_one_clumsy_guide_does_not_lock_the_shop_nor_a_stranger_the_guide():
    fail("linxiaoman", SHOP, 5)
    signin.check("zhoumin", SHOP)
    signin.check("linxiaoman", HOME)


def test_capitals_and_blanks_do_not_make_another_user():
    fail("linxiaoman", SHOP, 5)
    with pytest.raises(TooManyTries):
        signin.check(" LinXiaoman ", SHOP)


def test_a_right_password_forgets_the_failures():
    fail("linxiaoman", SHOP, 4)
    signin.succeeded("linxiaoman", SHOP)
    fail("linxiaoman", SHOP, 4)
    signin.check("linxiaoman", SHOP)
