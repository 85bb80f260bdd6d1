"""A whole number that a guide searches for never stands in an address, typed with or without scripts."""

import re

import pytest

from tests.workbench.scenery import part, signed_in
from tests.workbench.test_finding_a_member import names

pytestmark = pytest.mark.django_db
NUMBER = "13800001234"


def addresses(page) -> list[str]:
    """Every address of a page, and what its forms that are no POST would put into one."""
    text = page.content.decode()
    gets = re.findall(r'<form[^>]*method="get".*?</form>', text, re.S)
    fields = [value for form in gets for value in re.findall(r'value="([^"]*)"', form)]
    return re.findall(r'(?:href|action|hx-get|hx-push-url)="([^"]*)"', text) + fields


def test_without_scripts_a_search_is_posted_and_leads_to_an_address_without_the_number(chain):
    browser = signed_in(chain.lin)
    asked = browser.post("/m/", {"q": "138 0000 1234", "sort": "name"})
    assert asked.status_code == 302
    assert not re.search(r"138|0000|1234", asked.headers["Location"])
    assert "sort=name" in asked.headers["Location"]
    page = browser.get(asked.headers["Location"])
    assert names(page) == ["周子涵"]
    assert 'value="138 0000 1234"' in page.content.decode()
    assert [one for one in addresses(page) if re.search(r"138.?0000", one)] == []


def test_with_scripts_the_address_that_is_pushed_holds_no_number(chain):
    page = signed_in(chain.lin).post("/m/", {"q": NUMBER}, headers=part("results"))
    assert names(page) == ["周子涵"]
    assert page.headers["HX-Push-Url"].startswith("/m/?q=~")
    assert NUMBER not in page.headers["HX-Push-Url"]
    assert names(signed_in(chain.lin).get(page.headers["HX-Push-Url"])) == ["周子涵"]


def test_an_address_that_a_colleague_was_sent_finds_nothing_by_it(chain):
    address = signed_in(chain.lin).post("/m/", {"q": NUMBER}).headers["Location"]
    page = signed_in(chain.zhou).get(address)
    assert page.context["query"]["q"] == ""
    assert NUMBER not in page.content.decode()


def test_even_a_number_that_came_in_an_address_goes_no_further(chain):
    page = signed_in(chain.lin).get("/m/", {"q": NUMBER})
    assert names(page) == ["周子涵"]
    assert [one for one in addresses(page) if NUMBER in one] == []


@pytest.mark.parametrize("typed", ["周子", "zzh", "1234"])
def test_names_stay_readable_in_addresses(chain, typed):
    """Control: what is no number is not hidden."""
    browser = signed_in(chain.lin)
    page = browser.post("/m/", {"q": typed}, follow=True)
    assert page.request["QUERY_STRING"].startswith("q=")
    assert "~" not in page.request["QUERY_STRING"]
    assert names(page) == ["周子涵"]
