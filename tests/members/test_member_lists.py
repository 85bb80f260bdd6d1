"""Lists of members that somebody brings along: whom the rows lead to, what is told of the rest, what is not kept."""

import gzip
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from members import memberlists
from members.models import ListedMember, MemberList
from members.oneid import merging
from members.privacy import erasure
from stores import policy
from stores.csvfiles import BadFile
from stores.errors import Refusal
from tests.makers import make_admin, make_guide, make_marketer, make_member
from tests.stores.test_workbooks import workbook

pytestmark = pytest.mark.django_db


def file(*rows: str) -> io.BytesIO:
    return io.BytesIO("\n".join(rows).encode())


def on(kept: MemberList) -> list[int]:
    return list(ListedMember.objects.filter(member_list=kept).order_by("member").values_list("member", flat=True))


@pytest.fixture
def people():
    """Zhang Xiaomei, Zhou Zihan and Xu Jingwen, each with a phone."""
    phones = ("13812345601", "13812345602", "13812345603")
    return [make_member(name, phone=phone) for name, phone in zip(("张晓梅", "周子涵", "许静雯"), phones, strict=True)]


def test_rows_are_codes_phones_in_any_spelling_and_public_ids(people):
    mei, han, wen = people
    kept = memberlists.take_in(file(mei.code, "+86 138-1234-5602", wen.public_id), "周年客人", by=make_marketer("苏婉"))
    assert on(kept) == [mei.pk, han.pk, wen.pk]
    assert (kept.rows, kept.found, kept.unknown, kept.turned_away) == (3, 3, 0, {})
    assert kept.created_by.name == "苏婉"


def test_unknown_doubled_and_unreadable_rows_are_counted_with_their_lines(people):
    mei, han, _wen = people
    rows = ("手机号", "13812345601", mei.code, "13999999999", "1.38E+10", "", "138123456O2", f"'{han.code}")
    kept = memberlists.take_in(file(*rows), "周年客人")
    assert on(kept) == [mei.pk, han.pk]
    assert kept.turned_away == {
        "doubled": {"count": 1, "lines": [3]},
        "unknown": {"count": 1, "lines": [4]},
        "unreadable": {"count": 2, "lines": [5, 7]},
    }
    assert (kept.rows, kept.found, kept.unknown) == (6, 2, 1)


def test_the_titled_column_is_read_wherever_it_stands_and_packed_files_too(people):
    text = f"name,Phone,note\n张晓梅,13812345601,VIP\n周子涵,{people[1].code},\n".encode()
    assert on(memberlists.take_in(io.BytesIO(gzip.compress(text)), "名单")) == [people[0].pk, people[1].pk]


def test_whoever_was_merged_is_followed_and_the_erased_are_unknown(people):
    mei, han, wen = people
    code = wen.code
    merging.merge(mei, han, why="hand", by=None)
    erasure.erase(wen, asked_by="member", by=make_admin())
    kept = memberlists.take_in(file(han.code, code, wen.public_id), "名单")
    assert on(kept) == [mei.pk]
    assert kept.turned_away["unknown"]["count"] == 2


def test_a_listed_member_goes_along_in_a_merge_and_comes_home_and_an_erasure_forgets(people):
    mei, han, wen = people
    kept = memberlists.take_in(file(han.code, wen.code), "名单")
    made = merging.merge(mei, han, why="hand", by=None)
    assert on(kept) == [mei.pk, wen.pk]
    merging.unmerge(made, by=make_admin())
    assert on(kept) == [han.pk, wen.pk]
    erasure.erase(wen, asked_by="member", by=make_admin())
    assert on(kept) == [han.pk]
    assert memberlists.living_on(kept) == 1


def test_both_of_a_merge_on_one_list_stand_there_once(people):
    mei, han, _wen = people
    kept = memberlists.take_in(file(mei.code, han.code), "名单")
    merging.merge(mei, han, why="hand", by=None)
    assert memberlists.living_on(kept) == 1


