"""Identities lead to one member, whatever channel they come from."""

import pytest

from members.models import Identity, Member
from members.newcomers import Newcomer
from members.oneid.identities import attach, detach, find, resolve
from members.oneid.identitykinds import BadIdentity
from members.oneid.identityseals import value_of
from stores import policy
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from tests.makers import make_member, make_tiers
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tiers():
    make_tiers()


def test_an_unknown_phone_makes_a_member_in_the_first_tier():
    found = resolve([("phone", "+86 138-1234-5678")], source="pos")
    member = Member.objects.get()
    assert found.created
    assert found.member == member
    assert (member.phone_masked, member.phone_last4, member.tier.code) == ("138****5678", "5678", "plain")
    assert value_of(Identity.objects.get()) == "13812345678"
    assert len(told(member, "member.created")) == 1


def test_the_same_phone_again_leads_to_the_same_member_and_writes_nothing():
    first = resolve([("phone", "13812345678")]).member
    again = resolve([("phone", "138 1234 5678")])
    assert (again.member, again.created) == (first, False)
    assert Member.objects.count() == Identity.objects.count() == 1


def test_a_new_channel_of_a_known_person_joins_what_is_known():
    meimei = make_member("张晓梅", phone="13812345678")
    found = resolve([("wechat_openid", "oXyz"), ("phone", "13812345678")], source="mini")
    assert (found.member, found.created) == (meimei, False)
    assert find("wechat_openid", "oXyz") == meimei
    assert told(meimei, "identity.added") == [{"kind": "wechat_openid"}]


def test_identities_of_two_members_join_nobody():
    meimei, feng = make_member("张晓梅", phone="13812345678"), make_member("吴晓峰")
    attach(feng, "wechat_unionid", "u-feng")
    found = resolve([("wechat_unionid", "u-feng"), ("phone", "13812345678"), ("email", "new@example.com")])
    assert (found.member, found.conflict_with, found.created) == (meimei, feng, False)
    assert find("email", "new@example.com") is None


def test_looking_only_creates_nobody():
    assert resolve([("phone", "13812345678")], create=False).member is None
    assert Member.objects.count() == 0


def test_a_value_that_stands_for_nobody_creates_nobody():
    for pairs in ([], [("wechat_openid", "null")], [("phone", "13812345678"), ("card_no", "0")]):
        with pytest.raises(BadIdentity):
            resolve(pairs)
    assert Member.objects.count() == Identity.objects.count() == 0


def test_hq_adds_a_value_that_stands_for_nobody():
    policy.change("identities.refused", ["till-tablet-7"], by=None)
    with pytest.raises(BadIdentity):
        resolve([("wechat_openid", "till-tablet-7")])


def test_a_shared_till_tablet_does_not_melt_two_people_into_one():
    meimei, feng = make_member("张晓梅", phone="13812345678"), make_member("吴晓峰", phone="13987654321")
    attach(meimei, "wechat_openid", "tablet")
    found = resolve([("phone", "13987654321"), ("wechat_openid", "tablet")])
    assert (found.member, found.conflict_with) == (feng, meimei)
    assert Identity.objects.filter(member=feng).count() == 1


def test_a_member_holds_only_so_many_identities_of_a_kind():
    meimei = make_member("张晓梅", phone="13812345678")
    attach(meimei, "wechat_unionid", "u-1")
    with pytest.raises(Refusal) as refusal:
        resolve([("phone", "13812345678"), ("wechat_unionid", "u-2")])
    assert refusal.value.code == "identity_limit"
    assert Identity.objects.filter(member=meimei).count() == 2


def test_an_identity_of_somebody_else_is_a_conflict_that_names_both():
    meimei, feng = make_member("张晓梅", phone="13812345678"), make_member("吴晓峰", phone="13987654321")
    with pytest.raises(Conflict) as refusal:
        attach(feng, "phone", "13812345678")
    assert refusal.value.code == "identity_conflict"
    assert set(refusal.value.extra["members"]) == {meimei.public_id, feng.public_id}
    assert find("phone", "13812345678") == meimei


def test_removing_a_phone_shows_the_one_that_is_left():
    shop = open_shop()
    meimei = make_member("张晓梅", phone="13812345678", guide=shop.xiaoman)
    attach(meimei, "phone", "13900001111")
    with pytest.raises(NotAllowed):
        detach(meimei, "phone", "13812345678", by=shop.xiaoman)
    detach(meimei, "phone", "13812345678", by=shop.jianguo)
    meimei.refresh_from_db()
    assert meimei.phone_masked == "139****1111"
    with pytest.raises(NotFound):
        detach(meimei, "phone", "13812345678", by=shop.jianguo)


def test_a_newcomer_brings_name_and_guide_along():
    shop = open_shop()
    found = resolve([("phone", "13812345678")], create=Newcomer(name=" 张 晓梅 ", guide=shop.xiaoman))
    member = Member.objects.get(pk=found.member.pk)
    assert (member.name, member.initials, member.home_store) == ("张 晓梅", "zxm", shop.store)
    assert member.assignments.get().guide == shop.xiaoman
    assert told(member, "member.assigned") == [{"guide": shop.xiaoman.pk, "from": None}]
