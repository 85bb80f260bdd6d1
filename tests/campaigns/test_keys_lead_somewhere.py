"""Keys of campaigns that the database does not check itself: the audit names each that leads nowhere."""

import pytest
from django.utils import timezone

from campaigns.journeys.entering import enter
from campaigns.models import Participant, Touch, Trip, Visit
from members.audit import audit
from members.dangling import unchecked
from tests.campaigns.journeys.house import MANUAL, go_on, make_journey
from tests.campaigns.touches.post import make_message, make_occurrence
from tests.makers import make_guide, make_member, make_touch

pytestmark = pytest.mark.django_db
NOWHERE = 10**9
KEYS = [(field.model, field.name) for field in unchecked() if field.model._meta.app_label == "campaigns"]


@pytest.fixture
def ledgers():
    """Zhang Xiaomei on a date of a campaign, through a journey, and touched by Lin Xiaoman."""
    mei, leave = make_member("张晓梅", guide=make_guide("林小满")), {"key": "l", "kind": "leave"}
    Participant.objects.create(occurrence=make_occurrence(), member=mei)
    enter(make_journey(leave, trigger=MANUAL), {mei.pk: "1"}, at=timezone.now())
    go_on()
    make_touch(mei, guide=mei.guide, store=mei.home_store, message=make_message())


def test_these_and_no_others_are_unchecked():
    assert {(model, name) for model, name in KEYS} == {
        *((Trip, name) for name in ("journey", "version", "member")),
        *((Visit, name) for name in ("trip", "version")),
        *((Touch, name) for name in ("member", "guide", "store", "message")),
        *((Participant, name) for name in ("occurrence", "member")),
    }


@pytest.mark.parametrize(("model", "name"), KEYS)
def test_a_key_that_leads_nowhere_is_named(model, name, ledgers):
    assert model.objects.count() == 1
    assert audit() == []
    model.objects.update(**{f"{name}_id": NOWHERE})
    assert f"{model._meta.model_name}_{name}_is_there" in {difference.name for difference in audit()}
