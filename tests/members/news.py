"""What the stories of deliveries begin with: a table of reactions, bells that nobody hears, and time that passes."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now

from members import delivery, timeline
from members.models import Delivery, DeliveryState, TimelineFact
from members.timeline import NewFact
from stores import bell
from tests.members import reactions_of_tests as reactions

HERE = "tests.members.reactions_of_tests."


@pytest.fixture
def table(settings):
    """Set the reactions of the kind test.news."""

    def set_to(*names: str) -> None:
        settings.REACTIONS = {"test.news": tuple(HERE + name for name in names)}

    return set_to


@pytest.fixture
def rung(monkeypatch) -> list[tuple]:
    """The bells that were rung; nobody hears them, as when the broker is wiped."""
    bells: list[tuple] = []
    monkeypatch.setattr(bell, "_publish", lambda task, ids, queue, delay: bells.append((task, ids, delay)))
    return bells


def tell(count: int = 1, **data) -> int:
    """Record that many facts in one transaction; returns their batch."""
    with transaction.atomic():
        timeline.record(*(NewFact("test.news", data=data) for _nth in range(count)))
    return TimelineFact.objects.filter(kind="test.news").order_by("-pk").first().batch


def heard() -> Counter:
    """How often each fact was heard."""
    return Counter(TimelineFact.objects.filter(kind=reactions.HEARD).values_list("subject", flat=True))


def later() -> None:
    """Time passes: every pause and lease is over."""
    Delivery.objects.filter(state=DeliveryState.WAITING).update(due_at=Now() - timedelta(seconds=1))


def work_through(batch: int, *, rounds: int = 12) -> None:
    """Deliver, wait, deliver, as bells and sweeps would."""
    for _nth in range(rounds):
        delivery.deliver(batch)
        later()
