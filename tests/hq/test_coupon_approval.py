"""The second person in the admin: what waits, who may decide, and that they decide about what they saw."""

import pytest
from django.test import Client
from django.urls import reverse

from coupons.models import CouponTemplate, TemplateState
from stores.models import Staff
from tests.hq.test_coupon_templates import ADD, form, page_of, signed_in, told
from tests.makers import make_admin, make_marketer

pytestmark = pytest.mark.django_db


@pytest.fixture
def su_wan():
    return make_marketer("苏婉")


def publish(browser: Client, template: CouponTemplate):
    rows = {"action": "publish", "_selected_action": [template.pk]}
    return browser.post(reverse("admin:coupons_coupontemplate_changelist"), rows)


def waiting(su_wan: Staff) -> CouponTemplate:
    browser = signed_in(su_wan)
    browser.post(reverse(ADD), form(stock="20000"))
    template = CouponTemplate.objects.get()
    assert any("周末券" in text for text in told(publish(browser, template)))
    template.refresh_from_db()
    assert template.state == TemplateState.PENDING
    return template


def decide(person: Staff, template: CouponTemplate, **given):
    browser = signed_in(person)
    page = browser.get(page_of(template, "decision"))
    assert page.status_code == 200
    seen = template.updated_at.isoformat()
    assert seen in page.content.decode()
    answer = browser.post(page_of(template, "decision"), {"seen": seen, **given})
    template.refresh_from_db()
    return answer


def test_somebody_else_approves_and_the_maker_cannot(su_wan):
    template = waiting(su_wan)
    assert told(decide(su_wan, template, approve="1"))
    assert template.state == TemplateState.PENDING
    jianguo = make_admin("何建国")
    decide(jianguo, template, approve="1")
    assert (template.state, template.approved_by) == (TemplateState.ACTIVE, jianguo)


def test_the_overview_says_what_waits_for_a_decision(su_wan):
    waiting(su_wan)
    address = reverse("admin:coupons_coupontemplate_changelist") + "?state__exact=pending"
    browser = signed_in(make_admin())
    assert address in browser.get(reverse("admin:index")).content.decode()
    assert "周末券" in browser.get(address).content.decode()


def test_it_is_sent_back_with_a_note_that_the_maker_reads(su_wan):
    template = waiting(su_wan)
    decide(make_admin(), template, back="1", note="")
    assert template.state == TemplateState.PENDING
    decide(make_admin(), template, back="1", note="库存减半")
    assert template.state == TemplateState.DRAFT
    assert "库存减半" in signed_in(su_wan).get(page_of(template, "change")).content.decode()


@pytest.mark.parametrize("seen", ["", "gestern", "2026-11-01T00:00:00+00:00"])
def test_a_decision_about_something_else_is_none(su_wan, seen):
    template = waiting(su_wan)
    signed_in(make_admin()).post(page_of(template, "decision"), {"seen": seen, "approve": "1"})
    template.refresh_from_db()
    assert template.state == TemplateState.PENDING


def test_raising_the_stock_of_what_was_approved_waits_again_and_says_so(su_wan):
    template = waiting(su_wan)
    decide(make_admin(), template, approve="1")
    answer = signed_in(su_wan).post(page_of(template, "change"), form(stock="30000"))
    template.refresh_from_db()
    assert (template.state, template.stock) == (TemplateState.PENDING, 30_000)
    assert len(told(answer)) == 2


def test_new_terms_and_more_stock_at_once_wait_once_and_a_look_without_a_change_changes_nothing(su_wan):
    template = waiting(su_wan)
    decide(make_admin(), template, approve="1")
    browser = signed_in(su_wan)
    answer = browser.post(page_of(template, "change"), form(stock="30000", amount_off="12"))
    template.refresh_from_db()
    assert (template.state, template.terms.version, template.stock) == (TemplateState.PENDING, 2, 30_000)
    assert any("审批之前不再发放" in text for text in told(answer))
    seen = template.updated_at
    browser.post(page_of(template, "change"), form(stock="30000", amount_off="12"))
    template.refresh_from_db()
    assert (template.state, template.updated_at, template.terms.version) == (TemplateState.PENDING, seen, 2)
    browser.post(page_of(template, "change"), form(stock="30001", amount_off="12"))
    template.refresh_from_db()
    assert template.state == TemplateState.DRAFT
