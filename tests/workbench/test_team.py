"""The manager's page: the store together, names from A to Z, sharing out and handing over with a way back."""

import pytest

from members.models import Assignment, Member
from stores import staff
from tests.makers import make_area_manager, make_member
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(chain):
    """Zhou Min's browser."""
    return signed_in(chain.zhou)


def test_guides_run_from_a_to_z_and_only_those_of_the_store(chain, desk):
    page = desk.get("/team/?period=month")
    assert [row.name for row in page.context["guides"]] == ["何俊", "林小满", "周敏"]
    assert page.context["totals"].used_share is None


def test_guides_have_no_team_page(chain):
    assert signed_in(chain.lin).get("/team/").status_code == 403


def test_members_without_a_guide_are_counted_previewed_and_shared_out(chain, desk):
    for nth in range(5):
        make_member(f"新会员{nth}", home_store=chain.store)
    assert desk.get("/team/").context["unassigned"]["total"] == 5
    plan = desk.get("/team/?give=none&rule=even").context["handover"]
    assert plan.total == sum(row.gets for row in plan.rows) == 5
    assert len(desk.get("/team/give/none/?rule=even").context["moves"]) == 5
    assert not Assignment.objects.filter(batch__isnull=False).exists()
    desk.post("/team/give/none/", {"strategy": "even"})
    assert not Member.objects.filter(home_store=chain.store, guide=None).exists()


def test_the_whole_batch_can_be_taken_back(chain, desk):
    newcomer = make_member("新会员", home_store=chain.store)
    desk.post("/team/give/none/", {"strategy": "even"})
    undo = desk.get("/team/").context["undo"]
    desk.post(undo["undo_url"])
    newcomer.refresh_from_db()
    assert newcomer.guide is None
    assert desk.get("/team/").context["undo"] is None


def test_a_leavers_members_go_to_colleagues(chain, desk):
    staff.leave(chain.lin)
    page = desk.get("/team/")
    assert [one["name"] for one in page.context["leavers"]] == ["林小满"]
    desk.post(f"/team/give/{chain.lin.pk}/", {"strategy": "latest_served"})
    chain.zihan.refresh_from_db()
    assert chain.zihan.guide == chain.he


def test_an_unknown_rule_and_a_foreign_store_change_nothing(chain, desk):
    make_member("新会员", home_store=chain.store)
    assert desk.post("/team/give/none/", {"strategy": "by_sales"}, headers=part()).status_code == 422
    assert desk.post(f"/team/give/none/?store={chain.elsewhere.pk}", {"strategy": "even"}).status_code == 404
    assert desk.post(f"/team/give/{chain.gu.pk}/", {"strategy": "even"}).status_code == 404
    assert not Assignment.objects.filter(batch__isnull=False).exists()
    chain.anna.refresh_from_db()
    assert chain.anna.guide == chain.gu


def test_an_area_manager_chooses_among_the_stores_of_the_region(chain):
    area = signed_in(make_area_manager("沈立新", region=chain.store.region))
    page = area.get("/team/")
    assert {choice.label for choice in page.context["stores"]} == {"滨河路店", "西溪店"}
    other = area.get("/team/", {"store": chain.elsewhere.pk})
    assert [row.name for row in other.context["guides"]] == ["顾知夏"]


def test_results_are_private_and_every_period_answers(chain):
    client = signed_in(chain.lin)
    for period in ("day", "week", "month", "nonsense"):
        assert client.get("/results/", {"period": period}).context["totals"].sent == 0


def test_the_look_and_the_language_of_this_device(chain):
    client = signed_in(chain.lin)
    client.post("/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/me/").content.decode()
    client.post("/theme/", {"theme": "pink"})
    assert "data-theme" not in client.get("/me/").content.decode()
    client.post("/i18n/setlang/", {"language": "en", "next": "/me/"})
    assert 'lang="en"' in client.get("/me/").content.decode()
