"""Every page of the admin opens, for the people it is for."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Member
from stores.admin.base import LargeTableAdmin
from stores.tracking import HistoryEvent

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
MOST_QUERIES = 25
MEMBER_OF_CODE = re.compile(r"\([A-Z][A-Za-z]+\.[A-Z_]+, ")  # a state that reached people as (State.DRAFT, 'Draft')
BANDS = ("stores", "members", "coupons", "campaigns")


def address(model, page: str, *args) -> str:
    """The address of a page of a model."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_list_and_every_row_opens_for_an_administrator(as_staff):
    browser = as_staff("admin")
    for model in MODELS:
        answer = browser.get(address(model, "changelist"))
        assert answer.status_code == 200, model._meta.label
        row = model._default_manager.first()
        if row is not None:
            assert browser.get(address(model, "change", row.pk)).status_code == 200, model._meta.label


def test_every_form_for_something_new_opens_or_is_refused_in_words(as_staff):
    browser = as_staff("admin")
    for model, page in admin.site._registry.items():
        answer = browser.get(address(model, "add"))
        request = answer.wsgi_request
        assert answer.status_code == (200 if page.has_add_permission(request) else 403), model._meta.label
        assert not MEMBER_OF_CODE.search(answer.content.decode()), model._meta.label


def test_a_choice_shown_as_code_would_be_noticed():
    """Control."""
    assert MEMBER_OF_CODE.search("<div>(TemplateState.DRAFT, &#x27;草稿&#x27;)</div>")


def test_the_search_of_every_list_finds_nothing_without_an_error(as_staff):
    browser = as_staff("admin")
    for model, page in admin.site._registry.items():
        if page.search_fields:
            answer = browser.get(address(model, "changelist"), {"q": "没有这样的东西%_'"})
            assert answer.status_code == 200, model._meta.label


def test_a_marketer_sees_no_partner_keys_and_hires_nobody(as_staff):
    browser = as_staff("hq")
    assert browser.get("/hq/").status_code == 200
    assert browser.get(reverse("admin:stores_partnerkey_changelist")).status_code == 403
    assert browser.get(reverse("admin:stores_staff_add")).status_code == 403
    assert browser.get(reverse("admin:coupons_coupontemplate_add")).status_code == 200


@pytest.mark.parametrize("username", ["guide", "manager", "area", "neighbour"])
def test_people_of_stores_do_not_get_in(as_staff, username):
    browser = as_staff(username)
    for url in ("/hq/", reverse("admin:members_member_changelist"), reverse("admin:stores_staff_changelist")):
        answer = browser.get(url)
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]


def test_no_list_counts_a_large_table_or_asks_row_by_row(as_staff):
    browser = as_staff("admin")
    for model, page in admin.site._registry.items():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(address(model, "changelist"))
        assert len(queries) <= MOST_QUERIES, model._meta.label
        if isinstance(page, LargeTableAdmin):
            table = re.escape(model._meta.db_table)
            counts = [q["sql"] for q in queries if re.search(rf'SELECT COUNT\(\*\).* FROM "{table}"', q["sql"])]
            assert counts == [], model._meta.label


def test_a_list_that_counts_would_be_noticed(as_staff):
    """Control: the sentence that the test above looks for is the one Django writes."""
    with CaptureQueriesContext(connection) as queries:
        Member.objects.count()
    assert re.search(r'SELECT COUNT\(\*\).* FROM "members_member"', queries[0]["sql"])


def test_the_overview_shows_figures_and_the_coming_member_day(as_staff):
    page = as_staff("hq").get("/hq/").content.decode()
    assert "银卡金卡加倍日" in page
    assert "金卡" in page


def test_the_list_of_members_shows_masked_phones_only(as_staff):
    page = as_staff("admin").get(reverse("admin:members_member_changelist")).content.decode()
    assert re.search(r"1\d\d\*\*\*\*\d{4}", page)
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", page)


PARTS_OF_OTHERS = {"OrderLine", "OrderCoupon", "ReturnLine", "CouponTerms", "PackItem", "StagedLine", "MergedRows"}
PARTS_OF_OTHERS |= {"JourneyVersion", "Visit", "TouchText", "CampaignMessage", "EarlyAccess"}
PARTS_OF_OTHERS |= {"OrderShareCode"}
PARTS_OF_OTHERS |= {"CodeDay", "CodeScan"}  # on the page of results of a code; nothing but hashes
PARTS_OF_OTHERS |= {"ImportPart", "SegmentFound", "SignInTry"}  # work tables, and one that holds nothing but hashes


def test_every_table_has_a_page_or_is_shown_on_the_page_of_what_it_belongs_to():
    ours = [model for model in apps.get_models() if model.__module__.split(".")[0] in BANDS]
    ours = [model for model in ours if not model._meta.auto_created and not model._meta.proxy]
    missing = {model.__name__ for model in ours if model not in admin.site._registry}
    missing -= {model.__name__ for model in ours if issubclass(model, HistoryEvent)}  # all on the page of changes
    assert missing == PARTS_OF_OTHERS
