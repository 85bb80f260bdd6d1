"""The same message planned twice at the same moment: each member has it once; and without the second look."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.models import Touch
from campaigns.touches import planning
from tests.campaigns.touches.post import make_message
from tests.concurrency.crowd import at_once, meeting, wait_until_somebody_waits_for_a_lock
from tests.makers import make_member

pytestmark = pytest.mark.django_db(transaction=True)
MEMBERS = 5


@pytest.fixture
def scene():
    """A message, and the members it is for."""
    return make_message(), [make_member(f"会员{nth}").pk for nth in range(MEMBERS)]


def both(scene):
    """One has planned and commits only when the other waits for it; what came of it."""
    message, members = scene
    met = meeting(2)

    def planned(first: bool) -> int:
        with transaction.atomic():
            if not first:
                met()
            count = planning.plan(
                "campaign", "sms", message.pk, members=members, source_ids=[1] * MEMBERS, due_at=timezone.now()
            )
            if first:
                met()
                wait_until_somebody_waits_for_a_lock()
        return count

    return at_once([partial(planned, True), partial(planned, False)])


def test_whoever_comes_second_finds_them_planned(scene):
    outcome = both(scene)
    assert outcome.broken == []
    assert sorted(outcome.done) == [0, MEMBERS]
    assert Touch.objects.count() == MEMBERS


def test_without_a_second_look_it_would_fail(scene, monkeypatch):
    """The control."""
    monkeypatch.setattr(planning, "PLAN", planning.PLAN.replace("OFFSET 0)", "OFFSET 0) OR true"))
    monkeypatch.setattr(planning, "PLAN_BESIDE_OTHERS", planning.PLAN)
    assert [type(error) for error in both(scene).broken] == [IntegrityError]
