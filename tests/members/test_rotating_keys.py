"""Identities are sealed: no row holds one, a lost key loses them, and a new key takes over without anybody noticing."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from members.models import Identity
from members.oneid import resealing
from members.oneid.identities import find
from members.oneid.identityseals import value_of
from stores import sealing
from tests.makers import make_member

pytestmark = pytest.mark.django_db
PHONE = "13812345678"
OLD, NEW = "an-old-key-of-the-house-0123456789", "the-new-key-of-the-house-0123456789"


@pytest.fixture
def meimei(settings):
    """A member whose phone was sealed with the old key."""
    settings.FIELD_KEYS = [OLD]
    return make_member(phone=PHONE)


def marks() -> set[bytes]:
    """The keys that sealed what is there."""
    return {bytes(row.sealed)[:4] for row in Identity.objects.all()}


def test_the_row_of_an_identity_tells_no_more_than_its_mask(meimei):
    with connection.cursor() as cursor:
        cursor.execute("SELECT i::text, encode(sealed, 'escape') FROM members_identity i")
        texts = cursor.fetchone()
    assert all(PHONE not in text for text in texts)
    assert "138****5678" in texts[0]
    assert value_of(Identity.objects.get()) == PHONE


def test_one_value_is_sealed_differently_each_time_and_found_all_the_same(meimei):
    assert sealing.seal(PHONE) != sealing.seal(PHONE)
    assert sealing.digest("phone", PHONE) == sealing.digest("phone", PHONE)
    assert sealing.digest("phone", PHONE) != sealing.digest("card_no", PHONE)


def test_a_new_key_in_front_changes_nothing_for_those_who_look(meimei, settings):
    settings.FIELD_KEYS = [NEW, OLD]
    assert find("phone", PHONE) == meimei
    assert value_of(Identity.objects.get()) == PHONE
    other = make_member("李雷", phone="13987654321")
    assert len(marks()) == 2
    assert find("phone", "13987654321") == other


def test_resealing_leaves_every_value_with_the_newest_key_and_every_digest_as_it_was(meimei, settings, capsys):
    settings.FIELD_KEYS = [NEW, OLD]
    before = list(Identity.objects.values_list("pk", "digest", "shown"))
    call_command("reseal")
    assert marks() == {sealing.current_mark()}
    assert list(Identity.objects.values_list("pk", "digest", "shown")) == before
    assert find("phone", PHONE) == meimei
    call_command("reseal", check=True)
    assert "1" in capsys.readouterr().out


def test_resealing_goes_on_where_it_stopped(meimei, settings, monkeypatch):
    monkeypatch.setattr(resealing, "PER_CHUNK", 1)
    make_member("李雷", phone="13987654321")
    settings.FIELD_KEYS = [NEW, OLD]
    job = resealing.plan()
    assert resealing.plan() == job
    assert not resealing.reseal_chunk(job)
    assert len(marks()) == 2
    assert not resealing.reseal_chunk(job)
    assert resealing.reseal_chunk(job)
    assert (marks(), job.done) == ({sealing.current_mark()}, 2)


def test_without_the_key_nothing_can_be_read_and_the_check_says_so(meimei, settings):
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(sealing.Unreadable):
        value_of(Identity.objects.get())
    assert find("phone", PHONE) is None
    with pytest.raises(CommandError):
        call_command("reseal", check=True)


def test_a_value_that_was_tampered_with_is_not_read(meimei):
    sealed = bytearray(Identity.objects.get().sealed)
    sealed[-1] ^= 1
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(bytes(sealed))
