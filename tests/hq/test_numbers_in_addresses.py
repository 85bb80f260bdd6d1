"""Whole numbers that headquarters search for never stand in an address: lists, proofs of erasure, merging by hand."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from members.privacy import erasure
from tests.makers import make_admin, make_member, make_tiers

pytestmark = pytest.mark.django_db
PHONE, OTHER = "13812345678", "13987654321"


@pytest.fixture
def jianguo():
    """A browser of an administrator."""
    make_tiers()
    browser = Client()
    browser.force_login(make_admin())
    return browser


def test_every_list_posts_its_search(jianguo):
    make_member("张晓梅")
    for model, page in admin.site._registry.items():
        if page.search_fields:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            shown = jianguo.get(url).content.decode()
            form = re.search(r'<form id="changelist-search"[^>]*>.{0,200}', shown, re.S)
            assert form, model._meta.label
            assert 'method="post"' in form[0], model._meta.label
            assert "csrfmiddlewaretoken" in form[0], model._meta.label
            answer = jianguo.post(url, {"q": PHONE})
            assert answer.status_code == 302, model._meta.label
            assert PHONE not in answer["Location"]
            assert jianguo.get(answer["Location"]).status_code == 200, model._meta.label


def test_the_proof_of_an_erasure_is_found_by_a_number_that_no_address_holds(jianguo):
    member = make_member("张晓梅", phone=PHONE)
    erasure.erase(member, asked_by="member", reason="asked")
    proofs = reverse("admin:members_erasure_changelist")
    answer = jianguo.post(proofs, {"q": PHONE})
    page = jianguo.get(answer["Location"]).content.decode()
    assert member.public_id in page
    assert [one for one in re.findall(r'href="([^"]*)"', page) if PHONE in one] == []
    assert member.public_id not in jianguo.get(jianguo.post(proofs, {"q": OTHER})["Location"]).content.decode()


def test_two_members_to_be_merged_are_found_by_numbers_that_no_address_holds(jianguo):
    one, other = make_member("张晓梅", phone=PHONE), make_member("张小梅", phone=OTHER)
    url = reverse("admin:members_membermerge_add")
    assert 'method="post"' in jianguo.get(url).content.decode()
    answer = jianguo.post(url, {"one": PHONE, "other": OTHER})
    assert answer.status_code == 302
    assert not re.search(f"{PHONE}|{OTHER}", answer["Location"])
    page = jianguo.get(answer["Location"])
    assert [[str(one) for one in side["found"]] for side in page.context["sides"]] == [["张晓梅"], ["张小梅"]]
    chosen = jianguo.post(url, {"first": one.pk, "second": other.pk})
    assert "kept" in jianguo.get(chosen["Location"]).context


def test_a_search_goes_on_with_the_filters_that_are_set(jianguo):
    url = reverse("admin:members_member_changelist")
    answer = jianguo.post(url, {"q": "张", "stage__exact": "growing"})
    assert answer["Location"] == f"{url}?q=%E5%BC%A0&stage__exact=growing"
