"""On a member's page: points for a coupon with a second look and a way back; the birthday by either calendar."""

from datetime import date

import pytest

from coupons.models import Coupon, PointsExchange
from members.ledgers import points
from members.models import Birthday, Member
from tests.makers import days_ago, make_template
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def zihan(chain):
    """Zhou Zihan has 500 points that may be spent and 200 that are frozen."""
    points.adjust(chain.zihan, 500, note="开卡礼", by=None, at=days_ago(20))
    points.adjust(chain.zihan, 200, note="补", by=None)
    return chain.zihan


@pytest.fixture
def lins_phone(chain):
    return signed_in(chain.lin)


def confirm(browser, member, template) -> dict:
    """The form of the second step."""
    page = browser.get(f"/m/{member.pk}/exchange/?template={template.pk}", headers=part("modal"))
    return {"template": template.pk, "request_key": page.context["request_key"]}


def test_the_first_step_shows_the_purse_and_every_coupon_with_its_price(zihan, lins_phone):
    cheap, dear = make_template("满60减10", points_price=300), make_template("满200减50", points_price=900)
    page = lins_phone.get(f"/m/{zihan.pk}/exchange/", headers=part("modal"))
    assert (page.context["spendable"], page.context["chosen"]) == (500, cheap.pk)
    assert "200" in page.context["frozen"]
    cards = {card.id: card for card in page.context["cards"]}
    assert cards[dear.pk].why_off == "900 积分 · 还差 400 积分"
    assert cards[cheap.pk].terms.startswith("300 积分")


def test_confirmed_the_points_go_the_coupon_comes_and_the_page_is_new(chain, zihan, lins_phone):
    template = make_template(points_price=300)
    form = confirm(lins_phone, zihan, template)
    assert not Coupon.objects.exists()
    answer = lins_phone.post(f"/m/{zihan.pk}/exchange/", form, headers=part("modal"))
    assert answer.headers["HX-Redirect"] == f"/m/{zihan.pk}/"
    lins_phone.post(f"/m/{zihan.pk}/exchange/", form, headers=part("modal"))
    made = PointsExchange.objects.get()
    assert (made.made_by, Member.objects.get(pk=zihan.pk).points) == (chain.lin, 400)
    shown = lins_phone.get(f"/m/{zihan.pk}/?full=1").content.decode()
    assert "用 300 积分换了满60减10" in shown
    assert "积分" in shown


def test_it_is_undone_from_the_same_dialog(zihan, lins_phone):
    template = make_template(points_price=300)
    lins_phone.post(f"/m/{zihan.pk}/exchange/", confirm(lins_phone, zihan, template))
    made = PointsExchange.objects.get()
    assert [one.pk for one in lins_phone.get(f"/m/{zihan.pk}/exchange/").context["taken"]] == [made.pk]
    text = lins_phone.post(f"/m/{zihan.pk}/exchange/{made.pk}/undo/", follow=True).content.decode()
    assert "300 积分已退回" in text
    assert Member.objects.get(pk=zihan.pk).points == 700
    PointsExchange.objects.update(made_at=days_ago(1), returned_at=None)
    Coupon.objects.update(state="issued")
    assert lins_phone.post(f"/m/{zihan.pk}/exchange/{made.pk}/undo/").status_code == 422


@pytest.mark.parametrize("fields", [{"points_price": 501}, {}, {"points_price": 100, "stock": 0}])
def test_what_cannot_be_had_is_refused_in_words_and_changes_nothing(zihan, lins_phone, fields):
    template = make_template(**fields)
    form = {"template": template.pk, "request_key": "a"}
    answer = lins_phone.post(f"/m/{zihan.pk}/exchange/", form, headers=part("modal"))
    assert answer.status_code == 422
    assert answer.context["error"]
    assert not Coupon.objects.exists()
    assert Member.objects.get(pk=zihan.pk).points == 700


