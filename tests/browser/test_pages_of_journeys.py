"""Playbooks, dry runs and effects, light and dark: readable for all (axe), no wider than the window, without errors."""

from itertools import product

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.journeys.entering import enter
from campaigns.models import Effect, Measure, Part, Verdict
from tests.browser.conftest import PASSWORD, Device
from tests.browser.test_building_a_journey import readable
from tests.campaigns.journeys.house import MANUAL, make_journey
from tests.makers import make_marketer, make_member, make_template
from tests.workbench.scenery import Chain

pytestmark = pytest.mark.browser


def a_measured_journey():
    """A split of which the nights found that A does better."""
    gift = {"key": "s2", "kind": "coupon", "template": make_template("第 2 单专属券").pk}
    split = {"key": "s1", "kind": "split", "percents": [50, 50], "lanes": [[gift], []]}
    goal = {"event": "order.recorded", "within_days": 60}
    wait = {"key": "s3", "kind": "wait", "days": 2}
    journey = make_journey(split, wait, trigger=MANUAL, goal=goal, name="新客前四单旅程", holdout_percent=10)
    enter(journey, {make_member(f"会员{nth}").pk: "1" for nth in range(3)}, at=timezone.now())
    for part, key, effect in ((Part.WHOLE, "", 0.06), (Part.LANE, "s1:b", -0.03)):
        verdict = Verdict.BETTER if effect > 0 else Verdict.WORSE
        Effect.objects.create(
            journey=journey, part=part, key=key, measure=Measure.GOAL, treated=900, control=300, treated_value=0.3,
            control_value=0.3 - effect, effect=effect, low=effect - 0.01, high=effect + 0.01, verdict=verdict,
            since=timezone.now(), until=timezone.now(), as_of=timezone.now(),
        )  # fmt: skip
    return journey


@pytest.mark.parametrize("device", ["desktop"], indirect=True)
def test_su_wan_reads_playbooks_dry_runs_and_effects(device: Device, shop: Chain):
    journey = a_measured_journey()
    pages = {
        "playbooks": reverse("admin:campaigns_journey_playbooks"),
        "dry run": reverse("admin:campaigns_journey_rehearse", args=[journey.pk]),
        "effects": reverse("lift"),
        "effects of it": reverse("lift-journey", args=[journey.pk]),
        "its split": reverse("admin:campaigns_journey_change", args=[journey.pk]) + "?at=s1",
        "people": reverse("admin:campaigns_journey_change", args=[journey.pk]) + "?at=trigger&tab=people",
    }
    page = device.sign_in(make_marketer("苏婉", username="suwan", password=PASSWORD), pages["playbooks"])
    for theme, (name, path) in product(("light", "dark"), pages.items()):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # before it opens: the admin asks then
        page = device.open(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.classList.contains('dark')") is (theme == "dark")
        device.picture(f"{name} {theme}")
        readable(page)
        assert device.overflow() <= 0, name
        assert device.errors == [], name
    page = device.open(pages["its split"])
    lane = page.locator(".jlane--q .jlane__h").bounding_box()
    canvas = page.locator("#jr-canvas").bounding_box()
    assert lane is not None
    assert canvas is not None
    assert lane["x"] + lane["width"] <= canvas["x"] + canvas["width"]  # the control group is seen without scrolling
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#jr-panel [value='win:s1@0']").click()
    page.wait_for_url("**/publish/")
    readable(page)
