"""Living near a store: known distances, the poles, the antimeridian; a box never leaves out who is near."""

import random

import pytest

from members import placing
from members.models import MemberPlace
from members.placing import Place
from members.segments import compiling
from members.segments.evaluating import among, explain
from members.segments.facts.near import boxes, kilometres
from members.segments.trees import TreeInvalid, parse
from members.segments.wording import sentence
from tests.makers import make_member, make_store


def test_distances_that_are_known():
    """Great circles of R1: a degree of a meridian, half way round, from pole to pole."""
    assert kilometres(0, 0, 1, 0) == pytest.approx(111.195080, abs=1e-6)
    assert kilometres(0, 179.5, 0, -179.5) == pytest.approx(111.195080, abs=1e-6)
    assert kilometres(90, 0, -90, 77) == pytest.approx(20015.114442, abs=1e-6)
    assert kilometres(89.99, 0, 89.99, 180) == pytest.approx(2.223902, abs=1e-6)
    assert kilometres(31.2304, 121.4737, 31.2304, 121.4737) == 0


def test_whatever_lies_within_the_distance_lies_in_a_box():
    dice, near = random.Random(3), 0
    for _nth in range(20_000):
        latitude, longitude = dice.choice((dice.uniform(-90, 90), 89.97, -89.99)), dice.uniform(-180, 180)
        km = dice.choice((0.5, 3, 50))
        there = max(-90, min(90, latitude + dice.uniform(-0.6, 0.6)))
        beside = (longitude + dice.choice((dice.uniform(-1, 1), dice.uniform(-180, 180))) + 180) % 360 - 180
        if kilometres(latitude, longitude, there, beside) <= km:
            near += 1
            found = boxes(latitude, longitude, km)
            assert any(s <= there <= n and w <= beside <= e for s, n, w, e in found), (latitude, longitude, km)
    assert near > 500, "else it would say nothing"


@pytest.mark.django_db
def test_three_kilometres_of_the_home_store_or_of_others():
    river = make_store("滨河路店", latitude=31.2304, longitude=121.4737)
    mall = make_store("静安寺店", latitude=31.2304, longitude=121.6)
    here, there, unknown = (make_member(name, home_store=river) for name in ("张晓梅", "陆然", "孙悦"))
    MemberPlace.objects.create(member=here, latitude=31.2504, longitude=121.4737)
    MemberPlace.objects.create(member=there, latitude=31.2404, longitude=121.6)
    home, either = {"fact": "near", "op": "within", "value": 3}, {"stores": [river.pk, mall.pk]}
    people = [here, there, unknown]
    for rule, expected in ((home, [here]), ({**home, "where": either}, [here, there]), ({**home, "value": 2}, [])):
        tree = parse(rule)
        assert compiling.member_ids(tree) == [one.pk for one in expected]
        assert among(tree, people) == expected
    assert explain(parse(home), here).seen == "2.2 公里"
    assert "滨河路店" in sentence(parse({**home, "where": either}))
    for nonsense in ({**home, "value": 0}, {**home, "value": 1001}, {**home, "where": {"days": 3}}):
        with pytest.raises(TreeInvalid):
            parse(nonsense)


@pytest.mark.django_db
def test_a_place_is_rounded_to_ten_metres_and_may_be_forgotten():
    mei = make_member("张晓梅")
    assert placing.put(mei, Place(31.23041234, 121.47371234))
    assert placing.place_of(mei) == Place(31.2304, 121.4737)
    assert not placing.put(mei, Place(31.23039, 121.47369)), "the same place"
    assert placing.put(mei, None)
    assert placing.place_of(mei) is None
