"""A key that is limited to stores does not become one for every store by losing its last."""

import pytest
from django.test import Client
from django.urls import reverse

from stores.models import PartnerKey
from stores.partners import create_key, store_ids
from tests.api.callers import make_partner
from tests.makers import make_admin, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    """A browser of an administrator."""
    found = Client()
    found.force_login(make_admin())
    return found


def test_the_last_store_of_a_key_cannot_be_taken_away(browser):
    partner, ours, theirs = make_partner(), make_store("静安寺店"), make_store("徐家汇店")
    key, _text = create_key(partner, scopes=["stores:read"], stores=[ours])
    page = reverse("admin:stores_partnerkey_change", args=[key.pk])
    form = {"partner": partner.pk, "scopes": ["stores:read"], "requests_per_minute": "60"}
    answer = browser.post(page, form)
    assert "stores" in answer.context["adminform"].form.errors
    key.refresh_from_db()
    assert store_ids(key) == {ours.pk}
    assert browser.post(page, form | {"stores": [theirs.pk]}).status_code == 302  # control: another store
    key = PartnerKey.objects.get(pk=key.pk)
    assert store_ids(key) == {theirs.pk}


def test_a_key_for_every_store_is_made_and_changed_as_such(browser):
    """Control."""
    partner = make_partner()
    key, _text = create_key(partner, scopes=["stores:read"])
    form = {"partner": partner.pk, "scopes": ["stores:read"], "requests_per_minute": "60", "label": "总部"}
    assert browser.post(reverse("admin:stores_partnerkey_change", args=[key.pk]), form).status_code == 302
    key.refresh_from_db()
    assert (key.label, store_ids(key)) == ("总部", None)
