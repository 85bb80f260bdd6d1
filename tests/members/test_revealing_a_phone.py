"""A whole phone number is shown only to those who may, with a reason, so many times a day, and on record."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from members.profiles import reveal_phone, reveals_left
from stores import policy
from stores.errors import NotAllowed, NotFound, Refusal
from tests.makers import make_guide, make_member
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def meimei(shop):
    return make_member("张晓梅", guide=shop.xiaoman, phone="13812345678")


def test_a_guide_reveals_the_number_of_their_own_member_on_record(shop, meimei):
    assert reveal_phone(meimei, reason="call_back", by=shop.xiaoman) == "13812345678"
    assert told(meimei, "member.revealed") == [{"reason": "call_back", "by": shop.xiaoman.pk}]
    assert reveals_left(shop.xiaoman) == 19


def test_without_a_reason_nothing_is_shown(shop, meimei):
    for reason in ("", "curious"):
        with pytest.raises(Refusal) as refusal:
            reveal_phone(meimei, reason=reason, by=shop.xiaoman)
        assert refusal.value.code == "reveal_reason"
    assert told(meimei, "member.revealed") == []


def test_those_who_do_not_look_after_the_member_see_nothing(shop, meimei):
    gone = make_guide("吴磊", store=shop.store, is_active=False)
    for stranger in (shop.hejun, shop.tangwei, gone):
        with pytest.raises(NotFound):
            reveal_phone(meimei, reason="call_back", by=stranger)
    with pytest.raises(NotAllowed):
        reveal_phone(meimei, reason="call_back", by=shop.suwan)
    assert told(meimei, "member.revealed") == []


def test_the_manager_and_the_administrator_may(shop, meimei):
    for person in (shop.zhoumin, shop.guodong, shop.jianguo):
        assert reveal_phone(meimei, reason="after_sales", by=person) == "13812345678"


def test_the_day_has_a_cap_and_tomorrow_is_another_day(shop, meimei):
    policy.change("identities.reveals_per_day", 2, by=None)
    for _time in range(2):
        reveal_phone(meimei, reason="call_back", by=shop.xiaoman)
    with pytest.raises(Refusal) as refusal:
        reveal_phone(meimei, reason="call_back", by=shop.xiaoman)
    assert refusal.value.code == "reveal_cap"
    assert len(told(meimei, "member.revealed")) == 2
    assert reveal_phone(meimei, reason="call_back", by=shop.zhoumin), "everybody has their own cap"
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=True):
        assert reveal_phone(meimei, reason="call_back", by=shop.xiaoman) == "13812345678"


def test_a_member_without_a_phone_says_so_and_costs_no_look(shop):
    feng = make_member("吴晓峰", guide=shop.xiaoman)
    with pytest.raises(NotFound):
        reveal_phone(feng, reason="call_back", by=shop.xiaoman)
    assert reveals_left(shop.xiaoman) == 20
