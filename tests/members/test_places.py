"""Where a member lives: told by tills and shops, rounded, kept by merges, taken along, gone with an erasure."""

import pytest

from members import placing, profiles
from members.models import MemberMerge, MemberPlace, TimelineFact
from members.oneid import merging
from members.placing import Place
from members.privacy import erasure, portability
from stores.errors import Refusal
from stores.models import Scope
from tests.api.callers import is_problem, make_till
from tests.makers import make_admin, make_member, make_tiers

pytestmark = pytest.mark.django_db
RIVER, MALL = Place(31.2304, 121.4737), Place(31.2, 121.5)


@pytest.fixture(autouse=True)
def _tiers():
    make_tiers()


def test_a_till_tells_changes_and_forgets_it():
    till = make_till(Scope.MEMBERS_READ, Scope.MEMBERS_WRITE)
    body = {"identities": ["phone:13812345678"], "place": {"latitude": 31.230412, "longitude": 121.473712}}
    made = till.send("POST", "/members/", body).json()
    assert made["place"] == {"latitude": 31.2304, "longitude": 121.4737}
    again = till.send("POST", "/members/", {**body, "place": {"latitude": 1, "longitude": 2}}).json()
    assert again["place"] == made["place"], "what is on file stays"
    at = f"/members/{made['id']}/"
    assert till.send("PATCH", at, {"name": "张晓梅"}).json()["place"] == made["place"]
    moved = till.send("PATCH", at, {"place": {"latitude": -33.8688, "longitude": 151.2093}}).json()
    assert moved["place"] == {"latitude": -33.8688, "longitude": 151.2093}
    for bad in ({"latitude": 91, "longitude": 0}, {"latitude": 0}, {"latitude": "x", "longitude": 0}, [1, 2], 7):
        is_problem(till.send("PATCH", at, {"place": bad}), 400, "invalid")
    assert till.send("GET", at).json()["place"] == moved["place"]
    assert till.send("PATCH", at, {"place": None}).json()["place"] is None
    assert not MemberPlace.objects.exists()


def test_a_change_is_told_and_the_same_place_is_none():
    mei = make_member("张晓梅")
    profiles.update(mei, place=RIVER)
    profiles.update(mei, place=RIVER)
    told = TimelineFact.objects.filter(kind="member.updated", member=mei)
    assert [fact.data["fields"] for fact in told] == [["place"]]
    with pytest.raises(Refusal) as refused:
        profiles.update(mei, place=Place(float("nan"), 0))
    assert (refused.value.code, placing.place_of(mei)) == ("bad_place", RIVER)


def test_a_merge_keeps_the_place_of_the_kept_member_or_takes_the_other_along():
    kept, gone, third = make_member("张晓梅"), make_member("张小梅"), make_member("小梅")
    profiles.update(gone, place=MALL)
    merging.merge(kept, gone, why=MemberMerge.Why.HAND, by=make_admin())
    assert placing.place_of(kept) == MALL
    profiles.update(third, place=RIVER)
    merging.merge(kept, third, why=MemberMerge.Why.HAND, by=make_admin())
    assert placing.place_of(kept) == MALL


def test_it_goes_with_an_erasure_and_is_among_ones_own_data():
    mei = make_member("张晓梅")
    profiles.update(mei, place=RIVER)
    exported = portability.export(mei, reason="member", by=make_admin())
    assert [row["latitude"] for row in exported["places"]] == [31.2304]
    erasure.erase(mei, asked_by="member", by=make_admin())
    assert not MemberPlace.objects.exists()
