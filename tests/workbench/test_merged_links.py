"""An old link or QR code of a member who was merged leads to the one they have become."""

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Member
from stores.models import Staff
from tests.makers import make_admin, make_guide, make_member
from tests.members.merges import merged, parted

pytestmark = pytest.mark.django_db


@pytest.fixture
def xiaoman() -> Staff:
    return make_guide("林小满")


@pytest.fixture
def browser(xiaoman) -> Client:
    client = Client()
    client.force_login(xiaoman)
    return client


@pytest.fixture
def pair(xiaoman) -> tuple[Member, Member]:
    """Zhang Xiaomei, and what Tang Wei of another store knew her as."""
    kept = make_member("张晓梅", guide=xiaoman, phone="13812345678")
    return kept, make_member("张小梅", guide=make_guide("唐薇"), phone="13987654321")


def page(member: Member, **query) -> str:
    return reverse("workbench:member", args=[member.pk], query=query or None)


def test_an_old_link_leads_to_the_kept_member(browser, pair):
    kept, absorbed = pair
    assert browser.get(page(absorbed)).status_code == 404, "before the merge she is Tang Wei's"
    made = merged(kept, absorbed, make_admin())
    answer = browser.get(page(absorbed, wallet="all"))
    assert (answer.status_code, answer["Location"]) == (302, page(kept, wallet="all"))
    assert "张晓梅" in browser.get(page(absorbed), follow=True).content.decode()
    parted(made, make_admin())
    assert browser.get(page(absorbed)).status_code == 404


def test_the_parts_of_an_old_page_are_those_of_the_kept_member(browser, pair):
    kept, absorbed = pair
    merged(kept, absorbed, make_admin())
    part = reverse("workbench:member-panels", args=[absorbed.pk])
    assert browser.get(part, headers={"HX-Request": "true"}).status_code == 200


def test_whoever_looked_after_the_absorbed_one_does_not_see_the_kept_one(pair):
    kept, absorbed = pair
    other = Client()
    other.force_login(absorbed.guide)
    assert other.get(page(absorbed)).status_code == 200
    merged(kept, absorbed, make_admin())
    assert other.get(page(absorbed)).status_code == 404


def test_the_old_code_and_the_old_last_four_digits_find_the_kept_member(browser, pair):
    kept, absorbed = pair
    merged(kept, absorbed, make_admin())
    for query in (absorbed.code, "4321", "13987654321", kept.code, "5678"):
        found = browser.get(reverse("workbench:members"), {"q": query}).content.decode()
        assert "张晓梅" in found, query
    assert "张晓梅" not in browser.get(reverse("workbench:members"), {"q": "4322"}).content.decode()


def test_a_chain_leads_to_its_end(browser, pair, xiaoman):
    kept, absorbed = pair
    third = make_member("张梅", guide=xiaoman)
    merged(kept, absorbed, make_admin())
    merged(third, kept, make_admin())
    assert browser.get(page(absorbed))["Location"] == page(third)
    assert "张梅" in browser.get(reverse("workbench:members"), {"q": absorbed.code}).content.decode()


def test_the_timeline_tells_of_it(browser, pair):
    kept, absorbed = pair
    made = merged(kept, absorbed, make_admin())
    feed = reverse("workbench:member-feed", args=[kept.pk])
    assert absorbed.code in browser.get(feed, headers={"HX-Request": "true"}).content.decode()
    parted(made, make_admin())
    assert browser.get(feed, headers={"HX-Request": "true"}).content.decode().count(absorbed.code) == 2
