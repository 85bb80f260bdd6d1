"""More offers: asked for where the page refused, answered with one tap; the guide is told once, the leader counts."""

from decimal import Decimal

import pytest

from coupons import topups
from coupons.models import CouponTemplate, GuideBudget, OfferQuota, TopUp, TopUpState
from stores import policy
from tests.makers import make_area_manager, make_template
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def spent(chain):
    """Nobody may send any more of the only coupon."""
    CouponTemplate.objects.update(guide_month_quota=0)
    return chain


def ask(person, chain, **given):
    form = {"template": chain.second.pk, "member": chain.zihan.pk, "count": 5, **given}
    return signed_in(person).post("/offers/more/", {key: value for key, value in form.items() if value != ""})


def test_from_the_refusal_to_the_next_send(spent):
    guide, leader = signed_in(spent.lin), signed_in(spent.zhou)
    [card] = guide.get("/offer/", {"m": spent.zihan.pk}).context["cards"]
    assert (card.is_off, card.ask.id, card.ask.asked) == (True, f"ask-{spent.second.pk}", "")
    dialog = guide.get(card.ask.url, headers=part("modal"))
    form = {"template": spent.second.pk, "member": spent.zihan.pk, "count": dialog.context["count"]}
    answer = guide.post("/offers/more/", form, headers=part("modal"))
    assert f'id="ask-{spent.second.pk}" hx-swap-oob="true"' in answer.content.decode()
    assert guide.get("/offer/", {"m": spent.zihan.pk}).context["cards"][0].ask.asked
    [row] = leader.get("/team/offers/").context["requests"]
    leader.post(f"/team/offers/{row.pk}/", {"answer": "agree"}, headers=part("requests"))
    page = guide.get("/offer/", {"m": spent.zihan.pk})
    assert (page.context["cards"][0].left, page.context["can_send"]) == (2, True)
    assert [one["kind"] for one in page.context["news"]] == ["accent"]
    assert guide.get("/offer/", {"m": spent.zihan.pk}).context["news"] == []


def test_a_budget_that_is_short_is_asked_for_in_yuan(chain):
    policy.change("offers.guide_month_budget", 5, by=None)
    policy.forget()
    guide = signed_in(chain.lin)
    page = guide.get("/offer/", {"m": chain.zihan.pk})
    assert (page.context["cards"][0].ask, page.context["budget_ask"].id) == (None, "ask-budget")
    dialog = guide.get(page.context["budget_ask"].url, headers=part("modal"))
    assert (dialog.context["count"], dialog.context["value"]) == (None, 20)
    guide.post("/offers/more/", {"value": "20", "member": chain.zihan.pk})
    asked = TopUp.objects.get()
    assert (asked.template, asked.value) == (None, 20)
    signed_in(chain.zhou).post(f"/team/offers/{asked.pk}/", {"answer": "agree"})
    assert GuideBudget.objects.get().limit == 25
    assert guide.get("/offer/", {"m": chain.zihan.pk}).context["budget_ask"] is None


def test_the_pane_of_a_task_leads_to_more_when_it_is_refused(spent):
    form = {"member": spent.zihan.pk, "template": spent.second.pk, "channel": "wecom", "request_key": "k" * 12,
            "message": "你好", "send": "coupon"}  # fmt: skip
    answer = signed_in(spent.lin).post("/offer/", form, headers=part("detail"))
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#refusal")
    assert f"/offers/more/?template={spent.second.pk}" in answer.content.decode()


def test_the_leader_has_a_number_on_every_page_and_on_today_until_it_is_answered(spent):
    leader, guide = signed_in(spent.zhou), signed_in(spent.lin)
    assert leader.get("/").context["shell"].requests == 0
    ask(spent.lin, spent)
    ask(spent.zhou, spent)
    for path in ("/", "/team/", "/m/", "/offers/"):
        assert leader.get(path).context["shell"].requests == 1, path
    assert "team/offers/" in leader.get("/").content.decode()
    assert guide.get("/").context["shell"].requests == 0
    area = signed_in(make_area_manager(region=spent.store.region))
    assert area.get("/team/").context["shell"].requests == 2


