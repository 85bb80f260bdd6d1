"""The manager asks for more for the store with two taps; the area manager sees all stores, agrees with one."""

import pytest

from coupons.models import StoreBudget, TopUp
from tests.makers import make_area_manager
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


def test_from_the_budget_to_the_answer_and_back(chain):
    manager, area = signed_in(chain.zhou), signed_in(make_area_manager("陈立", region=chain.store.region))
    page = manager.get("/team/offers/")
    assert page.context["region_stores"] == []
    link = page.context["store_ask"]
    dialog = manager.get(link["url"], headers=part("modal"))
    assert (dialog.context["value"], dialog.context["most_value"]) == (1250, 200_000)
    answer = manager.post("/offers/more/", {"whole": "1", "value": "1250"}, headers=part("modal"))
    assert 'id="ask-store" hx-swap-oob="true"' in answer.content.decode()
    assert manager.get("/team/offers/").context["store_ask"]["asked"]
    assert manager.get("/team/offers/").context["requests"] == []
    page = area.get("/team/offers/")
    [row] = page.context["requests"]
    assert [one.name for one in page.context["region_stores"]]
    assert page.context["region_purses"]
    assert page.context["store_ask"] is None
    area.post(f"/team/offers/{row.pk}/", {"answer": "agree"}, headers=part("requests"))
    assert StoreBudget.objects.get().limit == 6250
    assert "陈立" in manager.get("/offers/").content.decode()  # the answer, told once


def test_a_guide_gets_no_way_to_the_stores_budget(chain):
    guide = signed_in(chain.lin)
    assert guide.get("/offers/more/?whole=1", headers=part("modal")).context.get("whole") is None
    assert guide.post("/offers/more/", {"whole": "1", "value": "100"}).status_code == 422
    assert not TopUp.objects.exists()
