"""Coupon templates in the admin: the editor that shows the coupon, versions and new terms."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from coupons import catalogue, newterms
from coupons.drafts import TermsDraft
from coupons.models import CouponKind, CouponTemplate, CouponTerms
from stores import jobs
from stores.models import Job, Staff
from tests.makers import days_ago, make_coupon, make_guide, make_marketer, make_store, make_template

pytestmark = pytest.mark.django_db

D = Decimal
ADD = "admin:coupons_coupontemplate_add"


def signed_in(person: Staff) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def form(**given) -> dict:
    """What Su Wan enters for ¥10 off ¥60."""
    return {
        "name": "周末券", "kind": "amount_off", "threshold": "60", "amount_off": "10", "valid_days": "7",
        "start_after_days": "3", "weekdays": ["1", "2", "3", "4", "5"], "guide_month_quota": "5",
    } | given  # fmt: skip


@pytest.fixture
def su_wan():
    return make_marketer("苏婉")


def page_of(template: CouponTemplate, name: str) -> str:
    return reverse(f"admin:coupons_coupontemplate_{name}", args=[template.pk])


def live(browser: Client, of: CouponTemplate | None = None, **given):
    return browser.post(reverse("admin:coupons_coupontemplate_live") + f"?of={of.pk if of else ''}", form(**given))


def told(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- the editor ----------------------------------------------------------------------------------------------------
def test_while_typing_the_coupon_is_shown_as_its_member_sees_it_and_nothing_is_saved(su_wan):
    answer = live(signed_in(su_wan), stock="20000", member_limit="3", member_period="week", member_period_limit="1")
    page = answer.content.decode()
    assert "¥10" in page
    assert "周末券" in page
    assert "满60减10" in page
    assert "周末不可用" in page
    assert "领取后 3 天起" in page
    assert answer.context["outlook"].exposure == 200_000
    assert answer.context["outlook"].asks_second
    assert len(answer.context["outlook"].conditions) == 2
    assert not CouponTemplate.objects.exists()
    assert not CouponTerms.objects.exists()


def test_what_contradicts_itself_stands_beside_its_field_while_typing(su_wan):
    page = live(signed_in(su_wan), threshold="5", hour_from="20:00", hour_until="10:00").content.decode()
    for field in ("threshold", "hour_until"):
        start = page.index(f'id="say-{field}"')
        assert page[start:].split(">", 1)[1].split("</span>", 1)[0].strip()
    start = page.index('id="say-amount_off"')
    assert page[start:].split(">", 1)[1].startswith("</span>")


def test_the_preview_of_a_known_template_leaves_it_as_it_is(su_wan):
    template = make_template()
    assert "满60减30" in live(signed_in(su_wan), template, amount_off="30").content.decode()
    template.refresh_from_db()
    assert (template.terms.version, template.terms.amount_off) == (1, 10)


def test_only_those_who_may_enter_templates_get_a_preview(su_wan):
    assert live(signed_in(make_guide())).status_code == 302  # to the log-in: no business at headquarters
    assert signed_in(su_wan).get(reverse("admin:coupons_coupontemplate_live")).status_code == 403


KINDS = {
    CouponKind.AMOUNT_OFF: {},
    CouponKind.PERCENT_OFF: {"percent": "85", "cap": "30"},
    CouponKind.GIFT: {"gift_name": "酸奶", "gift_value": "8.8"},
    CouponKind.FIXED_PRICE: {"fixed_price": "9.9", "cap": "30", "skus": ["F001", "F002"]},
    CouponKind.FREE_SHIPPING: {"cap": "12"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_entered_and_shown_again(su_wan, kind):
    browser = signed_in(su_wan)
    answer = browser.post(reverse(ADD), form(kind=kind, channels=["pos", "web"], **KINDS[kind]))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    template = CouponTemplate.objects.get()
    assert (template.terms.kind, template.terms.channels, template.created_by) == (kind, ["pos", "web"], su_wan)
    page = browser.get(page_of(template, "change"))
    assert page.status_code == 200
    assert set(page.context["kind_fields"]) == set(CouponKind.values)
    listed = browser.get(reverse("admin:coupons_coupontemplate_changelist")).content.decode()
    assert page_of(template, "results") in listed
    assert reverse("admin:coupons_coupontemplate_export") in listed


def test_all_of_the_form_reaches_the_template(su_wan):
    store = make_store()
    signed_in(su_wan).post(
        reverse(ADD),
        form(stock="50", member_limit="3", member_period="month", member_period_limit="2", budget="800",
             cost_owner="总部", stores=[store.pk], stack_group="满减", points_price="200", open_to_guides="on"),
    )  # fmt: skip
    made = CouponTemplate.objects.get()
    assert (made.stock, made.member_limit, made.member_period, made.member_period_limit) == (50, 3, "month", 2)
    assert (made.budget, made.cost_owner, made.points_price, made.open_to_guides) == (800, "总部", 200, True)
    assert (made.terms.store_ids, made.terms.stack_group, made.terms.start_after_days) == ([store.pk], "满减", 3)


def test_a_period_without_a_number_is_refused_in_the_form(su_wan):
    answer = signed_in(su_wan).post(reverse(ADD), form(member_period="month"))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not CouponTemplate.objects.exists()


# --- versions and new terms ----------------------------------------------------------------------------------------
def two_versions() -> CouponTemplate:
    template = make_template()
    for age in (1, 6):
        make_coupon(template=template, at=days_ago(age))
    terms = TermsDraft(kind="amount_off", threshold=D(60), amount_off=D(20), valid_days=3)
    catalogue.revise_terms(template, terms, by=None)
    return template


def test_the_versions_say_how_many_coupons_hold_them(su_wan):
    template = two_versions()
    page = signed_in(su_wan).get(page_of(template, "versions"))
    assert [(one.terms.version, one.coupons, one.live) for one, _words in page.context["held"]] == [
        (2, 0, 0),
        (1, 2, 2),
    ]
    assert page_of(template, "newterms") in page.content.decode()


def test_new_terms_are_counted_first_and_given_by_a_job(su_wan):
    template, browser = two_versions(), signed_in(su_wan)
    seen = browser.get(page_of(template, "newterms"))
    assert (seen.context["preview"].coupons, seen.context["preview"].ended) == (2, 1)
    assert not Job.objects.filter(kind=newterms.KIND).exists()
    answer = browser.post(page_of(template, "newterms"), {"seen": template.terms.pk})
    assert answer.status_code == 302
    job = Job.objects.get(kind=newterms.KIND)
    assert job.created_by == su_wan
    assert jobs.run(job.pk)
    page = browser.get(page_of(template, "versions"))
    assert [(one.coupons, one.live) for one, _words in page.context["held"]] == [(2, 1), (0, 0)]
    assert browser.get(page_of(template, "newterms")).context["preview"].coupons == 0


def test_new_terms_that_changed_after_the_preview_are_not_given(su_wan):
    template, browser = two_versions(), signed_in(su_wan)
    seen = template.terms.pk
    terms = TermsDraft(kind="amount_off", threshold=D(60), amount_off=D(30), valid_days=3)
    catalogue.revise_terms(template, terms, by=None)
    answer = browser.post(page_of(template, "newterms"), {"seen": seen})
    assert told(answer)
    assert not Job.objects.filter(kind=newterms.KIND).exists()


@pytest.mark.parametrize("name", ["versions", "newterms", "decision", "results", "results_file"])
def test_who_has_no_business_at_headquarters_sees_none_of_it(name):
    template = make_template()
    assert signed_in(make_guide()).get(page_of(template, name)).status_code == 302
    assert Client().get(page_of(template, name)).status_code == 302
