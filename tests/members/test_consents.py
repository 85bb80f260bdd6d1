"""Consent is the member's last word, kept as a ledger that proves who agreed to which words, where, when, to whom."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from members.models import Consent, ConsentWording
from members.privacy import wordings
from members.privacy.consents import allowed_members, current, grant, may_contact, proofs, withdraw
from stores import policy
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from tests.consenting import agree, make_wording
from tests.makers import days_ago, make_member
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _words():
    for version in ("1", "2025-06", "2026-01"):
        for channel in ("sms", "wecom"):
            make_wording(channel, version)


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


def test_a_guide_writes_down_what_their_member_agreed_to_and_is_named(shop, meimei):
    entry = grant(meimei, "sms", wording_version="1", by=shop.xiaoman)
    assert entry.collected_by == f"林小满 ({shop.xiaoman.username})"
    assert (entry.store, entry.language) == (shop.store, "zh-hans")
    assert told(meimei, "consent.changed")[-1]["by"] == shop.xiaoman.pk
    withdraw(meimei, "sms", by=shop.zhoumin)
    assert not may_contact(meimei, "sms")


def test_nobody_writes_down_the_consent_of_somebody_elses_member(shop, meimei):
    for stranger in (shop.tangwei, shop.hejun):
        with pytest.raises(NotFound):
            grant(meimei, "sms", wording_version="1", by=stranger)
        with pytest.raises(NotFound):
            withdraw(meimei, "sms", by=stranger)
    assert Consent.objects.count() == 0


def test_where_hq_does_not_let_guides_collect_consent_only_hq_does(shop, meimei):
    policy.change("consents.by_guides", False, by=None)
    for person in (shop.xiaoman, shop.zhoumin, shop.guodong):
        with pytest.raises(NotAllowed):
            grant(meimei, "sms", wording_version="1", by=person)
        with pytest.raises(NotAllowed):
            withdraw(meimei, "sms", by=person)
    assert Consent.objects.count() == 0
    assert grant(meimei, "sms", wording_version="1", by=shop.suwan).granted


def test_consent_that_proves_nothing_is_refused(meimei):
    make_wording("sms", "next-year", starts_on=timezone.localdate() + timedelta(days=30))
    for call, code in (
        (lambda: grant(meimei, "sms", wording_version=" "), "wording_missing"),
        (lambda: grant(meimei, "sms", wording_version="made-up"), "wording_unknown"),
        (lambda: grant(meimei, "sms", wording_version="next-year"), "wording_unknown"),
        (lambda: grant(meimei, "wecom", wording_version="1", purpose="profiling"), "wording_unknown"),
        (lambda: grant(meimei, "pigeon", wording_version="1"), "bad_channel"),
        (lambda: grant(meimei, "sms", wording_version="1", at=timezone.now() + timedelta(hours=1)), "future_date"),
    ):
        with pytest.raises(Refusal) as refusal:
            call()
        assert refusal.value.code == code
    assert Consent.objects.count() == 0
    assert "next-year" not in refusal_of(meimei).extra["known"]


def refusal_of(member) -> Refusal:
    """What somebody hears who names a version nobody wrote."""
    with pytest.raises(Refusal) as refusal:
        grant(member, "sms", wording_version="made-up")
    return refusal.value


def test_a_no_is_never_refused_for_its_form(meimei):
    agree(meimei, "sms")
    assert not withdraw(meimei, "sms", wording_version="made-up").granted
    assert not may_contact(meimei, "sms")


def test_the_proof_shows_the_words_who_where_when_and_until_when(shop, meimei):
    first = grant(meimei, "sms", wording_version="2025-06", by=shop.xiaoman, at=days_ago(9))
    no = withdraw(meimei, "sms", collected_by="短信回复", at=days_ago(2))
    again = grant(meimei, "sms", wording_version="2026-01", collected_by="小程序", store=shop.store, at=days_ago(1))
    newest, middle, oldest = proofs(meimei)
    assert (newest.entry, newest.ended_at) == (again, None)
    assert (middle.entry, middle.words) == (no, "")
    assert (oldest.entry, oldest.ended_at) == (first, no.at)
    assert oldest.words == ConsentWording.objects.get(channel="sms", version="2025-06").text
    assert oldest.entry.store == shop.store


def test_the_words_shown_are_the_latest_that_have_started_in_the_language_of_the_page():
    make_wording("sms", "2026-06", starts_on=timezone.localdate(), text="新的措辞")
    make_wording("sms", "2026-06", starts_on=timezone.localdate(), text="New words", language="en")
    make_wording("sms", "2027-01", starts_on=timezone.localdate() + timedelta(days=9))
    assert wordings.shown("sms").text == wordings.now()["sms"].text == "新的措辞"
    with translation.override("en"):
        assert wordings.shown("sms").text == wordings.now()["sms"].text == "New words"
        assert wordings.now()["wecom"].language == "zh-hans"
    assert wordings.shown("sms", purpose="profiling") is None


def test_hq_adds_versions_and_changes_none(shop):
    wordings.add("sms", "3", "我同意", by=shop.suwan)
    wordings.add("sms", "3", "I agree", language="en", by=shop.suwan)
    with pytest.raises(Conflict):
        wordings.add("sms", "3", "我都同意", by=shop.suwan)
    with pytest.raises(NotAllowed):
        wordings.add("sms", "4", "我同意", by=shop.zhoumin)
    for bad in (("sms", " ", "我同意"), ("sms", "5", "  "), ("sms", "5", "字" * 2001)):
        with pytest.raises(Refusal):
            wordings.add(*bad, by=shop.suwan)
    assert set(ConsentWording.objects.filter(version__in=("3", "4", "5")).values_list("text", flat=True)) == {
        "我同意", "I agree",
    }  # fmt: skip
