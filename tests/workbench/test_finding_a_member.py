"""The list of members: found by a few signs, filtered, sorted, paged, several tagged at once."""

import pytest

from members.models import MemberTag
from tests.makers import days_ago, make_member, make_order, make_task
from tests.workbench.scenery import a_tag, part, signed_in

pytestmark = pytest.mark.django_db


def names(page) -> list[str]:
    return [str(row) for row in page.context["page"].rows]


@pytest.mark.parametrize("typed", ["1234", "zzh", "周子", "13800001234", "+86 138 0000 1234"])
def test_a_member_is_found_by_digits_initials_name_or_phone(chain, typed):
    assert names(signed_in(chain.lin).get("/m/", {"q": typed})) == ["周子涵"]


def test_a_member_is_found_by_code(chain):
    assert names(signed_in(chain.lin).get("/m/", {"q": chain.zihan.code})) == ["周子涵"]


def test_a_colleagues_member_is_not_found_but_the_manager_finds_both(chain):
    nothing = signed_in(chain.lin).get("/m/", {"q": "5678"})
    assert names(nothing) == []
    assert "5678" in nothing.context["none"]["title"]
    assert names(signed_in(chain.zhou).get("/m/", {"q": "5678"})) == ["刘建国"]
    assert names(signed_in(chain.zhou).get("/m/", {"q": "9999"})) == []


@pytest.mark.parametrize("typed", ["\x00", "%", "' OR 1=1 --", "😀" * 50, "0" * 300])
def test_odd_input_finds_nobody_and_breaks_nothing(chain, typed):
    assert signed_in(chain.lin).get("/m/", {"q": typed}).status_code == 200


def test_no_page_of_the_list_shows_a_whole_phone(chain):
    make_task(chain.zihan)
    pk = chain.zihan.pk
    for path in ("/", "/m/", "/m/?q=1234", f"/m/{pk}/", f"/m/{pk}/?full=1", f"/offer/?m={pk}", f"/m/{pk}/reveal/"):
        assert "13800001234" not in signed_in(chain.lin).get(path).content.decode()


def test_filters_narrow_and_can_be_taken_off(chain):
    make_member("许静雯", guide=chain.lin, tier="gold")
    client = signed_in(chain.lin)
    gold = client.get("/m/", {"tier": chain.zihan.tier_id, "stage": "introduction"})
    assert names(gold) == ["周子涵"]
    assert len(gold.context["active"]) == 2
    assert (
        client.get("/m/", {"tier": "abc", "stage": "nonsense", "last": "x", "guide": chain.he.pk}).context["total"] == 2
    )


def test_the_sheet_is_fetched_when_it_is_opened_and_comes_with_the_page_where_it_cannot_be(chain):
    client = signed_in(chain.lin)
    assert 'id="filters"' not in client.get("/m/").content.decode()
    url = client.get("/m/", {"stage": "introduction"}).context["filter_url"]
    sheet = client.get(url, headers=part("modal")).content.decode()
    assert sheet.lstrip().startswith("<dialog")
    assert 'value="introduction" checked' in sheet
    page = client.get(url).content.decode()
    assert "<!doctype" in page
    assert 'id="filters"' in page


def test_the_sheet_counts_what_is_ticked(chain):
    page = signed_in(chain.lin).get("/m/", {"stage": "lost", "count": "1"}, headers=part("match"))
    assert page.context["match_count"] == 0
    assert signed_in(chain.lin).get("/m/", {"count": "1"}, headers=part("match")).context["match_count"] == 1


def test_more_rows_come_by_cursor_and_none_twice(chain):
    for nth in range(45):
        make_member(f"会员{nth}", guide=chain.lin)
    client = signed_in(chain.lin)
    page = client.get("/m/").context["page"]
    seen = [row.pk for row in page.rows]
    while page.next_url:
        answer = client.get(page.next_url, headers=part())
        assert "<!doctype" not in answer.content.decode()
        page = answer.context["page"]
        seen += [row.pk for row in page.rows]
    assert len(seen) == len(set(seen)) == 46


def test_a_spoilt_cursor_is_refused_in_words(chain):
    assert signed_in(chain.lin).get("/m/?after=garbage", headers=part()).status_code == 422


def test_the_rhythm_of_each_member_stands_beside_the_silence(chain):
    for days in (61, 54, 47):
        make_order("40.00", member=chain.zihan, store=chain.store, paid_at=days_ago(days))
    [row] = signed_in(chain.lin).get("/m/").context["page"].rows
    assert (row.facts.days_since, row.facts.usual_gap_days, row.facts.is_over) == (47, 7, True)
    assert sum(row.monthly) == 120


def test_several_are_tagged_at_once(chain):
    other, tag = make_member("许静雯", guide=chain.lin), a_tag()
    client = signed_in(chain.lin)
    chosen = {"member": [chain.zihan.pk, other.pk]}
    assert tag.name in client.get("/m/tag/", chosen).content.decode()
    client.post("/m/tag/", {**chosen, "tag": tag.pk})
    assert MemberTag.objects.filter(tag=tag).count() == 2


def test_one_foreign_member_among_them_stops_all(chain):
    tag = a_tag()
    client = signed_in(chain.lin)
    answer = client.post("/m/tag/", {"member": [chain.zihan.pk, chain.anna.pk], "tag": tag.pk})
    assert answer.status_code == 404
    assert not MemberTag.objects.exists()
    assert client.post("/m/tag/", {"tag": tag.pk}, headers=part()).status_code == 422
