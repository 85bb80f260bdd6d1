"""Lists come in pages by cursor: every member once, in order, at a fixed number of queries, fast in a large store."""

from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from members.cursors import encode
from members.membercodes import CODE_SQL
from members.models import Member, MemberFacts
from members.search import _ORDERS, Sort, matching, search_members
from members.tags import tags_on
from stores.errors import Refusal
from tests.makers import days_ago, make_member, make_tiers
from tests.members.shop import open_shop

pytestmark = pytest.mark.django_db

MANY = """
    INSERT INTO members_member (code, name, initials, state, phone_last4, phone_masked, birthday_calendar, joined_at,
        source, home_store_id, guide_id, tier_id, tier_since, growth, points, stage)
    SELECT {code}, '会员' || n, 'hy' || n, 'active', lpad(mod(n, 10000)::text, 4, '0'), '', 'solar',
        now() - n * interval '1 minute', '', %(store)s, %(guide)s, %(tier)s, now(), 0, 0, 'growing'
    FROM generate_series(1, %(count)s) AS n
"""
FACTS = """
    INSERT INTO members_memberfacts (member_id, orders, spend, orders_365d, spend_365d, last_order_at, computed_at)
    SELECT id, 1, 10, 1, 10, now() - mod(id, 5000) * interval '1 hour', now() FROM members_member WHERE guide_id = %s
"""


@pytest.fixture
def shop():
    return open_shop()


def pages(viewer, **options) -> list[list[Member]]:
    """All pages of a list, one after the other."""
    found, after = [], None
    while True:
        page = search_members(viewer, after=after, **options)
        found.append(page.rows)
        after = page.next
        if after is None:
            return found


def shown_key(member: Member, sort: str):
    """The value that an order goes by."""
    if sort in (Sort.NAME, Sort.JOINED):
        return member.initials if sort == Sort.NAME else member.joined_at
    return member.facts.spend_365d if sort == Sort.SPEND else member.facts.last_order_at


@pytest.mark.parametrize("sort", list(Sort))
def test_every_member_comes_once_in_whatever_order(shop, sort):
    for n in range(23):
        member = make_member(f"会员{n % 4}", guide=shop.xiaoman, joined_at=days_ago(n % 5))
        if n % 3:
            MemberFacts.objects.create(
                member=member, last_order_at=days_ago(n % 6), spend_365d=Decimal(n % 7), computed_at=timezone.now()
            )
    found = pages(shop.xiaoman, sort=sort, limit=5)
    assert [len(page) for page in found] == [5, 5, 5, 5, 3]
    everybody = [member for page in found for member in page]
    assert len({member.pk for member in everybody}) == 23
    bought = [member for member in everybody if hasattr(member, "facts")]
    judged = everybody if sort in (Sort.NAME, Sort.JOINED) else bought
    assert everybody[: len(judged)] == judged, "those who never bought come last"
    keys = [(shown_key(member, sort), member.pk) for member in judged]
    assert keys == sorted(keys, reverse=sort in (Sort.LAST_ORDER, Sort.SPEND, Sort.JOINED))


def test_those_who_never_bought_come_last(shop):
    make_member("没买过", guide=shop.xiaoman)
    bought = make_member("买过", guide=shop.xiaoman)
    MemberFacts.objects.create(member=bought, last_order_at=days_ago(1), computed_at=timezone.now())
    assert [member.name for member in search_members(shop.xiaoman).rows] == ["买过", "没买过"]
    assert [member.name for member in search_members(shop.xiaoman, sort="longest_away").rows] == ["买过", "没买过"]


def test_a_page_has_at_most_fifty_members_and_needs_no_more_queries_per_row(shop, django_assert_num_queries):
    for n in range(55):
        make_member(f"会员{n}", guide=shop.xiaoman)
    with django_assert_num_queries(4):  # keys, those without an order, rows, tags
        rows = search_members(shop.xiaoman, limit=1000).rows
        tags_on([member.pk for member in rows], shop.xiaoman)
        shown = [(member.tier.name, member.guide.name, member.home_store.name) for member in rows]
    assert len(shown) == 50
    assert len(search_members(shop.xiaoman).rows) == 20


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "é",
        "AAAA",
        encode([]),
        encode(["2026-01-01T00:00:00+00:00"]),
        encode(["2026-01-01", 1]),
        encode(["0001-01-01T00:00:00+14:00", 1]),
        encode([5, "x"]),
        encode([None, None]),
    ],
)
def test_a_cursor_that_leads_nowhere_is_refused(shop, after):
    with pytest.raises(Refusal) as refusal:
        search_members(shop.xiaoman, after=after)
    assert refusal.value.code == "bad_cursor"


def answer(viewer, sort: str, after: str) -> str:
    """What a cursor leads to: the code of the refusal, or whether there is somebody."""
    try:
        return "somebody" if search_members(viewer, sort=sort, after=after).rows else "nobody"
    except Refusal as refusal:
        return refusal.code


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400", "\x00", "\ud800", "x" * 900])
def test_a_cursor_with_a_monstrous_value_is_refused_or_harmless(shop, value):
    answers = {answer(shop.xiaoman, sort, encode([value, pk])) for sort in Sort for pk in (1, 10**30, -(10**30))}
    assert answers <= {"bad_cursor", "nobody"}


def test_an_order_that_does_not_exist_is_refused(shop):
    with pytest.raises(Refusal) as refusal:
        search_members(shop.xiaoman, sort="password")
    assert refusal.value.code == "bad_sort"


def keys_query(viewer, query: str):
    """The query that finds the keys of the first page, in the default order."""
    return _ORDERS[Sort.LAST_ORDER].rows(matching(viewer, query), viewer, None).values_list("sort_key", "pk")[:21]


@pytest.mark.slow
def test_twenty_thousand_members_of_a_store_are_searched_within_their_index(shop):
    params = {"store": shop.store.pk, "guide": shop.xiaoman.pk, "tier": make_tiers()["plain"].pk, "count": 20_000}
    with connection.cursor() as cursor:
        cursor.execute(MANY.format(code=CODE_SQL), params)
        cursor.execute(MANY.format(code=CODE_SQL), {**params, "store": shop.next_door.pk, "guide": shop.tangwei.pk})
        cursor.execute(FACTS, [shop.xiaoman.pk])
        cursor.execute("ANALYZE members_member, members_memberfacts")
    for query, index in (("1830", "member_last4"), ("hy1999", "member_initials_prefix"), ("", None), ("会员77", None)):
        plan = keys_query(shop.zhoumin, query).explain(analyze=True)
        assert index is None or index in plan, f"{query}\n{plan}"
        assert float(plan.rsplit("Execution Time: ")[1].split()[0]) < 200, plan
    assert [len(page) for page in pages(shop.zhoumin, query="hy1999", sort="name")] == [11]
