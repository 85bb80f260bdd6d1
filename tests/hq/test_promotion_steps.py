"""A promotion is published, ended and copied on its own page, after asking once more."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Promotion, PromotionState
from stores.models import Staff
from tests.campaigns.promoting import make_promotion
from tests.makers import make_guide, make_marketer

pytestmark = pytest.mark.django_db


def signed_in(person: Staff) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def su_wan():
    return make_marketer("苏婉")


def step(browser: Client, promotion: Promotion, name: str, **how):
    address = reverse(f"admin:campaigns_promotion_{name}_this", args=[promotion.pk])
    return browser.post(address, **how) if how.pop("post", True) else browser.get(address)


def test_a_promotion_is_published_and_ended_on_its_own_page_after_asking_once_more(su_wan):
    promotion = make_promotion(published=False, created_by=make_marketer("李然"))
    browser = signed_in(su_wan)
    asked = step(browser, promotion, "publish", post=False).content.decode()
    assert "满200减30" in asked
    promotion.refresh_from_db()
    assert promotion.state == PromotionState.DRAFT
    for name, state in (("publish", PromotionState.PUBLISHED), ("end", PromotionState.ENDED)):
        assert step(browser, promotion, name).status_code == 302
        promotion.refresh_from_db()
        assert promotion.state == state
    assert promotion.published_by == su_wan


def test_the_page_says_why_somebody_else_has_to_publish(su_wan):
    promotion = make_promotion(published=False, created_by=su_wan)
    answer = step(signed_in(su_wan), promotion, "publish")
    assert "要由另一个人发布" in answer.content.decode()
    promotion.refresh_from_db()
    assert promotion.state == PromotionState.DRAFT


def test_a_copy_is_made_on_the_page_and_leads_to_it(su_wan):
    promotion = make_promotion()
    answer = step(signed_in(su_wan), promotion, "copy")
    made = Promotion.objects.latest("pk")
    assert answer.url == reverse("admin:campaigns_promotion_change", args=[made.pk])
    assert (made.state, made.params) == (PromotionState.DRAFT, promotion.params)


def test_steps_that_do_not_fit_the_state_are_not_offered_nor_done(su_wan):
    promotion, browser = make_promotion(published=False), signed_in(su_wan)
    assert step(browser, promotion, "end").status_code in (403, 404)
    page = browser.get(reverse("admin:campaigns_promotion_change", args=[promotion.pk])).content.decode()
    assert reverse("admin:campaigns_promotion_publish_this", args=[promotion.pk]) in page
    assert reverse("admin:campaigns_promotion_end_this", args=[promotion.pk]) not in page
    for name in ("publish", "end", "copy"):
        assert step(signed_in(make_guide()), promotion, name).status_code in (302, 403, 404)
    promotion.refresh_from_db()
    assert (promotion.state, Promotion.objects.count()) == (PromotionState.DRAFT, 1)
