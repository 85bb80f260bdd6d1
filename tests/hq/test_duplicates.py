"""Headquarters decides about possible duplicates, merges by hand, and parts again."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext as says
from django.utils.translation import pgettext

from members.models import IdentityConflict, Member, MemberMerge, MemberState, Order
from members.oneid import duplicates
from members.oneid.identities import attach, resolve
from stores.models import Staff
from tests.consenting import agree
from tests.makers import (
    days_ago,
    make_admin,
    make_guide,
    make_manager,
    make_marketer,
    make_member,
    make_order,
    make_store,
)
from tests.members.merges import fresh, merged

pytestmark = pytest.mark.django_db

QUEUE = reverse("admin:members_identityconflict_changelist")
ADD = reverse("admin:members_membermerge_add")


def signed_in(person: Staff) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def browser() -> Client:
    return signed_in(make_marketer("苏婉"))


@pytest.fixture
def conflict() -> IdentityConflict:
    """The till's Zhang Xiaomei with two orders, the mini-program's Zhang Mei."""
    till = make_member("张晓梅", phone="13812345678", guide=make_guide("林小满", store=make_store("滨河路店")))
    app = make_member("张梅", home_store=make_store("人民广场店"))
    attach(app, "wechat_unionid", "u-meimei")
    for days in (20, 10):
        make_order("300.00", member=till, store=till.home_store, paid_at=days_ago(days))
    make_order("500.00", member=app, store=app.home_store, paid_at=days_ago(3))
    agree(till, "sms")
    return resolve([("phone", "13812345678"), ("wechat_unionid", "u-meimei")], source="mini").conflict


def page_of(row) -> str:
    return reverse(f"admin:members_{row._meta.model_name}_change", args=[row.pk])


def test_the_queue_shows_what_is_to_be_decided(browser, conflict):
    page = browser.get(QUEUE).content.decode()
    assert "张晓梅 / 张梅" in page
    assert says("The names differ") in page
    conflict.state = "apart"
    conflict.save()
    assert "张晓梅 / 张梅" not in browser.get(QUEUE).content.decode()
    for decision in ("apart", "all"):
        assert "张晓梅 / 张梅" in browser.get(QUEUE, {"decision": decision}).content.decode()


def test_both_stand_side_by_side_with_the_result_and_what_moves(browser, conflict):
    answer = browser.get(page_of(conflict))
    page, look = answer.content.decode(), answer.context["look"]
    by_label = {str(line.label): line for line in look.lines}
    growth = by_label[says("Growth value")]
    assert look.kept.name == "张晓梅", "she has more orders"
    assert (growth.kept, growth.absorbed, growth.result) == ("600", "500", "1,100")
    assert (by_label[says("Tier")].kept, by_label[says("Tier")].result) == ("普卡", "银卡")
    assert {str(line.label) for line in look.lines if line.differs} == {
        pgettext("of a person", "Name"),
        says("Home store"),
    }
    assert by_label[says("May be contacted by")].result == ""
    assert dict((str(name), count) for name, count in look.moving)[says("orders")] == 1
    assert "138****5678" in page
    assert "13812345678" not in page
    assert page.count("dup-differs") == 2


def test_looking_changes_nothing(browser, conflict):
    browser.get(page_of(conflict))
    assert not MemberMerge.objects.exists()
    assert Order.objects.filter(member=conflict.right).count() == 1
    assert set(Member.objects.values_list("state", flat=True)) == {MemberState.ACTIVE}


def test_the_other_one_may_stay(browser, conflict):
    url = f"{page_of(conflict)}?keep={conflict.right_id}"
    assert browser.get(url).context["look"].kept == conflict.right
    answer = browser.post(url, {"act": conflict.right_id, "note": "手机号是她的"})
    made = MemberMerge.objects.get()
    assert (made.kept, made.absorbed, made.why, made.note) == (conflict.right, conflict.left, "review", "手机号是她的")
    assert made.made_by.name == "苏婉"
    assert answer["Location"] == page_of(made)
    conflict.refresh_from_db()
    assert conflict.state == "merged"
    assert says("These two are one person") in browser.get(page_of(conflict)).content.decode()


def test_a_button_pressed_on_a_page_that_showed_the_other_one_staying_merges_nobody(browser, conflict):
    browser.post(page_of(conflict), {"act": conflict.right_id, "note": ""})
    assert not MemberMerge.objects.exists()


def test_two_people_need_a_note(browser, conflict):
    answer = browser.post(page_of(conflict), {"act": "apart", "note": ""})
    assert says("Say why they are two people.") in answer.content.decode()
    conflict.refresh_from_db()
    assert conflict.state == "open"
    browser.post(page_of(conflict), {"act": "apart", "note": "母女共用手机"})
    conflict.refresh_from_db()
    assert (conflict.state, conflict.note, conflict.decided_by.name) == ("apart", "母女共用手机", "苏婉")
    assert "母女共用手机" in browser.get(page_of(conflict)).content.decode()


def test_a_pair_of_which_one_was_merged_meanwhile_shows_the_living(browser, conflict):
    third = make_member("张小梅")
    merged(third, conflict.left, make_admin())
    answer = browser.get(page_of(conflict))
    assert {answer.context["look"].kept, answer.context["look"].absorbed} == {third, conflict.right}


def test_an_erased_member_is_said_to_be_gone(browser, conflict):
    Member.objects.filter(pk=conflict.right_id).update(state="erased")
    answer = browser.get(page_of(conflict))
    assert answer.status_code == 200
    assert answer.context["look"] is None


def test_two_members_are_found_and_merged_by_hand(browser, conflict):
    left, right = conflict.left, conflict.right
    answer = browser.get(ADD, {"one": "5678", "other": "张梅"})
    assert [side["found"] for side in answer.context["sides"]] == [[left], [right]]
    url = f"{ADD}?first={left.pk}&second={right.pk}"
    assert browser.get(url).context["look"].kept == left
    browser.post(url, {"act": left.pk, "note": "电话核实"})
    assert MemberMerge.objects.get().why == "hand"
    assert fresh(right)[0].merged_into == left


def test_the_same_member_twice_is_told(browser, conflict):
    page = browser.get(ADD, {"first": conflict.left_id, "second": conflict.left_id}).content.decode()
    assert says("Choose two different members.") in page
    for nonsense in ("x", "-1", "9" * 30, "1\x00"):
        assert browser.get(ADD, {"first": nonsense, "one": nonsense}).status_code == 200


def test_the_members_page_shows_the_records_and_starts_a_merge(browser, conflict):
    assert says("Perhaps a duplicate:") in browser.get(page_of(conflict.left)).content.decode()
    start = browser.get(reverse("admin:members_member_merge_with", args=[conflict.left_id]))
    assert start["Location"] == f"{ADD}?first={conflict.left_id}"
    made = merged(conflict.left, conflict.right, make_admin())
    assert page_of(made) in browser.get(page_of(conflict.left)).content.decode()
    page = browser.get(page_of(conflict.right)).content.decode()
    assert says("Merged into") in page
    assert page_of(conflict.left) in page


def test_a_merge_is_undone_after_asking_once_more(browser, conflict):
    made = merged(conflict.left, conflict.right, make_admin())
    page = browser.get(page_of(made)).content.decode()
    assert says("Part them again") in page
    part = reverse("admin:members_membermerge_part", args=[made.pk])
    assert browser.get(part).status_code == 200
    assert fresh(conflict.right)[0].state == MemberState.MERGED
    answer = browser.post(part, {"note": "是两姐妹"})
    assert answer["Location"] == page_of(made)
    made.refresh_from_db()
    assert (made.undone_by.name, fresh(conflict.right)[0].state) == ("苏婉", MemberState.ACTIVE)
    assert IdentityConflict.objects.get().note == "是两姐妹"
    assert browser.post(part, {"note": ""}).status_code in (403, 404)


@pytest.mark.parametrize("make", [make_guide, make_manager])
def test_nobody_else_gets_near(conflict, make):
    other, made = signed_in(make()), merged(make_member(), make_member(), make_admin())
    for url in (
        QUEUE,
        page_of(conflict),
        ADD,
        page_of(made),
        reverse("admin:members_membermerge_part", args=[made.pk]),
    ):
        answer = other.post(url, {"act": conflict.left_id, "note": "x"})
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]
    assert MemberMerge.objects.filter(undone_at=None).count() == 1
    assert duplicates.waiting().get() == conflict


def test_the_rules_of_every_kind_are_on_one_page(browser):
    page = browser.get(reverse("admin:members_identityconflict_identity_rules")).content.decode()
    for words in (says("Phone"), says("WeChat union id"), "13800138000", says("No, ask headquarters")):
        assert words in page
    assert says("Change joining") not in page
    assert says("Change joining") in signed_in(make_admin()).get(
        reverse("admin:members_identityconflict_identity_rules")
    ).content.decode()  # fmt: skip


def test_a_page_of_a_member_with_nothing_to_tell_says_so(browser):
    assert says("One record") in browser.get(page_of(make_member())).content.decode()