def test_nothing_of_the_file_is_kept(people):
    memberlists.take_in(file("13812345601", "13777777777"), "名单")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(l)::text FROM members_memberlist l UNION ALL SELECT to_jsonb(e)::text "
                       "FROM members_listedmember e")  # fmt: skip
        assert not [row for (row,) in cursor.fetchall() if "1381234" in row or "13777777777" in row]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"PK\x03\x04 workbook", "file_workbook"),
        ("手机号\n13812345601\n".encode("gbk"), "file_not_utf8"),
        (b'"13812345601\n', "file_quotes"),
        (b"13999999999\nhello\n", "list_leads_nowhere"),
    ],
)
def test_a_file_that_is_no_list_is_refused_whole(people, content, code):
    with pytest.raises(Refusal) as refused:
        memberlists.take_in(io.BytesIO(content), "名单")
    assert refused.value.code == code
    assert MemberList.objects.count() == 0


def test_a_list_has_a_name_and_not_too_many_rows(people):
    with pytest.raises(Refusal, match="名字|name"):
        memberlists.take_in(file(people[0].code), "  ")
    policy.change("member_lists.most_rows", 2, by=None)
    with pytest.raises(Refusal) as refused:
        memberlists.take_in(file(*(one.code for one in people)), "名单")
    assert (refused.value.code, MemberList.objects.count()) == ("list_too_long", 0)
    policy.forget()


def test_a_huge_file_is_not_read_to_its_end():
    with pytest.raises(BadFile) as refused:
        memberlists.take_in(io.BytesIO(gzip.compress(b"13812345601\n" * 4_000_000)), "名单")
    assert refused.value.code in ("file_bomb", "file_too_large")


def test_a_list_that_is_needed_stays(people, monkeypatch):
    kept = memberlists.take_in(file(people[0].code), "名单")
    monkeypatch.setattr(memberlists, "HOLDERS", [lambda one: "周年券" if one == kept else ""])
    with pytest.raises(Refusal):
        memberlists.delete(kept)
    assert on(kept) == [people[0].pk]
    monkeypatch.setattr(memberlists, "HOLDERS", [])
    memberlists.delete(kept)
    assert (MemberList.objects.count(), ListedMember.objects.count()) == (0, 0)


def browser_of(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def upload(browser: Client, content: bytes, name: str = "名单"):
    given = {"name": name, "file": SimpleUploadedFile("客人.csv", content)}
    return browser.post(reverse("admin:members_memberlist_add"), given)


def test_headquarters_upload_a_list_see_what_became_of_it_and_delete_it(people):
    browser = browser_of(make_marketer())
    answer = upload(browser, f"{people[0].code}\n13999999999\n".encode())
    kept = MemberList.objects.get()
    assert answer["Location"] == reverse("admin:members_memberlist_change", args=[kept.pk])
    page = browser.get(answer["Location"]).content.decode()
    assert str(memberlists.WHY_NOT["unknown"]) in page
    chosen = {"action": "forget", "_selected_action": [kept.pk]}
    browser.post(reverse("admin:members_memberlist_changelist"), chosen)
    assert MemberList.objects.count() == 0


def test_a_file_that_leads_nowhere_says_so_beside_the_field(people):
    page = upload(browser_of(make_marketer()), b"13999999999\n").content.decode()
    assert str(memberlists.WHY_NOT["unknown"]) in page
    assert MemberList.objects.count() == 0


def test_people_of_stores_bring_no_lists(people):
    assert upload(browser_of(make_guide()), people[0].code.encode()).status_code == 302
    assert MemberList.objects.count() == 0


def test_a_workbook_is_a_list_too_and_numbers_may_be_numbers(people):
    mei, han, _wen = people
    content = workbook(["姓名", "手机号"], ["张晓梅", 13812345601], ["周子涵", han.code], ["", 13999999999])
    upload(browser_of(make_marketer()), content)
    kept = MemberList.objects.get()
    assert on(kept) == [mei.pk, han.pk]
    assert kept.turned_away == {"unknown": {"count": 1, "lines": [4]}}
