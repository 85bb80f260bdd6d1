"""The last use of a quota when many tills report at once; and what read-check-write would make of it."""

from functools import partial

import pytest

from members import benefits
from members.defaults import ensure_defaults
from members.models import Benefit, BenefitUse, Member
from tests.concurrency.crowd import after_looking, at_once
from tests.makers import make_member

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 16


@pytest.fixture
def mei():
    """Zhang Xiaomei, gold, with four free deliveries a month."""
    ensure_defaults()
    return make_member("张晓梅", tier="gold")


def reports(member) -> list[partial]:
    """Many orders brought home at the same moment, each another one."""
    shipping = Benefit.objects.get(tier__code="gold", kind="free_shipping")
    return [partial(benefits.use, member, shipping, reference=f"N-{nth}") for nth in range(CROWD)]


def test_four_free_deliveries_are_four_whoever_reports(mei):
    outcome = at_once(reports(mei))
    assert outcome.broken == []
    assert (len(outcome.done), set(outcome.refused)) == (4, {"benefit_used_up"})
    assert BenefitUse.objects.count() == 4


def test_one_order_reported_by_all_counts_once(mei):
    outcome = at_once(reports(mei)[:1] * CROWD)
    assert (outcome.broken, outcome.refused, len(outcome.done)) == ([], [], CROWD)
    assert BenefitUse.objects.count() == 1


def test_without_the_lock_there_would_be_more(mei, monkeypatch):
    """The control: everybody sees what is left before anybody takes it."""
    monkeypatch.setattr(benefits, "lock_member", lambda member, by=None: Member.objects.get(pk=member.pk))
    monkeypatch.setattr(benefits, "_span_left", after_looking(benefits._span_left, CROWD))
    outcome = at_once(reports(mei))
    assert outcome.broken == []
    assert BenefitUse.objects.count() > 4
