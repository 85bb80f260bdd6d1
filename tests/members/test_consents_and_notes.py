"""Consent is the member's last word, kept as a ledger; notes stay in the store where they were written."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.assignments import assign
from members.consents import allowed_members, current, grant, may_contact, withdraw
from members.models import Consent, Note
from members.notes import add_note, notes_of, remove_note
from stores.errors import NotAllowed, NotFound, Refusal
from tests.makers import days_ago, make_guide, make_member
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def meimei(shop):
    return make_member("张晓梅", guide=shop.xiaoman)


def test_nobody_asked_means_no(meimei):
    assert not may_contact(meimei, "sms")
    assert current(meimei) == {}
    assert allowed_members([meimei.pk], "sms") == set()


def test_the_last_word_counts_and_every_word_is_kept(shop, meimei):
    grant(meimei, "sms", wording_version="2025-06", collected_by="mini-program", store=shop.store, at=days_ago(9))
    assert may_contact(meimei, "sms")
    assert not may_contact(meimei, "email")
    withdraw(meimei, "sms", collected_by="sms reply", at=days_ago(2))
    assert not may_contact(meimei, "sms")
    assert Consent.objects.count() == 2
    assert told(meimei, "consent.changed") == [
        {"channel": "sms", "granted": True},
        {"channel": "sms", "granted": False},
    ]


def test_a_yes_that_arrives_late_does_not_undo_a_newer_no(meimei):
    withdraw(meimei, "sms", at=days_ago(2))
    grant(meimei, "sms", wording_version="2025-06", at=days_ago(5))
    assert not may_contact(meimei, "sms")
    assert Consent.objects.count() == 2
    assert told(meimei, "consent.changed") == []


def test_the_same_again_is_not_written_twice_but_a_new_wording_is(meimei):
    for version in ("2025-06", "2025-06", "2026-01"):
        grant(meimei, "wecom", wording_version=version)
    assert list(Consent.objects.order_by("pk").values_list("wording_version", flat=True)) == ["2025-06", "2026-01"]
    assert len(told(meimei, "consent.changed")) == 1


def test_one_query_answers_for_many(meimei, django_assert_num_queries):
    feng = make_member("吴晓峰")
    grant(meimei, "sms", wording_version="1")
    grant(feng, "sms", wording_version="1")
    withdraw(feng, "sms")
    with django_assert_num_queries(1):
        assert allowed_members([meimei.pk, feng.pk], "sms") == {meimei.pk}


def test_staff_of_a_store_do_not_consent_for_the_member(shop, meimei):
    for person in (shop.xiaoman, shop.zhoumin, shop.guodong):
        with pytest.raises(NotAllowed):
            grant(meimei, "sms", wording_version="1", by=person)
        with pytest.raises(NotAllowed):
            withdraw(meimei, "sms", by=person)
    assert Consent.objects.count() == 0
    assert grant(meimei, "sms", wording_version="1", by=shop.suwan).collected_by == "苏婉"


def test_consent_that_proves_nothing_is_refused(meimei):
    for call, code in (
        (lambda: grant(meimei, "sms", wording_version=" "), "wording_missing"),
        (lambda: grant(meimei, "pigeon", wording_version="1"), "bad_channel"),
        (lambda: grant(meimei, "sms", wording_version="1", at=timezone.now() + timedelta(hours=1)), "future_date"),
    ):
        with pytest.raises(Refusal) as refusal:
            call()
        assert refusal.value.code == code
    assert Consent.objects.count() == 0


def test_colleagues_of_the_store_read_a_note_and_nobody_next_door(shop, meimei):
    note = add_note(meimei, " 小孩开学了，周末才有空来。 ", by=shop.xiaoman)
    assert note.text == "小孩开学了，周末才有空来。"
    for reader in (shop.xiaoman, shop.zhoumin, shop.guodong):
        assert list(notes_of(meimei, reader)) == [note]
    for stranger in (shop.tangwei, shop.hejun):
        assert not notes_of(meimei, stranger).exists()
    assert told(meimei, "member.noted") == [{"by": shop.xiaoman.pk}], "the words stay out of the timeline"


def test_a_note_does_not_move_to_another_store_with_the_member(shop, meimei):
    note = add_note(meimei, "车厘子只要 J 级以上", by=shop.xiaoman)
    assign(meimei, shop.tangwei, by=shop.suwan)
    meimei.refresh_from_db()
    assert not notes_of(meimei, shop.tangwei).exists()
    assert not notes_of(meimei, shop.xiaoman).exists(), "and she no longer looks after the member"
    assert list(notes_of(meimei, shop.suwan)) == [note]


def test_an_empty_or_endless_note_is_refused(shop, meimei):
    for text in ("", "  \n", "长" * 501, "a\x00"):
        with pytest.raises(Refusal) as refusal:
            add_note(meimei, text, by=shop.xiaoman)
        assert refusal.value.code == "bad_note"
    with pytest.raises(NotFound):
        add_note(meimei, "不是我的会员", by=shop.tangwei)
    assert Note.objects.count() == 0


def test_the_author_or_the_manager_removes_a_note(shop, meimei):
    note = add_note(meimei, "先记一笔", by=shop.xiaoman)
    assign(meimei, shop.hejun, by=shop.zhoumin)
    with pytest.raises(NotAllowed):
        remove_note(note, by=shop.hejun)
    with pytest.raises(NotFound):
        remove_note(note, by=make_guide("唐薇", store=shop.next_door))
    assert Note.objects.count() == 1
    remove_note(note, by=shop.zhoumin)
    assert Note.objects.count() == 0
