"""A journey that runs: former regulars are won back in waves, and some of them have just come in."""

from django.utils import timezone

from campaigns.journeys import advancing, versions
from campaigns.journeys.entering import enter
from campaigns.journeys.letting import trigger_of
from campaigns.playbooks import PLAYBOOKS, install
from coupons import catalogue
from members.segments import compiling, trees
from stores.models import Staff

MOST = 400


def build_journeys() -> None:
    """Installed by the marketer of the demonstration, published, and entered by those whom its first day lets in."""
    made = install(PLAYBOOKS["win_back"], by=Staff.objects.get(username="hq"))
    for template in made.coupons:
        catalogue.publish(template, by=None)
    journey = versions.publish(made.journey.versions.get(), by=None)
    lost = compiling.member_ids(trees.parse(trigger_of(journey).rule))[:MOST]
    now = timezone.now()
    enter(journey, dict.fromkeys(lost, f"day:{timezone.localdate(now):%Y-%m-%d}"), at=now)
    advancing.advance(only=journey.version_id)
