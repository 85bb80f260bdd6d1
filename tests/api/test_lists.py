"""Lists: pages by cursor that neither shift nor repeat, limits, what changed since, filters."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from members.models import Member
from stores.models import Scope, Store
from tests.api.callers import is_problem, make_till
from tests.makers import make_member, make_region, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    return make_till(Scope.STORES_READ, Scope.MEMBERS_READ)


def walk(till, url: str, link: str = "next") -> list[list[str]]:
    """The codes of each page, following ``next`` (or ``previous``) to the end."""
    pages = []
    while url:
        answer = till.get(url)
        assert answer.status_code == 200, answer.content
        pages.append([row["code"] for row in answer.json()["results"]])
        url = answer.json()[link]
    return pages


def make_stores(count: int) -> list[str]:
    region = make_region()
    return [make_store(f"门店 {n}", region=region).code for n in range(count)]


def test_pages_hold_every_row_once_in_order(till):
    codes = make_stores(7)
    pages = walk(till, "/api/v1/stores/?limit=3")
    assert [code for page in pages for code in page] == codes
    assert [len(page) for page in pages] == [3, 3, 1]


def test_the_first_page_has_no_previous_and_the_last_no_next(till):
    make_stores(3)
    first = till.read("/stores/", limit=2).json()
    last = till.get(first["next"]).json()
    assert first["previous"] is None
    assert last["next"] is None
    assert last["previous"] is not None


def test_walking_back_gives_the_same_pages(till):
    make_stores(7)
    forward = walk(till, "/api/v1/stores/?limit=2")
    last = till.read("/stores/", limit=2).json()
    while last["next"]:
        here, last = last["next"], till.get(last["next"]).json()
    back = walk(till, here, "previous")
    assert [code for page in reversed(back) for code in page] == [code for page in forward for code in page]


def test_rows_added_and_removed_meanwhile_neither_shift_nor_repeat_others(till):
    codes = make_stores(6)
    first = till.read("/stores/", limit=3).json()
    Store.objects.filter(code=codes[0]).delete()
    added = make_store("新店").code
    rest = [code for page in walk(till, first["next"]) for code in page]
    assert rest == [*codes[3:], added]


def test_members_are_followed_by_the_moment_of_change_even_when_many_changed_at_once(till):
    at = timezone.now()
    members = [make_member() for _ in range(5)]
    Member.objects.filter(pk__in=[member.pk for member in members[:4]]).update(updated_at=at)
    Member.objects.filter(pk=members[4].pk).update(updated_at=at - timedelta(days=2))
    since = (at - timedelta(days=1)).isoformat()
    seen = [code for page in walk(till, f"/api/v1/members/?limit=3&updated_since={since[:19]}Z") for code in page]
    assert seen == [member.code for member in members[:4]]


def test_filters_narrow_a_list_and_stay_in_the_links(till):
    region = make_region(code="SH")
    kept = [make_store("静安寺店", region=region, kind="mall").code for _ in range(3)]
    make_store("徐家汇店", kind="mall")
    page = till.read("/stores/", region="SH", kind="mall", limit=2).json()
    assert parse_qs(urlsplit(page["next"]).query)["region"] == ["SH"]
    assert [code for page in walk(till, "/api/v1/stores/?region=SH&limit=2") for code in page] == kept


@pytest.mark.parametrize("limit", ["0", "-1", "201", "ten", "1e2", "", "²", "9" * 400])
def test_a_limit_out_of_bounds_is_refused(till, limit):
    members = is_problem(till.read("/stores/", limit=limit), 400, "invalid")
    assert members["errors"][0]["field"] == "limit"


@pytest.mark.parametrize(
    "cursor",
    ["nonsense", "é", "e30", "bnVsbA", "W10", "A" * 5000, "eyJvIjoicGsiLCJ2IjpbIngiXSwiYiI6ZmFsc2V9",
     "eyJvIjoicGsiLCJ2IjpbMWU0MDBdLCJiIjpmYWxzZX0", "W" * 4096],
)  # fmt: skip
def test_a_cursor_that_is_none_is_refused(till, cursor):
    assert is_problem(till.read("/stores/", cursor=cursor), 400, "invalid")["errors"][0]["code"] == "bad_cursor"


def test_a_cursor_of_another_list_is_refused(till):
    make_stores(2)
    query = parse_qs(urlsplit(till.read("/stores/", limit=1).json()["next"]).query)
    is_problem(till.read("/members/", updated_since="2026-01-01T00:00:00Z", cursor=query["cursor"][0]), 400, "invalid")


@pytest.mark.parametrize(
    "since", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "1e400"]
)
def test_a_moment_without_offset_or_out_of_range_is_refused(till, since):
    is_problem(till.read("/stores/", updated_since=since), 400, "invalid")


def test_two_hundred_rows_cost_as_few_queries_as_two(till, django_assert_max_num_queries):
    make_stores(40)
    till.read("/stores/")
    with django_assert_max_num_queries(1):
        till.read("/stores/", limit=200)
    for _ in range(30):
        make_member(home_store=Store.objects.first(), phone="")
    with django_assert_max_num_queries(2):
        assert len(till.read("/members/", limit=200).json()["results"]) >= 30
