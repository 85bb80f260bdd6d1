"""Playbooks are installed as drafts by one tap, each with everything it names, and become journeys that run."""

from datetime import timedelta

import pytest

from campaigns.journeys import flows, versions
from campaigns.journeys.rehearsal.replay import rehearse
from campaigns.journeys.steps import KINDS
from campaigns.journeys.triggers import On
from campaigns.models import GuideTask, Journey, JourneyState, MessageTemplate, Script, StopRule, Touch
from campaigns.playbooks import PLAYBOOKS, install
from coupons import catalogue, packcatalogue
from coupons.models import Coupon, CouponPack, CouponTemplate, TemplateState
from members.models import Segment
from stores.errors import Refusal
from tests.campaigns.journeys.house import go_on, story_of
from tests.makers import make_guide, make_marketer, make_member, make_order

pytestmark = pytest.mark.django_db
ALL = sorted(PLAYBOOKS)


def test_every_playbook_of_the_handbook_is_there():
    assert set(PLAYBOOKS) == {
        "first_four", "golden_two_weeks", "after_order", "birthday", "coupon_ending", "win_back", "tier_ending",
        "sleeping_newcomer",
    }  # fmt: skip
    for one in PLAYBOOKS.values():
        assert str(one.title)
        assert len(str(one.explains)) > 20


@pytest.mark.parametrize("key", ALL)
def test_it_is_installed_as_drafts_and_its_flow_means_something(key):
    wan = make_marketer()
    made = install(PLAYBOOKS[key], by=wan)
    assert (made.journey.state, made.journey.created_by) == (JourneyState.DRAFT, wan)
    flow = flows.read(made.journey.versions.get().flow)
    assert all(KINDS[step.kind].told(step) for step in flow.by_key.values())
    assert flow.trigger.told()
    assert {one.state for one in [*made.coupons, *made.packs]} <= {TemplateState.DRAFT}
    assert not Coupon.objects.exists()


def test_installed_again_it_uses_what_is_there_and_gets_a_number():
    first = install(PLAYBOOKS["first_four"], by=None)
    counts = [model.objects.count() for model in (CouponTemplate, CouponPack, MessageTemplate, Segment, Script)]
    second = install(PLAYBOOKS["first_four"], by=None)
    assert (first.journey.name, second.journey.name) == ("前四单养成", "前四单养成 2")
    assert counts == [model.objects.count() for model in (CouponTemplate, CouponPack, MessageTemplate, Segment, Script)]


def test_what_cannot_be_installed_leaves_nothing_behind(monkeypatch):
    monkeypatch.setattr(type(PLAYBOOKS["win_back"]), "holdout_percent", 0)  # a stop rule needs a control group
    with pytest.raises(Refusal):
        install(PLAYBOOKS["win_back"], by=None)
    assert not Journey.objects.exists()
    assert not CouponTemplate.objects.exists()


def test_win_back_has_a_stop_rule_and_others_have_none():
    install(PLAYBOOKS["win_back"], by=None)
    install(PLAYBOOKS["birthday"], by=None)
    assert StopRule.objects.get().journey.name == "老客召回三波"


def published(key):
    made = install(PLAYBOOKS[key], by=None)
    for coupon in made.coupons:
        catalogue.publish(coupon, None)
    for pack in made.packs:
        packcatalogue.publish(pack, None)
    Journey.objects.filter(pk=made.journey.pk).update(holdout_percent=0)
    return versions.publish(made.journey.versions.get(), by=None)


def test_published_it_runs(time_machine):
    time_machine.move_to("2026-11-10T02:00:00Z", tick=False)
    published("golden_two_weeks")
    mei = make_member(guide=make_guide())
    make_order("60.00", member=mei)
    go_on()
    for _day in range(7):
        time_machine.shift(timedelta(days=1))
        go_on()
    assert story_of(mei) == ["w1: waited", "m1: planned", "w2: waited", "t1: timed_out", "c1: issued", "m2: planned"]
    assert GuideTask.objects.filter(reason="journey").count() == 1
    assert Touch.objects.filter(source="journey").count() == 2


@pytest.mark.parametrize("key", ALL)
def test_each_can_be_tried_on_the_past_before_it_runs(key):
    make_order("60.00", member=make_member())
    made = install(PLAYBOOKS[key], by=None)
    told = rehearse(made.journey.versions.get())
    assert told.sampled == 1
    if flows.stored(made.journey.versions.get().flow).trigger.on == On.EVENT:
        assert not Touch.objects.exists()
