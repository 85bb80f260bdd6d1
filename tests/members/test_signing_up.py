"""Signing somebody up, and keeping the profile right."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from members.models import IdentityConflict, Member
from members.oneid.identities import attach
from members.profiles import enrol, register, update
from stores.errors import Conflict, NotFound, Refusal
from tests.makers import make_guide, make_member, make_tiers
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tiers():
    make_tiers()


def test_a_guide_signs_somebody_up_at_the_till():
    shop = open_shop()
    member = register(
        [("phone", "13812345678")], name="张晓梅", birthday=date(1990, 5, 20), guide=shop.xiaoman, by=shop.xiaoman
    )
    assert (member.name, member.guide, member.home_store) == ("张晓梅", shop.xiaoman, shop.store)
    assert 0 <= member.bucket < 10_000
    assert member.assignments.get().changed_by == shop.xiaoman


def test_somebody_who_is_known_keeps_what_is_on_file():
    meimei = make_member("张晓梅", phone="13812345678")
    found = enrol([("phone", "13812345678")], name="别名", birthday=date(1990, 5, 20))
    assert (found.member, found.created) == (meimei, False)
    assert (found.member.name, found.member.birthday) == ("张晓梅", date(1990, 5, 20))


def test_identities_of_two_members_are_refused_and_nobody_changes():
    meimei, feng = make_member("", phone="13812345678"), make_member("吴晓峰")
    attach(feng, "email", "feng@example.com")
    with pytest.raises(Conflict) as refusal:
        register([("email", "feng@example.com"), ("phone", "13812345678")], name="新名字")
    assert refusal.value.code == "identity_conflict"
    assert refusal.value.extra["members"] == [meimei.public_id, feng.public_id]
    assert refusal.value.extra["review"] == IdentityConflict.objects.get().public_id
    assert set(Member.objects.values_list("name", flat=True)) == {"", "吴晓峰"}


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ({"name": "张" * 61}, "bad_name"),
        ({"name": "张\x00"}, "bad_name"),
        ({"birthday": timezone.localdate() + timedelta(days=2)}, "bad_birthday"),
        ({"birthday": date(1899, 12, 31)}, "bad_birthday"),
        ({"joined_at": timezone.now() + timedelta(days=3)}, "future_date"),
    ],
)
def test_a_profile_that_cannot_be_is_refused_and_nobody_is_created(profile, code):
    with pytest.raises(Refusal) as refusal:
        register([("phone", "13812345678")], **profile)
    assert refusal.value.code == code
    assert Member.objects.count() == 0


def test_a_guide_who_left_or_works_elsewhere_is_not_given_anybody():
    shop = open_shop()
    gone = make_guide("吴磊", store=shop.store, is_active=False)
    for guide, code in ((gone, "guide_left"), (shop.suwan, "not_a_guide"), (shop.tangwei, "guide_elsewhere")):
        with pytest.raises(Refusal) as refusal:
            register([("phone", "13812345678")], home_store=shop.store, guide=guide)
        assert refusal.value.code == code
    assert Member.objects.count() == 0


def test_a_new_name_is_found_by_its_initials_and_told_without_the_name():
    shop = open_shop()
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    update(meimei, name="章小美", by=shop.xiaoman)
    meimei.refresh_from_db()
    assert (meimei.name, meimei.initials) == ("章小美", "zxm")
    assert told(meimei, "member.updated") == [{"fields": ["name"], "by": shop.xiaoman.pk}]
    update(meimei, name="章小美", by=shop.xiaoman)
    assert len(told(meimei, "member.updated")) == 1


def test_tier_points_and_owner_are_not_written_as_profile_fields():
    meimei = make_member("张晓梅")
    for field, value in {
        "points": 999,
        "tier": None,
        "guide": None,
        "home_store": None,
        "birthday_calendar": "x",
    }.items():
        with pytest.raises(Refusal) as refusal:
            update(meimei, **{field: value})
        assert refusal.value.code == "field_not_writable"
    meimei.refresh_from_db()
    assert meimei.points == 0


def test_a_neighbour_cannot_change_a_profile():
    shop = open_shop()
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    for stranger in (shop.tangwei, shop.hejun):
        with pytest.raises(NotFound):
            update(meimei, name="别人", by=stranger)
    meimei.refresh_from_db()
    assert meimei.name == "张晓梅"
