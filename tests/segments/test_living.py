"""Who is a member no more is in no segment, whether the few of them are hashed or the many looked up one by one."""

import pytest
from django.db import connection

from members.models import Member, MemberFacts
from members.privacy import erasure
from members.segments import compiling
from members.segments.trees import parse
from tests.makers import make_member, make_order

pytestmark = pytest.mark.django_db

BOUGHT = parse({"fact": "orders_365d", "op": "gte", "value": 1})


@pytest.fixture
def mei() -> Member:
    """Zhang Xiaomei bought. So did Lu Ran, who was erased since: what was bought stays, nameless."""
    mei, lu_ran = make_member("张晓梅"), make_member("陆然")
    for member in (mei, lu_ran):
        make_order("80.00", member=member)
    erasure.erase(lu_ran, asked_by="member")
    assert MemberFacts.objects.filter(orders_365d__gte=1).count() == 2, "control: facts alone would find both"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_member")
    return mei


@pytest.mark.parametrize(("few", "hashed"), [(1, True), (0, False)])
def test_an_erased_member_is_not_found_by_what_was_bought(mei, monkeypatch, few, hashed):
    monkeypatch.setattr(compiling, "FEW_GONE", few)
    compiling._few_are_gone.cache_clear()
    assert ("NOT IN" in compiling.compile_tree(BOUGHT).text) == hashed
    assert compiling.member_ids(BOUGHT) == [mei.pk]
    compiling._few_are_gone.cache_clear()


def test_where_nobody_ever_counted_each_is_looked_up(monkeypatch):
    monkeypatch.setattr(compiling, "GONE_ABOUT", "SELECT -1::float4")
    compiling._few_are_gone.cache_clear()
    assert "NOT IN" not in compiling.compile_tree(BOUGHT).text
    compiling._few_are_gone.cache_clear()