def test_no_needs_a_reason_which_the_guide_reads(spent):
    ask(spent.lin, spent)
    asked, leader = TopUp.objects.get(), signed_in(spent.zhou)
    url = f"/team/offers/{asked.pk}/"
    assert leader.get(url, headers=part("modal")).status_code == 200
    again = leader.post(url, {"answer": "refuse", "reason": ""}, headers=part("requests"))
    assert (again.status_code, again.headers["HX-Retarget"]) == (422, "#modal")
    assert leader.post(url, {"answer": "refuse", "reason": "月底了"}, headers=part("requests")).status_code == 200
    [note] = signed_in(spent.lin).get("/").context["news"]
    assert (note["kind"], "月底了" in note["text"]) == ("warn", True)
    assert not OfferQuota.objects.exists()


def test_what_goes_beyond_the_store_is_said_before_the_second_tap(spent):
    policy.change("offers.store_month_budget", 20, by=None)
    policy.forget()
    ask(spent.lin, spent)
    asked, leader = TopUp.objects.get(), signed_in(spent.zhou)
    first = leader.post(f"/team/offers/{asked.pk}/", {"answer": "agree"}, headers=part("requests"))
    assert (first.status_code, bool(first.context["requests"][0].warning)) == (409, True)
    assert not OfferQuota.objects.exists()
    second = leader.post(f"/team/offers/{asked.pk}/", {"answer": "agree", "beyond": "1"}, headers=part("requests"))
    assert (second.status_code, OfferQuota.objects.get().limit) == (200, 5)


def test_a_second_tap_and_a_late_one_are_told_what_happened(spent):
    ask(spent.lin, spent)
    asked, leader = TopUp.objects.get(), signed_in(spent.zhou)
    for _tap in range(2):
        assert leader.post(f"/team/offers/{asked.pk}/", {"answer": "agree"}).status_code == 302
    assert OfferQuota.objects.get().limit == 5
    ask(spent.lin, spent)
    late = TopUp.objects.latest("pk")
    topups.withdraw(late, by=spent.lin)
    answer = leader.post(f"/team/offers/{late.pk}/", {"answer": "agree"}, headers=part("requests"))
    assert (answer.status_code, answer.context["requests"]) == (409, [])


@pytest.mark.parametrize("given", [{"count": "0"}, {"count": "201"}, {"count": "many"}, {"count": ""}])
def test_a_wrong_amount_is_said_in_the_dialog(spent, given):
    answer = ask(spent.lin, spent, **given)
    assert (answer.status_code, bool(answer.context["error"])) == (422, True)
    assert not TopUp.objects.exists()


def test_what_guides_may_not_send_is_not_asked_for(spent):
    hidden = make_template("内部券")
    assert ask(spent.lin, spent, template=hidden.pk).status_code == 404
    assert signed_in(spent.lin).get(f"/offers/more/?template={hidden.pk}").status_code == 404


def test_a_guide_sees_what_waits_and_withdraws_it(spent):
    ask(spent.lin, spent, member="")
    guide = signed_in(spent.lin)
    [row] = guide.get("/offers/").context["quota"]["asked"]
    guide.post(row["withdraw_url"])
    assert TopUp.objects.get().state == TopUpState.WITHDRAWN
    assert guide.get("/offers/").context["quota"]["asked"] == []


def test_the_leader_sees_each_guides_month(chain):
    topups.grant(topups.ask(chain.lin, value=Decimal(100)), by=chain.zhou)
    page = signed_in(chain.zhou).get("/team/offers/")
    found = {one.name: [(line.left, line.total) for line in one.purses] for one in page.context["guides"]}
    assert found["林小满"] == [("¥2,100", "¥2,100")]
    assert found["何俊"] == [("¥2,000", "¥2,000")]
    assert [line.total for line in page.context["store_purses"]] == ["¥5,000"]
    assert page.context["requests"] == []


def test_a_region_sees_one_list_and_a_store_at_a_time(spent):
    ask(spent.zhou, spent)
    topups.ask(spent.gu, template=spent.second, count=1)
    area = signed_in(make_area_manager(region=spent.store.region))
    page = area.get("/team/offers/", {"store": spent.elsewhere.pk})
    assert [row.name for row in page.context["requests"]] == ["周敏", "顾知夏"]
    assert (page.context["store"], [one.name for one in page.context["guides"]]) == (spent.elsewhere, ["顾知夏"])
    assert signed_in(spent.zhou).get("/team/offers/", {"store": spent.elsewhere.pk}).status_code == 404
