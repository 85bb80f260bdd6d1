"""Identities that lead to two members: the rules join them, or headquarters is asked."""

from datetime import date

import pytest

from members.models import Identity, IdentityConflict, Member, MemberMerge
from members.oneid import duplicates, merging
from members.oneid.identities import TwoMembers, attach, find, resolve
from members.oneid.identitykinds import IDENTITY_KINDS
from members.profiles import enrol
from stores import policy
from stores.errors import Refusal
from tests.makers import days_ago, make_member, make_order
from tests.members.merges import fresh, merged, parted
from tests.members.shop import open_shop

pytestmark = pytest.mark.django_db

PHONE, UNION = ("phone", "13812345678"), ("wechat_unionid", "u-meimei")


def two(one: dict | None = None, other: dict | None = None):
    """A member with the phone, and another with the union id, as these two kinds may join."""
    by_phone = make_member(phone=PHONE[1], **{"name": "张晓梅", **(one or {})})
    by_union = make_member(**{"name": "", **(other or {})})
    attach(by_union, *UNION)
    return by_phone, by_union


def kept_on(member: Member, month: int, day: int) -> None:
    """The member told the day of a birthday, but no year."""
    Member.objects.filter(pk=member.pk).update(feast_month=month, feast_day=day)


def test_phone_and_union_id_join_two_members_by_themselves():
    by_phone, by_union = two()
    found = resolve([PHONE, UNION, ("email", "new@example.com")], source="mini")
    made = MemberMerge.objects.get()
    assert (found.member, found.conflict_with, found.created) == (by_phone, None, False)
    assert (made.why, made.made_by, made.kept, made.absorbed) == ("automatic", None, by_phone, by_union)
    assert find("email", "new@example.com") == find(*UNION) == by_phone
    assert not IdentityConflict.objects.exists()


def test_who_has_more_orders_stays_then_who_has_a_guide_then_who_came_first():
    shop = open_shop()
    _by_phone, by_union = two()
    make_order("10.00", member=by_union, store=shop.store)
    assert resolve([PHONE, UNION]).member == by_union
    MemberMerge.objects.all().delete()
    older, guided = make_member("", joined_at=days_ago(400)), make_member("", guide=shop.xiaoman)
    attach(older, "phone", "13900000001")
    attach(guided, "wechat_unionid", "u-2")
    assert resolve([("phone", "13900000001"), ("wechat_unionid", "u-2")]).member == guided
    attach(make_member("", joined_at=days_ago(3)), "phone", "13900000003")
    first = make_member("", joined_at=days_ago(900))
    attach(first, "wechat_unionid", "u-3")
    assert resolve([("phone", "13900000003"), ("wechat_unionid", "u-3")]).member == first


@pytest.mark.parametrize(
    ("one", "other", "pairs", "why"),
    [
        ({}, {"name": "张小美"}, [PHONE, UNION], "names"),
        ({"birthday": date(1990, 5, 20)}, {"birthday": date(1991, 5, 20)}, [PHONE, UNION], "birthdays"),
        ({}, {}, [PHONE, UNION, ("wechat_openid", "tablet")], "kind"),
        ({}, {}, [PHONE, UNION, ("phone", "13900000001"), ("phone", "13900000002")], "limit"),
    ],
)
def test_what_speaks_against_it_goes_to_the_review(one, other, pairs, why):
    by_phone, by_union = two(one, other)
    attach(by_union, "wechat_openid", "tablet")
    found = resolve(pairs, source="mini")
    conflict = IdentityConflict.objects.get()
    assert (found.member, found.conflict_with, found.conflict) == (by_phone, by_union, conflict)
    assert (conflict.why, conflict.state, conflict.times, conflict.source) == (why, "open", 1, "mini")
    assert {"phone", "wechat_unionid"} <= set(conflict.kinds)
    assert not MemberMerge.objects.exists()
    assert Identity.objects.count() == 3


def test_the_same_name_in_another_spelling_is_the_same_name():
    two({"name": "Ann Lee"}, {"name": "ＡＮＮ　lee"})
    assert resolve([PHONE, UNION]).conflict is None


def test_a_birthday_without_a_year_speaks_against_it_only_when_it_is_another_day():
    by_phone, by_union = two({"birthday": date(1990, 5, 20)})
    kept_on(by_union, 5, 20)
    assert resolve([PHONE, UNION]).member == by_phone
    one, other = make_member("", phone="13900000001"), make_member("")
    attach(other, "wechat_unionid", "u-2")
    kept_on(one, 5, 20)
    kept_on(other, 5, 21)
    assert resolve([("phone", "13900000001"), ("wechat_unionid", "u-2")]).conflict.why == "birthdays"


