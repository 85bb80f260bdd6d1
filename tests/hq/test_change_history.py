"""Headquarters read who changed what: all tables on one page, one row's own behind its page."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from members.models import Tier, TierHistory
from members.profiles import update
from stores import history
from stores.models import SettingHistory
from tests.api.callers import make_partner, make_till
from tests.makers import make_admin, make_guide, make_manager, make_marketer, make_member, make_tiers

pytestmark = pytest.mark.django_db
CHANGES = "/hq/changes/"


def signed_in(person) -> Client:
    """A browser of somebody."""
    browser = Client()
    browser.force_login(person)
    return browser


def page_of(person, **query) -> str:
    """The page of changes as somebody sees it."""
    answer = signed_in(person).get(CHANGES, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_change_made_in_the_admin_names_the_person_and_the_door():
    jianguo = make_admin()
    form = {"name": "identities.reveals_per_day", "value": "33"}
    assert signed_in(jianguo).post(reverse("admin:stores_setting_add"), form).status_code == 302
    assert SettingHistory.objects.get().pgh_context == {"by": jianguo.pk, "door": "hq"}
    page = page_of(jianguo, table="stores.setting")
    assert "33" in page
    assert "何建国" in page


def test_a_change_through_the_partners_api_names_the_key():
    till = make_till("members:write", "members:read")
    meimei = make_member("张晓梅")
    assert till.send("PATCH", f"/members/{meimei.public_id}/", {"name": "张小梅"}).status_code == 200
    page = page_of(make_admin(), table="members.member")
    assert "张小梅" in page
    assert till.key.prefix in page


def test_the_list_is_narrowed_by_table_person_and_day():
    jianguo = make_admin(username="jianguo")
    make_tiers()
    Tier.objects.filter(code="gold").update(name="黄金会员")
    update(make_member("张晓梅"), name="张小梅")
    assert "黄金会员" in page_of(jianguo)
    assert "张小梅" not in page_of(jianguo, table="members.tier")
    assert "黄金会员" not in page_of(jianguo, until="2020-01-01")
    assert "黄金会员" in page_of(jianguo, since="2020-01-01", until="2099-01-01")
    assert "黄金会员" not in page_of(jianguo, by="jianguo")  # nobody is known to have done it
    assert page_of(jianguo, by="谁也不是")
    assert page_of(jianguo, table="no.such")
    assert page_of(jianguo, after="nonsense")
    assert page_of(jianguo, after="2026-01-01|members.tier|7")


def test_people_of_stores_do_not_get_in_and_a_marketer_sees_no_partners():
    make_partner("haoguo")
    for person in (make_guide(), make_manager()):
        assert signed_in(person).get(CHANGES).status_code in (302, 403)
    assert "haoguo" not in page_of(make_marketer())
    assert "haoguo" in page_of(make_admin())


def test_the_history_of_one_row_stands_on_its_own_page():
    jianguo, tier = make_admin(), make_tiers()["gold"]
    Tier.objects.filter(pk=tier.pk).update(name="黄金会员")
    answer = signed_in(jianguo).get(reverse("admin:members_tier_history", args=[tier.pk]))
    assert answer.status_code == 200
    assert "黄金会员" in answer.content.decode()
    assert "银卡" not in answer.content.decode()
    assert signed_in(jianguo).get(reverse("admin:members_tier_history", args=[9_999])).status_code in (302, 404)


def test_nothing_of_the_history_can_be_changed_in_the_admin():
    make_tiers()
    before = TierHistory.objects.count()
    assert signed_in(make_admin()).post(CHANGES, {"delete": "1"}).status_code in (200, 403, 405)
    assert TierHistory.objects.count() == before


def test_every_table_that_people_may_change_in_the_admin_has_a_history(rf):
    request = rf.get("/hq/")
    request.user = make_admin()
    tracked = {one.pgh_tracked_model for one in history.tables_for(request.user).values()}
    changed = {model for model, page in admin.site._registry.items() if page.has_change_permission(request)}
    assert {model._meta.label for model in changed - tracked} == set()
