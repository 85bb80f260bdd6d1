"""Growth value and points are corrected in the admin by an entry more, with a reason, and only by administrators."""

import pytest
from django.test import Client
from django.urls import reverse

from members.models import EarningRate, GrowthEntry, Member, MoneyCuts, PointsEntry
from stores.models import Staff
from tests.makers import days_ago, make_admin, make_marketer, make_member, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    """Zhang Xiaomei with 100 points and as much growth value."""
    mei = make_member("张晓梅", joined_at=days_ago(90))
    make_order("100.00", member=mei, paid_at=days_ago(20))
    return mei


def signed_in(person: Staff) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def correct(browser: Client, ledger: str, member: Member, delta, note="补登漏单"):
    form = {"member_code": member.code, "delta": delta, "note": note}
    return browser.post(reverse(f"admin:members_{ledger}_add"), form, follow=True)


def held(member: Member) -> tuple[int, int]:
    row = Member.objects.get(pk=member.pk)
    return row.growth, row.points


def test_an_administrator_corrects_both_ledgers_with_a_reason(mei):
    jianguo = make_admin("何建国")
    browser = signed_in(jianguo)
    assert correct(browser, "growthentry", mei, 950).status_code == 200
    assert correct(browser, "pointsentry", mei, -30).status_code == 200
    assert held(mei) == (1050, 70)
    assert Member.objects.get(pk=mei.pk).tier.code == "silver"
    entry = PointsEntry.objects.get(kind="adjustment")
    assert (entry.note, entry.made_by, entry.delta) == ("补登漏单", jianguo, -30)
    assert "补登漏单" in browser.get(reverse("admin:members_pointsentry_change", args=[entry.pk])).content.decode()


@pytest.mark.parametrize(
    ("delta", "note"),
    [("0", "补登"), ("5", ""), ("5", "   "), ("-101", "误发"), ("99999999999", "补登"), ("x", "补登")],
)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(mei, delta, note):
    browser = signed_in(make_admin())
    for ledger in ("growthentry", "pointsentry"):
        assert correct(browser, ledger, mei, delta, note).status_code == 200
    assert held(mei) == (100, 100)
    assert not GrowthEntry.objects.filter(kind="adjustment").exists()
    assert not PointsEntry.objects.filter(kind="adjustment").exists()


def test_nobody_of_that_code_is_nobody(mei):
    mei.code = "000000000000"
    page = correct(signed_in(make_admin()), "pointsentry", mei, 5).content.decode()
    assert PointsEntry.objects.count() == 1
    assert 'name="member_code"' in page


def test_a_marketer_looks_but_does_not_correct(mei):
    browser = signed_in(make_marketer("苏婉"))
    assert browser.get(reverse("admin:members_pointsentry_changelist")).status_code == 200
    assert correct(browser, "pointsentry", mei, 5).status_code == 403
    assert held(mei) == (100, 100)


def test_an_entry_is_never_changed_or_deleted(mei):
    browser, entry = signed_in(make_admin()), PointsEntry.objects.get()
    url = reverse("admin:members_pointsentry_change", args=[entry.pk])
    assert browser.post(url, {"member_code": mei.code, "delta": 7, "note": "改"}).status_code == 403
    assert browser.post(reverse("admin:members_pointsentry_delete", args=[entry.pk])).status_code == 403
    assert PointsEntry.objects.get().delta == 100


def test_the_page_of_a_member_shows_the_lots_of_points(mei):
    make_order("33.00", member=mei)
    page = signed_in(make_marketer()).get(reverse("admin:members_member_change", args=[mei.pk])).content.decode()
    assert "100" in page
    assert f"?q={mei.code}" in page


def test_rates_and_cut_points_have_pages(mei):
    MoneyCuts.objects.create(month="2026-03-01", cuts=[10, 20, 30, 40], buyers=1200)
    browser, rate = signed_in(make_marketer()), EarningRate.objects.get()
    assert "银卡" in browser.get(reverse("admin:members_earningrate_changelist")).content.decode()
    assert browser.get(reverse("admin:members_earningrate_change", args=[rate.pk])).status_code == 200
    assert "¥20.00" in browser.get(reverse("admin:members_moneycuts_changelist")).content.decode()