def test_the_same_pair_again_is_counted():
    two({}, {"name": "张小美"})
    for _visit in range(3):
        resolve([PHONE, UNION])
    conflict = IdentityConflict.objects.get()
    assert conflict.times == 3
    assert conflict.last_at >= conflict.first_at


def test_headquarters_switches_joining_off():
    two()
    policy.change("identities.wechat_unionid.may_merge", False, by=None)
    assert resolve([PHONE, UNION]).conflict.why == "kind"


def test_two_people_stay_two_people():
    shop = open_shop()
    by_phone, by_union = two({}, {"name": "张小美"})
    conflict = resolve([PHONE, UNION]).conflict
    duplicates.decide_apart(conflict, by=shop.suwan, note="母女共用手机")
    by_union.name = ""
    by_union.save()
    again = resolve([PHONE, UNION]).conflict
    assert (again.pk, again.state, again.why, again.times) == (conflict.pk, "apart", "apart", 2)
    assert not duplicates.waiting().exists()
    assert fresh(by_phone)[0].state == fresh(by_union)[0].state == "active"


def test_two_people_stay_two_people_when_one_of_them_is_merged_with_a_third():
    shop = open_shop()
    by_phone, by_union = two({}, {"name": "张小美"})
    duplicates.decide_apart(resolve([PHONE, UNION]).conflict, by=shop.suwan, note="母女")
    third = make_member("")
    merged(third, by_union, shop.jianguo)
    found = resolve([PHONE, UNION])
    assert (found.member, found.conflict_with) == (by_phone, third)
    assert (found.conflict.state, IdentityConflict.objects.count()) == ("apart", 1)


def test_who_was_parted_is_not_joined_again_by_the_rules():
    shop = open_shop()
    two()
    resolve([PHONE, UNION])
    parted(MemberMerge.objects.get(), shop.jianguo)
    found = resolve([PHONE, UNION])
    assert (found.conflict.why, found.conflict.state) == ("apart", "apart")
    assert MemberMerge.objects.filter(undone_at=None).count() == 0


def test_two_people_need_a_reason_and_headquarters():
    shop = open_shop()
    two({}, {"name": "张小美"})
    conflict = resolve([PHONE, UNION]).conflict
    for by, note, code in ((shop.suwan, " ", "note_missing"), (shop.zhoumin, "母女", "merge_not_allowed")):
        with pytest.raises(Refusal) as refusal:
            duplicates.decide_apart(conflict, by=by, note=note)
        assert refusal.value.code == code
    assert duplicates.waiting().get() == conflict


def test_a_decided_pair_is_not_decided_apart():
    shop = open_shop()
    by_phone, by_union = two({}, {"name": "张小美"})
    conflict = resolve([PHONE, UNION]).conflict
    merging.merge(by_phone, by_union, why="review", by=shop.suwan)
    conflict.refresh_from_db()
    assert (conflict.state, conflict.decided_by) == ("merged", shop.suwan)
    with pytest.raises(Refusal) as refusal:
        duplicates.decide_apart(conflict, by=shop.suwan, note="母女")
    assert refusal.value.code == "conflict_decided"


def test_signing_up_writes_the_review_down_and_names_it():
    by_phone, by_union = two({}, {"name": "张小美"})
    with pytest.raises(TwoMembers) as refusal:
        enrol([PHONE, UNION], name="张晓梅")
    conflict = IdentityConflict.objects.get()
    named = {"members": [by_phone.public_id, by_union.public_id], "review": conflict.public_id, "decided": False}
    assert refusal.value.extra == named


def test_an_identity_added_by_hand_that_is_somebody_elses_is_written_down():
    by_phone, by_union = two()
    with pytest.raises(TwoMembers):
        attach(by_union, *PHONE)
    assert IdentityConflict.objects.get().why == "by_hand"
    assert find(*PHONE) == by_phone


def test_three_members_are_joined_one_by_one():
    by_phone, by_union = two()
    third = make_member("", phone="13900000001")
    found = resolve([PHONE, UNION, ("phone", "13900000001")])
    assert MemberMerge.objects.count() == 2
    assert {found.member, find("phone", "13900000001"), find(*UNION)} == {by_phone}
    assert fresh(by_union)[0].merged_into == fresh(third)[0].merged_into == by_phone


def test_every_kind_has_its_limit_its_place_and_its_word_on_joining():
    places = [rule.priority for rule in IDENTITY_KINDS.values()]
    assert len(set(places)) == len(places)
    assert {kind for kind, rule in IDENTITY_KINDS.items() if rule.may_merge.default} == {"phone", "wechat_unionid"}
    assert all(rule.limit.value >= 1 for rule in IDENTITY_KINDS.values())