def test_a_form_without_its_key_or_for_no_coupon_is_refused(zihan, lins_phone):
    template = make_template(points_price=100)
    assert lins_phone.post(f"/m/{zihan.pk}/exchange/", {"template": template.pk}).status_code == 422
    assert lins_phone.post(f"/m/{zihan.pk}/exchange/", {"template": "x", "request_key": "a"}).status_code == 404
    assert not Coupon.objects.exists()


def test_members_of_others_are_not_there(chain, zihan):
    template, stranger = make_template(points_price=100), signed_in(chain.gu)
    form = {"template": template.pk, "request_key": "a"}
    assert stranger.post(f"/m/{zihan.pk}/exchange/", form).status_code == 404
    assert stranger.get(f"/m/{zihan.pk}/exchange/").status_code == 404
    assert stranger.post(f"/m/{zihan.pk}/birthday/", {"calendar": "solar", "month": 1, "day": 1}).status_code == 404
    assert not Coupon.objects.exists()


def test_a_lunar_birthday_is_told_with_its_year(chain, lins_phone, time_machine):
    time_machine.move_to("2026-11-22T02:00:00Z")
    form = {"calendar": "lunar", "year": "1990", "month": "8", "day": "15"}
    lins_phone.post(f"/m/{chain.zihan.pk}/birthday/", form)
    member = Member.objects.get(pk=chain.zihan.pk)
    assert (member.birthday, member.birthday_calendar) == (date(1990, 10, 3), Birthday.LUNAR)
    assert "生日 农历八月十五（09-15）" in lins_phone.get(f"/m/{member.pk}/").content.decode()
    page = lins_phone.get(f"/m/{member.pk}/birthday/", headers=part("modal")).context
    assert (page["year"], page["month"], page["day"], page["leap"]) == (1990, 8, 15, False)


def test_a_birthday_in_a_leap_month_stays_there_when_the_form_is_saved_again(chain, lins_phone):
    form = {"calendar": "lunar", "year": "2025", "month": "6", "day": "1", "leap": "1"}
    lins_phone.post(f"/m/{chain.zihan.pk}/birthday/", form)
    member = Member.objects.get(pk=chain.zihan.pk)
    assert (member.birthday, member.feast_month, member.feast_day) == (date(2025, 7, 25), 6, 1)
    assert lins_phone.get(f"/m/{member.pk}/birthday/").context["leap"] is True


def test_the_year_may_stay_a_secret(chain, lins_phone):
    form = {"calendar": "lunar", "year": "", "month": "12", "day": "30"}
    answer = lins_phone.post(f"/m/{chain.zihan.pk}/birthday/", form, headers=part("modal"))
    assert answer.headers["HX-Redirect"] == f"/m/{chain.zihan.pk}/"
    member = Member.objects.get(pk=chain.zihan.pk)
    assert (member.birthday, member.feast_month, member.feast_day) == (None, 12, 30)
    assert "农历腊月三十" in lins_phone.get(f"/m/{member.pk}/").content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {"calendar": "lunar", "year": "1990", "month": "13", "day": "1"},
        {"calendar": "lunar", "year": "2026", "month": "12", "day": "31"},
        {"calendar": "solar", "year": "2023", "month": "2", "day": "29"},
        {"calendar": "solar", "year": "abcd", "month": "2", "day": "1"},
        {"calendar": "solar", "year": "2090", "month": "2", "day": "1"},
        {"calendar": "moon", "year": "", "month": "2", "day": "1"},
        {},
    ],
)
def test_a_day_that_is_not_is_refused_and_changes_nothing(chain, lins_phone, form):
    answer = lins_phone.post(f"/m/{chain.zihan.pk}/birthday/", form, headers=part("modal"))
    assert answer.status_code == 422
    assert answer.context["error"]
    member = Member.objects.get(pk=chain.zihan.pk)
    assert (member.birthday, member.feast_month) == (None, None)
