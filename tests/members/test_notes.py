"""Notes stay in the store where they were written."""

import pytest

from members.assignments import assign
from members.models import Note
from members.notes import add_note, notes_of, remove_note
from stores.errors import NotAllowed, NotFound, Refusal
from tests.makers import make_guide, make_member
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def meimei(shop):
    return make_member("张晓梅", guide=shop.xiaoman)


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
