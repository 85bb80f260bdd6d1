"""Drafts of a journey: moves of an editor, unfinished steps, what changed, and two people at once."""

import pytest
from django.utils import translation

from campaigns.journeys import differences, drafts, flows, sketching, versions
from campaigns.models import JourneyState, JourneyVersion
from stores.errors import Conflict
from tests.campaigns.journeys.house import MANUAL, make_journey

pytestmark = pytest.mark.django_db
WAIT = {"kind": "wait", "days": 2, "hours": 0}


def keys(way):
    """The keys of a way, those in lanes in brackets."""
    return [[node["key"], *([keys(lane) for lane in node["lanes"]] if node.get("lanes") else [])] for node in way]


@pytest.fixture
def sketch():
    """A wait, then a split into two ways of which the first has a wait of its own."""
    lanes = [[{"key": "s3", **WAIT}], []]
    split = {"key": "s2", "kind": "split", "percents": [50, 50], "lanes": lanes}
    return {"trigger": MANUAL, "goal": None, "steps": [{"key": "s1", **WAIT}, split]}


@pytest.fixture
def journey():
    """One that waits, and is in force."""
    return make_journey({"key": "s1", **WAIT}, trigger=MANUAL)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("start", [["s4"], ["s1"], ["s2", [["s3"]], []]]),
        ("after.s2", [["s1"], ["s2", [["s3"]], []], ["s4"]]),
        ("after.s3", [["s1"], ["s2", [["s3"], ["s4"]], []]]),
        ("in.s2.1", [["s1"], ["s2", [["s3"]], [["s4"]]]]),
    ],
)
def test_a_step_comes_where_it_was_put(sketch, place, expected):
    after, key = sketching.add(sketch, "wait", place, taken={"s1", "s2", "s3"})
    assert (keys(after["steps"]), key) == (expected, "s4")
    assert len(sketch["steps"]) == 2  # the sketch before is left as it was


def test_a_step_moves_with_its_lanes_but_not_into_them(sketch):
    assert keys(sketching.move(sketch, "s2", "start")["steps"]) == [["s2", [["s3"]], []], ["s1"]]
    assert keys(sketching.move(sketch, "s1", "in.s2.1")["steps"]) == [["s2", [["s3"]], [["s1"]]]]
    assert keys(sketching.shift(sketch, "s2", -1)["steps"]) == [["s2", [["s3"]], []], ["s1"]]
    with pytest.raises(sketching.PlaceGone):
        sketching.move(sketch, "s2", "after.s3")


@pytest.mark.parametrize("place", ["after.s9", "in.s2.2", "in.s1.0", "somewhere", "after.s1 ", "in.s2.x"])
def test_a_place_that_is_not_there_is_refused(sketch, place):
    with pytest.raises(sketching.PlaceGone):
        sketching.add(sketch, "wait", place, taken=set())


def test_what_lies_in_a_way_that_goes_is_kept_in_the_last_one(sketch):
    wider = sketching.put(sketch, "s2", {"percents": ["40", "30", "30"]})
    assert sketching.node_of(wider, "s2")["percents"] == [40, 30, 30]
    assert keys(wider["steps"])[1] == ["s2", [["s3"]], [], []]
    moved = sketching.move(wider, "s3", "in.s2.2")
    assert keys(sketching.put(moved, "s2", {"percents": [50, 50]})["steps"])[1] == ["s2", [], [["s3"]]]


def test_an_unfinished_step_is_kept_and_named_and_cannot_be_published(journey):
    token = drafts.of(journey).token
    draft, key = drafts.change(journey, token, lambda one, taken: sketching.add(one, "coupon", "start", taken=taken))
    with translation.override("en"):
        assert drafts.unfinished(draft) == {key: ["Choose a coupon."]}
        with pytest.raises(flows.FlowInvalid, match="Choose a coupon"):
            versions.publish(drafts.waiting(journey), by=None)
    journey.refresh_from_db()
    assert journey.version.number == 1


def test_zhou_mins_change_does_not_overwrite_su_wans(journey):
    seen = drafts.of(journey).token
    drafts.change(journey, seen, lambda one, taken: sketching.add(one, "wait", "start", taken=taken))
    with pytest.raises(Conflict) as refusal:
        drafts.change(journey, seen, lambda one, taken: (sketching.remove(one, "s1"), ""))
    assert refusal.value.code == "draft_changed"
    assert [node["key"] for node in drafts.of(journey).sketch["steps"]] == ["s2", "s1"]
    fresh = drafts.of(journey).token  # control: whoever looks again may
    drafts.change(journey, fresh, lambda one, taken: (sketching.remove(one, "s1"), ""))
    assert [node["key"] for node in drafts.of(journey).sketch["steps"]] == ["s2"]


def test_a_draft_that_is_the_version_in_force_again_is_gone(journey):
    draft, key = drafts.change(
        journey, drafts.of(journey).token, lambda one, taken: sketching.add(one, "wait", "start", taken=taken)
    )
    assert draft.is_draft
    after, _key = drafts.change(journey, draft.token, lambda one, taken: (sketching.remove(one, key), ""))
    assert not after.is_draft
    assert JourneyVersion.objects.filter(journey=journey).count() == 1


def test_a_key_is_never_used_again_though_its_step_is_gone(journey):
    def once(sketch, taken):
        return sketching.add(sketching.remove(sketch, "s1"), "leave", "start", taken=taken)

    draft, key = drafts.change(journey, drafts.of(journey).token, once)
    assert key == "s2"
    versions.publish(drafts.waiting(journey), by=None)
    journey.refresh_from_db()
    _draft, key = drafts.change(journey, drafts.of(journey).token, once_more)
    assert key == "s3"


def once_more(sketch, taken):
    """Another wait at the beginning."""
    return sketching.add(sketch, "wait", "start", taken=taken)


def test_an_ended_journey_keeps_its_steps(journey):
    versions.end(journey)
    assert journey.state == JourneyState.ENDED
    with pytest.raises(Conflict) as refusal:
        drafts.change(journey, drafts.of(journey).token, once_more)
    assert refusal.value.code == "journey_ended"
    assert not drafts.of(journey).is_draft


def test_what_changed_is_told_step_by_step(sketch):
    after = sketching.put(sketch, "s1", {"days": 5, "hours": 0})
    after, _key = sketching.add(after, "leave", "in.s2.1", taken={"s1", "s2", "s3"})
    after = sketching.put_part(after, "goal", {"event": "order.recorded", "within_days": "60"})
    assert told(sketch, after) == {("changed", "goal"), ("changed", "s1"), ("added", "s4")}
    assert told(sketch, sketching.move(sketch, "s3", "in.s2.1")) == {("moved", "s3")}
    assert told(sketch, sketching.remove(sketch, "s2")) == {("removed", "s2"), ("removed", "s3")}
    assert told(sketch, sketching.shift(sketch, "s1", 1)) in ({("moved", "s1")}, {("moved", "s2")})
    assert told(sketch, sketch) == set()


def told(old, new):
    """The changes as pairs."""
    return {(str(one.what.value), one.key) for one in differences.between(old, new)}
